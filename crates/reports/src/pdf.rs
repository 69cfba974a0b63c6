//! The report as a PDF: its data as JSON, set by the template `report.typ`.
//!
//! The template reads the JSON as values. No text of a report is ever part of the template's source, so nothing in a
//! report can be markup or code.

mod chart;
mod data;
mod desk;

use crate::DocumentError;
use chrono::{DateTime, Datelike, Timelike, Utc};
use desk::Desk;
use domain::report::{PerformanceReport, Style};
use typst::diag::SourceDiagnostic;
use typst::foundations::{Datetime, Smart};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, Timestamp};

/// The report as a tagged PDF on the style's paper.
///
/// Takes a second or so of one core, so it belongs on a thread that may block. Letters that the compiled-in fonts lack
/// (they have Latin, Greek and Cyrillic) are set as boxes.
///
/// # Errors
/// What the typesetter says; no text or number of a report is known to bring it about.
pub fn pdf(report: &PerformanceReport, style: &Style) -> Result<Vec<u8>, DocumentError> {
    let document = typeset(report, style)?;
    let bytes = typst_pdf::pdf(&document, &options(report)).map_err(|errors| refused(&errors));
    // The typesetter remembers what it laid out, for editors; here the next report is another one.
    typst::comemo::evict(0);
    bytes
}

/// The report's pages.
pub(crate) fn typeset(report: &PerformanceReport, style: &Style) -> Result<PagedDocument, DocumentError> {
    let data = serde_json::to_vec(&data::data(&report.shown(), style))?;
    let desk = Desk::new(data)?;
    typst::compile(&desk).output.map_err(|errors| refused(&errors))
}

/// Identifier and date are the report's own: otherwise two calls would not give the same bytes.
pub(crate) fn options(report: &PerformanceReport) -> PdfOptions {
    let ident = format!("{}/{}/{}/{}", report.facility, report.from, report.until, report.sources_sha256);
    PdfOptions {
        ident: Smart::Custom(ident),
        creator: Smart::Custom(Some("Gainshare".to_owned())),
        timestamp: instant(report.generated_at).map(Timestamp::new_utc),
        ..PdfOptions::default()
    }
}

fn instant(at: DateTime<Utc>) -> Option<Datetime> {
    let small = |n: u32| u8::try_from(n).ok();
    Datetime::from_ymd_hms(
        at.year(),
        small(at.month())?,
        small(at.day())?,
        small(at.hour())?,
        small(at.minute())?,
        small(at.second())?,
    )
}

fn refused(errors: &[SourceDiagnostic]) -> DocumentError {
    let said: Vec<&str> = errors.iter().map(|error| error.message.as_str()).collect();
    DocumentError::Typeset(said.join("; "))
}
