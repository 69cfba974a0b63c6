//! What Open-Meteo answers: columns of equal length, null where it has no value.

use super::Error;
use chrono::{DateTime, TimeDelta, Utc};
use domain::weather::{Hour, Station, Weather};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Answer {
    latitude: f64,
    longitude: f64,
    elevation: Option<f64>,
    hourly_units: Units,
    hourly: Columns,
}

#[derive(Deserialize)]
struct Units {
    time: String,
    temperature_2m: String,
    dew_point_2m: String,
    shortwave_radiation: String,
}

#[derive(Deserialize)]
struct Columns {
    time: Vec<i64>,
    temperature_2m: Vec<Option<f64>>,
    dew_point_2m: Vec<Option<f64>>,
    shortwave_radiation: Vec<Option<f64>>,
}

#[derive(Deserialize)]
struct Refusal {
    reason: String,
}

/// Why a request is refused, in the service's words, of bounded length.
pub(super) fn reason(body: &[u8]) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    Some(refusal.reason.chars().filter(|c| !c.is_control()).take(200).collect())
}

/// Temperature and dew point are of the moment of their stamp and stand for the hour that begins there; radiation is the
/// mean of the hour that ends there.
pub(super) fn read(body: &[u8]) -> Result<Weather, Error> {
    let answer: Answer = serde_json::from_slice(body).map_err(|e| Error::Malformed(e.to_string()))?;
    let (units, columns) = (&answer.hourly_units, &answer.hourly);
    let expected = [
        ("time", &units.time, "unixtime"),
        ("temperature_2m", &units.temperature_2m, "°C"),
        ("dew_point_2m", &units.dew_point_2m, "°C"),
        ("shortwave_radiation", &units.shortwave_radiation, "W/m²"),
    ];
    if let Some((name, unit, expected)) = expected.iter().find(|(_, unit, expected)| unit != expected) {
        return Err(Error::Malformed(format!("{name} is in `{unit}`, not in `{expected}`")));
    }
    let n = columns.time.len();
    let others = [&columns.temperature_2m, &columns.dew_point_2m, &columns.shortwave_radiation];
    if let Some(other) = others.iter().find(|other| other.len() != n) {
        return Err(Error::Malformed(format!("{n} hours, but {} values of one of them", other.len())));
    }
    let starts = columns.time.iter().map(|&stamp| start(stamp)).collect::<Result<Vec<_>, _>>()?;
    let radiation: BTreeMap<DateTime<Utc>, f64> = starts
        .iter()
        .zip(&columns.shortwave_radiation)
        .filter_map(|(&end, value)| Some((end - TimeDelta::hours(1), (*value)?)))
        .collect();
    let hour = |(i, &start): (usize, &DateTime<Utc>)| Hour {
        start,
        temperature_c: columns.temperature_2m[i],
        dew_point_c: columns.dew_point_2m[i],
        irradiance_w_m2: radiation.get(&start).copied(),
    };
    let hours = starts.iter().enumerate().map(hour).collect();
    Ok(Weather::new(Some(cell(&answer)), false, hours))
}

/// The cell of the service's grid, whose middle is not quite the place that was asked for.
fn cell(answer: &Answer) -> Station {
    let (latitude, longitude) = (answer.latitude, answer.longitude);
    Station {
        id: format!("{latitude:.3},{longitude:.3}"),
        name: "Open-Meteo".to_owned(),
        latitude,
        longitude,
        elevation_m: answer.elevation,
    }
}

fn start(stamp: i64) -> Result<DateTime<Utc>, Error> {
    let wrong = || Error::Malformed(format!("{stamp} is not the beginning of an hour"));
    if stamp.rem_euclid(3_600) != 0 {
        return Err(wrong());
    }
    DateTime::from_timestamp(stamp, 0).ok_or_else(wrong)
}
