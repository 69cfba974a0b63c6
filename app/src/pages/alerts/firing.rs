//! What is firing at all of a reader's facilities.

use super::{kind, state};
use crate::api::Zoned;
use crate::api::alerts::get_firing;
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::PageHead;
use crate::format;
use domain::access::Permission;
use domain::alerts::view::{EpisodeRow, Firing};
use leptos::prelude::*;

/// The page.
#[component]
pub fn FiringAlerts() -> impl IntoView {
    let firing = Resource::new(|| (), |()| get_firing());
    load_page(firing, Permission::ViewFacility, |all| content(&all))
}

fn content(all: &[Zoned<Firing>]) -> AnyView {
    let open: usize = all.iter().map(|of| of.view.open.len()).sum();
    let body = if all.is_empty() {
        view! { <Empty title="Nothing is firing" reason="Alerts of your facilities are listed here while they fire. Each facility has a page with its rules and what has been." /> }.into_any()
    } else {
        all.iter().map(facility).collect_view().into_any()
    };
    view! {
        <div class="page">
            <PageHead title="Open alarms" sub=format!("{} at your facilities", format::counted(open, "open alarm", "open alarms")) />
            {body}
        </div>
    }
    .into_any()
}

fn facility(of: &Zoned<Firing>) -> AnyView {
    let view = &of.view;
    let item = |e: &EpisodeRow| {
        let since = format!("Since {}.", format::stamp(of.clock.local(e.since)));
        view! {
            <li class="stack">
                <div class="row">{state(e)}<strong>{e.says.clone()}</strong></div>
                {kind(e)}
                <p>{since}</p>
            </li>
        }
    };
    let items = view.open.iter().map(item).collect_view();
    let count = format::counted(view.open.len(), "alert", "alerts");
    view! {
        <section class="card">
            <div class="card-head"><div>
                <h2><a href=format!("/f/{}/alerts", view.facility_slug)>{view.facility_name.clone()}</a></h2>
                <p>{format!("{count} firing. The facility's page has the rules; there an alert is acknowledged.")}</p>
            </div></div>
            <ul class="stack">{items}</ul>
        </section>
    }
    .into_any()
}
