//! What surrounds every signed-in page: navigation, theme, sign-out.

use crate::api::session::{Session, get_session};
use crate::components::icon::{Icon, icon, mark};
use crate::components::load::sign_in_first;
use crate::components::theme::ThemeChoice;
use crate::error::{ApiError, Code};
use crate::format::counted;
use domain::access::Permission;
use leptos::prelude::*;
use leptos_router::components::{A, Outlet};
use leptos_router::hooks::use_location;

/// The frame with the page inside.
#[component]
pub fn Shell() -> impl IntoView {
    let session: Resource<Result<Session, ApiError>> = Resource::new(|| (), |()| get_session());
    let path = use_location().pathname;
    // A reader who has left takes the address along, while the server may still be rendering for them.
    let facility = Memo::new(move |_| path.try_with(|p| facility_of(p)).flatten());
    let with_session = move |part: fn(Session, Memo<Option<String>>) -> AnyView| {
        move || {
            Suspend::new(async move {
                match session.await {
                    Ok(session) => part(session, facility),
                    Err(error) if error.code == Code::SignedOut => sign_in_first(),
                    Err(_) => ().into_any(),
                }
            })
        }
    };
    view! {
        // The browser itself moves the focus; the router would only scroll.
        <a class="skip-link" href="#main" rel="external">"Skip to content"</a>
        <div class="shell">
            <nav class="rail" aria-label="Main">
                <Brand />
                <div class="nav stack">
                    <Transition>{with_session(main_nav)}</Transition>
                </div>
            </nav>
            <div>
                <header class="topbar">
                    <Brand />
                    <div class="topbar-end">
                        <Transition>{with_session(bell)}</Transition>
                        <Transition>{with_session(person_menu)}</Transition>
                    </div>
                </header>
                <main class="main" id="main" tabindex="-1">
                    <Outlet />
                </main>
            </div>
            <nav class="tabbar" aria-label="Sections">
                <Transition>{with_session(tab_bar)}</Transition>
            </nav>
        </div>
    }
    .into_any()
}

/// The facility an address belongs to.
fn facility_of(path: &str) -> Option<String> {
    path.strip_prefix("/f/")?.split('/').next().filter(|slug| !slug.is_empty()).map(str::to_owned)
}

#[component]
fn Brand() -> impl IntoView {
    view! { <a class="brand" href="/home">{mark()}<span>"Gainshare"</span></a> }.into_any()
}

fn entry(href: impl Into<String>, drawing: Icon, name: &'static str) -> AnyView {
    view! { <A href=href.into() exact=true>{icon(drawing)}<span>{name}</span></A> }.into_any()
}

/// Every page of a facility.
fn pages_of(slug: &str) -> Vec<AnyView> {
    [
        ("", Icon::Facility, "Overview"),
        ("/performance", Icon::Performance, "Performance"),
        ("/savings", Icon::Savings, "Savings"),
        ("/reports", Icon::Report, "Reports"),
        ("/meters", Icon::Meter, "Meters & points"),
        ("/import", Icon::Import, "Utility data"),
        ("/baselines", Icon::Baseline, "Baselines"),
        ("/events", Icon::Event, "Events"),
        ("/notes", Icon::Note, "Notes"),
        ("/tariff", Icon::Tariff, "Tariff"),
        ("/production", Icon::Production, "Production"),
        ("/weather", Icon::Weather, "Weather"),
        ("/alerts", Icon::Warning, "Alerts"),
    ]
    .into_iter()
    .map(|(page, drawing, name)| entry(format!("/f/{slug}{page}"), drawing, name))
    .collect()
}

fn main_nav(session: Session, facility: Memo<Option<String>>) -> AnyView {
    let of_facility = move || {
        facility.get().map(|slug| {
            view! {
                <div class="nav-group" role="group" aria-labelledby="nav-facility">
                    <div class="nav-title" id="nav-facility">"This facility"</div>
                    {pages_of(&slug)}
                </div>
            }
        })
    };
    view! {
        <div class="nav-group">
            {entry("/home", Icon::Home, "Facilities")}
            {entry("/portfolio", Icon::Savings, "Portfolio")}
        </div>
        {of_facility}
        {operations(&session)}
    }
    .into_any()
}

