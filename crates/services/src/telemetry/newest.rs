//! Newest values: of one point, of several sensors of a room, and figures computed from them.

use super::rows::instant;
use super::site::Channel;
use chrono::{DateTime, Utc};
use domain::climate::{dew_point, vapour_pressure_deficit};
use domain::series::{Derived, Latest};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// The value of a reading in its metric's unit.
fn physical(channel: &Channel) -> Option<Decimal> {
    let reading = channel.newest?;
    Some(Decimal::from_i128_with_scale(i128::from(reading.v), u32::from(channel.point.spec.decimals)))
}

/// Several channels as one value: `total` gives their sum, which is as stale as the stalest of them; else their mean, from
/// which stale sensors are left out as long as one is fresh.
fn together(channels: &[&Channel], now: DateTime<Utc>, total: bool) -> Option<Latest> {
    let fresh: Vec<&Channel> = channels.iter().copied().filter(|c| !c.is_stale(now)).collect();
    let used = if total || fresh.is_empty() { channels.to_vec() } else { fresh };
    let values: Vec<Decimal> = used.iter().filter_map(|c| physical(c)).collect();
    if values.is_empty() || (total && values.len() < used.len()) {
        return None;
    }
    let sum: Decimal = values.iter().sum();
    let digits = used.iter().map(|c| u32::from(c.point.spec.decimals)).max().unwrap_or(0);
    let value = if total { sum } else { (sum / Decimal::from(values.len())).round_dp(digits) };
    let at = used.iter().filter_map(|c| c.newest).map(|r| instant(r.t)).min()?;
    let stale_after = |c: &&Channel| if c.meter.by_the_clock() { c.meter.gap_ms() } else { i64::MAX };
    let longest = used.iter().map(stale_after).max().unwrap_or(0);
    Some(Latest {
        value,
        unit: used.first()?.point.spec.metric.unit().to_owned(),
        at,
        // A device clock may be ahead; nothing is younger than now.
        age_s: (now - at).num_seconds().max(0),
        stale_after_s: longest / 1_000,
        stale: used.iter().any(|c| c.is_stale(now)),
        points: used.iter().filter(|c| c.newest.is_some()).map(|c| c.point.id).collect(),
    })
}

/// The mean of a room's sensors of one metric; none where none has reported.
pub(super) fn mean(channels: &[&Channel], now: DateTime<Utc>) -> Option<Latest> {
    together(channels, now, false)
}

/// The sum of meters; none unless each has reported.
pub(super) fn sum(channels: &[&Channel], now: DateTime<Utc>) -> Option<Latest> {
    together(channels, now, true)
}

/// A figure of two newest values.
fn derived(a: &Latest, b: &Latest, value: f64, unit: &str, label: String) -> Derived {
    Derived {
        value,
        unit: unit.to_owned(),
        label,
        at: a.at.min(b.at),
        age_s: a.age_s.max(b.age_s),
        stale: a.stale || b.stale,
    }
}

/// Vapour pressure deficit, at the leaf unless its offset is zero.
pub(super) fn vpd(
    temperature: Option<&Latest>,
    humidity: Option<&Latest>,
    leaf_offset_k: f64,
) -> Option<Derived> {
    let (temperature, humidity) = (temperature?, humidity?);
    let kpa = vapour_pressure_deficit(temperature.value.to_f64()?, humidity.value.to_f64()?, leaf_offset_k);
    let label = if leaf_offset_k == 0.0 {
        "Air VPD".to_owned()
    } else {
        let sign = if leaf_offset_k < 0.0 { '\u{2212}' } else { '+' };
        format!("Leaf VPD (leaf {sign}{:.1} K)", leaf_offset_k.abs())
    };
    Some(derived(temperature, humidity, kpa, "kPa", label))
}

/// Dew point of the air.
pub(super) fn dew(temperature: Option<&Latest>, humidity: Option<&Latest>) -> Option<Derived> {
    let (temperature, humidity) = (temperature?, humidity?);
    let celsius = dew_point(temperature.value.to_f64()?, humidity.value.to_f64()?)?;
    Some(derived(temperature, humidity, celsius, "°C", "Dew point".to_owned()))
}
