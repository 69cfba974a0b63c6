//! What the weather pages show.

use super::StationKind;
use crate::id::{StationId, WeatherDraftId, WeatherSetId};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

/// A station farther from the facility than this, km, gets a warning: its weather may be another.
pub const FAR_KM: f64 = 200.0;

/// Outdoor weather of a facility over a range of local days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeatherView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Its stations, the one that counts first, then by distance.
    pub stations: Vec<StationView>,
    /// Choices, newest first; none where nobody has chosen and the own sensors count.
    pub choices: Vec<ChoiceView>,
    /// First day shown.
    pub from: NaiveDate,
    /// Day after the last.
    pub until: NaiveDate,
    /// Every day of the range, also those without weather.
    pub days: Vec<DayView>,
    /// How complete the range is.
    pub coverage: CoverageView,
    /// The normal year, where there is one.
    pub normal: Option<NormalView>,
    /// Frozen sets, newest first.
    pub sets: Vec<SetView>,
    /// Largest file accepted, bytes.
    pub bytes_max: u64,
}

/// A station.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StationView {
    /// Identifier.
    pub id: StationId,
    /// Where its hours come from.
    pub kind: StationKind,
    /// Name.
    pub name: String,
    /// Distance from the facility, km; none where the station's place is not known.
    pub distance_km: Option<f64>,
    /// Height above the sea, m.
    pub elevation_m: Option<f64>,
    /// A typical year.
    pub typical: bool,
    /// Savings are computed with it.
    pub counts: bool,
    /// Beginning of the first and end of the last stored hour; none of the own sensors, whose readings are telemetry.
    pub span: Option<(DateTime<Utc>, DateTime<Utc>)>,
    /// Share of the hours between them that have a temperature, 0 to 1.
    pub known: Option<f64>,
}

/// Why a station was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceView {
    /// Name of the station.
    pub station: String,
    /// The reason given.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// A local day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayView {
    /// The day.
    pub day: NaiveDate,
    /// Mean temperature, °C; none where half of the day or more is missing.
    pub temperature_c: Option<f64>,
    /// Light, mol·m⁻².
    pub dli_mol_m2: Option<f64>,
    /// Hours with a temperature, filled ones included.
    pub hours: u32,
    /// Mean temperature of the day in the normal year, °C.
    pub normal_c: Option<f64>,
    /// Light of the day in the normal year, mol·m⁻².
    pub normal_dli_mol_m2: Option<f64>,
}

/// A hole without temperature, [start, end).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoleView {
    /// First missing instant.
    pub start: DateTime<Utc>,
    /// Instant after the last.
    pub end: DateTime<Utc>,
}

/// How complete hours are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CoverageView {
    /// Hours there should be.
    pub expected: u32,
    /// Hours with a temperature of their own.
    pub known: u32,
    /// Hours filled by a straight line.
    pub filled: u32,
    /// Holes that stay, the first hundred.
    pub gaps: Vec<HoleView>,
    /// How many there are.
    pub gap_count: u32,
}

/// What the normal year of a facility is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NormalView {
    /// Name of the station it is of.
    pub station: String,
    /// A typical-year file; otherwise the mean by day of year of measured years.
    pub typical: bool,
    /// First and last day that a mean is over.
    pub over: Option<(NaiveDate, NaiveDate)>,
    /// Mean temperature of the year, °C.
    pub mean_c: f64,
}

/// A frozen set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SetView {
    /// Identifier.
    pub id: WeatherSetId,
    /// Name of the station.
    pub station: String,
    /// First instant.
    pub from: DateTime<Utc>,
    /// Instant after the last.
    pub until: DateTime<Utc>,
    /// How many hours it has.
    pub hours: u32,
    /// SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// When it was frozen.
    pub created_at: DateTime<Utc>,
}

/// What was read of an uploaded file, before it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    /// Identifier.
    pub id: WeatherDraftId,
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Name of the file.
    pub file_name: String,
    /// What was read, or why it cannot be.
    pub read: Result<ReadView, String>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReadView {
    /// The format.
    pub kind: StationKind,
    /// Name of the station: the file's, else made from the file's name.
    pub station: String,
    /// Whether the file says where the station is.
    pub placed: bool,
    /// Distance from the facility, km.
    pub distance_km: Option<f64>,
    /// A typical year.
    pub typical: bool,
    /// Rows with an hour.
    pub rows: u32,
    /// Beginning of the first and end of the last hour.
    pub span: (DateTime<Utc>, DateTime<Utc>),
    /// How complete it is.
    pub coverage: CoverageView,
    /// Lowest and highest temperature, °C.
    pub range_c: (f64, f64),
    /// Whether it has dew points, and whether it has irradiance.
    pub has: (bool, bool),
}
