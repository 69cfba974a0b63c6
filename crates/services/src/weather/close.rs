//! Closed months: the hours that their savings were computed with are frozen, and corrections do not reach them any more.

use super::{WeatherDay, by_day, canonical, counting, hours_of, record};
use crate::audit::Actor;
use crate::{Context, Error, Result};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::id::WeatherSetId;
use domain::local_time::{day_of, day_start};
use serde_json::json;
use sha2::{Digest, Sha256};
use std::ops::Range;
use store::facilities::{self, Facility};
use store::weather::{self as stored, WeatherSet};
use store::{Tx, baselines};

/// Days after a month's end when a month without holes is closed; until then services correct their hours.
const CORRECTED_DAYS: u64 = 15;
/// Days after a month's end when it is closed as it is.
const AWAITED_DAYS: u64 = 60;

/// Freezes the hours of every local month that has savings, ended long enough ago and is not closed yet. Facilities that
/// fail are logged and do not keep the others from theirs. Returns how many months were closed.
///
/// # Errors
/// When the database fails.
pub async fn close_months(ctx: &Context) -> Result<usize> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let all = facilities::list(&mut tx).await?;
    drop(tx);
    let mut closed = 0;
    for facility in &all {
        match months_of(ctx, facility).await {
            Ok(months) => closed += months,
            Err(error) => tracing::warn!(facility = facility.slug, %error, "no month could be closed"),
        }
    }
    Ok(closed)
}

async fn months_of(ctx: &Context, facility: &Facility) -> Result<usize> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let Some(first) = first_day(&mut tx, facility).await? else { return Ok(0) };
    let (zone, today) = (facility.time_zone, day_of(facility.time_zone, ctx.clock.now()));
    let known = stored::sets(&mut tx, facility.id).await?;
    let mut closed = 0;
    for days in ended_months(first, today) {
        let range = day_start(zone, days.start)..day_start(zone, days.end);
        if known.iter().any(|set| set.from == range.start && set.until == range.end) {
            continue;
        }
        let awaited = days.end.checked_add_days(Days::new(AWAITED_DAYS)).is_none_or(|day| day > today);
        closed += usize::from(close(ctx, &mut tx, facility, range, awaited).await?);
    }
    tx.commit().await?;
    Ok(closed)
}

/// The first day on which a baseline that is at work counts savings.
async fn first_day(tx: &mut Tx<'_>, facility: &Facility) -> Result<Option<NaiveDate>> {
    let mut first = None;
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let day = baselines::active(tx, facility.id, metric).await?.map(|b| b.summary.effective_from);
        first = first.into_iter().chain(day).min();
    }
    Ok(first)
}

/// Months from the one of `first` on which ended [`CORRECTED_DAYS`] before `today`.
fn ended_months(first: NaiveDate, today: NaiveDate) -> Vec<Range<NaiveDate>> {
    let mut months = Vec::new();
    let mut start = first.with_day(1).unwrap_or(first);
    while let Some(end) = start.checked_add_months(Months::new(1)) {
        if end.checked_add_days(Days::new(CORRECTED_DAYS)).is_none_or(|day| day > today) {
            break;
        }
        months.push(start..end);
        start = end;
    }
    months
}

/// Freezes one month. While holes are `awaited` a month with one is left open.
async fn close(
    ctx: &Context,
    tx: &mut Tx<'_>,
    facility: &Facility,
    range: Range<DateTime<Utc>>,
    awaited: bool,
) -> Result<bool> {
    let Some(station) = counting(tx, facility).await? else { return Ok(false) };
    let hours = hours_of(tx, facility, &station, range.clone()).await?;
    let told = hours.iter().filter(|hour| hour.temperature_c.is_some()).count();
    let whole = i64::try_from(told).is_ok_and(|told| told == (range.end - range.start).num_hours());
    if hours.is_empty() || (awaited && !whole) {
        return Ok(false);
    }
    let (place, now) = ((facility.organisation, facility.id), ctx.clock.now());
    let id = stored::station_upsert(tx, place, &station, now).await?;
    let content = canonical(&station, &hours);
    let set = WeatherSet {
        id: WeatherSetId(uuid::Uuid::now_v7()),
        station: id,
        from: range.start,
        until: range.end,
        sha256: Sha256::digest(content.as_bytes()).to_vec(),
        hours: u32::try_from(hours.len()).unwrap_or(u32::MAX),
        created_at: now,
    };
    stored::set_insert(tx, place, &set, &content).await?;
    let detail = json!({
        "station": station.name, "from": set.from, "until": set.until, "hours": set.hours,
        "sha256": hex::encode(&set.sha256),
    });
    record(ctx, tx, Actor::Background("Month close"), facility, "weather.month_closed", detail).await?;
    Ok(true)
}

/// A closed month.
pub(super) struct Closed {
    /// Its local days.
    pub(super) days: Range<NaiveDate>,
    /// Their weather, as it was when it was closed.
    pub(super) weather: Vec<WeatherDay>,
}

/// Closed months that have a part in the range.
pub(super) async fn closed(
    tx: &mut Tx<'_>,
    facility: &Facility,
    range: &Range<DateTime<Utc>>,
) -> Result<Vec<Closed>> {
    let zone = facility.time_zone;
    let sets = stored::frozen(tx, facility.id, range.start, range.end).await?;
    let read = |set: stored::FrozenHours| {
        let (_, weather) = integrations::weather::read(set.content.as_bytes()).map_err(Error::internal)?;
        Ok(Closed {
            days: day_of(zone, set.from)..day_of(zone, set.until),
            weather: by_day(&weather.hours, zone, set.elevation_m.unwrap_or(0.0)),
        })
    };
    sets.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_wait_until_nothing_is_corrected_any_more() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        assert_eq!(ended_months(day("2026-01-20"), day("2026-02-15")), []);
        assert_eq!(
            ended_months(day("2026-01-20"), day("2026-02-16")),
            [day("2026-01-01")..day("2026-02-01")]
        );
        assert_eq!(ended_months(day("2025-11-30"), day("2026-02-16")).len(), 3);
    }
}
