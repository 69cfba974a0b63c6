//! Uploaded weather files: looked through first, then stored or discarded.

use super::show::coverage_of;
use super::{record, write};
use crate::audit::Actor;
use crate::{Context, Error, Result};
use chrono::TimeDelta;
use domain::access::{Permission, Principal, Scope};
use domain::id::WeatherDraftId;
use domain::weather::view::{FileView, ReadView};
use domain::weather::{Station, StationKind, Weather, distance_km};
use integrations::weather::read;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::facilities;
use store::weather_drafts::{self as drafts, Draft};

pub use integrations::weather::BYTES_MAX;

/// Most files of a facility that may wait; the oldest makes way.
const DRAFTS: i64 = 5;
/// Most characters of a name.
const NAME: usize = 120;

/// What the file does not say about its station.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Named {
    /// Name of the station; that of the file where it is empty.
    pub name: String,
    /// Degrees north and east.
    pub place: Option<(f64, f64)>,
}

/// Keeps an uploaded file, to be looked through.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`]; `Invalid` when it is empty or too large.
pub async fn upload(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    file_name: &str,
    content: Vec<u8>,
) -> Result<WeatherDraftId> {
    if content.is_empty() || content.len() > BYTES_MAX {
        let message = format!("Choose a file of at most {} MiB that is not empty.", BYTES_MAX >> 20);
        return Err(Error::field("file", message));
    }
    let mut tx = ctx.db.begin(&caller.scope(Permission::ImportData)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let (id, created_at) = (WeatherDraftId(uuid::Uuid::now_v7()), ctx.clock.now());
    let draft = Draft { id, file_name: clean(file_name), content, created_at };
    drafts::insert(&mut tx, (facility.organisation, facility.id), &draft, DRAFTS).await?;
    tx.commit().await?;
    Ok(id)
}

/// What an uploaded file holds. Stores nothing.
///
/// # Errors
/// `NotFound` for a file that is not there any more, or out of scope.
pub async fn inspect(ctx: &Context, scope: &Scope, facility: &str, id: WeatherDraftId) -> Result<FileView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let here = facilities::place(&mut tx, facility.id).await?;
    let draft = drafts::get(&mut tx, facility.id, id).await?;
    let file_name = draft.file_name.clone();
    let read = understood(draft.content).await?.map(|(kind, weather)| view(kind, &weather, &file_name, here));
    Ok(FileView {
        id,
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        file_name: draft.file_name,
        read,
    })
}

/// Stores the hours of an uploaded file, whose station is then there to be chosen. Returns how many were new or changed.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`], `NotFound` when it was stored or discarded already, `Invalid` when it
/// cannot be read or the place is none on Earth.
pub async fn store_file(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: WeatherDraftId,
    named: &Named,
) -> Result<i64> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ImportData)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let draft = drafts::take(&mut tx, facility.id, id).await?;
    let sha256 = hex::encode(Sha256::digest(&draft.content));
    let read = understood(draft.content).await?;
    let (kind, mut weather) = read.map_err(|reason| Error::field("file", reason))?;
    let code = weather.station.as_ref().map_or_else(|| station_of(&draft.file_name), |s| s.id.clone());
    if weather.station.is_none() {
        weather.station = placed(&code, named)?;
    }
    let now = ctx.clock.now();
    let (station, changed) = write(&mut tx, &facility, (kind, &code), &weather, now).await?;
    let detail = json!({
        "station": station, "kind": kind, "code": code, "file_name": draft.file_name, "sha256": sha256,
        "hours": weather.hours.len(), "changed": changed,
    });
    record(ctx, &mut tx, Actor::Person(caller), &facility, "weather.imported", detail).await?;
    tx.commit().await?;
    Ok(changed)
}

/// Drops an uploaded file. Nothing of it was stored.
///
/// # Errors
/// As [`store_file`].
pub async fn discard(ctx: &Context, caller: &Principal, facility: &str, id: WeatherDraftId) -> Result<()> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ImportData)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    drafts::take(&mut tx, facility.id, id).await?;
    tx.commit().await?;
    Ok(())
}

/// Reads a file away from the threads that answer requests; the reason in words where it cannot be.
async fn understood(content: Vec<u8>) -> Result<std::result::Result<(StationKind, Weather), String>> {
    let work = move || read(&content).map_err(|error| error.to_string());
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)
}

fn view(kind: StationKind, weather: &Weather, file_name: &str, here: (f64, f64)) -> ReadView {
    let first = weather.hours.first().map(|h| h.start).unwrap_or_default();
    let end = weather.hours.last().map_or(first, |h| h.start + TimeDelta::hours(1));
    let known = weather.hours.iter().filter_map(|h| h.temperature_c);
    let range = known.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let has = |of: fn(&domain::weather::Hour) -> Option<f64>| weather.hours.iter().any(|h| of(h).is_some());
    let station = weather.station.as_ref();
    ReadView {
        kind,
        station: station.map_or_else(|| station_of(file_name), |s| s.name.clone()),
        placed: station.is_some(),
        distance_km: station.map(|s| distance_km(here, (s.latitude, s.longitude))),
        typical: weather.typical,
        rows: u32::try_from(weather.hours.len()).unwrap_or(u32::MAX),
        span: (first, end),
        coverage: coverage_of(&weather.hours, &(first..end)),
        range_c: range,
        has: (has(|h| h.dew_point_c), has(|h| h.irradiance_w_m2)),
    }
}

/// The station as somebody names it, where they say where it is.
fn placed(code: &str, named: &Named) -> Result<Option<Station>> {
    let name: String = named.name.trim().chars().filter(|c| !c.is_control()).take(NAME).collect();
    let Some((latitude, longitude)) = named.place else {
        return Ok(None);
    };
    if !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
        let message = "Latitude is between −90 and 90, longitude between −180 and 180 degrees.";
        return Err(Error::field("latitude", message));
    }
    let name = if name.is_empty() { code.to_owned() } else { name };
    Ok(Some(Station { id: code.to_owned(), name, latitude, longitude, elevation_m: None }))
}

/// The station that a file's name speaks of: without ending, and without the year that NOAA puts at its end, so that the
/// files of several years are one station.
fn station_of(file_name: &str) -> String {
    let stem = file_name.split('.').next().unwrap_or_default();
    let (name, year) = stem.rsplit_once('-').unwrap_or((stem, ""));
    let year = year.len() == 4 && year.bytes().all(|b| b.is_ascii_digit());
    let name = if year { name } else { stem }.trim();
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// The last part of a path, without control characters: some browsers send whole paths.
fn clean(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|c| !c.is_control()).take(NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_several_years_are_one_station() {
        assert_eq!(station_of("724690-23062-2024"), "724690-23062");
        assert_eq!(station_of("724690-23062-2025.txt"), "724690-23062");
        assert_eq!((station_of("yard.csv"), station_of("")), ("yard".to_owned(), "file".to_owned()));
    }
}
