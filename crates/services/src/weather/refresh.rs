//! Hours from Open-Meteo, kept up to date for every facility.

use super::{record, write};
use crate::audit::Actor;
use crate::{Context, Error, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::access::Scope;
use domain::weather::{Hour, StationKind, Weather};
use integrations::weather::open_meteo::{Error as ServiceError, OpenMeteo, PERIOD_DAYS_MAX, RECENT_DAYS_MAX};
use serde_json::json;
use store::facilities::{self, Facility};
use store::weather as stored;

/// How far back a new station is filled: a baseline's year and the year after it.
const HISTORY_DAYS: u64 = 730;
/// Days that are read again each time, because the service corrects them.
const AGAIN_DAYS: u64 = 7;
/// Days by which the archive may lag.
const ARCHIVE_LAG_DAYS: u64 = 5;
/// Days of the archive that replace what the forecast's model said about them.
const REPLACED_DAYS: u64 = 14;

/// Reads every facility's newest hours, and the years before where they are not there yet. Savings of what changed become
/// due; frozen sets stay. Facilities that fail are logged and do not keep the others from theirs. Returns how many hours
/// were new or changed.
///
/// # Errors
/// When the database fails.
pub async fn refresh(ctx: &Context, service: &OpenMeteo) -> Result<i64> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let all = facilities::list(&mut tx).await?;
    drop(tx);
    let mut changed = 0;
    for facility in &all {
        match of_facility(ctx, service, facility).await {
            Ok(hours) => changed += hours,
            Err(error) => tracing::warn!(facility = facility.slug, %error, "no weather from Open-Meteo"),
        }
    }
    Ok(changed)
}

async fn of_facility(ctx: &Context, service: &OpenMeteo, facility: &Facility) -> Result<i64> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let place = facilities::place(&mut tx, facility.id).await?;
    let code = format!("{:.3},{:.3}", place.0, place.1);
    let stations = stored::stations(&mut tx, facility.id).await?;
    let station = stations.into_iter().find(|s| s.kind == StationKind::OpenMeteo && s.code == code);
    let extents = stored::extents(&mut tx, facility.id).await?;
    drop(tx);
    let extent = station.and_then(|s| extents.into_iter().find(|e| e.station == s.id));
    // The network is asked while no transaction is open.
    let weather = fetch(service, place, extent.map(|e| e.last), now).await?;
    if weather.hours.is_empty() {
        return Ok(0);
    }
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let (station, changed) = write(&mut tx, facility, (StationKind::OpenMeteo, &code), &weather, now).await?;
    // Like readings of meters, single hours are no event; a station that appears is.
    if extent.is_none() {
        let detail = json!({ "station": station, "kind": StationKind::OpenMeteo, "code": code, "hours": weather.hours.len() });
        record(ctx, &mut tx, Actor::Background("Open-Meteo"), facility, "weather.imported", detail).await?;
    }
    tx.commit().await?;
    Ok(changed)
}

/// Hours since the last one that is known, and those before that may have been corrected. Where both have a value, the
/// archive's counts.
async fn fetch(
    service: &OpenMeteo,
    place: (f64, f64),
    last: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<Weather> {
    let today = now.date_naive();
    let before = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(today);
    let known = last.map_or(before(HISTORY_DAYS), |last| last.date_naive());
    let from = known.min(before(REPLACED_DAYS));
    let recent = (today - known).num_days().clamp(AGAIN_DAYS.cast_signed(), i64::from(RECENT_DAYS_MAX));
    let recent = service.recent(place, u32::try_from(recent).unwrap_or(RECENT_DAYS_MAX)).await;
    let recent = recent.map_err(unavailable)?;
    let mut hours = ended(recent.hours, now);
    for (from, until) in periods(from, before(ARCHIVE_LAG_DAYS)) {
        hours.extend(ended(service.archive(place, from, until).await.map_err(unavailable)?.hours, now));
    }
    Ok(Weather::new(recent.station, false, hours))
}

/// Stretches that the service takes in one request.
fn periods(from: NaiveDate, until: NaiveDate) -> Vec<(NaiveDate, NaiveDate)> {
    let mut all = Vec::new();
    let mut start = from;
    while start < until {
        let end = (start + TimeDelta::days(PERIOD_DAYS_MAX)).min(until);
        all.push((start, end));
        start = end;
    }
    all
}

/// Hours that are over and have a temperature: the rest is a forecast, or not known yet.
fn ended(hours: Vec<Hour>, now: DateTime<Utc>) -> Vec<Hour> {
    let over = |hour: &Hour| hour.temperature_c.is_some() && hour.start + TimeDelta::hours(1) <= now;
    hours.into_iter().filter(over).collect()
}

fn unavailable(error: ServiceError) -> Error {
    match error {
        ServiceError::Transient(_) => Error::Unavailable(error.to_string()),
        error => Error::internal(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_follow_each_other_and_are_short_enough() {
        let (from, until) = ("2024-01-01".parse().unwrap(), "2026-02-03".parse().unwrap());
        let all = periods(from, until);
        assert_eq!((all[0].0, all[all.len() - 1].1, all.len()), (from, until, 2));
        assert!(all.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert!(all.iter().all(|(from, until)| (*until - *from).num_days() <= PERIOD_DAYS_MAX));
        assert_eq!(periods(until, from), []);
    }
}
