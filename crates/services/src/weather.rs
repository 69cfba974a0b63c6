//! Outdoor weather of a facility: which station counts, its hours and local days, and closed months. docs/WEATHER.md

mod close;
mod files;
mod normal;
mod refresh;
mod show;

pub use close::close_months;
pub use files::{BYTES_MAX, Named, discard, inspect, store_file, upload};
pub use normal::{NormalDay, NormalYear, normal_year};
pub use refresh::refresh;
pub use show::{export, frozen, view};

use crate::audit::{self, Actor, Entry};
use crate::telemetry::gauge_hours;
use crate::{Context, Error, Result};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use domain::access::{Permission, Scope};
use domain::id::StationId;
use domain::local_time::{day_bounds, day_of, day_start};
use domain::point::Metric;
use domain::weather::{FILLED_HOURS_MAX, Hour, StationKind, Weather, humidity_ratio_g_kg};
use serde_json::json;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::Range;
use store::facilities::{self, Facility};
use store::weather::{self as stored, Station};
use store::{Tx, points, savings};

/// Photons of photosynthesis per energy of sunlight, µmol·J⁻¹ of global irradiance: 2.02, the usual mean of 4.57 µmol·J⁻¹
/// within the band and a share of 0.44 of the energy in it (Thimijan and Heins 1983; Meek et al. 1984).
const MICROMOL_PER_JOULE: f64 = 2.02;

/// A local day of weather.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherDay {
    /// The day.
    pub day: NaiveDate,
    /// Mean temperature, °C; none unless more than half of the day's hours are known (CalTRACK 2.0 §2.3.3).
    pub temperature_c: Option<f64>,
    /// Mean humidity ratio, g·kg⁻¹.
    pub humidity_ratio_g_kg: Option<f64>,
    /// Light of the day, mol·m⁻².
    pub dli_mol_m2: Option<f64>,
    /// Hours with a temperature.
    pub hours: u32,
}

/// The station that counts: the chosen one, else the facility's own outdoor sensors; none where there are none.
pub(crate) async fn counting(tx: &mut Tx<'_>, facility: &Facility) -> Result<Option<Station>> {
    if let Some(station) = stored::chosen(tx, facility.id).await? {
        return Ok(Some(station));
    }
    let all = points::of_facility(tx, facility.id).await?;
    let outdoors = all.iter().any(|p| p.spec.metric == Metric::OutdoorTemperature && p.retired_at.is_none());
    Ok(outdoors.then(|| on_site(facility)))
}

/// The station that a facility's own outdoor sensors are.
pub(crate) fn on_site(facility: &Facility) -> Station {
    Station {
        id: StationId(facility.id.0),
        kind: StationKind::OnSite,
        code: "on_site".to_owned(),
        name: "Outdoor sensors of the facility".to_owned(),
        place: None,
        elevation_m: None,
        typical: false,
    }
}

/// Hours of the station that counts which begin in the range, holes of up to six hours filled by a straight line.
///
/// # Errors
/// When the database fails.
pub async fn hours(tx: &mut Tx<'_>, facility: &Facility, range: Range<DateTime<Utc>>) -> Result<Vec<Hour>> {
    match counting(tx, facility).await? {
        Some(station) => hours_of(tx, facility, &station, range).await,
        None => Ok(vec![]),
    }
}

pub(crate) async fn hours_of(
    tx: &mut Tx<'_>,
    facility: &Facility,
    station: &Station,
    range: Range<DateTime<Utc>>,
) -> Result<Vec<Hour>> {
    let known = known_around(tx, facility, station, &range).await?;
    let (filled, _) = Weather::new(None, station.typical, known).filled();
    Ok(filled.hours.into_iter().filter(|hour| range.contains(&hour.start)).collect())
}

/// Hours as they were told or measured, in the range and so far around it that a hole at its edge can be filled.
async fn known_around(
    tx: &mut Tx<'_>,
    facility: &Facility,
    station: &Station,
    range: &Range<DateTime<Utc>>,
) -> Result<Vec<Hour>> {
    let around = TimeDelta::hours(FILLED_HOURS_MAX + 1);
    let (from, until) = (range.start - around, range.end + around);
    if station.kind == StationKind::OnSite {
        return sensed(tx, facility, (from, until)).await;
    }
    Ok(stored::hours(tx, station.id, (from, until)).await?)
}

