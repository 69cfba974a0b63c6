//! One baseline: candidates side by side, the fit of one of them, its way to a verified baseline.

mod again;

use super::baselines::{method_name, outcome, period, state_badge};
use super::{param, query};
use crate::api::Zoned;
use crate::api::baselines::get_baseline;
use crate::charts::fit;
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, in_facility};
use crate::components::table::{Table, numeric, text};
use crate::error::{ApiError, Code};
use crate::format;
use domain::access::Permission;
use domain::baseline::view::{BaselineView, Candidate, NewerEngine, Remark};
use domain::baseline::{BaselineSource, BaselineState, Step};
use domain::id::BaselineId;
use leptos::prelude::*;

/// The page.
#[component]
pub fn Baseline() -> impl IntoView {
    let (facility, id, method) = (param("facility"), param("baseline"), query("method"));
    let baseline = Resource::new(
        move || (facility.get(), id.get(), method.get()),
        |(facility, id, method)| async move {
            let id: BaselineId = id.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            get_baseline(facility, id, method).await
        },
    );
    load_page(baseline, Permission::ViewFacility, |page| content(&page))
}

/// What it rests on, where that is not the facility's main meters.
fn rests_on(view: &BaselineView) -> String {
    match (view.summary.source, &view.series_name) {
        (BaselineSource::Meters, None) => String::new(),
        (BaselineSource::Meters, Some(name)) => format!(" Measured by the utility: {name}."),
        (BaselineSource::Given, _) => " Fitted to rows that a program sent.".to_owned(),
        (BaselineSource::Stated, _) => " A stated value; nothing was fitted.".to_owned(),
    }
}

fn content(page: &Zoned<BaselineView>) -> AnyView {
    let view = &page.view;
    let summary = &view.summary;
    let slug = &view.facility_slug;
    let crumbs = in_facility(slug, &view.facility_name, &[("Baselines", "baselines")]);
    let title = format!("{} baseline v{}", summary.metric_type.label(), summary.version);
    let sub = format!("{}. Savings from {}.{}", period(summary), summary.effective_from, rests_on(view));
    let badge = state_badge(summary.state);
    view! {
        <div class="page">
            <PageHead title=title crumbs=crumbs sub=sub>{badge}</PageHead>
            {outcome()}
            {stepper(summary.state)}
            {engine_note(view)}
            {actions(view)}
            <p>
                <a href=format!("/f/{slug}/baselines/{}/verification", summary.id)>
                    "Verification: who verifies it, comments, checklist and signature"
                </a>
            </p>
            {candidates(view)}
            {shown(view)}
            {way(page)}
            <section class="card">
                <h2>"Inputs"</h2>
                <p class="muted">"The daily rows the models were fitted to are frozen with this baseline. The file is what gainshare-mv reads."</p>
                <dl class="facts">
                    <dt>"SHA-256"</dt><dd class="hash">{view.inputs_sha256.clone()}</dd>
                    <dt>"Engine"</dt><dd>{view.engine.0.clone()}</dd>
                </dl>
                <div class="row">
                    <a class="button small" href=format!("/f/{slug}/baselines/{}/inputs.csv", summary.id) rel="external" download>
                        "Download inputs (CSV)"
                    </a>
                </div>
                {again::again(view)}
            </section>
        </div>
    }
    .into_any()
}

/// The usual way, with the place where this baseline stands.
fn stepper(state: BaselineState) -> AnyView {
    use BaselineState as S;
    let usual = [S::Draft, S::Submitted, S::InVerification, S::Verified, S::Active];
    let reached = usual.iter().position(|s| *s == state);
    let steps = usual
        .iter()
        .enumerate()
        .map(|(i, step)| {
            let current = reached == Some(i);
            let done = reached.is_some_and(|at| i < at) || state == S::Superseded;
            let class = if current {
                "now"
            } else if done {
                "done"
            } else {
                ""
            };
            view! { <li class=class aria-current=current.then_some("step")>{step.label()}</li> }
        })
        .collect_view();
    let aside = matches!(state, S::ChangesRequested | S::Rejected | S::Superseded)
        .then(|| view! { <li class="now" aria-current="step">{state.label()}</li> });
    view! { <ol class="stepper" aria-label="Where this baseline stands">{steps}{aside}</ol> }.into_any()
}

