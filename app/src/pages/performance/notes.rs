//! Notes on the days of the dashboard, and the form that adds one.

use super::super::notes::{form, items};
use crate::api::Zoned;
use crate::components::page::link;
use domain::notes::NotesView;
use leptos::ev::{Custom, CustomEvent};
use leptos::prelude::*;

/// A chart in which a click on a slot chooses it: `chosen` is told its number.
pub(super) fn clickable(chart: AnyView, chosen: impl Fn(usize) + 'static) -> AnyView {
    let clicked = move |event: CustomEvent| {
        let slot = event.detail().as_f64().filter(|slot| *slot >= 0.0);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a small count, checked to be positive"
        )]
        if let Some(slot) = slot {
            chosen(slot as usize);
        }
    };
    let name = Custom::<CustomEvent>::new("gs-chart-slot");
    leptos::html::div().class("contents").on(name, clicked).child(chart).into_any()
}

/// The notes below the chart, and the form for one about `day`. It opens by itself when a slot of the chart was clicked.
pub(super) fn card(page: &Zoned<NotesView>, day: RwSignal<String>, open: RwSignal<bool>) -> AnyView {
    let view = &page.view;
    let slug = &view.facility_slug;
    let list = if view.notes.is_empty() {
        view! { <p class="hint">"Nobody wrote anything about these days."</p> }.into_any()
    } else {
        items(page)
    };
    let add = view.may_write.then(|| {
        view! {
            <details class="disclose" prop:open=move || open.get()>
                <summary>"Write a note"</summary>
                {form(view, day.into())}
            </details>
        }
    });
    view! {
        <section class="card" id="notes">
            <div class="card-head">
                <div>
                    <h2>"Notes on these days"</h2>
                    <p>"Each has a flag above the chart. A click on the chart chooses the day of a new one."</p>
                </div>
                {link(format!("/f/{slug}/notes"), "Logbook")}
            </div>
            {list}
            {add}
        </section>
    }
    .into_any()
}
