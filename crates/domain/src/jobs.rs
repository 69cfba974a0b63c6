//! Work that takes longer than a request may: what it is, how far it got, what came of it.

use crate::export::Export;
use crate::id::{JobId, ReportId};
use crate::names::names;
use crate::report::NewReport;
use serde::{Deserialize, Serialize};

names! {
    /// How far a job got.
    JobState {
        /// Nobody has begun.
        Queued = "queued", "Waiting";
        /// Somebody works on it.
        Running = "running", "Being made";
        /// It is made.
        Done = "done", "Made";
        /// It will not be tried again by itself.
        Failed = "failed", "Failed";
    }
}

impl JobState {
    /// Whether it will change by itself.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum Work {
    /// A report.
    Report(NewReport),
    /// A file of rows.
    Export(Export),
}

impl Work {
    /// What it is, for people.
    pub fn in_words(&self) -> String {
        match self {
            Self::Report(new) => {
                format!("Report of {} to {}", new.from, new.until.pred_opt().unwrap_or(new.until))
            }
            Self::Export(export) => export.in_words(),
        }
    }
}

/// The file of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobFile {
    /// Its name.
    pub name: String,
    /// Rows of data in it.
    pub rows: u64,
    /// Bytes.
    pub bytes: u64,
}

/// A job as its pages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JobRow {
    /// Identifier.
    pub id: JobId,
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// What it is, for people.
    pub what: String,
    /// How far it got.
    pub state: JobState,
    /// The same in per cent.
    pub percent: u32,
    /// Why it failed or waits.
    pub message: Option<String>,
    /// When it was asked for, in the facility's zone.
    pub asked: String,
    /// When it and its file are deleted, in the facility's zone.
    pub expires: String,
    /// The report that it made.
    pub report: Option<ReportId>,
    /// The file that it made.
    pub file: Option<JobFile>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::{FileKind, Rows};
    use crate::range::Granularity;

    #[test]
    fn what_was_asked_for_is_kept_as_it_was() {
        let export = Export {
            rows: Rows::Intervals,
            interval: Granularity::FiveMinutes,
            point: None,
            from: "2026-01-01".parse().unwrap(),
            until: "2027-01-01".parse().unwrap(),
            kind: FileKind::CsvGz,
        };
        assert_eq!(export.file_name("cedar"), "cedar-intervals-5m-2026-01-01-2026-12-31.csv.gz");
        assert_eq!(export.in_words(), "Values by interval (5m), 2026-01-01 to 2026-12-31");
        let work = Work::Export(export);
        let text = serde_json::to_string(&work).unwrap();
        assert!(text.starts_with(r#"{"work":"export","#), "{text}");
        assert_eq!(serde_json::from_str::<Work>(&text).unwrap(), work);
    }
}
