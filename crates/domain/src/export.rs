//! Exports of a facility's data as rows: what they are of, how long they get, and where a file has its limits.

use crate::id::PointId;
use crate::names::names;
use crate::range::Granularity;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Up to so many rows a file is given at once; with more it is made by a job.
pub const DIRECT_ROWS: u64 = 100_000;
/// Rows of a worksheet, those that say what it is among them.
pub const SHEET_ROWS: u64 = 1_048_576;
/// Rows of any file.
pub const ROWS_MAX: u64 = 50_000_000;
/// Longest range, days.
pub const DAYS_MAX: i64 = 3_660;

names! {
    /// What the rows are.
    #[derive(Default)]
    Rows {
        /// Values of points over intervals.
        #[default]
        Intervals = "intervals", "Values by interval";
        /// Every reading as its gateway sent it.
        Readings = "readings", "Raw readings";
        /// Savings by the quarter hour.
        Savings = "savings", "Savings by the quarter hour";
    }
}

names! {
    /// What the file is.
    #[derive(Default)]
    FileKind {
        /// Text.
        #[default]
        Csv = "csv", "CSV";
        /// Text, compressed.
        CsvGz = "csv.gz", "CSV, compressed (gzip)";
        /// A workbook.
        Xlsx = "xlsx", "Excel, up to 1,048,576 rows";
    }
}

/// What is to be exported of a facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Export {
    /// What the rows are.
    pub rows: Rows,
    /// Width of intervals; says nothing for other rows.
    pub interval: Granularity,
    /// One point; none for all that are in service.
    pub point: Option<PointId>,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// What the file is.
    pub kind: FileKind,
}

impl Export {
    /// What it is, for people.
    pub fn in_words(&self) -> String {
        let width = match self.rows {
            Rows::Intervals => format!(" ({})", self.interval.as_str()),
            Rows::Readings | Rows::Savings => String::new(),
        };
        let last = self.until.pred_opt().unwrap_or(self.until);
        let points = if self.point.is_some() { ", one point" } else { "" };
        format!("{}{width}{points}, {} to {last}", self.rows.label(), self.from)
    }

    /// Name of the file for a facility.
    pub fn file_name(&self, slug: &str) -> String {
        let width = match self.rows {
            Rows::Intervals => format!("-{}", self.interval.as_str()),
            Rows::Readings | Rows::Savings => String::new(),
        };
        let last = self.until.pred_opt().unwrap_or(self.until);
        format!("{slug}-{}{width}-{}-{last}.{}", self.rows.as_str(), self.from, self.kind.as_str())
    }
}

/// What the page of exports offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Today at the facility.
    pub today: NaiveDate,
    /// Points in service with their names.
    pub points: Vec<(PointId, String)>,
}