fn engine_note(view: &BaselineView) -> Option<AnyView> {
    let (fitted, running) = &view.engine;
    (fitted != running).then(|| {
        let title = format!("Fitted with engine {fitted}; engine {running} runs now.");
        let effect = view.newer.as_ref().and_then(|newer| side_by_side(view, newer));
        view! {
            <Notice weight=Weight::Info title=title>
                <p>"Its method stays pinned: savings are computed with the model as it was verified. To move to the newer engine, fit a new version with the same days and have it verified as an amendment."</p>
                {effect}
            </Notice>
        }
        .into_any()
    })
}

/// What the running engine would change, on the same frozen days.
fn side_by_side(view: &BaselineView, newer: &NewerEngine) -> Option<AnyView> {
    let pinned = view.candidates.iter().find(|c| c.method == newer.candidate.method)?;
    let both = [pinned, &newer.candidate];
    let unit = &view.summary.unit;
    let row = |name: &'static str, [a, b]: [Option<String>; 2]| {
        let cell = |text: Option<String>| text.unwrap_or_else(|| format::MISSING.to_owned()).into_any();
        vec![name.into_any(), cell(a), cell(b)]
    };
    let amount = |v: f64| Some(format!("{} {unit}", format::number(v, 0)));
    let rows = vec![
        row("CV(RMSE)", both.map(|c| c.cv_rmse.map(format::percent))),
        row("Bias", both.map(|c| c.nmbe.map(|v| format!("{} %", format::number(v * 100.0, 3))))),
        row("Days, effective", both.map(|c| c.n_prime.map(|n| format::number(n, 0)))),
        row("Expected over the frozen days", [amount(newer.expected.0), amount(newer.expected.1)]),
        row("Savings over the frozen days", both.map(|c| c.outcome.and_then(|o| amount(o.savings)))),
    ];
    let columns = vec![text("Of the picked model"), numeric("Pinned engine"), numeric("Running engine")];
    Some(view! { <Table caption="The pinned and the running engine side by side" columns rows /> }.into_any())
}

fn actions(view: &BaselineView) -> Option<AnyView> {
    if view.may.is_empty() {
        return None;
    }
    let base = format!("/f/{}/baselines/{}", view.facility_slug, view.summary.id);
    let forms = view
        .may
        .iter()
        .map(|step| {
            let action = format!("{base}/steps/{}", step.as_str());
            let class = if matches!(step, Step::Submit | Step::Activate | Step::Begin) {
                "button primary"
            } else {
                "button"
            };
            let id = format!("note-{}", step.as_str());
            let note = matches!(step, Step::RequestChanges | Step::Reject).then(|| {
                view! {
                    <div class="field">
                        <label for=id.clone()>"What has to change, and why"</label>
                        <textarea id=id.clone() name="note" rows="3" required></textarea>
                    </div>
                }
            });
            view! {
                <form method="post" action=action class="form">
                    {note}
                    <div><button class=class type="submit">{step.label()}</button></div>
                </form>
            }
        })
        .collect_view();
    Some(
        view! {
            <section class="card" aria-labelledby="next-step">
                <h2 id="next-step">"Next step"</h2>
                <div class="row">{forms}</div>
            </section>
        }
        .into_any(),
    )
}

/// Whether a scatter is small, in words: what daily models of growing facilities reach, and what billing takes.
fn scatter_in_words(cv_rmse: f64) -> &'static str {
    match cv_rmse {
        v if v <= 0.08 => "small: fit to bill on",
        v if v <= 0.2 => "moderate: within Guideline 14, wide interval",
        _ => "large: savings hardly show",
    }
}

fn candidates(view: &BaselineView) -> AnyView {
    let columns = vec![
        text("Model"),
        text("Rules"),
        numeric("CV(RMSE)"),
        numeric("Bias"),
        numeric("Adj. R²"),
        numeric("Days, effective"),
        numeric("Left-out months"),
        numeric("Savings so far"),
        text("Choice"),
    ];
    let rows = view.candidates.iter().enumerate().map(|(i, c)| candidate_row(view, i, c)).collect();
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Candidates"</h2>
                    <p>{spread(view)}</p>
                </div>
            </div>
            <Table caption="Models fitted to the baseline period" columns rows />
        </section>
    }
    .into_any()
}

