//! Baselines of a facility: the list, and fitting a new one.

use super::{param, query};
use crate::api::Zoned;
use crate::api::baselines::get_baselines;
use crate::charts::series::decimal;
use crate::components::badge::{Tone, badge};
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::figure_or_missing;
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use chrono::{DateTime, Days, Months, NaiveDate, Utc};
use domain::access::Permission;
use domain::baseline::view::{BaselineSummary, BaselinesView};
use domain::baseline::{BaselineState, MetricType};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Baselines() -> impl IntoView {
    let slug = param("facility");
    let baselines = Resource::new(move || slug.get(), get_baselines);
    load_page(baselines, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &Zoned<BaselinesView>) -> AnyView {
    let view = &page.view;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    view! {
        <div class="page">
            <PageHead
                title="Baselines"
                crumbs=crumbs
                sub="What the facility would have used without the measure. Savings count once a baseline is verified and active."
            />
            {outcome()}
            <section class="card">
                <h2>"Versions"</h2>
                {list(page)}
            </section>
            {view.may_fit.then(|| form(page))}
        </div>
    }
    .into_any()
}

/// What went wrong with a step: `server/src/routes/baselines.rs` puts the sentence in the address.
pub fn outcome() -> impl IntoView {
    let (error, done) = (query("error"), query("done"));
    move || match (error.get(), done.get()) {
        (error, _) if !error.is_empty() => {
            Some(view! { <Notice weight=Weight::Error title=error announce=true /> }.into_any())
        }
        (_, done) if !done.is_empty() => {
            Some(view! { <Notice weight=Weight::Ok title=done announce=true /> }.into_any())
        }
        _ => None,
    }
}

/// The badge of a baseline's state.
pub fn state_badge(state: BaselineState) -> AnyView {
    let tone = match state {
        BaselineState::Draft | BaselineState::Superseded => Tone::Draft,
        BaselineState::Submitted | BaselineState::InVerification => Tone::Info,
        BaselineState::ChangesRequested => Tone::Warn,
        BaselineState::Rejected => Tone::Neg,
        BaselineState::Verified | BaselineState::Active => Tone::Ok,
    };
    badge(tone, state.label())
}

/// `1 Aug 2025 to 31 Jul 2026`, with the last day included as people say it.
pub fn period(summary: &BaselineSummary) -> String {
    let last = summary.period_end.checked_sub_days(Days::new(1)).unwrap_or(summary.period_end);
    format!("{} to {last}", summary.period_start)
}

fn list(page: &Zoned<BaselinesView>) -> AnyView {
    let view = &page.view;
    if view.baselines.is_empty() {
        return view! {
            <Empty
                title="No baseline yet"
                reason="Savings start after a baseline is fitted, verified by a third party and accepted. Until then only measured use is shown."
            />
        }
        .into_any();
    }
    let columns = vec![
        text("Version"),
        text("State"),
        text("Baseline period"),
        text("Savings from"),
        text("Method"),
        numeric("Mean"),
        text("Made"),
    ];
    let rows = view.baselines.iter().map(|b| row(b, page)).collect();
    view! { <Table caption="Baselines of this facility" columns rows /> }.into_any()
}

fn row(b: &BaselineSummary, page: &Zoned<BaselinesView>) -> Vec<AnyView> {
    let name = format!("{} v{}", b.metric_type.label(), b.version);
    let mean = b
        .baseline_value
        .map(|value| Figure { value: format!("{} {}/day", decimal(value, 0), b.unit), unit: "" });
    vec![
        link(format!("/f/{}/baselines/{}", page.view.facility_slug, b.id), name),
        state_badge(b.state),
        period(b).into_any(),
        b.effective_from.to_string().into_any(),
        b.method.as_deref().map_or_else(|| "not picked".to_owned(), method_name).into_any(),
        figure_or_missing(mean),
        format!("{} by {}", format::day(page.clock.local(b.created_at)), b.created_by).into_any(),
    ]
}

/// A method in words.
pub fn method_name(method: &str) -> String {
    match method {
        "cea-daily" => "Crop, light and weather".to_owned(),
        "caltrack-daily" => "Weather only (CalTRACK)".to_owned(),
        "value" => "Agreed value".to_owned(),
        other => other.to_owned(),
    }
}

/// First and last local day of what a baseline can be fitted to.
fn span(view: &Zoned<BaselinesView>) -> Option<(NaiveDate, NaiveDate)> {
    view.view.data.or_else(|| {
        let (_, series) = view.view.series.first()?;
        let day = |at| view.clock.local(at).date();
        Some((day(series.from?), day(series.to?)))
    })
}

/// What measured the baseline period: the main meters, or a series that was imported.
fn measured_by(page: &Zoned<BaselinesView>) -> AnyView {
    let view = &page.view;
    let meters = view.data.map(|(first, last)| {
        view! { <option value="meters">{format!("Main meters, {first} to {last}")}</option> }
    });
    let day = |at: Option<DateTime<Utc>>| at.map(|at| page.clock.local(at).date().to_string());
    let series = view.series.iter().map(|(metric, series)| {
        let reach = day(series.from).zip(day(series.to)).map(|(from, to)| format!(", {from} to {to}"));
        let name = format!("{} ({}){}", series.name, metric.label(), reach.unwrap_or_default());
        view! { <option value=series.id.to_string()>{name}</option> }
    });
    view! {
        <div class="field">
            <label for="measured_by">"Measured by"</label>
            <select id="measured_by" name="measured_by" aria-describedby="measured_by-hint">
                {meters}
                {series.collect_view()}
            </select>
            <span class="hint" id="measured_by-hint">
                "Imported utility data reach back to before there was a gateway. Savings are then measured by the main meters, or, where there are none, by later imports of the same series."
            </span>
        </div>
    }
    .into_any()
}

fn form(page: &Zoned<BaselinesView>) -> AnyView {
    let view = &page.view;
    let Some((first, last)) = span(page) else {
        return view! {
            <Empty
                title="Nothing to fit yet"
                reason="A baseline takes about a year of readings. Connect a gateway or import utility data first."
            />
        }
        .into_any();
    };
    let year = first.checked_add_months(Months::new(12)).unwrap_or(last).min(last);
    let metrics = [MetricType::Electricity, MetricType::Gas, MetricType::Water]
        .into_iter()
        .map(|metric| view! { <option value=metric.as_str()>{metric.label()}</option> })
        .collect_view();
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Fit a baseline"</h2>
                    <p>"Several models are fitted side by side; you pick one, with a reason."</p>
                </div>
            </div>
            <form class="form" method="post" action=format!("/f/{}/baselines", view.facility_slug)>
                <div class="field">
                    <label for="metric_type">"Of what"</label>
                    <select id="metric_type" name="metric_type">{metrics}</select>
                </div>
                {measured_by(page)}
                <div class="form-row">
                    <Field label="First day" name="period_start" kind="date" value=first.to_string() />
                    <Field label="Day after the last" name="period_end" kind="date" value=year.to_string() hint="The period covers whole local days, about a year." />
                    <Field label="Savings from" name="effective_from" kind="date" value=year.to_string() hint="The first day with the measure at work." />
                </div>
                <div><button class="button primary" type="submit">"Fit models"</button></div>
            </form>
        </section>
    }
    .into_any()
}
