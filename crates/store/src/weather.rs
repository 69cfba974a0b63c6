//! Weather stations of facilities, their hours, and frozen sets.

use crate::{Error, Result, column};
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, OrganisationId, StationId, UserId, WeatherSetId};
use domain::weather::{Hour, StationKind};
use sqlx::PgConnection;

/// A station of a facility.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Identifier.
    pub id: StationId,
    /// Where its hours come from.
    pub kind: StationKind,
    /// Identifier in its network, or the file's name.
    pub code: String,
    /// Name.
    pub name: String,
    /// Degrees north and east; none where nobody said.
    pub place: Option<(f64, f64)>,
    /// Height above the sea, m.
    pub elevation_m: Option<f64>,
    /// A typical year.
    pub typical: bool,
}

struct Row {
    id: uuid::Uuid,
    kind: String,
    code: String,
    name: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
    elevation_m: Option<f64>,
    typical: bool,
}

impl TryFrom<Row> for Station {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            kind: column("weather_stations.kind", &row.kind, StationKind::parse)?,
            code: row.code,
            name: row.name,
            place: row.latitude.zip(row.longitude),
            elevation_m: row.elevation_m,
            typical: row.typical,
        })
    }
}

/// Adds a station, or brings name and place of a known one up to date.
///
/// # Errors
/// When the database fails.
pub async fn station_upsert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    station: &Station,
    at: DateTime<Utc>,
) -> Result<StationId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO weather_stations (id, organisation_id, facility_id, kind, code, name, latitude, longitude, elevation_m,
            typical, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (facility_id, kind, code) DO UPDATE SET name = EXCLUDED.name, latitude = EXCLUDED.latitude,
            longitude = EXCLUDED.longitude, elevation_m = EXCLUDED.elevation_m, typical = EXCLUDED.typical
        RETURNING id",
        station.id.0,
        organisation.0,
        facility.0,
        station.kind.as_str(),
        station.code,
        station.name,
        station.place.map(|p| p.0),
        station.place.map(|p| p.1),
        station.elevation_m,
        station.typical,
        at
    )
    .fetch_one(conn)
    .await?;
    Ok(id.into())
}

/// Stations of a facility, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn stations(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Station>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, kind, code, name, latitude, longitude, elevation_m, typical FROM weather_stations
        WHERE facility_id = $1 ORDER BY created_at, id",
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Station::try_from).collect()
}

/// The station that was chosen last; none before the first choice.
///
/// # Errors
/// When the database fails.
pub async fn chosen(conn: &mut PgConnection, facility: FacilityId) -> Result<Option<Station>> {
    let row = sqlx::query_as!(
        Row,
        "SELECT s.id, s.kind, s.code, s.name, s.latitude, s.longitude, s.elevation_m, s.typical
        FROM weather_choices c JOIN weather_stations s ON s.id = c.station_id
        WHERE c.facility_id = $1 ORDER BY c.id DESC LIMIT 1",
        facility.0
    )
    .fetch_optional(conn)
    .await?;
    row.map(Station::try_from).transpose()
}

/// Chooses the station that savings are computed with from now on.
///
/// # Errors
/// When the database fails.
pub async fn choose(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    station: StationId,
    reason: &str,
    by: Option<UserId>,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO weather_choices (organisation_id, facility_id, station_id, reason, chosen_by, chosen_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        organisation.0,
        facility.0,
        station.0,
        reason,
        by.map(|user| user.0),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes hours; those that are known already get the new values, but what is missing now does not take away what was
/// known. Returns how many changed or were new, and when the first and the last of them begin.
///
/// # Errors
/// When the database fails.
pub async fn hours_upsert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    station: StationId,
    hours: &[Hour],
) -> Result<(i64, Option<(DateTime<Utc>, DateTime<Utc>)>)> {
    let start: Vec<_> = hours.iter().map(|h| h.start).collect();
    let temperature: Vec<_> = hours.iter().map(|h| h.temperature_c).collect();
    let dew_point: Vec<_> = hours.iter().map(|h| h.dew_point_c).collect();
    let irradiance: Vec<_> = hours.iter().map(|h| h.irradiance_w_m2).collect();
    let row = sqlx::query!(
        r#"WITH written AS (
            INSERT INTO weather_hours AS w (station_id, organisation_id, facility_id, start_at, temperature_c, dew_point_c,
                irradiance_w_m2)
            SELECT $1, $2, $3, * FROM unnest($4::timestamptz[], $5::float8[], $6::float8[], $7::float8[])
            ON CONFLICT (station_id, start_at) DO UPDATE SET
                temperature_c = coalesce(EXCLUDED.temperature_c, w.temperature_c),
                dew_point_c = coalesce(EXCLUDED.dew_point_c, w.dew_point_c),
                irradiance_w_m2 = coalesce(EXCLUDED.irradiance_w_m2, w.irradiance_w_m2)
            WHERE EXCLUDED.temperature_c <> coalesce(w.temperature_c, 'NaN')
                OR EXCLUDED.dew_point_c <> coalesce(w.dew_point_c, 'NaN')
                OR EXCLUDED.irradiance_w_m2 <> coalesce(w.irradiance_w_m2, 'NaN')
            RETURNING start_at)
        SELECT count(*) AS "n!", min(start_at) AS first, max(start_at) AS last FROM written"#,
        station.0,
        organisation.0,
        facility.0,
        &start,
        &temperature as _,
        &dew_point as _,
        &irradiance as _
    )
    .fetch_one(conn)
    .await?;
    Ok((row.n, row.first.zip(row.last)))
}

