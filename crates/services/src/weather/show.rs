//! Weather as pages and programs see it.

use super::{NormalYear, WeatherDay, by_day, counting, known_around, normal_year, on_site};
use crate::{Context, Error, Result};
use chrono::{DateTime, Days, DurationRound, NaiveDate, SecondsFormat, TimeDelta, Utc};
use domain::access::Scope;
use domain::id::WeatherSetId;
use domain::local_time::{day_of, day_start};
use domain::weather::view::{
    ChoiceView, CoverageView, DayView, HoleView, NormalView, SetView, StationView, WeatherView,
};
use domain::weather::{Hour, StationKind, Weather, distance_km};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::ops::Range;
use store::facilities::{self, Facility};
use store::weather::{self as stored, Extent, Station};
use store::{Tx, points};

/// Longest range of days shown at once.
const DAYS_MAX: i64 = 800;
/// Days shown where nobody chose.
const DAYS: u64 = 90;
/// Gaps listed.
const GAPS: usize = 100;
/// Choices listed.
const CHOICES: i64 = 10;

type Asked = (Option<NaiveDate>, Option<NaiveDate>);

/// Stations, normal year, frozen sets, and the weather of the local days [from, until); the last 90 days where they are
/// not given.
///
/// # Errors
/// `NotFound` for a facility out of scope, `Invalid` for a range that is empty or too long.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str, asked: Asked) -> Result<WeatherView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let (from, until) = days_of(&facility, now, asked)?;
    let station = counting(&mut tx, &facility).await?;
    let (mut days, mut coverage) = (vec![], CoverageView::default());
    if let Some(station) = &station {
        let range = range_of(&facility, (from, until), now);
        let known = known_around(&mut tx, &facility, station, &range).await?;
        coverage = coverage_of(&known, &range);
        let filled = filled_within(known, &range);
        days = by_day(&filled, facility.time_zone, station.elevation_m.unwrap_or(0.0));
    }
    let normal = normal_year(&mut tx, &facility, now).await?;
    let choices = stored::choices(&mut tx, facility.id, CHOICES).await?;
    let choice = |c: stored::Choice| ChoiceView { station: c.station, reason: c.reason, at: c.at };
    let stations = stations(&mut tx, &facility, station.as_ref()).await?;
    let sets = stored::sets(&mut tx, facility.id).await?;
    let sets = sets.into_iter().map(|set| set_view(set, &stations)).collect();
    Ok(WeatherView {
        from,
        until,
        days: every_day((from, until), days, normal.as_ref()),
        coverage,
        normal: normal.as_ref().and_then(normal_view),
        choices: choices.into_iter().map(choice).collect(),
        stations,
        sets,
        bytes_max: super::BYTES_MAX as u64,
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
    })
}

fn days_of(facility: &Facility, now: DateTime<Utc>, (from, until): Asked) -> Result<(NaiveDate, NaiveDate)> {
    let today = day_of(facility.time_zone, now);
    let until = until.unwrap_or_else(|| today.checked_add_days(Days::new(1)).unwrap_or(today));
    let from = from.unwrap_or_else(|| until.checked_sub_days(Days::new(DAYS)).unwrap_or(until));
    let length = (until - from).num_days();
    if (1..=DAYS_MAX).contains(&length) {
        return Ok((from, until));
    }
    Err(Error::field("until", format!("Choose 1 to {DAYS_MAX} days; these are {length}.")))
}

/// The days as instants, without hours that are not over.
fn range_of(
    facility: &Facility,
    (from, until): (NaiveDate, NaiveDate),
    now: DateTime<Utc>,
) -> Range<DateTime<Utc>> {
    let (start, end) = (day_start(facility.time_zone, from), day_start(facility.time_zone, until));
    let over = now.duration_trunc(TimeDelta::hours(1)).unwrap_or(now);
    start..end.min(over).max(start)
}

fn filled_within(known: Vec<Hour>, range: &Range<DateTime<Utc>>) -> Vec<Hour> {
    let (filled, _) = Weather::new(None, false, known).filled();
    filled.hours.into_iter().filter(|hour| range.contains(&hour.start)).collect()
}

/// How complete hours are in a range; those around it help to fill holes at its edges.
pub(super) fn coverage_of(known: &[Hour], range: &Range<DateTime<Utc>>) -> CoverageView {
    let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let with = |hours: &[Hour]| -> BTreeSet<DateTime<Utc>> {
        let within = |h: &&Hour| h.temperature_c.is_some() && range.contains(&h.start);
        hours.iter().filter(within).map(|h| h.start).collect()
    };
    let own = with(known);
    let whole = with(&filled_within(known.to_vec(), range));
    let hour = TimeDelta::hours(1);
    // Zones that are not whole hours away from UTC begin their days within an hour.
    let first = range.start.duration_round_up(hour).unwrap_or(range.start);
    let mut gaps: Vec<HoleView> = Vec::new();
    let (mut at, mut expected) = (first, 0);
    while at < range.end {
        expected += 1;
        if !whole.contains(&at) {
            match gaps.last_mut().filter(|gap| gap.end == at) {
                Some(gap) => gap.end = at + hour,
                None => gaps.push(HoleView { start: at, end: at + hour }),
            }
        }
        at += hour;
    }
    let gap_count = count(gaps.len());
    gaps.truncate(GAPS);
    CoverageView {
        expected,
        known: count(own.len()),
        filled: count(whole.len() - own.len()),
        gaps,
        gap_count,
    }
}

