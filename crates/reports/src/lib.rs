//! Documents of a performance report: PDF, workbook and CSV; and any table of a page as a file.
//!
//! One [`PerformanceReport`] in, bytes out; the same report and style give the same bytes on every call. No IO, no
//! clock, no randomness: fonts and template are compiled in, and the document's date is the report's own.

mod csv;
mod money;
mod pdf;
mod rows;
mod table;
mod text;
mod xlsx;

#[cfg(test)]
mod tests;

pub use csv::csv;
pub use domain::report::{Delimiter, Paper, PerformanceReport, Style};
pub use pdf::pdf;
pub use rows::{Cell as RowCell, RowFile};
pub use table::{Table, table_csv, table_json, table_xlsx};
pub use xlsx::xlsx;

/// A document that could not be made of a report.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// The typesetter refused; what it said.
    #[error("the report cannot be set: {0}")]
    Typeset(String),
    /// The workbook cannot hold the report, such as a day before 1900.
    #[error("the report does not fit a workbook: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// Rows do not fit a worksheet, or could not be compressed.
    #[error("the rows cannot be written: {0}")]
    Rows(#[from] std::io::Error),
    /// The report could not be handed to its template.
    #[error("the report cannot be handed to its template: {0}")]
    Data(#[from] serde_json::Error),
}
