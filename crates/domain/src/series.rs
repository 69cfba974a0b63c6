//! Read models of the pages: what `services::telemetry` answers and the pages draw.
//!
//! Energy and meter values are exact decimals. Climate figures derived from several sensors (VPD, DLI) are `f64`:
//! they are shown and never billed. A value that is not known is `None`, never zero.

use crate::facility::FacilityKind;
use crate::id::{FacilityId, GatewayId, PointId, QuarantineId, ZoneId};
use crate::point::{EndUse, Kind, Metric};
use crate::quality::Quality;
use crate::range::Window;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

mod units;
pub use units::{display_unit, to_display};

/// A reading older than this many of its point's intervals is stale, and a hole longer than this is a gap.
pub const STALE_INTERVALS: i64 = 3;

/// The newest value of a point, or of the sensors of one metric in a room.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Latest {
    /// Value in `unit`.
    pub value: Decimal,
    /// Unit symbol of `value`: the metric's canonical unit (power in W, energy registers in Wh).
    pub unit: String,
    /// When it was read; of several sensors, the oldest.
    pub at: DateTime<Utc>,
    /// Age at the time the page was made, s.
    pub age_s: i64,
    /// Age, s, from which on the value is stale; for chips that go on ageing in the browser.
    pub stale_after_s: i64,
    /// Older than [`STALE_INTERVALS`] times its interval.
    pub stale: bool,
    /// The points it comes from: one, or several sensors whose mean (climate) or sum (power) it is.
    pub points: Vec<PointId>,
}

/// A figure computed from newest values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Derived {
    /// Value in `unit`.
    pub value: f64,
    /// Unit symbol.
    pub unit: String,
    /// What exactly it is, e.g. `Leaf VPD (leaf −2.0 K)` or `Air VPD`.
    pub label: String,
    /// Of the oldest input.
    pub at: DateTime<Utc>,
    /// Age of the oldest input, s.
    pub age_s: i64,
    /// Whether an input is stale.
    pub stale: bool,
}

/// Light received since lights-on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LightIntegral {
    /// mol·m⁻².
    pub value: f64,
    /// The lights-on it counts from.
    pub since: DateTime<Utc>,
    /// Share of the time since then for which there are readings, 0 to 1. What is missing is not in `value`.
    pub coverage: f64,
}

/// What every page of a facility shows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacilityHead {
    /// Identifier, as the live socket wants it.
    pub id: FacilityId,
    /// Key in URLs.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Name of the customer it belongs to.
    pub organisation: String,
    /// Indoor or greenhouse.
    pub kind: FacilityKind,
    /// IANA zone in which days and labels are.
    pub time_zone: String,
    /// ISO 4217 code.
    pub currency: String,
}

/// How complete the data of a facility is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataHealth {
    /// Share of the last 24 h covered by readings, 0 to 1, over all points; none where there are no points.
    pub coverage_24h: Option<f64>,
    /// Points of the facility.
    pub points: u32,
    /// Points whose newest value is stale, or that have none.
    pub stale_points: u32,
    /// Held in quarantine, undecided.
    pub held: u32,
    /// Newest reading of any point.
    pub newest: Option<DateTime<Utc>>,
}

/// Energy since local midnight against the same weekday a week ago up to the same time of day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergyToday {
    /// kWh from local midnight to `until`.
    pub kwh: Option<Decimal>,
    /// Quality of `kwh`.
    pub quality: Quality,
    /// kWh of the same stretch a week ago.
    pub week_ago_kwh: Option<Decimal>,
    /// Quality of `week_ago_kwh`.
    pub week_ago_quality: Quality,
    /// Through when both are counted: the newest reading of the main meter, or now.
    pub until: DateTime<Utc>,
}

/// One facility on the home page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacilityCard {
    /// The facility.
    pub facility: FacilityHead,
    /// Main-meter power, W.
    pub power: Option<Latest>,
    /// Energy today.
    pub today: EnergyToday,
    /// Completeness of data.
    pub health: DataHealth,
}

/// The home page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HomeView {
    /// By organisation and name.
    pub facilities: Vec<FacilityCard>,
    /// When it was made.
    pub as_of: DateTime<Utc>,
}

/// What a slice of today's energy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Slice {
    /// Metered end use (never `Total`).
    Metered(EndUse),
    /// Main meter minus every submeter.
    Unmetered,
}

impl Slice {
    /// Human name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Metered(end_use) => end_use.label(),
            Self::Unmetered => "Unmetered remainder",
        }
    }
}

