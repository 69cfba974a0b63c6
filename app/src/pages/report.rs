//! One performance report as a page: the same figures as its documents.

use super::param;
use super::reports::documents;
use crate::api::reports::get_report;
use crate::charts::series::decimal;
use crate::components::load::load_page;
use crate::components::notice::{Notice, Weight};
use crate::components::page::{PageHead, in_facility};
use crate::components::table::{Table, numeric, text};
use crate::format;
use domain::access::Permission;
use domain::report::view::ReportView;
use domain::report::{Part, PerformanceReport, ReportCauses, ReportDay, ReportMetric, ReportMonth, Style};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The page.
#[component]
pub fn Report() -> impl IntoView {
    let (slug, id) = (param("facility"), param("report"));
    let report = Resource::new(move || (slug.get(), id.get()), |(slug, id)| get_report(slug, id));
    load_page(report, Permission::ViewFacility, |view| content(&view))
}

/// A figure as the report's style has it.
fn figure(value: Decimal, places: u32, style: &Style) -> String {
    let text = decimal(value, places);
    let swap = |c: char| match c {
        ',' => '.',
        '.' => ',',
        c => c,
    };
    if style.decimal_comma { text.chars().map(swap).collect() } else { text }
}

fn cell(value: Option<Decimal>, places: u32, unit: &str, style: &Style) -> String {
    value.map_or_else(|| format::MISSING.to_owned(), |v| format!("{}\u{a0}{unit}", figure(v, places, style)))
}

/// Decimals of amounts in a unit: large units have small numbers.
fn places(unit: &str) -> (u32, u32) {
    if unit == "MWh" { (3, 3) } else { (0, 1) }
}

fn content(view: &ReportView) -> AnyView {
    let (report, choices) = (&view.report, &view.report.choices);
    let crumbs = in_facility(&view.facility_slug, &report.facility, &[("Reports", "reports")]);
    let last = report.until.pred_opt().unwrap_or(report.until);
    let days = |day| view.style.dates.in_file(day);
    let range = format!("{} to {}", days(report.from), days(last));
    let title = if choices.title.is_empty() { range } else { format!("{}, {range}", choices.title) };
    let sub = format!(
        "Made {} by {}. {} figures; local days, {}.",
        report.generated_text, view.created_by, report.state, report.time_zone
    );
    let files = documents(&view.facility_slug, &view.id.to_string(), view.bundle_sha256.is_some());
    let bundle = view.bundle_sha256.clone().map(|hash| {
        view! {
            <dt>"SHA-256 of the signed bundle"</dt><dd><code class="hash">{hash}</code></dd>
        }
    });
    let note = (!choices.note.is_empty())
        .then(|| view! { <section class="card"><p class="said">{choices.note.clone()}</p></section> });
    let chosen = (!choices.is_usual())
        .then(|| view! { <p class="hint">{format!("Chosen for this report: {}.", choices.in_words())}</p> });
    let notes = (!report.notes.is_empty()).then(|| {
        let items = report.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
        view! { <Notice weight=Weight::Warn title="Worth knowing"><ul class="stack">{items}</ul></Notice> }
    });
    let metrics: Vec<AnyView> =
        report.metrics.iter().map(|metric| of_metric(report, metric, &view.style)).collect();
    view! {
        <div class="page">
            <PageHead title=title crumbs=crumbs sub=sub><div class="row">{files}</div></PageHead>
            {note}
            {notes}
            {metrics}
            <section class="card">
                <h2>"For the file"</h2>
                {chosen}
                <dl class="facts">
                    <dt>"SHA-256 of the PDF"</dt><dd><code class="hash">{view.pdf_sha256.clone()}</code></dd>
                    <dt>"SHA-256 of its sources"</dt><dd><code class="hash">{report.sources_sha256.clone()}</code></dd>
                    {bundle}
                </dl>
                <p class="hint">"The audit trail has the same hash since the report was made. A PDF that differs in one byte has another. The signed bundle holds the report with its readings, weather, tariff, model and audit records; " <a href="/verify" rel="external">"anybody can check it"</a> ", here, in their own browser or with gainshare-mv."</p>
            </section>
        </div>
    }
    .into_any()
}

