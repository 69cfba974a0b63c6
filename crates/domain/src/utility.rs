//! Utility data: metered series from a utility's files, whatever format they came in. No format's own types or codes
//! appear here, apart from the quality codes that are kept for the auditor.

pub mod metered;
mod names;
mod preview;
mod profile;
mod quantity;
mod reconcile;
mod view;

pub use names::{Commodity, Flow, Measure, Unit};
pub use preview::{
    Changes, Gap, Preview, QualityCounts, Refusal, Remark, SeriesPreview, Statement, StatementItem,
};
pub use profile::{DayRow, LoadProfile, ProfileInterval, ProfilePlace, ProfileQuery, Step};
pub use quantity::{exact_sum, scaled};
pub use reconcile::{Reconciliation, reconcile};
pub use view::{FileFormat, ImportState, ImportSummary, ImportView, SeriesSummary};

use crate::quality::Quality;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// What a utility file holds after every series that cannot be trusted was refused.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UtilityFile {
    /// Series that can be imported.
    pub series: Vec<FileSeries>,
    /// Parts of the file that cannot, and why.
    pub refusals: Vec<Refusal>,
    /// What is worth knowing about the file as a whole.
    pub remarks: Vec<Remark>,
    /// What the file's own bill summaries say, to compare the imported totals with.
    pub statements: Vec<Statement>,
}

/// One metered series of a file: one commodity, direction and unit at one usage point.
#[derive(Clone, Debug, PartialEq)]
pub struct FileSeries {
    /// Makes the same series in a later file the same.
    pub key: String,
    /// Name shown to people.
    pub name: String,
    /// What is metered.
    pub commodity: Commodity,
    /// Unit of every value; values are never converted.
    pub unit: Unit,
    /// Direction; series of different direction are never added.
    pub flow: Flow,
    /// Whether values add up.
    pub measure: Measure,
    /// Nominal length of an interval, s, where the file states it.
    pub interval_s: Option<u32>,
    /// ISO 4217 code of the costs; none when there are no costs.
    pub currency: Option<String>,
    /// Ascending by start, without overlaps.
    pub intervals: Vec<UtilityInterval>,
    /// Readings that were not taken over, and why.
    pub left_out: Vec<Remark>,
    /// What is worth knowing about the readings that were.
    pub remarks: Vec<Remark>,
}

/// One value over the half-open interval [start, end).
#[derive(Clone, Debug, PartialEq)]
pub struct UtilityInterval {
    /// Included.
    pub start: DateTime<Utc>,
    /// Not included.
    pub end: DateTime<Utc>,
    /// In the series' unit, exactly as the file says.
    pub value: Decimal,
    /// In the series' currency; negative is a credit.
    pub cost: Option<Decimal>,
    /// How far the value can be trusted.
    pub quality: Quality,
    /// Quality codes as given in the file, ascending.
    pub codes: Vec<i16>,
    /// When the source last changed the value, as the file says.
    pub updated: Option<DateTime<Utc>>,
}

/// Holes between intervals that are ascending and do not overlap.
pub fn gaps(intervals: impl IntoIterator<Item = (DateTime<Utc>, DateTime<Utc>)>) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let mut covered_to: Option<DateTime<Utc>> = None;
    for (start, end) in intervals {
        if let Some(to) = covered_to.filter(|to| *to < start) {
            gaps.push(Gap { start: to, end: start });
        }
        covered_to = Some(end);
    }
    gaps
}

#[cfg(test)]
mod tests;
