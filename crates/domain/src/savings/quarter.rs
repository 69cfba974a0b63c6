//! A quarter hour of savings down to the readings it was measured by.

use super::SavingsInterval;
use crate::baseline::MetricType;
use crate::id::{GatewayId, PointId, UtilitySeriesId};
use crate::point::Source;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A reading as a gateway sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawReading {
    /// When the device was read, by its gateway's clock.
    pub at: DateTime<Utc>,
    /// What the gateway recorded.
    pub raw: i64,
    /// The same in the meter's unit.
    pub value: Decimal,
    /// Start of the gateway process that sent it.
    pub boot: i64,
    /// Number of the envelope within that start.
    pub seq: i64,
}

/// A meter that counted in the quarter hour.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeterOfQuarter {
    /// The point.
    pub point: PointId,
    /// Its name.
    pub name: String,
    /// The gateway that reads it.
    pub gateway: GatewayId,
    /// Its channel there.
    pub channel: u32,
    /// Where the gateway reads it; none for points fed by files.
    pub source: Option<Source>,
    /// What its readings are in.
    pub unit: String,
    /// What it counted in the quarter hour, in the metric's unit.
    pub counted: Option<Decimal>,
    /// Readings from the last one at or before the start to the first one at or after the end.
    pub readings: Vec<RawReading>,
}

/// A quarter hour with everything below it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuarterView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// ISO 4217 code of money.
    pub currency: String,
    /// Of what.
    pub metric: MetricType,
    /// Local day.
    pub day: NaiveDate,
    /// The figures.
    pub interval: SavingsInterval,
    /// What the baseline expects for the whole day, the metric's unit.
    pub expected_day: Option<Decimal>,
    /// The meters that were added up; empty where a utility's series was taken.
    pub meters: Vec<MeterOfQuarter>,
    /// The utility's series, where it was taken.
    pub series: Option<UtilitySeriesId>,
}
