//! The derivation of a figure over the dashboard. Without scripts the same links lead to the page.

use super::super::derivation::{address, body, subtitle};
use super::super::{param, query};
use crate::api::savings::get_derivation;
use crate::components::notice::{Notice, Weight};
use crate::components::page::link;
use crate::components::range::encode;
use domain::savings::derivation::Derived;
use leptos::ev::MouseEvent;
use leptos::html::Dialog;
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate, use_query_map};
use wasm_bindgen::JsCast;

/// Name of the figure in the address.
const NAME: &str = "derive";

/// A link to a figure's derivation, which opens over the dashboard where scripts run.
pub(super) fn derived(slug: &str, figure: Derived, (metric, range): (&str, &str), text: String) -> AnyView {
    let name = figure.as_str();
    let id = format!("figure-{name}");
    view! { <a id=id data-figure=name href=address(slug, figure, metric, range)>{text}</a> }.into_any()
}

/// The dashboard with the drawer beside it: links of [`derived`] within `dashboard` open it.
pub(super) fn with_drawer(dashboard: AnyView) -> AnyView {
    let (queries, path) = (use_query_map(), use_location().pathname);
    let navigate = use_navigate();
    // The address of this dashboard with another figure, or none, in the drawer.
    let here = move |figure: Option<&str>| {
        let mut kept: Vec<(String, String)> = queries.with_untracked(|all| {
            all.clone().into_iter().map(|(name, value)| (name.into_owned(), value)).collect()
        });
        kept.retain(|(name, _)| name != NAME);
        kept.extend(figure.map(|figure| (NAME.to_owned(), figure.to_owned())));
        let kept: Vec<String> =
            kept.iter().map(|(name, value)| format!("{name}={}", encode(value))).collect();
        format!("{}?{}", path.get_untracked(), kept.join("&"))
    };
    let open = navigate.clone();
    let clicked = move |event: MouseEvent| {
        let other = event.ctrl_key() || event.meta_key() || event.shift_key() || event.alt_key();
        let target = event.target().and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let figure = target.and_then(|target| target.closest("a[data-figure]").ok().flatten());
        let Some(figure) = figure.and_then(|link| link.get_attribute("data-figure")).filter(|_| !other)
        else {
            return;
        };
        event.prevent_default();
        open(&here(Some(&figure)), NavigateOptions { scroll: false, ..NavigateOptions::default() });
    };
    let closed = move || {
        let kept = NavigateOptions { scroll: false, replace: true, ..NavigateOptions::default() };
        navigate(&here(None), kept);
    };
    view! {
        <div class="contents" on:click=clicked>{dashboard}</div>
        {drawer(here, closed)}
    }
    .into_any()
}

fn drawer(
    here: impl Fn(Option<&str>) -> String + Clone + Send + Sync + 'static,
    closed: impl Fn() + 'static,
) -> AnyView {
    let (slug, metric, range, figure) = (param("facility"), query("metric"), query("range"), query(NAME));
    let dialog = NodeRef::<Dialog>::new();
    let shown = StoredValue::new(String::new());
    Effect::new(move |_| {
        let figure = figure.get();
        let Some(dialog) = dialog.get() else { return };
        if figure.is_empty() {
            dialog.close();
            return;
        }
        shown.set_value(figure);
        // The server sends an open drawer as part of the page; a modal one begins closed.
        let modal = dialog.matches(":modal").unwrap_or(false);
        if !modal {
            dialog.set_open(false);
            // Refused only where the page is being left.
            let _ = dialog.show_modal();
        }
    });
    let on_close = move |_| {
        if !figure.get_untracked().is_empty() {
            closed();
        }
        // The strip is drawn anew while the page is live, so the link that was left may be another one by now.
        let link = document().get_element_by_id(&format!("figure-{}", shown.get_value()));
        if let Some(link) = link.and_then(|link| link.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = link.focus();
        }
    };
    let beside = move |event: MouseEvent| {
        if let Some(dialog) = dialog.get_untracked().filter(|_| event.target() == event.current_target()) {
            dialog.close();
        }
    };
    let title = move || Derived::parse(&figure.get()).map_or("Derivation", Derived::label);
    let page = move || {
        let known = Derived::parse(&figure.get())?;
        let href = address(&slug.get(), known, &metric.get(), &range.get());
        Some(view! { <a class="button quiet small" href=href>"Open as a page"</a> })
    };
    let inner = inside((slug, metric, range, figure), here);
    view! {
        <dialog class="drawer" node_ref=dialog open=!figure.get_untracked().is_empty() aria-labelledby="drawer-title"
            on:close=on_close on:click=beside>
            <div class="drawer-body">
                <div class="drawer-head">
                    <h2 id="drawer-title">{title}</h2>
                    {page}
                    <form method="dialog"><button class="button small" type="submit">"Close"</button></form>
                </div>
                {inner}
            </div>
        </dialog>
    }
    .into_any()
}

type Asked = (Memo<String>, Memo<String>, Memo<String>, Memo<String>);

fn inside(
    (slug, metric, range, figure): Asked,
    here: impl Fn(Option<&str>) -> String + Clone + Send + Sync + 'static,
) -> AnyView {
    let data = Resource::new(
        move || (slug.get(), figure.get(), metric.get(), range.get()),
        |(slug, figure, metric, range)| async move {
            if figure.is_empty() {
                return Ok(None);
            }
            get_derivation(slug, figure, metric, range).await.map(Some)
        },
    );
    let content = move || {
        let here = here.clone();
        Suspend::new(async move {
            match data.await {
                Ok(Some(page)) => {
                    let to = move |figure: Derived| here(Some(figure.as_str()));
                    let about = subtitle(&page.view);
                    view! { <p class="sub">{about}</p> {body(&page, to)} }.into_any()
                }
                Ok(None) => ().into_any(),
                Err(error) => view! {
                    <Notice weight=Weight::Error title=error.message>
                        <p>{link("", "Load the page again")}</p>
                    </Notice>
                }
                .into_any(),
            }
        })
    };
    view! { <Transition fallback=|| view! { <p class="muted" aria-busy="true">"Loading…"</p> }>{content}</Transition> }
        .into_any()
}