fn every_day(
    (from, until): (NaiveDate, NaiveDate),
    known: Vec<WeatherDay>,
    normal: Option<&NormalYear>,
) -> Vec<DayView> {
    let known: BTreeMap<NaiveDate, WeatherDay> = known.into_iter().map(|day| (day.day, day)).collect();
    let day = |day: NaiveDate| {
        let (told, normal) = (known.get(&day), normal.map(|n| n.on(day)).unwrap_or_default());
        DayView {
            day,
            temperature_c: told.and_then(|d| d.temperature_c),
            dli_mol_m2: told.and_then(|d| d.dli_mol_m2),
            hours: told.map_or(0, |d| d.hours),
            normal_c: normal.temperature_c,
            normal_dli_mol_m2: normal.dli_mol_m2,
        }
    };
    from.iter_days().take_while(|day| *day < until).map(day).collect()
}

fn normal_view(normal: &NormalYear) -> Option<NormalView> {
    let known: Vec<f64> = normal.days.values().filter_map(|d| d.temperature_c).collect();
    let n = f64::from(u32::try_from(known.len()).unwrap_or(u32::MAX));
    (n > 0.0).then(|| NormalView {
        station: normal.station.name.clone(),
        typical: normal.station.typical,
        over: normal.over,
        mean_c: known.iter().sum::<f64>() / n,
    })
}

/// Every station of the facility, its own sensors included, the one that counts first, then by distance.
async fn stations(
    tx: &mut Tx<'_>,
    facility: &Facility,
    counts: Option<&Station>,
) -> Result<Vec<StationView>> {
    let here = facilities::place(tx, facility.id).await?;
    let extents: BTreeMap<_, Extent> =
        stored::extents(tx, facility.id).await?.into_iter().map(|e| (e.station, e)).collect();
    let mut all = stored::stations(tx, facility.id).await?;
    let outdoors = points::of_facility(tx, facility.id).await?;
    let outdoors = outdoors
        .iter()
        .any(|p| p.spec.metric == domain::point::Metric::OutdoorTemperature && p.retired_at.is_none());
    if outdoors && all.iter().all(|s| s.kind != StationKind::OnSite) {
        all.push(on_site(facility));
    }
    let view = |station: Station| {
        let extent = extents.get(&station.id);
        let away = station.place.map(|there| distance_km(here, there));
        StationView {
            counts: counts.is_some_and(|c| c.id == station.id),
            id: station.id,
            kind: station.kind,
            name: station.name,
            distance_km: if station.kind == StationKind::OnSite { Some(0.0) } else { away },
            elevation_m: station.elevation_m,
            typical: station.typical,
            span: extent.map(|e| (e.first, e.last + TimeDelta::hours(1))),
            known: extent.map(share),
        }
    };
    let mut views: Vec<StationView> = all.into_iter().map(view).collect();
    views.sort_by(|a, b| {
        let far = |s: &StationView| s.distance_km.unwrap_or(f64::INFINITY);
        b.counts.cmp(&a.counts).then(a.typical.cmp(&b.typical)).then(far(a).total_cmp(&far(b)))
    });
    Ok(views)
}

#[expect(clippy::cast_precision_loss, reason = "hours stay far below 2^52")]
fn share(extent: &Extent) -> f64 {
    extent.known as f64 / ((extent.last - extent.first).num_hours() + 1) as f64
}

fn set_view(set: stored::WeatherSet, stations: &[StationView]) -> SetView {
    let station = stations.iter().find(|s| s.id == set.station);
    SetView {
        id: set.id,
        station: station.map_or_else(String::new, |s| s.name.clone()),
        from: set.from,
        until: set.until,
        hours: set.hours,
        sha256: hex::encode(set.sha256),
        created_at: set.created_at,
    }
}

/// The content of a frozen set, canonical CSV: what its SHA-256 is of.
///
/// # Errors
/// `NotFound` when it is out of scope.
pub async fn frozen(ctx: &Context, scope: &Scope, facility: &str, set: WeatherSetId) -> Result<String> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    Ok(stored::set_content(&mut tx, facility.id, set).await?)
}

/// Hours of the station that counts in the local days as CSV, those without any value left out.
///
/// # Errors
/// As [`view`].
pub async fn export(ctx: &Context, scope: &Scope, facility: &str, asked: Asked) -> Result<String> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let days = days_of(&facility, now, asked)?;
    let range = range_of(&facility, days, now);
    let (name, zone) = (one_line(&facility.name), facility.time_zone);
    let mut out = format!("# Facility: {name}\r\n# Time zone of start_local: {}\r\n", zone.name());
    let station = counting(&mut tx, &facility).await?;
    let known = match &station {
        Some(station) => known_around(&mut tx, &facility, station, &range).await?,
        None => vec![],
    };
    // Writing to a string does not fail.
    let _ = write!(
        out,
        "# Station: {}\r\n# Hours begin at start; temperature_filled says that a hole of up to six hours was bridged.\r\n\
         start_utc,start_local,temperature_c,temperature_filled,dew_point_c,irradiance_w_m2\r\n",
        one_line(station.as_ref().map_or("none", |s| s.name.as_str())),
    );
    let own: BTreeSet<_> = known.iter().filter(|h| h.temperature_c.is_some()).map(|h| h.start).collect();
    let number = |value: Option<f64>| value.map(|v| v.to_string()).unwrap_or_default();
    for hour in filled_within(known, &range) {
        if hour.temperature_c.or(hour.dew_point_c).or(hour.irradiance_w_m2).is_none() {
            continue;
        }
        let _ = write!(
            out,
            "{},{},{},{},{},{}\r\n",
            hour.start.to_rfc3339_opts(SecondsFormat::Secs, true),
            hour.start.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false),
            number(hour.temperature_c),
            if hour.temperature_c.is_some() && !own.contains(&hour.start) { "yes" } else { "no" },
            number(hour.dew_point_c),
            number(hour.irradiance_w_m2),
        );
    }
    Ok(out)
}

/// A name within a comment.
fn one_line(name: &str) -> String {
    name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
