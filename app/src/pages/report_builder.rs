//! Building a report: which days, what of them, how it is written. A plain form, filled from a template where one is named.

use super::baselines::outcome;
use super::{param, query};
use crate::api::reports::get_reports;
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::page::{PageHead, in_facility};
use chrono::{Datelike, Months, NaiveDate};
use domain::access::Permission;
use domain::baseline::MetricType;
use domain::report::view::ReportsView;
use domain::report::{Choices, Dates, Delimiter, Energy, Paper, Part, Style, Water};
use leptos::prelude::*;

/// The page.
#[component]
pub fn ReportBuilder() -> impl IntoView {
    let (slug, template) = (param("facility"), query("template"));
    let reports = Resource::new(move || slug.get(), get_reports);
    load_page(reports, Permission::ViewFacility, move |page| content(&page.view, &template.get_untracked()))
}

fn content(view: &ReportsView, template: &str) -> AnyView {
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[("Reports", "reports")]);
    let found = view.templates.iter().find(|one| one.id.to_string() == template);
    let (style, choices) = found.map(|one| (one.style, one.choices.clone())).unwrap_or_default();
    let name = found.map(|one| one.name.clone()).unwrap_or_default();
    let action = format!("/f/{}/reports", view.facility_slug);
    let save = format!("{action}/templates");
    view! {
        <div class="page">
            <PageHead title="New report" crumbs=crumbs sub="What you choose is frozen with the report: every page and file of it says the same." />
            {outcome()}
            <form class="stack" method="post" action=action>
                {days(view)}
                {says(&choices)}
                {written(&style, &choices)}
                <section class="card">
                    <div class="form-row">
                        <button class="button primary" type="submit">"Make the report"</button>
                    </div>
                    <h2>"Keep these choices"</h2>
                    <div class="form-row">
                        <Field label="Name of the template" name="name" value=name optional=true />
                        <button class="button" type="submit" formaction=save>"Save as a template"</button>
                    </div>
                    <p class="hint">"A template keeps everything but the days. One of the same name is written over."</p>
                </section>
            </form>
        </div>
    }
    .into_any()
}

fn days(view: &ReportsView) -> AnyView {
    let group = |label: &'static str, ranges: Vec<(String, NaiveDate, NaiveDate)>, chosen: usize| {
        let options = ranges
            .into_iter()
            .enumerate()
            .map(|(n, (name, from, to))| view! { <option value=format!("{from}..{to}") selected=n == chosen>{name}</option> })
            .collect_view();
        view! { <optgroup label=label>{options}</optgroup> }
    };
    // The last whole month is asked for most.
    let months = group("Months", stretches(view.today, 1, 24), 1);
    let quarters = group("Quarters", stretches(view.today, 3, 8), usize::MAX);
    let years = group("Years", stretches(view.today, 12, 3), usize::MAX);
    view! {
        <section class="card">
            <h2>"Days"</h2>
            <div class="form-row">
                <div class="field">
                    <label for="range">"Range"</label>
                    <select id="range" name="range">{months}{quarters}{years}<option value="">"Other days, typed here"</option></select>
                </div>
                <Field label="First day" name="from" kind="date" optional=true />
                <Field label="Last day" name="to" kind="date" optional=true />
            </div>
            <p class="hint">{format!("Whole days, both included, as the clock goes in {}; at most 366. Typed days count where the range says so. What is still running is reported as it stands.", view.time_zone)}</p>
        </section>
    }
    .into_any()
}

/// The newest calendar stretches of so many months with their first and last days, the running one first.
fn stretches(today: NaiveDate, months: u32, count: u32) -> Vec<(String, NaiveDate, NaiveDate)> {
    let first = today.with_day(1).unwrap_or(today);
    let first = first.checked_sub_months(Months::new(first.month0() % months)).unwrap_or(first);
    let one = |n: u32| {
        let from = first.checked_sub_months(Months::new(n * months))?;
        let last = from.checked_add_months(Months::new(months))?.pred_opt()?;
        let name = match months {
            1 => from.format("%Y-%m").to_string(),
            3 => format!("{} Q{}", from.year(), from.month0() / 3 + 1),
            _ => from.year().to_string(),
        };
        Some((name, from, last))
    };
    (0..count).filter_map(one).collect()
}

