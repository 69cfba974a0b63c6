//! Fitting the candidates again in the reader's own browser, with the engine as WebAssembly.

use crate::api::baselines::get_baseline_inputs;
use crate::components::notice::{Notice, Weight};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::baseline::view::{BaselineView, Candidate};
use domain::id::BaselineId;
use leptos::prelude::*;
use leptos::task::spawn_local;
use recompute::Recomputed;

/// How far it has come.
#[derive(Clone)]
enum Stage {
    Idle,
    Running,
    Done(Vec<Recomputed>),
    Failed(String),
}

/// What is needed to fit again.
#[derive(Clone)]
struct Stated {
    slug: String,
    id: BaselineId,
    effective_from: NaiveDate,
    metric: MetricType,
    candidates: Vec<Candidate>,
}

/// A button that recomputes, and what came out.
pub(super) fn again(view: &BaselineView) -> AnyView {
    let stated = Stated {
        slug: view.facility_slug.clone(),
        id: view.summary.id,
        effective_from: view.summary.effective_from,
        metric: view.summary.metric_type,
        candidates: view.candidates.clone(),
    };
    let stage = RwSignal::new(Stage::Idle);
    let start = move |_| {
        stage.set(Stage::Running);
        let stated = stated.clone();
        spawn_local(async move {
            stage.set(match recomputed(stated).await {
                Ok(found) => Stage::Done(found),
                Err(error) => Stage::Failed(error),
            });
        });
    };
    view! {
        <div class="stack">
            <div class="row">
                <button class="button small" type="button" on:click=start disabled=move || matches!(stage.get(), Stage::Running)>
                    {move || if matches!(stage.get(), Stage::Running) { "Recomputing…" } else { "Recompute in my browser" }}
                </button>
                <noscript><span class="hint">"This needs scripts. gainshare-mv verify does the same with the dossier's file."</span></noscript>
            </div>
            <div role="status">{move || said(stage.get())}</div>
        </div>
    }
    .into_any()
}

async fn recomputed(stated: Stated) -> Result<Vec<Recomputed>, String> {
    let inputs = get_baseline_inputs(stated.slug, stated.id).await.map_err(|error| error.to_string())?;
    fit_again(inputs, stated.effective_from, stated.metric, stated.candidates).await
}

/// The engine's code is fetched when somebody asks for it.
#[lazy]
fn fit_again(
    inputs: String,
    effective_from: NaiveDate,
    metric: MetricType,
    candidates: Vec<Candidate>,
) -> Result<Vec<Recomputed>, String> {
    recompute::recompute(&inputs, effective_from, metric, &candidates).map_err(|error| error.to_string())
}

fn said(stage: Stage) -> Option<AnyView> {
    match stage {
        Stage::Idle | Stage::Running => None,
        Stage::Failed(why) => Some(
            view! { <Notice weight=Weight::Error title="It could not be recomputed."><p>{why}</p></Notice> }
                .into_any(),
        ),
        Stage::Done(found) => {
            let differ = found.iter().filter(|one| one.difference.is_some()).count();
            let (weight, title) = if differ == 0 {
                (Weight::Ok, "Equal to the server, to the last digit.".to_owned())
            } else {
                (Weight::Error, format!("{differ} of {} candidates differ.", found.len()))
            };
            let rows = found.into_iter().map(|one| {
                let name = super::method_name(&one.method);
                let outcome =
                    one.difference.map_or_else(|| "the same".to_owned(), |d| format!("differs at {d}"));
                view! { <li>{name} ": " {outcome}</li> }
            });
            Some(view! { <Notice weight=weight title=title><ul class="stack">{rows.collect_view()}</ul></Notice> }.into_any())
        }
    }
}
