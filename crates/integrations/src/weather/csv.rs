//! Hours in a table: a line of headings, then one hour a line. Columns are found by their headings; others are ignored.
//!
//! `time` or `start`: the beginning of the hour, ISO 8601; UTC where it names no offset. `temperature_c` or
//! `temperature_f`, and where there are: `dew_point_c` or `dew_point_f`, `irradiance_w_m2`. Lines that begin with `#` are
//! comments; an empty cell is a missing value.

use super::{Result, WeatherError, cell, cells};
use chrono::{DateTime, NaiveDateTime, Utc};
use domain::weather::{Hour, Weather};

/// What has been measured on Earth, °C, and a little more.
const CELSIUS: std::ops::RangeInclusive<f64> = -90.0..=70.0;

/// Place of a column and whether it is in °F.
type Thermometer = Option<(usize, bool)>;

struct Columns {
    time: usize,
    temperature: Thermometer,
    dew_point: Thermometer,
    irradiance: Option<usize>,
}

fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    lines.filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
}

fn columns(heading: &str) -> Option<Columns> {
    let headings: Vec<String> = cells(heading).iter().map(|h| h.to_ascii_lowercase()).collect();
    let place = |name: &str| headings.iter().position(|h| h == name);
    let degrees = |name: &str| {
        let celsius = place(&format!("{name}_c")).map(|at| (at, false));
        celsius.or_else(|| place(&format!("{name}_f")).map(|at| (at, true)))
    };
    Some(Columns {
        time: place("time").or_else(|| place("start")).or_else(|| place("start_utc"))?,
        temperature: Some(degrees("temperature")?),
        dew_point: degrees("dew_point"),
        irradiance: place("irradiance_w_m2"),
    })
}

/// Whether the first line that is no comment has the headings of such a table.
pub(super) fn is_table(text: &str) -> bool {
    lines(text).next().and_then(|(_, heading)| columns(heading)).is_some()
}

pub(super) fn read(text: &str) -> Result<Weather> {
    let mut lines = lines(text);
    let columns = lines.next().and_then(|(_, heading)| columns(heading));
    let columns = columns.ok_or(WeatherError::Format("there are no headings"))?;
    let hours = lines.map(|(line, text)| hour(&cells(text), line, &columns)).collect::<Result<Vec<_>>>()?;
    Ok(Weather::new(None, false, hours))
}

fn hour(cells: &[&str], line: usize, columns: &Columns) -> Result<Hour> {
    let time = cells.get(columns.time).copied().unwrap_or_default();
    let wrong = |field, reason| WeatherError::Line { line, field, reason };
    let start = instant(time)
        .ok_or_else(|| wrong("time", format!("`{time}` is not of the form 2026-03-01T07:00:00Z")))?;
    if start.timestamp() % 3_600 != 0 {
        return Err(wrong("time", format!("`{time}` is not the beginning of an hour")));
    }
    let number = |index: usize, field| match cells.get(index).copied().unwrap_or_default() {
        "" => Ok(None),
        _ => cell::<f64>(cells, index, (line, field)).map(|value| Some(value).filter(|v| v.is_finite())),
    };
    let degrees = |column: Thermometer, field| {
        let Some((index, fahrenheit)) = column else { return Ok(None) };
        let Some(value) = number(index, field)? else { return Ok(None) };
        let celsius = if fahrenheit { (value - 32.0) / 1.8 } else { value };
        if CELSIUS.contains(&celsius) {
            return Ok(Some(celsius));
        }
        Err(wrong(field, format!("{celsius} °C is not between −90 and 70 °C")))
    };
    Ok(Hour {
        start,
        temperature_c: degrees(columns.temperature, "temperature")?,
        dew_point_c: degrees(columns.dew_point, "dew point")?,
        irradiance_w_m2: columns.irradiance.map_or(Ok(None), |index| number(index, "irradiance"))?,
    })
}

fn instant(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(found) = DateTime::parse_from_rfc3339(text) {
        return Some(found.with_timezone(&Utc));
    }
    let forms =
        ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%MZ"];
    forms.iter().find_map(|form| NaiveDateTime::parse_from_str(text, form).ok()).map(|naive| naive.and_utc())
}
