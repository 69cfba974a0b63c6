//! TMY3: a station line, a line of headings, 8 760 hours (NREL/TP-581-43156). Columns are found by their headings.

use super::{Result, WeatherError, cell, cells, hour_ending, nominal};
use domain::weather::{Hour, Station, Weather};

/// Values at or below are missing.
const MISSING: f64 = -900.0;

pub(super) fn read(text: &str) -> Result<Weather> {
    let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
    let first = cells(lines.next().map_or("", |(_, line)| line));
    let number = |index, field| cell::<f64>(&first, index, (1, field));
    let station = Station {
        id: first.first().copied().unwrap_or_default().to_owned(),
        name: first.get(1).copied().unwrap_or_default().to_owned(),
        latitude: number(4, "latitude")?,
        longitude: number(5, "longitude")?,
        elevation_m: Some(number(6, "elevation")?),
    };
    let offset_h = number(3, "time zone")?;
    let headings = cells(lines.next().map_or("", |(_, line)| line));
    let column = |name: &'static str| {
        let found = headings.iter().position(|heading| heading.eq_ignore_ascii_case(name));
        found.ok_or_else(|| WeatherError::Line {
            line: 2,
            field: name,
            reason: "no column of this name".into(),
        })
    };
    let columns = (column("Dry-bulb (C)")?, column("Dew-point (C)")?, column("GHI (W/m^2)")?);
    let mut hours = Vec::new();
    for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
        hours.extend(hour(&cells(text), line, offset_h, columns)?);
    }
    Ok(Weather::new(Some(station), true, hours))
}

fn hour(
    cells: &[&str],
    line: usize,
    offset_h: f64,
    (temperature, dew_point, irradiance): (usize, usize, usize),
) -> Result<Option<Hour>> {
    let wrong = |field, text: &str, form| WeatherError::Line {
        line,
        field,
        reason: format!("`{text}` is not of the form {form}"),
    };
    let (date, time) =
        (cells.first().copied().unwrap_or_default(), cells.get(1).copied().unwrap_or_default());
    let mut parts = date.split('/').map(str::parse::<u32>);
    let (Some(Ok(month)), Some(Ok(day))) = (parts.next(), parts.next()) else {
        return Err(wrong("date", date, "MM/DD/YYYY"));
    };
    let clock = time.split_once(':').and_then(|(hour, minute)| {
        let (hour, minute) = (hour.parse::<u32>().ok()?, minute.parse::<u32>().ok()?);
        (minute == 0).then_some(hour)
    });
    let ends = clock.ok_or_else(|| wrong("time", time, "HH:00"))?;
    let value = |index, field| {
        cell::<f64>(cells, index, (line, field)).map(|v| (v.is_finite() && v > MISSING).then_some(v))
    };
    let Some(date) = nominal(month, day) else { return Ok(None) };
    Ok(Some(Hour {
        start: hour_ending(date, ends, offset_h, line)?,
        temperature_c: value(temperature, "Dry-bulb (C)")?,
        dew_point_c: value(dew_point, "Dew-point (C)")?,
        irradiance_w_m2: value(irradiance, "GHI (W/m^2)")?,
    }))
}
