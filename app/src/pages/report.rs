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
use domain::report::{PerformanceReport, ReportDay, ReportMetric};
use leptos::prelude::*;
use rust_decimal::Decimal;

/// The page.
#[component]
pub fn Report() -> impl IntoView {
    let (slug, id) = (param("facility"), param("report"));
    let report = Resource::new(move || (slug.get(), id.get()), |(slug, id)| get_report(slug, id));
    load_page(report, Permission::ViewFacility, |view| content(&view))
}

fn cell(value: Option<Decimal>, places: u32, unit: &str) -> String {
    value.map_or_else(|| format::MISSING.to_owned(), |v| format!("{}\u{a0}{unit}", decimal(v, places)))
}

fn content(view: &ReportView) -> AnyView {
    let report = &view.report;
    let crumbs = in_facility(&view.facility_slug, &report.facility, &[("Reports", "reports")]);
    let last = report.until.pred_opt().unwrap_or(report.until);
    let title = format!("{} to {last}", report.from);
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
    let notes = (!report.notes.is_empty()).then(|| {
        let items = report.notes.iter().map(|note| view! { <li>{note.clone()}</li> }).collect_view();
        view! { <Notice weight=Weight::Warn title="Worth knowing"><ul class="stack">{items}</ul></Notice> }
    });
    let metrics: Vec<AnyView> = report.metrics.iter().map(|metric| of_metric(report, metric)).collect();
    view! {
        <div class="page">
            <PageHead title=title crumbs=crumbs sub=sub><div class="row">{files}</div></PageHead>
            {notes}
            {metrics}
            <section class="card">
                <h2>"For the file"</h2>
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

fn of_metric(report: &PerformanceReport, metric: &ReportMetric) -> AnyView {
    let (unit, currency) = (&metric.unit, &report.currency);
    let half = metric
        .half_width
        .zip(metric.confidence_percent)
        .map_or_else(String::new, |(half, sure)| format!(" ± {} {unit} ({sure} %)", decimal(half, 0)));
    let facts = [
        ("Adjusted baseline", cell(metric.baseline, 0, unit), cell(metric.baseline_cost, 2, currency)),
        ("Actual", cell(metric.actual, 0, unit), cell(metric.actual_cost, 2, currency)),
        (
            "Savings",
            format!("{}{half}", cell(metric.savings, 0, unit)),
            cell(metric.cost_savings, 2, currency),
        ),
        ("You keep", String::new(), cell(metric.keep, 2, currency)),
        ("Vendor share", String::new(), cell(metric.share, 2, currency)),
    ];
    let sums = facts
        .into_iter()
        .map(|(name, amount, money)| vec![name.into_any(), amount.into_any(), money.into_any()])
        .collect();
    let day = |day: &ReportDay| {
        vec![
            day.day.to_string().into_any(),
            cell(day.baseline, 1, unit).into_any(),
            cell(day.actual, 1, unit).into_any(),
            cell(day.savings, 1, unit).into_any(),
            cell(day.cost_savings, 2, currency).into_any(),
            format::percent(format::float(day.coverage)).into_any(),
        ]
    };
    let days = metric.days.iter().map(day).collect();
    let columns = vec![
        text("Day"),
        numeric("Baseline"),
        numeric("Actual"),
        numeric("Savings"),
        numeric("Worth"),
        numeric("Covered"),
    ];
    let about = format!("{}. {}.", metric.baseline_name, metric.verification);
    view! {
        <section class="card">
            <div class="card-head"><div><h2>{metric.name.clone()}</h2><p>{about}</p></div></div>
            <Table caption=format!("Sums of {}", metric.name) columns=vec![text("Figure"), numeric("Energy"), numeric("Money")] rows=sums />
            <p class="hint">{report.share_note.clone()}</p>
            <Table caption=format!("Days of {}", metric.name) columns rows=days />
        </section>
    }
    .into_any()
}
