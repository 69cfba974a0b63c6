//! Weather files: EnergyPlus EPW, TMY3, NOAA ISD-Lite and tables of hours (CSV), told apart by what they hold.
//!
//! EPW and TMY3 label an hour by its end (hour 1 is 00:00–01:00) in the station's standard time all year; ISD-Lite gives
//! UTC. TMY3, and EPW made of several years, are typical years: their year is replaced by
//! [`domain::weather::NOMINAL_YEAR`].

mod csv;
mod epw;
mod isd_lite;
pub mod open_meteo;
mod tmy3;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::weather::{NOMINAL_YEAR, StationKind, Weather};

/// Largest file that is read. A year of hours is about 2 MB.
pub const BYTES_MAX: usize = 32 << 20;

/// Why a weather file is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeatherError {
    /// Not one of the formats.
    #[error("this is no EPW, TMY3, ISD-Lite or CSV file of hours: {0}")]
    Format(&'static str),
    /// A line cannot be read.
    #[error("line {line}, {field}: {reason}")]
    Line {
        /// Line, from 1.
        line: usize,
        /// Which column or field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// Too large, or without a single temperature.
    #[error("{0}")]
    Content(&'static str),
}

type Result<T> = std::result::Result<T, WeatherError>;

/// Reads a file, and says of which kind it is.
///
/// # Errors
/// Names the line and field that cannot be read; nothing is guessed.
pub fn read(bytes: &[u8]) -> Result<(StationKind, Weather)> {
    if bytes.len() > BYTES_MAX {
        return Err(WeatherError::Content("The file is larger than 32 MiB."));
    }
    // Station names in old files are Latin-1; everything that is read as a number is ASCII.
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim_start_matches('\u{feff}');
    let mut lines = text.lines();
    let (first, second) = (lines.next().unwrap_or_default(), lines.next().unwrap_or_default());
    let (kind, weather) = if first.starts_with("LOCATION,") {
        (StationKind::Epw, epw::read(text)?)
    } else if second.to_ascii_lowercase().starts_with("date (mm/dd/yyyy)") {
        (StationKind::Tmy3, tmy3::read(text)?)
    } else if first.split_whitespace().count() == isd_lite::FIELDS {
        (StationKind::IsdLite, isd_lite::read(text)?)
    } else if csv::is_table(text) {
        (StationKind::Csv, csv::read(text)?)
    } else {
        return Err(WeatherError::Format(
            "the first line is neither LOCATION,… nor a station line nor twelve numbers nor headings with `time` and `temperature_c`",
        ));
    };
    if weather.hours.iter().all(|hour| hour.temperature_c.is_none()) {
        return Err(WeatherError::Content("The file has not a single temperature."));
    }
    Ok((kind, weather))
}

/// The cells of a line, without quotes and blanks around them. Station names are the only quoted cells, and none of
/// the formats has a comma inside them.
fn cells(line: &str) -> Vec<&str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"').trim()).collect()
}

fn cell<T: std::str::FromStr>(
    cells: &[&str],
    index: usize,
    (line, field): (usize, &'static str),
) -> Result<T> {
    let text = cells.get(index).copied().unwrap_or_default();
    text.parse().map_err(|_| WeatherError::Line { line, field, reason: format!("`{text}` is not a number") })
}

/// A value unless it is the format's word for "missing".
fn known(value: f64, missing_from: f64) -> Option<f64> {
    (value.is_finite() && value < missing_from).then_some(value)
}

/// The hour that ends at `hour` o'clock (1 to 24) of a day in a zone `offset_h` hours east of UTC.
fn hour_ending(
    (year, month, day): (i32, u32, u32),
    hour: u32,
    offset_h: f64,
    line: usize,
) -> Result<DateTime<Utc>> {
    let wrong = |field, reason| WeatherError::Line { line, field, reason };
    let date = NaiveDate::from_ymd_opt(year, month, day)
        .ok_or_else(|| wrong("date", format!("there is no {year}-{month:02}-{day:02}")))?;
    if !(1..=24).contains(&hour) {
        return Err(wrong("hour", format!("{hour} is not between 1 and 24")));
    }
    let midnight = date.and_hms_opt(0, 0, 0).unwrap_or_default().and_utc();
    #[expect(clippy::cast_possible_truncation, reason = "a zone is at most 14 hours away")]
    let offset = TimeDelta::minutes((offset_h.clamp(-14.0, 14.0) * 60.0).round() as i64);
    Ok(midnight + TimeDelta::hours(i64::from(hour) - 1) - offset)
}

/// The day in the nominal year. The 29th of February, which a typical year has not, is none.
fn nominal(month: u32, day: u32) -> Option<(i32, u32, u32)> {
    ((month, day) != (2, 29)).then_some((NOMINAL_YEAR, month, day))
}

#[cfg(test)]
mod tests;
