//! The sheet of days: a row for each metric and day.

use super::sheet::{Cell, Sheet};
use domain::report::{Dates, PerformanceReport};
use rust_xlsxwriter::{Worksheet, XlsxError};

/// Writes the sheet.
pub(super) fn write(
    sheet: &mut Worksheet,
    report: &PerformanceReport,
    dates: Dates,
) -> Result<(), XlsxError> {
    let widths = [18.0, 8.0, 12.0, 14.0, 14.0, 14.0, 14.0, 12.0, 14.0];
    let mut sheet = Sheet::new(sheet, "Days", &widths, dates)?;
    let header = [
        "Metric".to_owned(),
        "Unit".to_owned(),
        format!("Day ({})", report.time_zone),
        "Baseline (unit)".to_owned(),
        "Actual (unit)".to_owned(),
        "Savings (unit)".to_owned(),
        format!("Cost savings ({})", report.currency),
        "Coverage (%)".to_owned(),
        "State".to_owned(),
    ];
    sheet.header(&header)?;
    for metric in &report.metrics {
        for day in &metric.days {
            sheet.row(&[
                Cell::Text(&metric.name),
                Cell::Text(&metric.unit),
                Cell::Day(Some(day.day)),
                Cell::Amount(day.baseline),
                Cell::Amount(day.actual),
                Cell::Amount(day.savings),
                Cell::Money(day.cost_savings),
                Cell::Share(day.coverage),
                Cell::Text(&day.state),
            ])?;
        }
    }
    sheet.sheet.set_freeze_panes(1, 0)?;
    sheet.sheet.set_repeat_rows(0, 0)?;
    if sheet.next > 1 {
        sheet.sheet.autofilter(0, 0, sheet.next - 1, 8)?;
    }
    Ok(())
}
