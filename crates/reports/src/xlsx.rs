//! The report as a workbook: a summary, and its days in long form.

mod days;
mod sheet;
mod summary;

use crate::DocumentError;
use crate::text::Days;
use domain::report::{Part, PerformanceReport, Style};
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook};
pub(crate) use sheet::short;

/// The report as an Office Open XML workbook with the sheets `Summary` and, where it has them, `Days`.
///
/// Amounts are in the unit of their row, money in the report's currency, shares are 0 to 1 shown as percent. Dates are
/// dates, texts are texts and never formulas, and what is not known is an empty cell. Numbers are 64-bit floats, as in
/// every workbook: 15 digits.
///
/// # Errors
/// A day that no workbook can hold, before 1900 or after 9999.
pub fn xlsx(report: &PerformanceReport, style: &Style) -> Result<Vec<u8>, DocumentError> {
    let report = &report.shown();
    let mut book = Workbook::new();
    // Otherwise the clock would be asked.
    let made = ExcelDateTime::from_timestamp(report.generated_at.timestamp())?;
    let title = format!("{}, {}", report.facility, Days(style.dates).range(report.from, report.until));
    let properties = DocProperties::new().set_title(sheet::short(&title)).set_creation_datetime(&made);
    book.set_properties(&properties);
    summary::write(book.add_worksheet(), report, style.dates)?;
    if report.choices.has(Part::Days) {
        days::write(book.add_worksheet(), report, style.dates)?;
    }
    Ok(book.save_to_buffer()?)
}
