//! The sheet that says what the workbook is of, and its totals.

use super::sheet::{Cell, Sheet};
use crate::money::money;
use domain::report::{Dates, Part, PerformanceReport, ReportMetric};
use rust_xlsxwriter::{Worksheet, XlsxError};

/// Writes the sheet.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &PerformanceReport,
    dates: Dates,
) -> Result<(), XlsxError> {
    let mut widths = vec![26.0, 16.0, 16.0];
    widths.extend([14.0; 10]);
    widths.extend([36.0, 48.0]);
    let mut sheet = Sheet::new(sheet, "Summary", &widths, dates)?;
    sheet.title(report.choices.heading())?;
    about(&mut sheet, report)?;
    if report.choices.has(Part::Summary) {
        metrics(&mut sheet, report)?;
    }
    for metric in &report.metrics {
        more(&mut sheet, report, metric)?;
    }
    if !report.events.is_empty() {
        events(&mut sheet, report)?;
    }
    if !report.cycles.is_empty() {
        cycles(&mut sheet, report)?;
    }
    for (i, note) in report.notes.iter().enumerate() {
        if i == 0 {
            sheet.next += 1;
            sheet.title("Worth knowing")?;
        }
        sheet.row(&[Cell::Text(note)])?;
    }
    Ok(())
}

fn about(sheet: &mut Sheet, report: &PerformanceReport) -> Result<(), XlsxError> {
    sheet.row(&[Cell::Text("Facility"), Cell::Text(&report.facility)])?;
    sheet.row(&[Cell::Text("Organisation"), Cell::Text(&report.organisation)])?;
    sheet.row(&[Cell::Text("First day"), Cell::Day(Some(report.from))])?;
    sheet.row(&[Cell::Text("Day after the last"), Cell::Day(Some(report.until))])?;
    sheet.row(&[Cell::Text("Time zone"), Cell::Text(&report.time_zone)])?;
    sheet.row(&[Cell::Text("Currency"), Cell::Text(&report.currency)])?;
    sheet.row(&[Cell::Text("State"), Cell::Text(&report.state)])?;
    sheet.row(&[Cell::Text("Vendor's share of savings"), Cell::Share(report.share_rate)])?;
    sheet.row(&[Cell::Text("Share"), Cell::Text(&report.share_note)])?;
    sheet.row(&[Cell::Text("Generated"), Cell::Text(&report.generated_text)])?;
    if !report.choices.note.is_empty() {
        sheet.row(&[Cell::Text("Note"), Cell::Text(&report.choices.note)])?;
    }
    if !report.choices.is_usual() {
        sheet.row(&[Cell::Text("Chosen"), Cell::Text(&report.choices.in_words())])?;
    }
    sheet.row(&[Cell::Text("SHA-256 of sources"), Cell::Text(&report.sources_sha256)])
}

/// Months, causes and end uses of a metric, where they are in the report.
fn more(sheet: &mut Sheet, report: &PerformanceReport, metric: &ReportMetric) -> Result<(), XlsxError> {
    let (name, unit) = (&metric.name, &metric.unit);
    if !metric.months.is_empty() {
        sheet.next += 1;
        sheet.title(&format!("{name} by month"))?;
        let of = |what: &str| format!("{what} ({unit})");
        let money = format!("Cost savings ({})", report.currency);
        sheet.header(&["Month".to_owned(), of("Baseline"), of("Actual"), of("Savings"), money])?;
        for month in &metric.months {
            sheet.row(&[
                Cell::Day(Some(month.month)),
                Cell::Amount(month.baseline),
                Cell::Amount(month.actual),
                Cell::Amount(month.savings),
                Cell::Money(month.cost_savings),
            ])?;
        }
    }
    if let Some(causes) = &metric.causes {
        sheet.next += 1;
        sheet.title(&format!("Why the savings of {name} changed"))?;
        sheet.header(&["Cause".to_owned(), format!("Change ({})", causes.unit)])?;
        sheet.row(&[Cell::Text("Savings of the stretch before"), Cell::Amount(Some(causes.before))])?;
        for (cause, amount) in &causes.steps {
            sheet.row(&[Cell::Text(cause), Cell::Amount(Some(*amount))])?;
        }
        sheet.row(&[Cell::Text("Savings of the range"), Cell::Amount(Some(causes.after))])?;
    }
    if !metric.end_uses.is_empty() {
        sheet.next += 1;
        sheet.title(&format!("{name} by end use"))?;
        sheet.header(&["End use".to_owned(), format!("Use ({unit})")])?;
        for one in &metric.end_uses {
            sheet.row(&[Cell::Text(&one.name), Cell::Amount(one.amount)])?;
        }
    }
    Ok(())
}