/// Hours of a station that begin in [from, until), by time.
///
/// # Errors
/// When the database fails.
pub async fn hours(
    conn: &mut PgConnection,
    station: StationId,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<Hour>> {
    let hours = sqlx::query_as!(
        Hour,
        "SELECT start_at AS start, temperature_c, dew_point_c, irradiance_w_m2 FROM weather_hours
        WHERE station_id = $1 AND start_at >= $2 AND start_at < $3 ORDER BY start_at",
        station.0,
        from,
        until
    );
    Ok(hours.fetch_all(conn).await?)
}

/// A frozen set of hours, without them.
#[derive(Clone, Debug, PartialEq)]
pub struct WeatherSet {
    /// Identifier.
    pub id: WeatherSetId,
    /// The station it came from.
    pub station: StationId,
    /// First instant.
    pub from: DateTime<Utc>,
    /// Instant after the last.
    pub until: DateTime<Utc>,
    /// SHA-256 of the content.
    pub sha256: Vec<u8>,
    /// How many hours it has.
    pub hours: u32,
    /// When it was frozen.
    pub created_at: DateTime<Utc>,
}

/// Keeps a set with its content, canonical CSV. A stretch is frozen once: a second set of it is not kept.
///
/// # Errors
/// When the database fails.
pub async fn set_insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    set: &WeatherSet,
    content: &str,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO weather_sets (id, organisation_id, facility_id, station_id, from_at, until_at, content, sha256, hours,
            created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING",
        set.id.0,
        organisation.0,
        facility.0,
        set.station.0,
        set.from,
        set.until,
        content,
        set.sha256,
        i32::try_from(set.hours).unwrap_or(i32::MAX),
        set.created_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Frozen sets of a facility, newest first.
///
/// # Errors
/// When the database fails.
pub async fn sets(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<WeatherSet>> {
    let rows = sqlx::query!(
        "SELECT id, station_id, from_at, until_at, sha256, hours, created_at FROM weather_sets
        WHERE facility_id = $1 ORDER BY created_at DESC, id",
        facility.0
    )
    .fetch_all(conn)
    .await?;
    let set = rows.into_iter().map(|r| WeatherSet {
        id: r.id.into(),
        station: r.station_id.into(),
        from: r.from_at,
        until: r.until_at,
        sha256: r.sha256,
        hours: r.hours.unsigned_abs(),
        created_at: r.created_at,
    });
    Ok(set.collect())
}

/// A frozen set as a computation needs it.
#[derive(Clone, Debug, PartialEq)]
pub struct FrozenHours {
    /// First instant.
    pub from: DateTime<Utc>,
    /// Instant after the last.
    pub until: DateTime<Utc>,
    /// Height of its station above the sea, m.
    pub elevation_m: Option<f64>,
    /// Canonical CSV of the hours.
    pub content: String,
}

/// Frozen sets that have a part in [`from`, `until`).
///
/// # Errors
/// When the database fails.
pub async fn frozen(
    conn: &mut PgConnection,
    facility: FacilityId,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<Vec<FrozenHours>> {
    let sets = sqlx::query_as!(
        FrozenHours,
        r#"SELECT w.from_at AS from, w.until_at AS until, s.elevation_m, w.content
        FROM weather_sets w JOIN weather_stations s ON s.id = w.station_id
        WHERE w.facility_id = $1 AND w.from_at < $3 AND w.until_at > $2 ORDER BY w.from_at"#,
        facility.0,
        from,
        until
    );
    Ok(sets.fetch_all(conn).await?)
}

/// The content of a frozen set.
///
/// # Errors
/// [`Error::NotFound`] where the facility has none of this identifier.
pub async fn set_content(conn: &mut PgConnection, facility: FacilityId, set: WeatherSetId) -> Result<String> {
    let content = sqlx::query_scalar!(
        "SELECT content FROM weather_sets WHERE facility_id = $1 AND id = $2",
        facility.0,
        set.0
    );
    Ok(content.fetch_one(conn).await?)
}

/// The hours that a station has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// The station.
    pub station: StationId,
    /// When the first hour begins.
    pub first: DateTime<Utc>,
    /// When the last hour begins.
    pub last: DateTime<Utc>,
    /// How many have a temperature.
    pub known: i64,
}

/// From when to when the stations of a facility have hours; without those that have none.
///
/// # Errors
/// When the database fails.
pub async fn extents(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Extent>> {
    let rows = sqlx::query!(
        r#"SELECT station_id, min(start_at) AS "first!", max(start_at) AS "last!", count(temperature_c) AS "known!"
        FROM weather_hours WHERE station_id IN (SELECT id FROM weather_stations WHERE facility_id = $1)
        GROUP BY station_id"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    let extents = rows.into_iter().map(|r| Extent {
        station: r.station_id.into(),
        first: r.first,
        last: r.last,
        known: r.known,
    });
    Ok(extents.collect())
}

/// Why a station was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Name of the station.
    pub station: String,
    /// The reason given.
    pub reason: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// The newest choices of a facility, at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn choices(conn: &mut PgConnection, facility: FacilityId, limit: i64) -> Result<Vec<Choice>> {
    let choices = sqlx::query_as!(
        Choice,
        "SELECT s.name AS station, c.reason, c.chosen_at AS at
        FROM weather_choices c JOIN weather_stations s ON s.id = c.station_id
        WHERE c.facility_id = $1 ORDER BY c.id DESC LIMIT $2",
        facility.0,
        limit
    );
    Ok(choices.fetch_all(conn).await?)
}
