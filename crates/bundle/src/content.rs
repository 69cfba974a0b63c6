//! What the files of a bundle say.

use chrono::{DateTime, Utc};
use domain::baseline::MetricType;
use domain::id::ReportId;
use domain::quality::Quality;
use domain::report::PerformanceReport;
use domain::savings::{Performance, SavingsInterval};
use domain::tariff::terms::Terms;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The report itself.
pub const STATEMENT: &str = "statement.json";
/// The report as a document.
pub const PDF: &str = "statement.pdf";
/// Outdoor weather, to be read by people; what of it entered a day is in the day's conditions.
pub const WEATHER: &str = "weather.csv";
/// Tariffs by metric.
pub const TARIFFS: &str = "tariffs.json";
/// Records of the audit trail about the facility.
pub const AUDIT: &str = "audit.json";

/// File of a metric's days.
pub fn days_of(metric: MetricType) -> String {
    format!("days-{}.json", metric.as_str())
}

/// File of a verified baseline with its signature, as the portal gives it for download.
pub fn baseline_of(metric: MetricType, version: u32) -> String {
    format!("baseline-{}-v{version}.json", metric.as_str())
}

/// [`STATEMENT`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    /// Names the report.
    pub id: ReportId,
    /// What it says.
    pub report: PerformanceReport,
    /// SHA-256 of its PDF, hexadecimal.
    pub pdf_sha256: String,
}

/// A reading: start of the quarter hour, what was used in it in display units (kWh, L), and how far that can be trusted.
pub type Reading = (DateTime<Utc>, Option<Decimal>, Quality);

/// A day of a metric with what it was computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// Its figures.
    pub performance: Performance,
    /// Its quarter hours.
    pub intervals: Vec<SavingsInterval>,
    /// What the meters counted.
    pub readings: Vec<Reading>,
    /// What it was computed from, with the model and the day's conditions; none while it is running.
    pub derivation: Option<Derivation>,
}

/// What a day was computed from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derivation {
    /// Names the value for good: `/x/{id}`.
    pub id: String,
    /// Counts up from 1.
    pub revision: u32,
    /// Why it was computed.
    pub reason: String,
    /// When.
    pub computed_at: DateTime<Utc>,
    /// By which engine.
    pub engine_version: String,
    /// Baseline, model, conditions, tariff, hashes of profile and readings.
    pub inputs: Value,
    /// SHA-256 of their canonical text, hexadecimal.
    pub inputs_sha256: String,
}

/// A tariff.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tariff {
    /// Of what.
    pub metric: MetricType,
    /// Names it.
    pub id: String,
    /// What it says.
    pub terms: Terms,
}
