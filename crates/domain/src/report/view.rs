//! What the pages of reports show.

use super::PerformanceReport;
use crate::id::ReportId;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A report in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Identifier.
    pub id: ReportId,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// SHA-256 of its PDF, hexadecimal.
    pub pdf_sha256: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Whether it has a signed bundle.
    pub bundled: bool,
}

/// The reports of a facility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportsView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Today at the facility.
    pub today: NaiveDate,
    /// Newest first.
    pub reports: Vec<ReportRow>,
}

/// One report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// The report.
    pub id: ReportId,
    /// SHA-256 of its PDF, hexadecimal.
    pub pdf_sha256: String,
    /// SHA-256 of its signed bundle, hexadecimal; none where it was made without one.
    pub bundle_sha256: Option<String>,
    /// Who made it.
    pub created_by: String,
    /// What it says.
    pub report: PerformanceReport,
}