/// One slice of today's energy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergyPart {
    /// Which slice.
    pub slice: Slice,
    /// kWh; none where a meter of the slice has no data. The remainder is negative when submeters read more than
    /// the main meter, and is shown so.
    pub kwh: Option<Decimal>,
    /// Quality of `kwh`.
    pub quality: Quality,
}

/// Today's energy by end use. Where every part has a value the parts sum exactly to the total.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EnergyBreakdown {
    /// Main meter, kWh.
    pub total_kwh: Option<Decimal>,
    /// Quality of the total.
    pub quality: Quality,
    /// Metered end uses in fixed order, then the remainder. Empty without a main meter.
    pub parts: Vec<EnergyPart>,
}

/// A room on the facility page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomCard {
    /// The room.
    pub zone: ZoneHead,
    /// Whether the photoperiod is running.
    pub lights_on: bool,
    /// Air temperature, °C.
    pub temperature: Option<Latest>,
    /// Relative humidity, %.
    pub relative_humidity: Option<Latest>,
    /// Vapour pressure deficit, kPa.
    pub vpd: Option<Derived>,
    /// CO₂, ppm.
    pub co2: Option<Latest>,
    /// PPFD, µmol·m⁻²·s⁻¹.
    pub ppfd: Option<Latest>,
    /// Power of the room's meters, W.
    pub power: Option<Latest>,
}

/// A room or compartment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneHead {
    /// Identifier.
    pub id: ZoneId,
    /// Key in URLs.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Growth stage: `clone`, `veg`, `flower`, `dry` or `produce`.
    pub stage: String,
    /// m².
    pub canopy_m2: f64,
    /// Local minutes after midnight.
    pub lights_on_min: u32,
    /// Minutes.
    pub photoperiod_min: u32,
    /// Leaf minus air temperature, K.
    pub leaf_offset_k: f64,
}

/// The facility page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacilityOverview {
    /// The facility.
    pub facility: FacilityHead,
    /// Main-meter power, W.
    pub power: Option<Latest>,
    /// Energy today against a week ago.
    pub today: EnergyToday,
    /// Today's energy by end use, over the same stretch as `today`.
    pub breakdown: EnergyBreakdown,
    /// Main-meter energy per quarter hour from local midnight on, kWh; the last interval may be incomplete.
    pub profile: Vec<SeriesInterval>,
    /// The same for the whole same weekday a week ago, at its own instants. On the days around a clock change it
    /// has more or fewer intervals than today.
    pub week_ago_profile: Vec<SeriesInterval>,
    /// In the order the facility file gives.
    pub rooms: Vec<RoomCard>,
    /// Completeness of data.
    pub health: DataHealth,
    /// When it was made.
    pub as_of: DateTime<Utc>,
}

/// The room page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RoomView {
    /// The facility.
    pub facility: FacilityHead,
    /// The newest values.
    pub room: RoomCard,
    /// Dew point of the air, °C.
    pub dew_point: Option<Derived>,
    /// Light since lights-on; none without a PPFD sensor.
    pub dli: Option<LightIntegral>,
    /// Substrate moisture, %.
    pub moisture: Option<Latest>,
    /// Points of the room, for its charts.
    pub points: Vec<PointHead>,
    /// Rooms of the facility, for the room switcher.
    pub rooms: Vec<ZoneHead>,
    /// When it was made.
    pub as_of: DateTime<Utc>,
}

/// A point as lists and chart titles name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointHead {
    /// Identifier.
    pub id: PointId,
    /// Name, unique in the facility.
    pub name: String,
    /// What it measures.
    pub metric: Metric,
    /// Counter, gauge or delta.
    pub kind: Kind,
    /// Canonical unit of readings.
    pub unit: String,
    /// Digits after the point that readings carry.
    pub decimals: u8,
    /// End use, on energy and power points.
    pub end_use: Option<EndUse>,
    /// Slug and name of the room; none for facility-wide points.
    pub zone: Option<(String, String)>,
    /// Expected time between readings, ms.
    pub interval_ms: u32,
}

/// A hole in the readings of a point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Included.
    pub start: DateTime<Utc>,
    /// Not included.
    pub end: DateTime<Utc>,
    /// Time without readings inside, s: less than the length where only part of it is missing.
    pub missing_s: i64,
}

/// A row of the meters-and-points page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointRow {
    /// The point.
    pub point: PointHead,
    /// Newest value; none if it never reported in the last 45 days.
    pub latest: Option<Latest>,
    /// Share of the last 24 h covered, 0 to 1; none where readings do not come by the clock.
    pub coverage_24h: Option<f64>,
    /// Share of the last 30 days covered, likewise.
    pub coverage_30d: Option<f64>,
    /// Gaps of the last 24 h, oldest first.
    pub gaps_24h: Vec<Gap>,
    /// Held in quarantine, undecided.
    pub held: u32,
}