fn check(name: &'static str, value: &'static str, label: &'static str, chosen: bool) -> AnyView {
    view! { <label class="check"><input type="checkbox" name=name value=value checked=chosen /> {label}</label> }
        .into_any()
}

fn says(choices: &Choices) -> AnyView {
    let metrics = [MetricType::Electricity, MetricType::Gas, MetricType::Water]
        .map(|metric| check("metric", metric.as_str(), metric.label(), choices.metrics.contains(&metric)))
        .collect_view();
    let parts = Part::ALL
        .iter()
        .map(|part| check("part", part.as_str(), part.label(), choices.has(*part)))
        .collect_view();
    view! {
        <section class="card">
            <h2>"What it says"</h2>
            <fieldset class="field"><legend>"Metrics"</legend><div class="row">{metrics}</div><p class="hint">"None ticked: all that have figures."</p></fieldset>
            <fieldset class="field"><legend>"Parts"</legend><div class="row">{parts}</div></fieldset>
            <Field label="Title" name="title" value=choices.title.clone() optional=true hint="Empty: “Performance report”." />
            <div class="field">
                <label for="note">"Note on the first page"</label>
                <textarea id="note" name="note" rows="3" maxlength="2000">{choices.note.clone()}</textarea>
            </div>
        </section>
    }
    .into_any()
}

fn choose(
    label: &'static str,
    name: &'static str,
    options: Vec<(&'static str, &'static str)>,
    now: &str,
) -> AnyView {
    let options = options
        .into_iter()
        .map(|(value, label)| view! { <option value=value selected=value == now>{label}</option> })
        .collect_view();
    view! { <div class="field"><label for=name>{label}</label><select id=name name=name>{options}</select></div> }
        .into_any()
}

fn written(style: &Style, choices: &Choices) -> AnyView {
    let decimal = if style.decimal_comma { "comma" } else { "point" };
    let papers = Paper::ALL.iter().map(|p| (p.as_str(), p.label())).collect();
    let delimiters = Delimiter::ALL.iter().map(|d| (d.as_str(), d.label())).collect();
    let dates = Dates::ALL.iter().map(|d| (d.as_str(), d.label())).collect();
    let energy = Energy::ALL.iter().map(|e| (e.as_str(), e.label())).collect();
    let water = Water::ALL.iter().map(|w| (w.as_str(), w.label())).collect();
    view! {
        <section class="card">
            <h2>"How it is written"</h2>
            <div class="form-row">
                {choose("Energy in", "energy", energy, choices.energy.as_str())}
                {choose("Water in", "water", water, choices.water.as_str())}
                {choose("Days as", "dates", dates, style.dates.as_str())}
                {choose("Decimals", "decimal", vec![("point", "1,234.5"), ("comma", "1.234,5")], decimal)}
                {choose("Paper", "paper", papers, style.paper.as_str())}
                {choose("CSV cells end with", "delimiter", delimiters, style.delimiter.as_str())}
            </div>
        </section>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::stretches;

    #[test]
    fn months_quarters_and_years() {
        let today = "2026-05-31".parse().unwrap();
        let named = |months, count| -> Vec<String> {
            stretches(today, months, count)
                .into_iter()
                .map(|(name, a, b)| format!("{name} {a} {b}"))
                .collect()
        };
        assert_eq!(named(1, 3)[2], "2026-03 2026-03-01 2026-03-31");
        assert_eq!(named(3, 2), ["2026 Q2 2026-04-01 2026-06-30", "2026 Q1 2026-01-01 2026-03-31"]);
        assert_eq!(named(12, 2)[1], "2025 2025-01-01 2025-12-31");
        assert_eq!(named(1, 24).len(), 24);
    }
}
