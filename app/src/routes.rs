//! The one table of pages.
//!
//! Every page is rendered whole before it is sent (`SsrMode::Async`), so it reads the same without scripts; the
//! browser then takes it over without redrawing.

use crate::components::load;
use crate::pages;
use leptos::prelude::*;
use leptos_meta::provide_meta_context;
use leptos_router::components::{ParentRoute, Redirect, Route, Router, Routes};
use leptos_router::{SsrMode, path};

/// The app.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=outside>
                <Route path=path!("/") view=|| view! { <Redirect path="/home" /> } ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=pages::entry::SignIn ssr=SsrMode::Async />
                <Route path=path!("/reset") view=pages::entry::Reset ssr=SsrMode::Async />
                <Route path=path!("/reset/:token") view=pages::entry::ResetWithLink ssr=SsrMode::Async />
                <Route path=path!("/invite/:token") view=pages::entry::Invitation ssr=SsrMode::Async />
                <ParentRoute path=path!("") view=pages::shell::Shell ssr=SsrMode::Async>
                    <Route path=path!("/home") view=pages::home::Home ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility") view=pages::facility::Facility ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/rooms/:room") view=pages::room::Room ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/meters") view=pages::meters::Meters ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/meters/:point") view=pages::point::Point ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/import") view=pages::imports::Imports ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/imports/:id") view=pages::import::Import ssr=SsrMode::Async />
                    <Route path=path!("/f/:facility/utility/:series") view=pages::utility::Utility ssr=SsrMode::Async />
                    <Route path=path!("/ops/ingest") view=pages::ingest::Ingest ssr=SsrMode::Async />
                    <Route path=path!("/activity") view=pages::activity::Activity ssr=SsrMode::Async />
                    <Route path=path!("/settings/people") view=pages::people::People ssr=SsrMode::Async />
                </ParentRoute>
            </Routes>
        </Router>
    }.into_any()
}

fn outside() -> AnyView {
    view! { <main class="entry"><div class="entry-box">{load::not_found()}</div></main> }.into_any()
}
