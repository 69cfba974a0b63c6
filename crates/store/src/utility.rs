//! Series and intervals from utility files.

use crate::{Error, Result, column};
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, ImportId, OrganisationId, UtilitySeriesId};
use domain::quality::Quality;
use domain::utility::{
    Commodity, FileSeries, Flow, Measure, QualityCounts, SeriesSummary, Unit, UtilityInterval,
};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// Rows per statement.
const BATCH: usize = 5_000;

/// Where intervals are written, and by which import.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The series.
    pub series: UtilitySeriesId,
    /// Its tenant.
    pub organisation: OrganisationId,
    /// Its facility.
    pub facility: FacilityId,
    /// The import that writes.
    pub import: ImportId,
}

/// The series of a facility with this key; none if there is none yet.
///
/// # Errors
/// When the database fails.
pub async fn series_by_key(
    conn: &mut PgConnection,
    facility: FacilityId,
    key: &str,
) -> Result<Option<UtilitySeriesId>> {
    let id = sqlx::query_scalar!(
        "SELECT id FROM utility_series WHERE facility_id = $1 AND source_key = $2",
        facility.0,
        key
    );
    Ok(id.fetch_optional(conn).await?.map(UtilitySeriesId))
}

/// Creates the series of a file or brings its name up to date. It stays locked until the transaction ends, so that
/// imports into it happen one after the other.
///
/// # Errors
/// When the facility is not in scope or the database fails.
pub async fn series_upsert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    facility: FacilityId,
    series: &FileSeries,
) -> Result<UtilitySeriesId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO utility_series (id, organisation_id, facility_id, source_key, name, commodity, unit, flow,
            interval_s, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (facility_id, source_key) DO UPDATE
            SET name = EXCLUDED.name, currency = coalesce(EXCLUDED.currency, utility_series.currency)
        RETURNING id",
        Uuid::now_v7(),
        organisation.0,
        facility.0,
        series.key,
        series.name,
        series.commodity.as_str(),
        series.unit.as_str(),
        series.flow.as_str(),
        series.interval_s.and_then(|s| i32::try_from(s).ok()),
        series.currency,
    );
    Ok(UtilitySeriesId(id.fetch_one(conn).await?))
}

struct SeriesRow {
    id: Uuid,
    name: String,
    commodity: String,
    unit: String,
    flow: String,
    interval_s: Option<i32>,
    currency: Option<String>,
    from_at: Option<DateTime<Utc>>,
    to_at: Option<DateTime<Utc>>,
    intervals: i64,
    /// As text, because a sum can have more digits than a `Decimal` holds.
    total: Option<String>,
    cost: Option<String>,
    measured: i64,
    estimated: i64,
    questionable: i64,
    corrections: i64,
}

fn count(rows: i64) -> u32 {
    u32::try_from(rows).unwrap_or(u32::MAX)
}

/// The number; none rather than rounded when it does not fit.
fn exact(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok().map(|sum| sum.normalize())
}

impl TryFrom<SeriesRow> for SeriesSummary {
    type Error = Error;
    fn try_from(row: SeriesRow) -> Result<Self> {
        let unit = column("utility_series.unit", &row.unit, Unit::parse)?;
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            commodity: column("utility_series.commodity", &row.commodity, Commodity::parse)?,
            unit,
            flow: column("utility_series.flow", &row.flow, Flow::parse)?,
            measure: unit.measure(),
            interval_s: row.interval_s.and_then(|s| u32::try_from(s).ok()),
            currency: row.currency,
            from: row.from_at,
            to: row.to_at,
            intervals: count(row.intervals),
            total: row.total.filter(|_| unit.measure() == Measure::Amount).as_deref().and_then(exact),
            cost: row.cost.as_deref().and_then(exact),
            quality: QualityCounts {
                measured: count(row.measured),
                estimated: count(row.estimated),
                questionable: count(row.questionable),
            },
            corrections: count(row.corrections),
        })
    }
}