async fn sensed(
    tx: &mut Tx<'_>,
    facility: &Facility,
    stretch: (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Hour>> {
    let irradiance: BTreeMap<DateTime<Utc>, f64> =
        gauge_hours(tx, facility, Metric::OutdoorIrradiance, stretch).await?.into_iter().collect();
    let hour = |(start, celsius): (DateTime<Utc>, f64)| Hour {
        start,
        temperature_c: Some(celsius),
        dew_point_c: None,
        irradiance_w_m2: irradiance.get(&start).copied(),
    };
    let temperatures = gauge_hours(tx, facility, Metric::OutdoorTemperature, stretch).await?;
    Ok(temperatures.into_iter().map(hour).collect())
}

/// Local days, without those of which no hour is known: in closed months as they were when they were closed, otherwise of
/// the station that counts.
///
/// # Errors
/// When the database fails.
pub async fn days(tx: &mut Tx<'_>, facility: &Facility, days: Range<NaiveDate>) -> Result<Vec<WeatherDay>> {
    let zone = facility.time_zone;
    let range = day_start(zone, days.start)..day_start(zone, days.end);
    let mut all = match counting(tx, facility).await? {
        Some(station) => {
            let hours = hours_of(tx, facility, &station, range.clone()).await?;
            by_day(&hours, zone, station.elevation_m.unwrap_or(0.0))
        }
        None => vec![],
    };
    for closed in close::closed(tx, facility, &range).await? {
        all.retain(|day| !closed.days.contains(&day.day));
        all.extend(closed.weather.into_iter().filter(|day| days.contains(&day.day)));
    }
    all.sort_by_key(|day| day.day);
    Ok(all)
}

/// Hours as local days. Hours of zones that are not whole hours away from UTC belong to the day they begin in.
pub(crate) fn by_day(hours: &[Hour], zone: chrono_tz::Tz, elevation_m: f64) -> Vec<WeatherDay> {
    let mut days: BTreeMap<NaiveDate, Vec<&Hour>> = BTreeMap::new();
    for hour in hours {
        days.entry(day_of(zone, hour.start)).or_default().push(hour);
    }
    days.into_iter()
        .map(|(day, hours)| {
            let (start, end) = day_bounds(zone, day);
            let length = (end - start).num_hours();
            let enough = |values: Vec<f64>| {
                #[allow(clippy::cast_possible_wrap)]
                let n = values.len() as i64;
                (2 * n > length)
                    .then(|| values.iter().sum::<f64>() / f64::from(u32::try_from(n).unwrap_or(1)))
            };
            let temperatures: Vec<f64> = hours.iter().filter_map(|h| h.temperature_c).collect();
            let ratio = |h: &&Hour| h.dew_point_c.map(|dew| humidity_ratio_g_kg(dew, elevation_m));
            let irradiance = enough(hours.iter().filter_map(|h| h.irradiance_w_m2).collect());
            let seconds = f64::from(i32::try_from((end - start).num_seconds()).unwrap_or(86_400));
            WeatherDay {
                day,
                hours: u32::try_from(temperatures.len()).unwrap_or(0),
                temperature_c: enough(temperatures),
                humidity_ratio_g_kg: enough(hours.iter().filter_map(ratio).collect()),
                dli_mol_m2: irradiance.map(|mean| mean * seconds * MICROMOL_PER_JOULE / 1e6),
            }
        })
        .collect()
}

/// The mean of hours, said to be a day: for the day that is running. None unless more than half of 24 are known.
pub(crate) fn mean_of(hours: &[Hour], day: NaiveDate) -> Option<WeatherDay> {
    let mean = |of: &dyn Fn(&Hour) -> Option<f64>| {
        let known: Vec<f64> = hours.iter().filter_map(of).collect();
        let n = f64::from(u32::try_from(known.len()).unwrap_or(0));
        (n > 12.0).then(|| known.iter().sum::<f64>() / n)
    };
    Some(WeatherDay {
        day,
        temperature_c: Some(mean(&|h| h.temperature_c)?),
        humidity_ratio_g_kg: mean(&|h| h.dew_point_c.map(|dew| humidity_ratio_g_kg(dew, 0.0))),
        dli_mol_m2: mean(&|h| h.irradiance_w_m2).map(|mean| mean * 86_400.0 * MICROMOL_PER_JOULE / 1e6),
        hours: u32::try_from(hours.len()).unwrap_or(0),
    })
}

/// Stores hours of a station that a file or a service told. Savings of the days that changed become due where the station
/// counts. Returns how many hours were new or changed.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`], `NotFound` for a facility out of scope, `Invalid` without hours.
pub async fn import(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    (kind, code): (StationKind, &str),
    weather: &Weather,
) -> Result<i64> {
    let scope = match actor {
        Actor::Person(person) => person.scope(Permission::ImportData)?,
        Actor::Background(_) => Scope::system(),
    };
    if weather.hours.is_empty() {
        return Err(Error::field("file", "The file has no hour of weather."));
    }
    let mut tx = ctx.db.begin(&scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let now = ctx.clock.now();
    let (station, changed) = write(&mut tx, &facility, (kind, code), weather, now).await?;
    let detail = json!({ "station": station, "kind": kind, "code": code, "hours": weather.hours.len(), "changed": changed });
    record(ctx, &mut tx, actor, &facility, "weather.imported", detail).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Writes hours of a station, and marks the savings of the days that changed where it counts. Returns the station and how
/// many hours were new or changed.
async fn write(
    tx: &mut Tx<'_>,
    facility: &Facility,
    (kind, code): (StationKind, &str),
    weather: &Weather,
    now: DateTime<Utc>,
) -> Result<(StationId, i64)> {
    let told = weather.station.as_ref();
    let station = Station {
        id: StationId(uuid::Uuid::now_v7()),
        kind,
        code: code.to_owned(),
        name: told.map_or_else(|| code.to_owned(), |s| s.name.clone()),
        place: told.map(|s| (s.latitude, s.longitude)),
        elevation_m: told.and_then(|s| s.elevation_m),
        typical: weather.typical,
    };
    let place = (facility.organisation, facility.id);
    let id = stored::station_upsert(tx, place, &station, now).await?;
    let (changed, touched) = stored::hours_upsert(tx, place, id, &weather.hours).await?;
    let counts = counting(tx, facility).await?.is_some_and(|s| s.id == id);
    if let Some((first, last)) = touched.filter(|_| counts) {
        savings::touch(tx, facility.id, (first, last + TimeDelta::hours(1)), "weather").await?;
    }
    Ok((id, changed))
}

/// Chooses the station that savings are computed with from now on; every day's savings become due.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageBaselines`], `Invalid` without a reason, for a typical year or an unknown station.
pub async fn choose(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    station: StationId,
    reason: &str,
) -> Result<()> {
    let scope = match actor {
        Actor::Person(person) => person.scope(Permission::ManageBaselines)?,
        Actor::Background(_) => Scope::system(),
    };
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::field("reason", "Say why this station, for the verifier."));
    }
    let mut tx = ctx.db.begin(&scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let (place, now) = ((facility.organisation, facility.id), ctx.clock.now());
    let own = on_site(&facility);
    let known = stored::stations(&mut tx, facility.id).await?;
    let found = if station == own.id { Some(own) } else { known.into_iter().find(|s| s.id == station) };
    let found = found.ok_or_else(|| Error::field("station", "There is no such station."))?;
    if found.typical {
        return Err(Error::field(
            "station",
            "A typical year is not what happened; savings need real weather.",
        ));
    }
    let id = stored::station_upsert(&mut tx, place, &found, now).await?;
    let by = if let Actor::Person(person) = actor { Some(person.user) } else { None };
    stored::choose(&mut tx, place, id, reason, by, now).await?;
    savings::touch(&mut tx, facility.id, (DateTime::UNIX_EPOCH, now), "weather").await?;
    let detail = json!({ "station": id, "name": found.name, "kind": found.kind, "reason": reason });
    record(ctx, &mut tx, actor, &facility, "weather.station_chosen", detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Hours as text with as many digits as it takes to read the same bits back.
pub(crate) fn canonical(station: &Station, hours: &[Hour]) -> String {
    let mut text = format!(
        "# {} {}\nstart,temperature_c,dew_point_c,irradiance_w_m2\n",
        station.kind.as_str(),
        station.code
    );
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    for hour in hours {
        let start = hour.start.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        // Writing to a string does not fail.
        let _ = writeln!(
            text,
            "{start},{},{},{}",
            number(hour.temperature_c),
            number(hour.dew_point_c),
            number(hour.irradiance_w_m2)
        );
    }
    text
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    action: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor,
        action,
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail,
    };
    audit::record(tx, ctx.clock.now(), entry).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::New_York;

    fn hours(from: &str, n: i64, known: impl Fn(i64) -> bool) -> Vec<Hour> {
        let from: DateTime<Utc> = from.parse().unwrap();
        (0..n)
            .map(|i| Hour {
                start: from + TimeDelta::hours(i),
                temperature_c: known(i).then_some(10.0),
                dew_point_c: Some(10.0),
                irradiance_w_m2: Some(100.0),
            })
            .collect()
    }

    #[test]
    fn days_are_local_and_have_23_24_or_25_hours() {
        // 2026-03-08 has 23 hours in New York, 2026-11-01 has 25.
        for (start, day, length) in [
            ("2026-03-08T05:00:00Z", "2026-03-08", 23_u32),
            ("2026-07-01T04:00:00Z", "2026-07-01", 24),
            ("2026-11-01T04:00:00Z", "2026-11-01", 25),
        ] {
            let found = by_day(&hours(start, i64::from(length), |_| true), New_York, 0.0);
            assert_eq!(found.len(), 1);
            assert_eq!((found[0].day.to_string().as_str(), found[0].hours), (day, length));
            // 100 W/m² for 24 h are 17.45 mol/m².
            let light = 100.0 * f64::from(length) * 3_600.0 * 2.02e-6;
            assert!((found[0].dli_mol_m2.unwrap() - light).abs() < 1e-9);
        }
    }

    #[test]
    fn half_a_day_is_no_day() {
        let start = "2026-07-01T04:00:00Z";
        assert_eq!(by_day(&hours(start, 24, |i| i < 12), New_York, 0.0)[0].temperature_c, None);
        assert_eq!(by_day(&hours(start, 24, |i| i < 13), New_York, 0.0)[0].temperature_c, Some(10.0));
    }
}