/// The meters-and-points page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PointsView {
    /// The facility.
    pub facility: FacilityHead,
    /// Facility-wide points first, then by room, in channel order.
    pub points: Vec<PointRow>,
    /// When it was made.
    pub as_of: DateTime<Utc>,
}

/// One interval of a series, half-open.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesInterval {
    /// Included.
    pub start: DateTime<Utc>,
    /// Not included.
    pub end: DateTime<Utc>,
    /// Energy in the interval (counters, deltas) or mean (gauges), in the series' unit; none where missing.
    pub value: Option<Decimal>,
    /// Lowest reading, gauges only.
    pub min: Option<Decimal>,
    /// Highest reading, gauges only.
    pub max: Option<Decimal>,
    /// How far to trust it.
    pub quality: Quality,
    /// Share of the interval (of its past part, where it is still running) covered by readings, 0 to 1.
    pub coverage: f64,
    /// Still running: `value` is so far.
    pub partial: bool,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Amounts: bars from zero.
    Bars,
    /// Levels: a line, broken at gaps.
    Line,
}

/// The chart, table and export of one point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesView {
    /// The facility.
    pub facility: FacilityHead,
    /// The point with its data health.
    pub row: PointRow,
    /// The range in its URL form.
    pub range: String,
    /// Its instants and interval width.
    pub window: Window,
    /// Unit of the values: kWh for energy, kW for power, else the metric's.
    pub unit: String,
    /// Digits after the point worth showing.
    pub decimals: u8,
    /// Bars or line.
    pub shape: Shape,
    /// Every interval of the window up to now, also the missing ones; at most `range::MAX_INTERVALS`.
    pub intervals: Vec<SeriesInterval>,
    /// Gaps in the window.
    pub gaps: Vec<Gap>,
    /// Sum of the values (bars); none for lines, or where nothing is known.
    pub total: Option<Decimal>,
    /// Share of the window's past covered by readings, 0 to 1.
    pub coverage: f64,
    /// When it was made.
    pub as_of: DateTime<Utc>,
}

/// The operations page of ingest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IngestView {
    /// By facility.
    pub gateways: Vec<GatewayRow>,
    /// Held items, newest first, at most 200.
    pub held: Vec<QuarantineRow>,
    /// All held items.
    pub held_total: u32,
    /// When it was made.
    pub as_of: DateTime<Utc>,
}

/// State of a gateway's credentials and connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GatewayState {
    /// Has no credentials yet.
    NotProvisioned,
    /// Was cut off.
    Revoked,
    /// Provisioned and never heard of.
    NeverSeen,
    /// Sends.
    Online,
    /// Silent for over five minutes.
    Silent,
}

/// A gateway on the operations page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GatewayRow {
    /// Identifier; its topics are `gs/{id}/…`.
    pub id: GatewayId,
    /// Name within its facility.
    pub name: String,
    /// Slug and name of the facility.
    pub facility: (String, String),
    /// Credentials and connection.
    pub state: GatewayState,
    /// When the server last heard from it.
    pub last_seen: Option<DateTime<Utc>>,
    /// Version of the point map the server holds for it.
    pub map_version: u32,
    /// Its boot and through which envelope of it everything is committed; the boot as text, as it has 63 bits.
    pub watermark: Option<(String, u64)>,
    /// Newest committed reading.
    pub newest_reading: Option<DateTime<Utc>>,
    /// Age of the newest committed reading, s.
    pub lag_s: Option<i64>,
    /// Device clock minus server clock at the last envelope, ms.
    pub clock_skew_ms: Option<i64>,
    /// Envelopes received in the last hour.
    pub envelopes_1h: u64,
    /// Readings received in the last hour.
    pub samples_1h: u64,
    /// Held in quarantine, undecided.
    pub held: u32,
}

/// An item of the quarantine: a whole envelope or a single reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuarantineRow {
    /// Identifier.
    pub id: QuarantineId,
    /// Slug and name of the facility.
    pub facility: (String, String),
    /// Name of the gateway.
    pub gateway: String,
    /// The point of a single reading.
    pub point: Option<String>,
    /// Its physical value.
    pub value: Option<Decimal>,
    /// Unit of `value`.
    pub unit: Option<String>,
    /// When the reading was taken, by the device clock.
    pub observed_at: Option<DateTime<Utc>>,
    /// Size of a whole envelope, bytes.
    pub envelope_bytes: Option<u32>,
    /// Why it is held.
    pub reason: String,
    /// When it came.
    pub received_at: DateTime<Utc>,
}
