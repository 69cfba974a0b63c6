//! What the template is given: texts that are ready to print, and the geometry of charts.

use super::chart::{Chart, chart};
use crate::money::money;
use crate::text::{self, CENTS, Days, Numbers, breakable, decimals_of};
use domain::report::{
    Paper, Part, PerformanceReport, ReportCauses, ReportCycle, ReportDay, ReportEvent, ReportMetric,
    ReportMonth, Style,
};
use serde::Serialize;

/// A report, ready to print.
#[derive(Serialize)]
pub(super) struct Data {
    paper: &'static str,
    title: String,
    heading: String,
    note: Vec<String>,
    chosen: String,
    summary: bool,
    method: bool,
    facility: String,
    organisation: String,
    range: String,
    days: String,
    zone: String,
    currency: String,
    generated: String,
    state: String,
    strip: Strip,
    share_rate: String,
    share_note: String,
    metrics: Vec<Metric>,
    events: Vec<[String; 4]>,
    cycles: Vec<[String; 7]>,
    notes: Vec<String>,
    sources: String,
}

/// The equation, in the report's currency.
#[derive(Serialize)]
struct Strip {
    baseline: String,
    actual: String,
    savings: String,
    keep: String,
    share: String,
}

/// A metric with its units beside its numbers; its days without, theirs are in the heads of the columns.
#[derive(Serialize)]
struct Metric {
    name: String,
    unit: String,
    baseline_name: String,
    verification: String,
    baseline: String,
    actual: String,
    savings: String,
    interval: String,
    coverage: String,
    baseline_cost: String,
    actual_cost: String,
    cost_savings: String,
    keep: String,
    share: String,
    chart: Option<Chart>,
    days: Vec<[String; 7]>,
    total: [String; 7],
    months: Vec<[String; 5]>,
    causes: Option<Causes>,
    end_uses: Vec<[String; 2]>,
}

/// From the savings of the stretch before to those of the range.
#[derive(Serialize)]
struct Causes {
    unit: String,
    from: String,
    rows: Vec<[String; 2]>,
}

/// Everything the template prints.
pub(super) fn data(report: &PerformanceReport, style: &Style) -> Data {
    let numbers = Numbers { comma: style.decimal_comma };
    let sums = money(report);
    let cash = |value| numbers.known(value, CENTS);
    let days = report.until.signed_duration_since(report.from).num_days().max(0);
    let written = Days(style.dates);
    let range = written.range(report.from, report.until);
    let choices = &report.choices;
    Data {
        paper: match style.paper {
            Paper::A4 => "a4",
            Paper::Letter => "us-letter",
        },
        title: format!("{}: {}, {range}", choices.heading(), report.facility),
        heading: breakable(choices.heading()),
        note: choices.note.lines().map(breakable).collect(),
        chosen: if choices.is_usual() { String::new() } else { choices.in_words() },
        summary: choices.has(Part::Summary),
        method: choices.has(Part::Method),
        facility: breakable(&report.facility),
        organisation: breakable(&report.organisation),
        days: format!("{days} {}", if days == 1 { "day" } else { "days" }),
        range,
        zone: breakable(&report.time_zone),
        currency: breakable(&report.currency),
        generated: breakable(&report.generated_text),
        state: breakable(&report.state),
        strip: Strip {
            baseline: cash(sums.baseline),
            actual: cash(sums.actual),
            savings: cash(sums.savings),
            keep: cash(sums.keep),
            share: cash(sums.share),
        },
        share_rate: numbers.rate(report.share_rate),
        share_note: breakable(&report.share_note),
        metrics: report.metrics.iter().map(|metric| metric_of(metric, report, (numbers, written))).collect(),
        events: report.events.iter().map(|event| event_row(event, numbers, written)).collect(),
        cycles: report.cycles.iter().map(|cycle| cycle_row(cycle, numbers, written)).collect(),
        notes: report.notes.iter().map(|note| breakable(note)).collect(),
        sources: breakable(&report.sources_sha256).replace('\u{200b}', ""),
    }
}

