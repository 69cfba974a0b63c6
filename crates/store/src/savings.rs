//! Savings: what is due, quarter hours, days and the derivations behind them.

use crate::{Error, Result, column};
use chrono::{DateTime, NaiveDate, Utc};
use domain::baseline::MetricType;
use domain::id::{BaselineId, FacilityId, OrganisationId};
use domain::quality::Quality;
use domain::savings::dashboard::HourOfUse;
use domain::savings::{FigureState, Performance, SavingsInterval};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Marks what a change of [from, until) touches, where a baseline is active.
///
/// # Errors
/// When the database fails.
pub async fn touch(
    conn: &mut PgConnection,
    facility: FacilityId,
    (from, until): (DateTime<Utc>, DateTime<Utc>),
    reason: &str,
) -> Result<()> {
    sqlx::query!("SELECT savings_touch($1, $2, $3, $4) IS NULL AS done", facility.0, from, until, reason)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// A day that is due.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// The facility.
    pub facility: FacilityId,
    /// Its key in URLs.
    pub slug: String,
    /// The local day.
    pub day: NaiveDate,
    /// What changed, each once.
    pub reasons: Vec<String>,
    /// Newest mark; marks up to it are done with the day.
    pub through: i64,
}

/// Days that are due, oldest mark first, at most `limit`. One process at a time computes: none where another does.
///
/// # Errors
/// When the database fails.
pub async fn due(conn: &mut PgConnection, limit: i64) -> Result<Vec<Due>> {
    let ours = sqlx::query_scalar!(r#"SELECT pg_try_advisory_xact_lock(hashtext('savings_due')) AS "ours!""#)
        .fetch_one(&mut *conn)
        .await?;
    if !ours {
        return Ok(vec![]);
    }
    let rows = sqlx::query!(
        r#"SELECT d.facility_id, f.slug, d.day, array_agg(DISTINCT d.reason ORDER BY d.reason) AS "reasons!",
            max(d.id) AS "through!"
        FROM savings_due d JOIN facilities f ON f.id = d.facility_id
        GROUP BY d.facility_id, f.slug, d.day ORDER BY min(d.id) LIMIT $1"#,
        limit
    )
    .fetch_all(conn)
    .await?;
    let due = |r: DueRow| Due { facility: r.0.into(), slug: r.1, day: r.2, reasons: r.3, through: r.4 };
    Ok(rows.into_iter().map(|r| due((r.facility_id, r.slug, r.day, r.reasons, r.through))).collect())
}

type DueRow = (Uuid, String, NaiveDate, Vec<String>, i64);

/// Takes the marks of a day away.
///
/// # Errors
/// When the database fails.
pub async fn done(conn: &mut PgConnection, due: &Due) -> Result<()> {
    sqlx::query!(
        "DELETE FROM savings_due WHERE facility_id = $1 AND day = $2 AND id <= $3",
        due.facility.0,
        due.day,
        due.through
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Where figures belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Of what.
    pub metric: MetricType,
    /// The local day.
    pub day: NaiveDate,
}

/// Puts the quarter hours of a day in place of those it had.
///
/// # Errors
/// When the database fails.
pub async fn intervals_replace(
    conn: &mut PgConnection,
    place: Place,
    baseline: BaselineId,
    intervals: &[SavingsInterval],
) -> Result<()> {
    sqlx::query!(
        "DELETE FROM savings_intervals WHERE facility_id = $1 AND metric_type = $2 AND day = $3",
        place.facility.0,
        place.metric.as_str(),
        place.day
    )
    .execute(&mut *conn)
    .await?;
    let start: Vec<_> = intervals.iter().map(|i| i.start).collect();
    let end: Vec<_> = intervals.iter().map(|i| i.end).collect();
    let actual: Vec<_> = intervals.iter().map(|i| i.actual).collect();
    let counterfactual: Vec<_> = intervals.iter().map(|i| i.counterfactual).collect();
    let avoided: Vec<_> = intervals.iter().map(|i| i.avoided).collect();
    let price: Vec<_> = intervals.iter().map(|i| i.price).collect();
    let money: Vec<_> = intervals.iter().map(|i| i.money).collect();
    let quality: Vec<_> = intervals.iter().map(|i| i.quality.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO savings_intervals (facility_id, metric_type, day, organisation_id, baseline_id, start_at, end_at, actual,
            counterfactual, avoided, price, money, quality)
        SELECT $1, $2, $3, $4, $5, * FROM unnest($6::timestamptz[], $7::timestamptz[], $8::numeric[], $9::numeric[],
            $10::numeric[], $11::numeric[], $12::numeric[], $13::text[])",
        place.facility.0,
        place.metric.as_str(),
        place.day,
        place.organisation.0,
        baseline.0,
        &start,
        &end,
        &actual as _,
        &counterfactual as _,
        &avoided as _,
        &price as _,
        &money as _,
        &quality,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Quarter hours of the local days [from, until), by time.
///
/// # Errors
/// When the database fails.
pub async fn intervals(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<SavingsInterval>> {
    let rows = sqlx::query!(
        "SELECT start_at, end_at, actual, counterfactual, avoided, price, money, quality FROM savings_intervals
        WHERE facility_id = $1 AND metric_type = $2 AND day >= $3 AND day < $4 ORDER BY start_at",
        facility.0,
        metric.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(SavingsInterval {
                start: r.start_at,
                end: r.end_at,
                actual: r.actual,
                counterfactual: r.counterfactual,
                avoided: r.avoided,
                price: r.price,
                money: r.money,
                quality: column("savings_intervals.quality", &r.quality, Quality::parse)?,
            })
        })
        .collect()
}

/// Mean measured use per hour in each local hour of the local days [from, until); hours with a missing quarter are left out.
///
/// # Errors
/// When the database fails.
pub async fn hours(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<HourOfUse>> {
    let rows = sqlx::query!(
        r#"SELECT i.day, extract(hour FROM i.start_at AT TIME ZONE f.time_zone)::int AS "hour!", sum(i.actual) * 4 / count(*) AS "value!"
        FROM savings_intervals i JOIN facilities f ON f.id = i.facility_id
        WHERE i.facility_id = $1 AND i.metric_type = $2 AND i.day >= $3 AND i.day < $4
        GROUP BY 1, 2 HAVING count(*) = count(i.actual) AND count(*) >= 4 ORDER BY 1, 2"#,
        facility.0,
        metric.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    let hour = |hour: i32| u32::try_from(hour).unwrap_or_default();
    Ok(rows.into_iter().map(|r| HourOfUse { day: r.day, hour: hour(r.hour), value: r.value }).collect())
}

/// A derivation: what a day's figures were computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Derivation {
    /// Identifier.
    pub id: Uuid,
    /// Counts up from 1 within the day and metric type.
    pub revision: u32,
    /// The baseline.
    pub baseline: Option<BaselineId>,
    /// Version of the engine.
    pub engine_version: String,
    /// Everything the figures were computed from.
    pub inputs: serde_json::Value,
    /// SHA-256 of its canonical text.
    pub inputs_sha256: Vec<u8>,
    /// The figures.
    pub result: serde_json::Value,
    /// Why it was computed.
    pub reason: String,
    /// When.
    pub computed_at: DateTime<Utc>,
}

struct DerivationRow {
    id: Uuid,
    revision: i32,
    baseline_id: Option<Uuid>,
    engine_version: String,
    inputs: serde_json::Value,
    inputs_sha256: Vec<u8>,
    result: serde_json::Value,
    reason: String,
    computed_at: DateTime<Utc>,
}

/// Derivations of a day, newest first.
///
/// # Errors
/// When the database fails.
pub async fn derivations(conn: &mut PgConnection, place: Place) -> Result<Vec<Derivation>> {
    let rows = sqlx::query_as!(
        DerivationRow,
        "SELECT id, revision, baseline_id, engine_version, inputs, inputs_sha256, result, reason, computed_at
        FROM derivations WHERE facility_id = $1 AND metric_type = $2 AND day = $3 ORDER BY revision DESC",
        place.facility.0,
        place.metric.as_str(),
        place.day
    )
    .fetch_all(conn)
    .await?;
    let derivation = |r: DerivationRow| Derivation {
        id: r.id,
        revision: r.revision.unsigned_abs(),
        baseline: r.baseline_id.map(Into::into),
        engine_version: r.engine_version,
        inputs: r.inputs,
        inputs_sha256: r.inputs_sha256,
        result: r.result,
        reason: r.reason,
        computed_at: r.computed_at,
    };
    Ok(rows.into_iter().map(derivation).collect())
}

/// The newest derivation of each day of [from, until) of a metric.
///
/// # Errors
/// When the database fails.
pub async fn derivations_newest(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<BTreeMap<NaiveDate, Derivation>> {
    let rows = sqlx::query!(
        "SELECT DISTINCT ON (day) day, id, revision, baseline_id, engine_version, inputs, inputs_sha256, result, reason, computed_at
        FROM derivations WHERE facility_id = $1 AND metric_type = $2 AND day >= $3 AND day < $4 ORDER BY day, revision DESC",
        facility.0,
        metric.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    let derivation = rows.into_iter().map(|r| {
        let derivation = Derivation {
            id: r.id,
            revision: r.revision.unsigned_abs(),
            baseline: r.baseline_id.map(Into::into),
            engine_version: r.engine_version,
            inputs: r.inputs,
            inputs_sha256: r.inputs_sha256,
            result: r.result,
            reason: r.reason,
            computed_at: r.computed_at,
        };
        (r.day, derivation)
    });
    Ok(derivation.collect())
}

/// A value that a day had, without what it was computed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Revised {
    /// The local day.
    pub day: NaiveDate,
    /// The derivation.
    pub id: Uuid,
    /// Counts up from 1 within the day.
    pub revision: u32,
    /// Version of the engine.
    pub engine_version: String,
    /// SHA-256 of its inputs.
    pub inputs_sha256: Vec<u8>,
    /// The figures.
    pub result: serde_json::Value,
    /// Why it was computed.
    pub reason: String,
    /// When.
    pub computed_at: DateTime<Utc>,
}

/// Every value that each day of [from, until) ever had, by day and revision.
///
/// # Errors
/// When the database fails.
pub async fn revisions(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<Revised>> {
    let rows = sqlx::query!(
        "SELECT day, id, revision, engine_version, inputs_sha256, result, reason, computed_at FROM derivations
        WHERE facility_id = $1 AND metric_type = $2 AND day >= $3 AND day < $4 ORDER BY day, revision",
        facility.0,
        metric.as_str(),
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    let revised = rows.into_iter().map(|r| Revised {
        day: r.day,
        id: r.id,
        revision: r.revision.unsigned_abs(),
        engine_version: r.engine_version,
        inputs_sha256: r.inputs_sha256,
        result: r.result,
        reason: r.reason,
        computed_at: r.computed_at,
    });
    Ok(revised.collect())
}

/// Where a derivation belongs: slug of the facility, metric, local day.
///
/// # Errors
/// [`Error::NotFound`] when there is none in scope.
pub async fn derivation_place(conn: &mut PgConnection, id: Uuid) -> Result<(String, MetricType, NaiveDate)> {
    let row = sqlx::query!(
        "SELECT f.slug, d.metric_type, d.day FROM derivations d JOIN facilities f ON f.id = d.facility_id WHERE d.id = $1",
        id
    )
    .fetch_optional(conn)
    .await?
    .ok_or(Error::NotFound)?;
    Ok((row.slug, column("derivations.metric_type", &row.metric_type, MetricType::parse)?, row.day))
}

/// SHA-256 of the inputs behind the newest figures of each day and metric of [from, until), by metric and day.
///
/// # Errors
/// When the database fails.
pub async fn derivation_hashes(
    conn: &mut PgConnection,
    facility: FacilityId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<(MetricType, NaiveDate, Vec<u8>)>> {
    let rows = sqlx::query!(
        "SELECT DISTINCT ON (metric_type, day) metric_type, day, inputs_sha256 FROM derivations
        WHERE facility_id = $1 AND day >= $2 AND day < $3 ORDER BY metric_type, day, revision DESC",
        facility.0,
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let metric = column("derivations.metric_type", &r.metric_type, MetricType::parse)?;
            Ok((metric, r.day, r.inputs_sha256))
        })
        .collect()
}

/// Adds a derivation.
///
/// # Errors
/// When the database fails.
pub async fn derivation_insert(conn: &mut PgConnection, place: Place, new: &Derivation) -> Result<()> {
    sqlx::query!(
        "INSERT INTO derivations (id, organisation_id, facility_id, day, metric_type, revision, baseline_id, engine_version,
            inputs, inputs_sha256, result, reason, computed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        new.id,
        place.organisation.0,
        place.facility.0,
        place.day,
        place.metric.as_str(),
        i32::try_from(new.revision).unwrap_or(i32::MAX),
        new.baseline.map(|b| b.0),
        new.engine_version,
        new.inputs,
        new.inputs_sha256,
        new.result,
        new.reason,
        new.computed_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts a day's figures in place of those it had.
///
/// # Errors
/// When the database fails.
pub async fn performance_upsert(
    conn: &mut PgConnection,
    place: Place,
    p: &Performance,
    derivation: Option<Uuid>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO performance_metrics (facility_id, day, metric_type, organisation_id, baseline_id, baseline_value,
            actual_value, savings_value, unit, baseline_cost, cost_savings, currency, coverage, state, flags, revision,
            derivation_id, computed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (facility_id, metric_type, day) DO UPDATE SET baseline_id = EXCLUDED.baseline_id,
            baseline_value = EXCLUDED.baseline_value, actual_value = EXCLUDED.actual_value,
            savings_value = EXCLUDED.savings_value, unit = EXCLUDED.unit, baseline_cost = EXCLUDED.baseline_cost, cost_savings = EXCLUDED.cost_savings,
            currency = EXCLUDED.currency, coverage = EXCLUDED.coverage, state = EXCLUDED.state, flags = EXCLUDED.flags,
            revision = EXCLUDED.revision, derivation_id = EXCLUDED.derivation_id, computed_at = EXCLUDED.computed_at",
        place.facility.0,
        place.day,
        place.metric.as_str(),
        place.organisation.0,
        p.baseline.map(|b| b.0),
        p.baseline_value,
        p.actual_value,
        p.savings_value,
        p.unit,
        p.baseline_cost,
        p.cost_savings,
        p.currency,
        p.coverage,
        p.state.as_str(),
        &p.flags,
        i32::try_from(p.revision).unwrap_or(i32::MAX),
        derivation,
        p.computed_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

struct PerformanceRow {
    day: NaiveDate,
    metric_type: String,
    baseline_id: Option<Uuid>,
    baseline_value: Option<Decimal>,
    actual_value: Option<Decimal>,
    savings_value: Option<Decimal>,
    unit: String,
    baseline_cost: Option<Decimal>,
    cost_savings: Option<Decimal>,
    currency: String,
    coverage: f64,
    state: String,
    flags: Vec<String>,
    revision: i32,
    computed_at: DateTime<Utc>,
}

impl TryFrom<PerformanceRow> for Performance {
    type Error = Error;
    fn try_from(r: PerformanceRow) -> Result<Self> {
        Ok(Self {
            day: r.day,
            metric_type: column("performance_metrics.metric_type", &r.metric_type, MetricType::parse)?,
            baseline: r.baseline_id.map(Into::into),
            baseline_value: r.baseline_value,
            actual_value: r.actual_value,
            savings_value: r.savings_value,
            unit: r.unit,
            baseline_cost: r.baseline_cost,
            cost_savings: r.cost_savings,
            currency: r.currency,
            coverage: r.coverage,
            state: column("performance_metrics.state", &r.state, FigureState::parse)?,
            flags: r.flags,
            revision: r.revision.unsigned_abs(),
            computed_at: r.computed_at,
        })
    }
}

/// Figures of the local days [from, until), by metric type and day.
///
/// # Errors
/// When the database fails.
pub async fn performance(
    conn: &mut PgConnection,
    facility: FacilityId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<Performance>> {
    let rows = sqlx::query_as!(
        PerformanceRow,
        "SELECT day, metric_type, baseline_id, baseline_value, actual_value, savings_value, unit, baseline_cost, cost_savings,
            currency, coverage, state, flags, revision, computed_at
        FROM performance_metrics WHERE facility_id = $1 AND day >= $2 AND day < $3 ORDER BY metric_type, day",
        facility.0,
        from,
        until
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Performance::try_from).collect()
}