fn metrics(sheet: &mut Sheet, report: &PerformanceReport) -> Result<(), XlsxError> {
    sheet.next += 1;
    sheet.title("Totals of the range")?;
    let money_of = |name: &str| format!("{name} ({})", report.currency);
    sheet.header(&[
        "Metric".to_owned(),
        "Unit".to_owned(),
        "Baseline (unit)".to_owned(),
        "Actual (unit)".to_owned(),
        "Savings (unit)".to_owned(),
        "± of savings (unit)".to_owned(),
        "Confidence (%)".to_owned(),
        "Coverage (%)".to_owned(),
        money_of("Baseline cost"),
        money_of("Actual cost"),
        money_of("Cost savings"),
        money_of("You keep"),
        money_of("Vendor share"),
        "Baseline".to_owned(),
        "Verification".to_owned(),
    ])?;
    for metric in &report.metrics {
        sheet.row(&[
            Cell::Text(&metric.name),
            Cell::Text(&metric.unit),
            Cell::Amount(metric.baseline),
            Cell::Amount(metric.actual),
            Cell::Amount(metric.savings),
            Cell::Amount(metric.half_width),
            Cell::Percent(metric.confidence_percent),
            Cell::Share(metric.coverage),
            Cell::Money(metric.baseline_cost),
            Cell::Money(metric.actual_cost),
            Cell::Money(metric.cost_savings),
            Cell::Money(metric.keep),
            Cell::Money(metric.share),
            Cell::Text(&metric.baseline_name),
            Cell::Text(&metric.verification),
        ])?;
    }
    let sums = money(report);
    let mut all = vec![Cell::Text("All metrics")];
    all.extend((1..8).map(|_| Cell::Amount(None)));
    all.extend([sums.baseline, sums.actual, sums.savings, sums.keep, sums.share].map(Cell::Money));
    sheet.row(&all)
}

fn events(sheet: &mut Sheet, report: &PerformanceReport) -> Result<(), XlsxError> {
    sheet.next += 1;
    sheet.title("Agreed events")?;
    let header = ["Event", "First day", "Day after the last", "Amount (unit)", "± (unit)", "Unit"];
    sheet.header(&header.map(str::to_owned))?;
    for event in &report.events {
        sheet.row(&[
            Cell::Text(&event.title),
            Cell::Day(Some(event.from)),
            Cell::Day(event.until),
            Cell::Amount(Some(event.amount)),
            Cell::Amount(Some(event.half_width)),
            Cell::Text(&event.unit),
        ])?;
    }
    Ok(())
}

fn cycles(sheet: &mut Sheet, report: &PerformanceReport) -> Result<(), XlsxError> {
    sheet.next += 1;
    sheet.title("Crop cycles harvested")?;
    let header = ["Room", "Crop", "Cycle", "Harvested", "Electricity (kWh/kg)", "Light (g/mol)", "Yield"];
    sheet.header(&header.map(str::to_owned))?;
    for cycle in &report.cycles {
        sheet.row(&[
            Cell::Text(&cycle.room),
            Cell::Text(&cycle.crop),
            Cell::Text(&cycle.cycle),
            Cell::Day(Some(cycle.harvested)),
            Cell::Amount(cycle.kwh_per_kg),
            Cell::Amount(cycle.grams_per_mol),
            Cell::Text(crate::text::guard(cycle.flagged)),
        ])?;
    }
    Ok(())
}
