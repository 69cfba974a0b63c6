//! Waiting for data, and what is shown when it does not come.

use super::notice::{Notice, Weight};
use crate::error::{ApiError, Code};
use domain::access::{Permission, Role};
use leptos::prelude::*;
use leptos_router::components::Redirect;
use leptos_router::hooks::use_location;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// Data of a page or a card, as fetched from a server function.
pub type Fetched<T> = Resource<Result<T, ApiError>>;

/// Shows a page once its data is there. `needs` is the permission it takes, named when it is missing.
pub fn load_page<T, V>(
    data: Fetched<T>,
    needs: Permission,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let again = Callback::new(move |()| data.refetch());
    let shown = move || {
        let view = view.clone();
        Suspend::new(async move {
            match data.await {
                Ok(value) => view(value).into_any(),
                Err(error) => page_error(error, needs, again),
            }
        })
    };
    view! { <Transition fallback=page_skeleton>{shown}</Transition> }.into_any()
}

/// Shows a card once its data is there; a card that fails leaves the rest of the page alone.
pub fn load_card<T, V>(
    title: &'static str,
    data: Fetched<T>,
    view: impl Fn(T) -> V + Clone + Send + Sync + 'static,
) -> AnyView
where
    T: Clone + Serialize + DeserializeOwned + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let again = Callback::new(move |()| data.refetch());
    let shown = move || {
        let view = view.clone();
        Suspend::new(async move {
            match data.await {
                Ok(value) => view(value).into_any(),
                Err(error) => view! {
                    <section class="card">
                        <h2>{title}</h2>
                        {failure(error, again)}
                    </section>
                }
                .into_any(),
            }
        })
    };
    view! { <Transition fallback=move || card_skeleton(title)>{shown}</Transition> }.into_any()
}

fn page_skeleton() -> AnyView {
    view! {
        <div class="page" aria-busy="true">
            <h1 class="muted">"Loading…"</h1>
            <div class="skeleton figure"></div>
            <div class="skeleton chart"></div>
            <p class="slow">"Still calculating…"</p>
        </div>
    }
    .into_any()
}

fn card_skeleton(title: &'static str) -> AnyView {
    view! {
        <section class="card" aria-busy="true">
            <h2>{title}</h2>
            <div class="skeleton chart"></div>
            <p class="slow">"Still calculating…"</p>
        </section>
    }
    .into_any()
}

fn page_error(error: ApiError, needs: Permission, again: Callback<()>) -> AnyView {
    match error.code {
        Code::SignedOut => sign_in_first(),
        Code::NotFound => not_found(),
        Code::Forbidden => forbidden(needs),
        _ => view! {
            <div class="page">
                <h1>"This page could not be loaded"</h1>
                {failure(error, again)}
            </div>
        }
        .into_any(),
    }
}

/// Sends a signed-out visitor to the sign-in page and back here afterwards.
pub fn sign_in_first() -> AnyView {
    let here = use_location();
    let path = here.pathname.get_untracked();
    view! { <Redirect path=format!("/sign-in?next={path}") /> }.into_any()
}

/// The page for addresses that lead nowhere, and for what belongs to somebody else.
pub fn not_found() -> AnyView {
    view! {
        <leptos_meta::Title text="Not found · Gainshare" />
        <div class="page">
            <h1>"There is nothing here"</h1>
            <p>"The address is wrong, or what it names is not among the facilities you can see."</p>
            <p><a href="/home">"Go to your facilities"</a></p>
        </div>
    }
    .into_any()
}

fn forbidden(needs: Permission) -> AnyView {
    let roles: Vec<&str> = Role::ALL.into_iter().filter(|r| r.may(needs)).map(Role::label).collect();
    view! {
        <leptos_meta::Title text="Not allowed · Gainshare" />
        <div class="page">
            <h1>"Your role does not open this page"</h1>
            <p>{format!("It takes one of these roles: {}.", roles.join(", "))}</p>
            <p>"An owner of your organisation can change your role under People."</p>
            <p><a href="/home">"Go to your facilities"</a></p>
        </div>
    }
    .into_any()
}

/// What happened, what is safe, and how to go on.
fn failure(error: ApiError, again: Callback<()>) -> AnyView {
    if error.code == Code::SignedOut {
        return sign_in_first();
    }
    view! {
        <Notice weight=Weight::Error title=error.message announce=true>
            <p>"Your data is not lost; it could not be shown just now."</p>
            <p class="hint">"Request " <code>{error.request_id}</code></p>
            <div class="actions">
                // Without scripts the link loads the page again.
                <a
                    class="button small"
                    href=""
                    rel="external"
                    on:click=move |event| {
                        event.prevent_default();
                        again.run(());
                    }
                >
                    "Try again"
                </a>
            </div>
        </Notice>
    }
    .into_any()
}
