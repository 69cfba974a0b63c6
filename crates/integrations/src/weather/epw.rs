//! EnergyPlus weather: eight heading lines, then one line an hour with 35 columns (EnergyPlus Auxiliary Programs, "EPW").

use super::{Result, WeatherError, cell, cells, hour_ending, known, nominal};
use domain::weather::{Hour, Station, Weather};

const HEADING_LINES: usize = 8;
/// What EPW writes where nothing is known: at or above these.
const NO_TEMPERATURE: f64 = 99.9;
const NO_RADIATION: f64 = 9_999.0;

pub(super) fn read(text: &str) -> Result<Weather> {
    let heading = cells(text.lines().next().unwrap_or_default());
    let number = |index, field| cell::<f64>(&heading, index, (1, field));
    let station = Station {
        id: heading.get(5).copied().unwrap_or_default().to_owned(),
        name: heading.get(1).copied().unwrap_or_default().to_owned(),
        latitude: number(6, "latitude")?,
        longitude: number(7, "longitude")?,
        elevation_m: Some(number(9, "elevation")?),
    };
    let offset_h = number(8, "time zone")?;
    let rows: Vec<(usize, Vec<&str>)> = text
        .lines()
        .enumerate()
        .skip(HEADING_LINES)
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(at, line)| (at + 1, cells(line)))
        .collect();
    if rows.is_empty() {
        return Err(WeatherError::Format("an EPW file has hours after eight heading lines"));
    }
    // Months of a typical year come from different years; one year's weather may reach into the first hour of the next.
    let year = |cells: &[&str], line| cell::<i32>(cells, 0, (line, "year"));
    let (line, first) = &rows[0];
    let first_year = year(first, *line)?;
    let mut typical = false;
    for (line, cells) in &rows {
        let december = cell::<u32>(cells, 1, (*line, "month"))? == 12;
        typical |= year(cells, *line)? != first_year && !december;
    }
    let mut hours = Vec::with_capacity(rows.len());
    for (line, cells) in &rows {
        hours.extend(hour(cells, *line, offset_h, typical)?);
    }
    Ok(Weather::new(Some(station), typical, hours))
}

fn hour(cells: &[&str], line: usize, offset_h: f64, typical: bool) -> Result<Option<Hour>> {
    let whole = |index, field| cell::<u32>(cells, index, (line, field));
    let number = |index, field| cell::<f64>(cells, index, (line, field));
    let (month, day) = (whole(1, "month")?, whole(2, "day")?);
    let date = if typical {
        let Some(date) = nominal(month, day) else { return Ok(None) };
        date
    } else {
        (cell(cells, 0, (line, "year"))?, month, day)
    };
    Ok(Some(Hour {
        start: hour_ending(date, whole(3, "hour")?, offset_h, line)?,
        temperature_c: known(number(6, "dry bulb temperature")?, NO_TEMPERATURE),
        dew_point_c: known(number(7, "dew point")?, NO_TEMPERATURE),
        irradiance_w_m2: known(number(13, "global horizontal radiation")?, NO_RADIATION),
    }))
}
