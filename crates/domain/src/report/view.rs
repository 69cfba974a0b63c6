//! What the pages of reports show.

use super::{Choices, PerformanceReport, Style};
use crate::access::Role;
use crate::id::{ReportId, TemplateId};
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
    /// Those that are made by themselves.
    pub schedules: Vec<ScheduleRow>,
    /// Templates of the facility's organisation, by name.
    pub templates: Vec<TemplateRow>,
}

/// What a report says and how it is written, kept under a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TemplateRow {
    /// Identifier.
    pub id: TemplateId,
    /// Its name, which no other one of the organisation has.
    pub name: String,
    /// How documents are written.
    pub style: Style,
    /// What they say.
    pub choices: Choices,
    /// Who saved it.
    pub created_by: String,
}

/// A report that is made by itself every month, of the month before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScheduleRow {
    /// Identifier.
    pub id: uuid::Uuid,
    /// Local day of the month on which it is made.
    pub day: u32,
    /// Roles at the facility's organisation whose people are told.
    pub tell: Vec<Role>,
    /// How its documents are written, where it follows no template.
    pub style: Style,
    /// The template that it follows, with its name.
    pub template: Option<(TemplateId, String)>,
    /// First day of the month that is reported next.
    pub next_month: NaiveDate,
    /// When that is tried.
    pub due_at: DateTime<Utc>,
    /// What went wrong at the last try.
    pub error: Option<String>,
    /// Who set it up.
    pub created_by: String,
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
    /// How its documents are written.
    pub style: Style,
    /// What it says.
    pub report: PerformanceReport,
}
