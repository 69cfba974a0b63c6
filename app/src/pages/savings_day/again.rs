//! The day computed again in the reader's own browser.

use crate::components::notice::{Notice, Weight};
use crate::components::table::{Table, text};
use domain::savings::view::DerivationView;
use leptos::prelude::*;
use leptos::task::spawn_local;
use recompute::savings_day::Check;

type Outcome = Option<Result<Vec<Check>, String>>;

/// A button that recomputes, and what came out.
pub(super) fn again(view: &DerivationView) -> AnyView {
    let view = view.clone();
    let outcome: RwSignal<Outcome> = RwSignal::new(None);
    let start = move |_| {
        let view = view.clone();
        spawn_local(async move { outcome.set(Some(recomputed(view).await)) });
    };
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Check it yourself"</h2>
                    <p>"Your browser computes the day again from what is above, with the engine that the server uses."</p>
                </div>
            </div>
            <div class="row">
                <button class="button small" type="button" on:click=start>"Recompute in my browser"</button>
                <noscript><span class="hint">"This needs scripts."</span></noscript>
            </div>
            <div role="status">{move || outcome.get().map(said)}</div>
        </section>
    }
    .into_any()
}

/// The engine's code is fetched when somebody asks for it.
#[lazy]
fn recomputed(view: DerivationView) -> Result<Vec<Check>, String> {
    let inputs = view.revisions.first().map(|revision| &revision.inputs);
    recompute::savings_day::savings_day(inputs, &view.intervals, &view.performance)
}

fn said(outcome: Result<Vec<Check>, String>) -> AnyView {
    let checks = match outcome {
        Ok(checks) => checks,
        Err(why) => {
            return view! { <Notice weight=Weight::Error title="It could not be recomputed."><p>{why}</p></Notice> }.into_any();
        }
    };
    let differ = checks.iter().filter(|check| !check.holds()).count();
    let (weight, title) = if differ == 0 {
        (Weight::Ok, "Equal to the server, to the last digit.".to_owned())
    } else {
        (Weight::Error, format!("{differ} of {} differ.", checks.len()))
    };
    let rows = checks
        .into_iter()
        .map(|check| {
            let word = if check.holds() { "the same" } else { "differs" };
            vec![check.what.into_any(), check.stated.into_any(), check.found.into_any(), word.into_any()]
        })
        .collect();
    let columns = vec![text("What"), text("Stated"), text("Computed here"), text("Verdict")];
    view! { <Notice weight=weight title=title><Table caption="What was computed again" columns rows /></Notice> }
        .into_any()
}