/// How far the alternatives lie apart.
fn spread(view: &BaselineView) -> String {
    let outcomes: Vec<_> = view.candidates.iter().filter_map(|c| c.outcome).collect();
    let all = outcomes.iter().map(|o| o.savings);
    let low = all.clone().fold(f64::INFINITY, f64::min);
    let high = all.fold(f64::NEG_INFINITY, f64::max);
    let unit = &view.summary.unit;
    match outcomes.first() {
        Some(first) if outcomes.len() > 1 => format!(
            "Over the {} since, the alternatives say savings of {} to {} {unit}.",
            format::counted(first.days as usize, "day", "days"),
            format::number(low, 0),
            format::number(high, 0)
        ),
        _ => "Each is fitted to the same days. Differences in what they expect are the choice you make here."
            .to_owned(),
    }
}

fn candidate_row(view: &BaselineView, index: usize, c: &Candidate) -> Vec<AnyView> {
    let base = format!("/f/{}/baselines/{}", view.facility_slug, view.summary.id);
    let missing = || format::MISSING.to_owned();
    let unit = &view.summary.unit;
    let name = view! {
        <a href=format!("{base}?method={}#fit", c.method) aria-current=(index == view.shown as usize).then_some("true")>
            {method_name(&c.method)}
        </a>
        <div class="hint">{c.form.clone()}</div>
    };
    let rules = if c.qualified {
        badge(Tone::Ok, "All kept")
    } else {
        badge(Tone::Neg, format::counted(c.refusals.len(), "broken", "broken"))
    };
    let scatter = c.cv_rmse.map(|v| {
        view! { {format::percent(v)} <div class="hint">{scatter_in_words(v)}</div> }
    });
    let effective =
        c.n_prime.map_or_else(|| c.n.to_string(), |n| format!("{}, {}", c.n, format::number(n, 0)));
    let placebo = c.placebo.map(|p| {
        let held = p.coverage.map(|share| format!("interval right in {}", format::percent(share)));
        view! { {format!("{} %", format::number(p.bias * 100.0, 1))} <div class="hint">{held}</div> }
    });
    let outcome = c.outcome.map(|o| {
        let half = o.interval.map(|(low, high)| {
            let confidence = format::number(o.confidence * 100.0, 0);
            format!("± {} ({confidence} %)", format::number((high - low) / 2.0, 0))
        });
        view! { {format!("{} {unit}", format::number(o.savings, 0))} <div class="hint">{half}</div> }
    });
    let picked = view.summary.method.as_deref() == Some(c.method.as_str());
    let choice = if view.may_choose && !picked && c.model.is_some() {
        let id = format!("reason-{}", c.method);
        view! {
            <details class="disclose">
                <summary>"Pick this one"</summary>
                <form method="post" action=format!("{base}/choose") class="form">
                    <input type="hidden" name="method" value=c.method.clone() />
                    <div class="field">
                        <label for=id.clone()>"Why this one"</label>
                        <textarea id=id name="reason" rows="3" required></textarea>
                    </div>
                    <div><button class="button primary" type="submit">"Pick"</button></div>
                </form>
            </details>
        }
        .into_any()
    } else if picked {
        view! { {badge(Tone::Ok, "Picked")} <div class="hint">{view.reason.clone()}</div> }.into_any()
    } else {
        missing().into_any()
    };
    vec![
        name.into_any(),
        rules,
        scatter.map_or_else(|| missing().into_any(), IntoAny::into_any),
        c.nmbe.map_or_else(missing, |v| format!("{} %", format::number(v * 100.0, 3))).into_any(),
        c.r2_adj.map_or_else(missing, |v| format::number(v, 3)).into_any(),
        effective.into_any(),
        placebo.map_or_else(|| missing().into_any(), IntoAny::into_any),
        outcome.map_or_else(|| missing().into_any(), IntoAny::into_any),
        choice,
    ]
}

