//! What the savings pages show.

use super::{Performance, SavingsInterval};
use crate::baseline::MetricType;
use crate::baseline::view::BaselineSummary;
use crate::events::view::Effect;
use crate::production::view::CycleView;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// Savings of a facility over a range of local days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SavingsView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// ISO 4217 code of money.
    pub currency: String,
    /// First day.
    pub from: NaiveDate,
    /// Day after the last.
    pub until: NaiveDate,
    /// Its baselines, newest first within a metric type.
    pub baselines: Vec<BaselineSummary>,
    /// Figures by metric type and day.
    pub performance: Vec<Performance>,
    /// Half-width of the two-sided interval of the range's savings, by metric type.
    pub bands: Vec<(MetricType, Band)>,
    /// Agreed non-routine events of the range. Figures of days are before them; bands are with them.
    pub effects: Vec<Effect>,
    /// Crop cycles of the range that the yield guard flags.
    pub breaches: Vec<CycleView>,
    /// Today's closed quarter hours of electricity.
    pub today: Vec<SavingsInterval>,
    /// When it was read.
    pub as_of: DateTime<Utc>,
}

/// How sure savings are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Band {
    /// Savings ± this, in the metric's unit.
    pub half_width: f64,
    /// How often the truth is within, e.g. 0.9.
    pub confidence: f64,
}

/// What a day's figures were computed from, at one time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revision {
    /// Names this value for good: `/x/{id}` leads to it.
    pub id: uuid::Uuid,
    /// Counts up from 1.
    pub revision: u32,
    /// Why it was computed: `closed`, or what changed.
    pub reason: String,
    /// When.
    pub computed_at: DateTime<Utc>,
    /// Version of the engine.
    pub engine_version: String,
    /// SHA-256 of the inputs, hexadecimal.
    pub inputs_sha256: String,
    /// Everything it was computed from.
    pub inputs: serde_json::Value,
    /// The figures.
    pub result: serde_json::Value,
}

/// The derivation of a day's figures.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DerivationView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// The baseline it is measured against.
    pub baseline: Option<BaselineSummary>,
    /// The figures that hold now.
    pub performance: Performance,
    /// Quarter hours of the day.
    pub intervals: Vec<SavingsInterval>,
    /// Everything they were computed from, newest first; none while the day is running.
    pub revisions: Vec<Revision>,
}