fn metric_of(
    metric: &ReportMetric,
    report: &PerformanceReport,
    (numbers, written): (Numbers, Days),
) -> Metric {
    let decimals = decimals_of(metric);
    let unit = breakable(&metric.unit);
    let amount = |value| numbers.with_unit(value, decimals, &unit);
    let cash = |value| numbers.with_unit(value, CENTS, &breakable(&report.currency));
    Metric {
        name: breakable(&metric.name),
        baseline_name: breakable(&metric.baseline_name),
        verification: breakable(&metric.verification),
        baseline: amount(metric.baseline),
        actual: amount(metric.actual),
        savings: amount(metric.savings),
        interval: interval(metric, decimals, numbers),
        coverage: numbers.percent(metric.coverage),
        baseline_cost: cash(metric.baseline_cost),
        actual_cost: cash(metric.actual_cost),
        cost_savings: cash(metric.cost_savings),
        keep: cash(metric.keep),
        share: cash(metric.share),
        chart: chart(metric, numbers),
        days: metric.days.iter().map(|day| day_row(day, decimals, (numbers, written))).collect(),
        months: metric.months.iter().map(|month| month_row(month, decimals, numbers)).collect(),
        causes: metric.causes.as_ref().map(|causes| causes_of(causes, decimals, (numbers, written))),
        end_uses: metric
            .end_uses
            .iter()
            .map(|one| [breakable(&one.name), numbers.known(one.amount, decimals)])
            .collect(),
        total: [
            "Range".to_owned(),
            numbers.known(metric.baseline, decimals),
            numbers.known(metric.actual, decimals),
            numbers.known(metric.savings, decimals),
            numbers.known(metric.cost_savings, CENTS),
            numbers.percent(metric.coverage),
            String::new(),
        ],
        unit,
    }
}

/// `± 391 kWh at 90 %`, or `± –`.
fn interval(metric: &ReportMetric, decimals: u32, numbers: Numbers) -> String {
    let half = metric.half_width.map(|half| half.abs());
    let width = format!("± {}", numbers.with_unit(half, decimals, &breakable(&metric.unit)));
    let confidence = metric.confidence_percent.filter(|_| half.is_some()).map(|percent| {
        let percent = percent.normalize();
        format!(" at {}", numbers.with_unit(Some(percent), percent.scale(), "%"))
    });
    width + &confidence.unwrap_or_default()
}

fn month_row(month: &ReportMonth, decimals: u32, numbers: Numbers) -> [String; 5] {
    let name = month.month.format("%B %Y").to_string();
    [
        if month.running { format!("{name}, so far") } else { name },
        numbers.known(month.baseline, decimals),
        numbers.known(month.actual, decimals),
        numbers.known(month.savings, decimals),
        numbers.known(month.cost_savings, CENTS),
    ]
}

fn causes_of(causes: &ReportCauses, decimals: u32, (numbers, written): (Numbers, Days)) -> Causes {
    // Money has a code of three letters; units of amounts have none.
    let money = causes.unit.len() == 3 && causes.unit.bytes().all(|b| b.is_ascii_uppercase());
    let amount = |value| numbers.fixed(value, if money { CENTS } else { decimals });
    let ends = |name: &str, value| [name.to_owned(), amount(value)];
    let steps = causes.steps.iter().map(|(name, change)| [breakable(name), amount(*change)]);
    let first = [ends("Savings of the stretch before", causes.before)];
    let rows = first.into_iter().chain(steps).chain([ends("Savings of the range", causes.after)]);
    Causes { unit: breakable(&causes.unit), from: written.date(causes.from), rows: rows.collect() }
}

fn day_row(day: &ReportDay, decimals: u32, (numbers, written): (Numbers, Days)) -> [String; 7] {
    [
        written.weekday(day.day),
        numbers.known(day.baseline, decimals),
        numbers.known(day.actual, decimals),
        numbers.known(day.savings, decimals),
        numbers.known(day.cost_savings, CENTS),
        numbers.percent(day.coverage),
        breakable(&day.state),
    ]
}

fn event_row(event: &ReportEvent, numbers: Numbers, written: Days) -> [String; 4] {
    let decimals = text::given([event.amount, event.half_width]);
    let unit = breakable(&event.unit);
    let last = event.until.map(|until| until.pred_opt().unwrap_or(until).max(event.from));
    [
        breakable(&event.title),
        written.date(event.from),
        last.map_or_else(|| "lasts".to_owned(), |day| written.date(day)),
        format!(
            "{} ± {}",
            numbers.with_unit(Some(event.amount), decimals, &unit),
            numbers.with_unit(Some(event.half_width.abs()), decimals, &unit)
        ),
    ]
}

fn cycle_row(cycle: &ReportCycle, numbers: Numbers, written: Days) -> [String; 7] {
    [
        breakable(&cycle.room),
        breakable(&cycle.crop),
        breakable(&cycle.cycle),
        written.date(cycle.harvested),
        numbers.known(cycle.kwh_per_kg, 2),
        numbers.known(cycle.grams_per_mol, 2),
        text::guard(cycle.flagged).to_owned(),
    ]
}