/// The fit of the candidate that is shown.
fn shown(view: &BaselineView) -> Option<AnyView> {
    let candidate = view.candidates.get(view.shown as usize)?;
    let unit = view.summary.unit.clone();
    let name = method_name(&candidate.method);
    let note = format!(
        "Local days, {}. Model − meter is above zero where the model expects more than was used.",
        view.time_zone
    );
    let summary = candidate.cv_rmse.map_or_else(
        || "No model could be fitted.".to_owned(),
        |cv| format!("{name}: a day is typically {} of the mean away from the model.", format::percent(cv)),
    );
    let charts = candidate.model.is_some().then(|| {
        view! {
            <ChartCard title="Does the model follow the meter?" summary=summary plot=fit::follows(&view.days, &unit)
                table=fit::day_table(&view.days, &unit) note=note.clone() size="l" />
            <ChartCard title="What is left, over time" summary="Long runs on one side would mean that something is missing from the model."
                plot=fit::left_over_time(&view.days, &unit) table=fit::day_table(&view.days, &unit) note=note.clone() />
            <ChartCard title="What is left, by outdoor temperature" summary="A slope or a bend would mean that weather is not fully accounted for."
                plot=fit::left_by_temperature(&view.days, &unit) table=fit::temperature_table(&view.days, &unit) note=note.clone() />
        }
    });
    Some(
        view! {
            <h2 id="fit">{format!("Fit: {name}")}</h2>
            {remarks(Weight::Error, "Rules that are broken", &candidate.refusals)}
            {remarks(Weight::Warn, "Worth a look", &candidate.warnings)}
            {charts}
            {coverage(candidate)}
            {coefficients(candidate)}
        }
        .into_any(),
    )
}

fn remarks(weight: Weight, title: &'static str, list: &[Remark]) -> Option<AnyView> {
    (!list.is_empty()).then(|| {
        let items = list
            .iter()
            .map(|r| {
                view! {
                    <li>
                        {r.message.clone()} " " {r.what_to_do.clone()}
                        <span class="hint">" " <code>{r.rule.clone()}</code></span>
                    </li>
                }
            })
            .collect_view();
        view! { <Notice weight=weight title=title><ul class="stack">{items}</ul></Notice> }.into_any()
    })
}

fn coverage(candidate: &Candidate) -> Option<AnyView> {
    if candidate.coverage.is_empty() {
        return None;
    }
    let rows = candidate
        .coverage
        .iter()
        .map(|c| {
            vec![
                c.name.clone().into_any(),
                format::number(c.low, 1).into_any(),
                format::number(c.high, 1).into_any(),
                c.days.to_string().into_any(),
            ]
        })
        .collect();
    let columns = vec![text("Driver"), numeric("Lowest day"), numeric("Highest day"), numeric("Days known")];
    Some(
        view! {
            <section class="card">
                <div class="card-head">
                    <div>
                        <h2>"What the baseline has seen"</h2>
                        <p>"Days outside these ranges by more than a tenth are flagged: the model was never tried there."</p>
                    </div>
                </div>
                <Table caption="Range of each driver in the baseline period" columns rows />
            </section>
        }
        .into_any(),
    )
}

fn coefficients(candidate: &Candidate) -> Option<AnyView> {
    if candidate.coefficients.is_empty() {
        return None;
    }
    let rows = candidate
        .coefficients
        .iter()
        .map(|(name, value)| vec![name.clone().into_any(), format!("{value:.6}").into_any()])
        .collect();
    Some(
        view! {
            <details class="disclose">
                <summary>"Coefficients"</summary>
                <Table caption="Coefficients of the model" columns=vec![text("Term"), numeric("Per unit of it and day")] rows />
            </details>
        }
        .into_any(),
    )
}

fn way(page: &Zoned<BaselineView>) -> AnyView {
    let rows = page
        .view
        .steps
        .iter()
        .map(|s| {
            let side = s.party.map_or("", domain::baseline::Party::label);
            let step = Step::parse(&s.step).map_or_else(|| s.step.clone(), |step| step.label().to_owned());
            vec![
                format::stamp(page.clock.local(s.at)).into_any(),
                step.into_any(),
                s.by.clone().into_any(),
                side.into_any(),
                s.state_after.label().into_any(),
                s.note.clone().into_any(),
            ]
        })
        .collect();
    let columns = vec![text("When"), text("Step"), text("Who"), text("Side"), text("Led to"), text("Note")];
    view! {
        <section class="card">
            <h2>"The way so far"</h2>
            <Table caption="Steps of this baseline" columns rows />
        </section>
    }
    .into_any()
}