fn of_metric(report: &PerformanceReport, metric: &ReportMetric, style: &Style) -> AnyView {
    let choices = &report.choices;
    let about = format!("{}. {}.", metric.baseline_name, metric.verification);
    let about = choices.has(Part::Method).then(|| view! { <p>{about}</p> });
    let summary = choices.has(Part::Summary).then(|| sums(report, metric, style));
    let causes = metric.causes.as_ref().map(|causes| why(metric, causes, style));
    let uses = (!metric.end_uses.is_empty()).then(|| {
        let row = |one: &domain::report::ReportEndUse| {
            let amount = cell(one.amount, places(&metric.unit).0, &metric.unit, style);
            vec![one.name.clone().into_any(), amount.into_any()]
        };
        let rows = metric.end_uses.iter().map(row).collect();
        view! { <h3>"Where the energy went"</h3><Table caption=format!("End uses of {}", metric.name) columns=vec![text("End use"), numeric("Use")] rows /> }
    });
    let months = (!metric.months.is_empty()).then(|| months(report, metric, style));
    let days = (!metric.days.is_empty()).then(|| days(report, metric, style));
    view! {
        <section class="card">
            <div class="card-head"><div><h2>{metric.name.clone()}</h2>{about}</div></div>
            {summary}
            {causes}
            {uses}
            {months}
            {days}
        </section>
    }
    .into_any()
}

fn sums(report: &PerformanceReport, metric: &ReportMetric, style: &Style) -> AnyView {
    let (unit, currency) = (&metric.unit, &report.currency);
    let whole = places(unit).0;
    let half = metric.half_width.zip(metric.confidence_percent).map_or_else(String::new, |(half, sure)| {
        format!(" ± {} {unit} ({sure} %)", figure(half, whole, style))
    });
    let amount = |value| cell(value, whole, unit, style);
    let money = |value| cell(value, 2, currency, style);
    let facts = [
        ("Adjusted baseline", amount(metric.baseline), money(metric.baseline_cost)),
        ("Actual", amount(metric.actual), money(metric.actual_cost)),
        ("Savings", format!("{}{half}", amount(metric.savings)), money(metric.cost_savings)),
        ("You keep", String::new(), money(metric.keep)),
        ("Vendor share", String::new(), money(metric.share)),
    ];
    let rows = facts
        .into_iter()
        .map(|(name, amount, money)| vec![name.into_any(), amount.into_any(), money.into_any()])
        .collect();
    view! {
        <Table caption=format!("Sums of {}", metric.name) columns=vec![text("Figure"), numeric("Energy"), numeric("Money")] rows />
        <p class="hint">{report.share_note.clone()}</p>
    }
    .into_any()
}

fn why(metric: &ReportMetric, causes: &ReportCauses, style: &Style) -> AnyView {
    let decimals = if causes.unit == metric.unit { places(&causes.unit).0 } else { 2 };
    let row = |name: String, value: Decimal| {
        vec![name.into_any(), cell(Some(value), decimals, &causes.unit, style).into_any()]
    };
    let before = format!("Savings of the stretch before, from {}", style.dates.in_file(causes.from));
    let steps = causes.steps.iter().map(|(name, amount)| row(name.clone(), *amount));
    let rows = [row(before, causes.before)]
        .into_iter()
        .chain(steps)
        .chain([row("Savings of the range".to_owned(), causes.after)])
        .collect();
    view! { <h3>"Why the savings changed"</h3><Table caption=format!("Causes, {}", metric.name) columns=vec![text("Cause"), numeric("Change")] rows /> }
        .into_any()
}

fn months(report: &PerformanceReport, metric: &ReportMetric, style: &Style) -> AnyView {
    let (unit, whole) = (&metric.unit, places(&metric.unit).0);
    let row = |month: &ReportMonth| {
        let name = month.month.format("%Y-%m").to_string();
        vec![
            if month.running { format!("{name}, so far") } else { name }.into_any(),
            cell(month.baseline, whole, unit, style).into_any(),
            cell(month.actual, whole, unit, style).into_any(),
            cell(month.savings, whole, unit, style).into_any(),
            cell(month.cost_savings, 2, &report.currency, style).into_any(),
        ]
    };
    let columns =
        vec![text("Month"), numeric("Baseline"), numeric("Actual"), numeric("Savings"), numeric("Worth")];
    let rows = metric.months.iter().map(row).collect();
    view! { <h3>"Month by month"</h3><Table caption=format!("Months of {}", metric.name) columns rows /> }
        .into_any()
}

fn days(report: &PerformanceReport, metric: &ReportMetric, style: &Style) -> AnyView {
    let (unit, fine) = (&metric.unit, places(&metric.unit).1);
    let row = |day: &ReportDay| {
        vec![
            style.dates.in_file(day.day).into_any(),
            cell(day.baseline, fine, unit, style).into_any(),
            cell(day.actual, fine, unit, style).into_any(),
            cell(day.savings, fine, unit, style).into_any(),
            cell(day.cost_savings, 2, &report.currency, style).into_any(),
            format::percent(format::float(day.coverage)).into_any(),
        ]
    };
    let columns = vec![
        text("Day"),
        numeric("Baseline"),
        numeric("Actual"),
        numeric("Savings"),
        numeric("Worth"),
        numeric("Covered"),
    ];
    let rows = metric.days.iter().map(row).collect();
    view! { <Table caption=format!("Days of {}", metric.name) columns rows /> }.into_any()
}
