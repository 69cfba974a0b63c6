//! The normal year of a facility: what an ordinary year outdoors is like, day by day.

use super::{WeatherDay, by_day, counting, hours_of};
use crate::Result;
use chrono::{DateTime, Datelike, Days, NaiveDate, TimeDelta, Utc};
use domain::local_time::{day_of, day_start};
use domain::weather::{NOMINAL_YEAR, StationKind, distance_km};
use std::collections::BTreeMap;
use store::Tx;
use store::facilities::{Facility, place};
use store::weather::{self as stored, Station};

/// Days of the year that a mean has to know; a fortnight may be missing.
const DAYS_MIN: usize = 351;
/// How far back a mean looks, years.
const YEARS_MAX: u64 = 5;

/// A day of the normal year.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NormalDay {
    /// Mean temperature, °C.
    pub temperature_c: Option<f64>,
    /// Light, mol·m⁻².
    pub dli_mol_m2: Option<f64>,
    /// Mean humidity ratio, g·kg⁻¹.
    pub humidity_ratio_g_kg: Option<f64>,
}

impl NormalDay {
    fn of(day: &WeatherDay) -> Self {
        Self {
            temperature_c: day.temperature_c,
            dli_mol_m2: day.dli_mol_m2,
            humidity_ratio_g_kg: day.humidity_ratio_g_kg,
        }
    }
}

/// The normal year.
#[derive(Clone, Debug, PartialEq)]
pub struct NormalYear {
    /// The station it is of. A typical year where [`Station::typical`], otherwise the mean of measured years.
    pub station: Station,
    /// First and last measured day of a mean.
    pub over: Option<(NaiveDate, NaiveDate)>,
    /// Its days by month and day. The 29th of February is that of the 28th.
    pub days: BTreeMap<(u32, u32), NormalDay>,
}

impl NormalYear {
    /// What is normal on a day.
    pub fn on(&self, day: NaiveDate) -> NormalDay {
        self.days.get(&key(day)).copied().unwrap_or_default()
    }
}

fn key(day: NaiveDate) -> (u32, u32) {
    if (day.month(), day.day()) == (2, 29) { (2, 28) } else { (day.month(), day.day()) }
}

/// The facility's normal year: the nearest typical-year file; without one, the mean by day of year of the station that
/// counts, once it knows a year. None before.
///
/// # Errors
/// When the database fails.
pub async fn normal_year(
    tx: &mut Tx<'_>,
    facility: &Facility,
    now: DateTime<Utc>,
) -> Result<Option<NormalYear>> {
    let here = place(tx, facility.id).await?;
    let distance = |s: &Station| s.place.map_or(f64::INFINITY, |there| distance_km(here, there));
    let all = stored::stations(tx, facility.id).await?;
    let typical = all.into_iter().filter(|s| s.typical).min_by(|a, b| distance(a).total_cmp(&distance(b)));
    let zone = facility.time_zone;
    if let Some(station) = typical {
        let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap_or_default();
        let range = day_start(zone, day(NOMINAL_YEAR))..day_start(zone, day(NOMINAL_YEAR + 1));
        let hours = hours_of(tx, facility, &station, range).await?;
        let days = by_day(&hours, zone, station.elevation_m.unwrap_or(0.0));
        let days = days.iter().map(|d| (key(d.day), NormalDay::of(d))).collect();
        return Ok(Some(NormalYear { station, over: None, days }));
    }
    let Some(station) = counting(tx, facility).await? else { return Ok(None) };
    mean_year(tx, facility, station, now).await
}

/// The mean of each day of the year, over the years that are known.
async fn mean_year(
    tx: &mut Tx<'_>,
    facility: &Facility,
    station: Station,
    now: DateTime<Utc>,
) -> Result<Option<NormalYear>> {
    let zone = facility.time_zone;
    let today = day_of(zone, now);
    let mut first = today.checked_sub_days(Days::new(365 * YEARS_MAX + 1)).unwrap_or(today);
    if station.kind != StationKind::OnSite {
        let extents = stored::extents(tx, facility.id).await?;
        let Some(extent) = extents.into_iter().find(|e| e.station == station.id) else { return Ok(None) };
        // Less than a year need not be read.
        if extent.last - extent.first < TimeDelta::days(i64::try_from(DAYS_MIN).unwrap_or(0)) {
            return Ok(None);
        }
        first = first.max(day_of(zone, extent.first));
    }
    let hours = hours_of(tx, facility, &station, day_start(zone, first)..day_start(zone, today)).await?;
    let known = by_day(&hours, zone, station.elevation_m.unwrap_or(0.0));
    let known: Vec<_> = known.into_iter().filter(|d| d.temperature_c.is_some()).collect();
    let over = known.first().zip(known.last()).map(|(first, last)| (first.day, last.day));
    let mut sums: BTreeMap<(u32, u32), [(f64, f64); 3]> = BTreeMap::new();
    for day in &known {
        let sums = sums.entry(key(day.day)).or_default();
        for (sum, value) in sums.iter_mut().zip([day.temperature_c, day.dli_mol_m2, day.humidity_ratio_g_kg])
        {
            if let Some(value) = value {
                *sum = (sum.0 + value, sum.1 + 1.0);
            }
        }
    }
    if sums.len() < DAYS_MIN {
        return Ok(None);
    }
    let mean = |(sum, n): (f64, f64)| (n > 0.0).then(|| sum / n);
    let days = sums.into_iter().map(|(day, [temperature, light, humidity])| {
        let normal = NormalDay {
            temperature_c: mean(temperature),
            dli_mol_m2: mean(light),
            humidity_ratio_g_kg: mean(humidity),
        };
        (day, normal)
    });
    Ok(Some(NormalYear { station, over, days: days.collect() }))
}