fn operations(session: &Session) -> Option<AnyView> {
    let entries: Vec<AnyView> = [
        (Permission::ViewIngest, "/ops/ingest", Icon::Ingest, "Ingest health"),
        (Permission::ViewActivity, "/activity", Icon::Activity, "Activity"),
        (Permission::ManagePeople, "/settings/people", Icon::People, "People"),
    ]
    .into_iter()
    .filter(|(needs, ..)| session.may(*needs))
    .map(|(_, href, drawing, name)| entry(href, drawing, name))
    .collect();
    (!entries.is_empty()).then(|| {
        view! {
            <div class="nav-group" role="group" aria-label="Organisation">
                <div class="nav-title" aria-hidden="true">"Organisation"</div>
                {entries}
            </div>
        }
        .into_any()
    })
}

/// What a reader sets up for themselves, and tokens where they may make them.
fn settings(session: &Session) -> AnyView {
    let tokens = session.may(Permission::ManageTokens).then(
        || view! { <a href="/settings/tokens">"Tokens"</a> <a href="/settings/webhooks">"Webhooks"</a> },
    );
    view! { <a href="/downloads">"Downloads"</a> <a href="/settings/security">"Security"</a> {tokens} }
        .into_any()
}

fn sign_out() -> AnyView {
    view! {
        <form method="post" action="/session/sign-out">
            <button class="button wide" type="submit">"Sign out"</button>
        </form>
    }
    .into_any()
}

/// Open alarms at a glance. The number comes with the page, and is asked for again when another page is opened.
fn bell(session: Session, _: Memo<Option<String>>) -> AnyView {
    let Some(alarms) = session.open_alarms else { return ().into_any() };
    let (alarms, path) = (RwSignal::new(alarms), use_location().pathname);
    Effect::new(move |before: Option<()>| {
        path.track();
        if before.is_some() {
            leptos::task::spawn_local(async move {
                if let Ok(Session { open_alarms: Some(newest), .. }) = get_session().await {
                    alarms.set(newest);
                }
            });
        }
    });
    let name = move || counted(alarms.get() as usize, "open alarm", "open alarms");
    let number = move || Some(alarms.get()).filter(|n| *n > 0);
    view! {
        <a class="chip-button" class:alarm=move || number().is_some() href="/alerts" aria-label=name>
            {icon(Icon::Bell)}{number}
        </a>
    }
    .into_any()
}

fn person_menu(session: Session, _: Memo<Option<String>>) -> AnyView {
    view! {
        <details class="menu">
            <summary class="chip-button">{icon(Icon::Person)}<span>{session.name.clone()}</span>{icon(Icon::Down)}</summary>
            <div class="menu-panel">
                <div>
                    <strong>{session.name.clone()}</strong>
                    <p class="muted">{session.roles.join(", ")}</p>
                </div>
                {settings(&session)}
                <ThemeChoice />
                {sign_out()}
            </div>
        </details>
    }
    .into_any()
}

fn tab_bar(session: Session, facility: Memo<Option<String>>) -> AnyView {
    let of_facility = move || {
        facility.get().map(|slug| {
            view! {
                {entry(format!("/f/{slug}"), Icon::Facility, "Overview")}
                {entry(format!("/f/{slug}/performance"), Icon::Performance, "Performance")}
                {entry(format!("/f/{slug}/meters"), Icon::Meter, "Meters")}
            }
        })
    };
    let all_of_facility =
        move || facility.get().map(|slug| view! { <div class="nav-group">{pages_of(&slug)}</div> });
    view! {
        {entry("/home", Icon::Home, "Facilities")}
        {of_facility}
        <details class="menu">
            <summary>{icon(Icon::More)}<span>"More"</span></summary>
            <div class="menu-panel">
                <div class="nav">
                    {all_of_facility}
                    <div class="nav-group">{entry("/portfolio", Icon::Savings, "Portfolio")}</div>
                    {operations(&session)}
                </div>
                {settings(&session)}
                <ThemeChoice />
                {sign_out()}
            </div>
        </details>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::facility_of;

    #[test]
    fn the_facility_is_read_from_the_address() {
        assert_eq!(facility_of("/f/cedar/rooms/a").as_deref(), Some("cedar"));
        assert_eq!(facility_of("/home"), None);
        assert_eq!(facility_of("/f/"), None);
    }
}