/// Series of a facility with their totals, by name; `only` one of them if given.
///
/// # Errors
/// When the database fails.
pub async fn series_list(
    conn: &mut PgConnection,
    facility: FacilityId,
    only: Option<UtilitySeriesId>,
) -> Result<Vec<SeriesSummary>> {
    let rows = sqlx::query_as!(
        SeriesRow,
        r#"SELECT s.id, s.name, s.commodity, s.unit, s.flow, s.interval_s, s.currency, i.from_at, i.to_at,
            i.intervals AS "intervals!", i.total::text, i.cost::text, i.measured AS "measured!", i.estimated AS "estimated!",
            i.questionable AS "questionable!", c.corrections AS "corrections!"
        FROM utility_series s
        CROSS JOIN LATERAL (
            SELECT min(start_at) AS from_at, max(end_at) AS to_at, count(*) AS intervals, sum(value) AS total,
                sum(cost) AS cost, count(*) FILTER (WHERE quality = 'measured') AS measured,
                count(*) FILTER (WHERE quality = 'estimated') AS estimated,
                count(*) FILTER (WHERE quality = 'questionable') AS questionable
            FROM utility_intervals WHERE series_id = s.id) i
        CROSS JOIN LATERAL (
            SELECT count(*) AS corrections FROM utility_corrections WHERE series_id = s.id) c
        WHERE s.facility_id = $1 AND ($2::uuid IS NULL OR s.id = $2)
        ORDER BY s.name, s.id"#,
        facility.0,
        only.map(|id| id.0),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(SeriesSummary::try_from).collect()
}

struct IntervalRow {
    start_at: DateTime<Utc>,
    end_at: DateTime<Utc>,
    value: Decimal,
    cost: Option<Decimal>,
    quality: String,
    quality_codes: Vec<i16>,
    source_updated: Option<DateTime<Utc>>,
}

impl TryFrom<IntervalRow> for UtilityInterval {
    type Error = Error;
    fn try_from(row: IntervalRow) -> Result<Self> {
        Ok(Self {
            start: row.start_at,
            end: row.end_at,
            value: row.value,
            cost: row.cost,
            quality: column("utility_intervals.quality", &row.quality, Quality::parse)?,
            codes: row.quality_codes,
            updated: row.source_updated,
        })
    }
}

/// Intervals of a series that touch [`from`, `to`), ascending.
///
/// # Errors
/// When the database fails.
pub async fn intervals_touching(
    conn: &mut PgConnection,
    series: UtilitySeriesId,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<UtilityInterval>> {
    let rows = sqlx::query_as!(
        IntervalRow,
        "SELECT start_at, end_at, value, cost, quality, quality_codes, source_updated
        FROM utility_intervals WHERE series_id = $1 AND start_at < $3 AND end_at > $2 ORDER BY start_at",
        series.0,
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(UtilityInterval::try_from).collect()
}

/// Intervals as columns, which is how a statement takes many rows.
#[derive(Default)]
struct Columns {
    start: Vec<DateTime<Utc>>,
    end: Vec<DateTime<Utc>>,
    value: Vec<Decimal>,
    cost: Vec<Option<Decimal>>,
    quality: Vec<String>,
    codes: Vec<String>,
    updated: Vec<Option<DateTime<Utc>>>,
}

impl Columns {
    fn of(intervals: &[&UtilityInterval]) -> Self {
        let mut columns = Self::default();
        for interval in intervals {
            columns.start.push(interval.start);
            columns.end.push(interval.end);
            columns.value.push(interval.value);
            columns.cost.push(interval.cost);
            columns.quality.push(interval.quality.as_str().to_owned());
            let codes: Vec<String> = interval.codes.iter().map(ToString::to_string).collect();
            columns.codes.push(format!("{{{}}}", codes.join(",")));
            columns.updated.push(interval.updated);
        }
        columns
    }
}

/// Stores intervals that the series does not have yet.
///
/// # Errors
/// [`Error::Conflict`] when it has one of them; or when the database fails.
pub async fn intervals_insert(
    conn: &mut PgConnection,
    target: Target,
    intervals: &[&UtilityInterval],
) -> Result<()> {
    for batch in intervals.chunks(BATCH) {
        let rows = Columns::of(batch);
        sqlx::query!(
            "INSERT INTO utility_intervals (series_id, organisation_id, facility_id, import_id, start_at, end_at, value,
                cost, quality, quality_codes, source_updated)
            SELECT $1, $2, $3, $4, start_at, end_at, value, cost, quality, codes::smallint[], updated
            FROM unnest($5::timestamptz[], $6::timestamptz[], $7::numeric[], $8::numeric[], $9::text[], $10::text[],
                $11::timestamptz[]) AS t (start_at, end_at, value, cost, quality, codes, updated)",
            target.series.0,
            target.organisation.0,
            target.facility.0,
            target.import.0,
            &rows.start,
            &rows.end,
            &rows.value,
            &rows.cost as &[Option<Decimal>],
            &rows.quality,
            &rows.codes,
            &rows.updated as &[Option<DateTime<Utc>>],
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Replaces intervals with the same start and keeps what they replace.
///
/// # Errors
/// When the database fails.
pub async fn intervals_correct(
    conn: &mut PgConnection,
    target: Target,
    intervals: &[&UtilityInterval],
    at: DateTime<Utc>,
) -> Result<()> {
    for batch in intervals.chunks(BATCH) {
        let rows = Columns::of(batch);
        sqlx::query!(
            "INSERT INTO utility_corrections (series_id, start_at, end_at, organisation_id, facility_id, value, cost,
                quality, quality_codes, source_updated, import_id, replaced_by, replaced_at)
            SELECT series_id, start_at, end_at, organisation_id, facility_id, value, cost, quality, quality_codes,
                source_updated, import_id, $2, $3
            FROM utility_intervals WHERE series_id = $1 AND start_at = ANY($4)",
            target.series.0,
            target.import.0,
            at,
            &rows.start,
        )
        .execute(&mut *conn)
        .await?;
        sqlx::query!(
            "UPDATE utility_intervals i SET end_at = t.end_at, value = t.value, cost = t.cost, quality = t.quality,
                quality_codes = t.codes::smallint[], source_updated = t.updated, import_id = $2
            FROM unnest($3::timestamptz[], $4::timestamptz[], $5::numeric[], $6::numeric[], $7::text[], $8::text[],
                $9::timestamptz[]) AS t (start_at, end_at, value, cost, quality, codes, updated)
            WHERE i.series_id = $1 AND i.start_at = t.start_at",
            target.series.0,
            target.import.0,
            &rows.start,
            &rows.end,
            &rows.value,
            &rows.cost as &[Option<Decimal>],
            &rows.quality,
            &rows.codes,
            &rows.updated as &[Option<DateTime<Utc>>],
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Notes that a later file has the same values, so that a file from in between does not overwrite them.
///
/// # Errors
/// When the database fails.
pub async fn intervals_reaffirm(
    conn: &mut PgConnection,
    target: Target,
    intervals: &[&UtilityInterval],
) -> Result<()> {
    for batch in intervals.chunks(BATCH) {
        let rows = Columns::of(batch);
        sqlx::query!(
            "UPDATE utility_intervals i SET source_updated = t.updated
            FROM unnest($2::timestamptz[], $3::timestamptz[]) AS t (start_at, updated)
            WHERE i.series_id = $1 AND i.start_at = t.start_at",
            target.series.0,
            &rows.start,
            &rows.updated as &[Option<DateTime<Utc>>],
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// A value that a later file replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Correction {
    /// The value as it was.
    pub old: UtilityInterval,
    /// The import it came with.
    pub import: ImportId,
    /// The import that replaced it.
    pub replaced_by: ImportId,
    /// When.
    pub replaced_at: DateTime<Utc>,
}

/// The newest thousand corrections of a series, newest first.
///
/// # Errors
/// When the database fails.
pub async fn corrections_list(conn: &mut PgConnection, series: UtilitySeriesId) -> Result<Vec<Correction>> {
    let rows = sqlx::query!(
        "SELECT start_at, end_at, value, cost, quality, quality_codes, source_updated, import_id, replaced_by, replaced_at
        FROM utility_corrections WHERE series_id = $1 ORDER BY id DESC LIMIT 1000",
        series.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Correction {
                old: IntervalRow {
                    start_at: row.start_at,
                    end_at: row.end_at,
                    value: row.value,
                    cost: row.cost,
                    quality: row.quality,
                    quality_codes: row.quality_codes,
                    source_updated: row.source_updated,
                }
                .try_into()?,
                import: row.import_id.into(),
                replaced_by: row.replaced_by.into(),
                replaced_at: row.replaced_at,
            })
        })
        .collect()
}
