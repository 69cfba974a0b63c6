//! NOAA ISD-Lite: twelve numbers a line, UTC, tenths of degrees, -9999 where nothing is known. It names no station.

use super::{Result, WeatherError};
use chrono::NaiveDate;
use domain::weather::{Hour, Weather};

/// Numbers on a line: year, month, day, hour, temperature, dew point, pressure, wind direction and speed, sky,
/// precipitation of one and of six hours.
pub(super) const FIELDS: usize = 12;
const MISSING: i32 = -9_999;

pub(super) fn read(text: &str) -> Result<Weather> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let hours: Result<Vec<Hour>> =
        lines.filter(|(_, text)| !text.trim().is_empty()).map(|(line, text)| hour(text, line)).collect();
    Ok(Weather::new(None, false, hours?))
}

fn hour(text: &str, line: usize) -> Result<Hour> {
    let wrong = |field, reason: String| WeatherError::Line { line, field, reason };
    let numbers: Vec<i32> = text
        .split_whitespace()
        .map(|number| {
            number.parse().map_err(|_| wrong("number", format!("`{number}` is not a whole number")))
        })
        .collect::<Result<_>>()?;
    if numbers.len() != FIELDS {
        return Err(wrong("fields", format!("{} numbers instead of {FIELDS}", numbers.len())));
    }
    let part = |index: usize| u32::try_from(numbers[index]).unwrap_or(u32::MAX);
    let start = NaiveDate::from_ymd_opt(numbers[0], part(1), part(2))
        .and_then(|date| date.and_hms_opt(part(3), 0, 0))
        .ok_or_else(|| {
            wrong("date", format!("there is no hour {}", text.chars().take(13).collect::<String>()))
        })?
        .and_utc();
    let tenths = |index: usize| (numbers[index] != MISSING).then(|| f64::from(numbers[index]) / 10.0);
    Ok(Hour { start, temperature_c: tenths(4), dew_point_c: tenths(5), irradiance_w_m2: None })
}
