//! Baselines and the steps they have taken.

use crate::{Error, Result, column};
use chrono::{DateTime, NaiveDate, Utc};
use domain::baseline::view::{BaselineSummary, Candidate, StepTaken};
use domain::baseline::{BaselineSource, BaselineState, MetricType, Party};
use domain::id::{BaselineId, FacilityId, OrganisationId, UserId};
use rust_decimal::Decimal;
use sqlx::PgConnection;

/// A baseline as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Baseline {
    /// What lists show of it.
    pub summary: BaselineSummary,
    /// The tenant.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Models fitted side by side.
    pub candidates: Vec<Candidate>,
    /// Why the picked one was picked.
    pub reason: Option<String>,
    /// Share of a day's use in each local quarter hour.
    pub profile: Vec<f64>,
    /// Version of the engine that fitted it.
    pub engine_version: String,
    /// The daily rows, canonical CSV.
    pub inputs: String,
    /// SHA-256 of the inputs.
    pub inputs_sha256: Vec<u8>,
    /// The side that submitted it.
    pub submitted_by: Option<Party>,
    /// Who made it; none for background work.
    pub created_by: Option<UserId>,
}

impl Baseline {
    /// The model that was picked.
    pub fn chosen(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|c| Some(&c.method) == self.summary.method.as_ref())
    }
}

struct Row {
    id: uuid::Uuid,
    organisation_id: uuid::Uuid,
    facility_id: uuid::Uuid,
    metric_type: String,
    version: i32,
    utility_series_id: Option<uuid::Uuid>,
    source: String,
    period_start: NaiveDate,
    period_end: NaiveDate,
    effective_from: NaiveDate,
    unit: String,
    baseline_value: Option<Decimal>,
    candidates: sqlx::types::Json<Vec<Candidate>>,
    method: Option<String>,
    reason: Option<String>,
    profile: sqlx::types::Json<Vec<f64>>,
    engine_version: String,
    inputs: String,
    inputs_sha256: Vec<u8>,
    verification_status: String,
    submitted_by: Option<String>,
    created_by: Option<uuid::Uuid>,
    created_by_name: String,
    created_at: DateTime<Utc>,
}

impl TryFrom<Row> for Baseline {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let side = |name: &String| column("baselines.submitted_by", name, Party::parse);
        let summary = BaselineSummary {
            id: row.id.into(),
            metric_type: column("baselines.metric_type", &row.metric_type, MetricType::parse)?,
            version: row.version.unsigned_abs(),
            series: row.utility_series_id.map(Into::into),
            source: column("baselines.source", &row.source, BaselineSource::parse)?,
            period_start: row.period_start,
            period_end: row.period_end,
            effective_from: row.effective_from,
            baseline_value: row.baseline_value,
            unit: row.unit,
            method: row.method,
            state: column("baselines.verification_status", &row.verification_status, BaselineState::parse)?,
            created_at: row.created_at,
            created_by: row.created_by_name,
        };
        Ok(Self {
            summary,
            organisation: row.organisation_id.into(),
            facility: row.facility_id.into(),
            candidates: row.candidates.0,
            reason: row.reason,
            profile: row.profile.0,
            engine_version: row.engine_version,
            inputs: row.inputs,
            inputs_sha256: row.inputs_sha256,
            submitted_by: row.submitted_by.as_ref().map(side).transpose()?,
            created_by: row.created_by.map(UserId),
        })
    }
}

/// The version that the next baseline of this metric gets.
///
/// # Errors
/// When the database fails.
pub async fn next_version(conn: &mut PgConnection, facility: FacilityId, metric: MetricType) -> Result<u32> {
    let newest = sqlx::query_scalar!(
        "SELECT max(version) FROM baselines WHERE facility_id = $1 AND metric_type = $2",
        facility.0,
        metric.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(newest.unwrap_or(0).unsigned_abs() + 1)
}

/// Adds a baseline.
///
/// # Errors
/// `Conflict` with `baselines_facility_id_metric_type_version_key` when another one took its version meanwhile.
pub async fn insert(conn: &mut PgConnection, new: &Baseline) -> Result<()> {
    let s = &new.summary;
    sqlx::query!(
        "INSERT INTO baselines (id, organisation_id, facility_id, metric_type, version, period_start, period_end,
            effective_from, unit, baseline_value, candidates, method, reason, model, profile, engine_version, inputs,
            inputs_sha256, verification_status, submitted_by, created_by, created_by_name, created_at, updated_at,
            utility_series_id, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23,
            $23, $24, $25)",
        s.id.0,
        new.organisation.0,
        new.facility.0,
        s.metric_type.as_str(),
        i32::try_from(s.version).unwrap_or(i32::MAX),
        s.period_start,
        s.period_end,
        s.effective_from,
        s.unit,
        s.baseline_value,
        sqlx::types::Json(&new.candidates) as _,
        s.method,
        new.reason,
        new.chosen().and_then(|c| c.model.clone()),
        sqlx::types::Json(&new.profile) as _,
        new.engine_version,
        new.inputs,
        new.inputs_sha256,
        s.state.as_str(),
        new.submitted_by.map(Party::as_str),
        new.created_by.map(|user| user.0),
        s.created_by,
        s.created_at,
        s.series.map(|series| series.0),
        s.source.as_str(),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Baselines of a facility, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<BaselineSummary>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, organisation_id, facility_id, metric_type, version, period_start, period_end, effective_from, unit,
            baseline_value, '[]'::jsonb AS "candidates!: sqlx::types::Json<Vec<Candidate>>", method, reason,
            '[]'::jsonb AS "profile!: sqlx::types::Json<Vec<f64>>", engine_version, '' AS "inputs!", inputs_sha256,
            verification_status, submitted_by, created_by, created_by_name, created_at, utility_series_id, source
        FROM baselines WHERE facility_id = $1 ORDER BY metric_type, version DESC"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok(Baseline::try_from(row)?.summary)).collect()
}

/// At most `limit` baselines of a facility, the newest first, that were made before the one at `before`.
///
/// # Errors
/// When the database fails.
pub async fn page(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: Option<MetricType>,
    before: Option<(DateTime<Utc>, BaselineId)>,
    limit: i64,
) -> Result<Vec<Baseline>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT id, organisation_id, facility_id, metric_type, version, period_start, period_end, effective_from, unit,
            baseline_value, '[]'::jsonb AS "candidates!: sqlx::types::Json<Vec<Candidate>>", method, reason,
            '[]'::jsonb AS "profile!: sqlx::types::Json<Vec<f64>>", engine_version, '' AS "inputs!", inputs_sha256,
            verification_status, submitted_by, created_by, created_by_name, created_at, utility_series_id, source
        FROM baselines
        WHERE facility_id = $1 AND ($2::text IS NULL OR metric_type = $2)
            AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4))
        ORDER BY created_at DESC, id DESC LIMIT $5"#,
        facility.0,
        metric.map(MetricType::as_str),
        before.map(|(at, _)| at),
        before.map(|(_, id)| id.0),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Baseline::try_from).collect()
}

/// One baseline of a facility.
///
/// # Errors
/// `NotFound`.
pub async fn get(conn: &mut PgConnection, facility: FacilityId, id: BaselineId) -> Result<Baseline> {
    sqlx::query_as!(
        Row,
        r#"SELECT id, organisation_id, facility_id, metric_type, version, period_start, period_end, effective_from, unit,
            baseline_value, candidates AS "candidates: sqlx::types::Json<Vec<Candidate>>", method, reason,
            profile AS "profile: sqlx::types::Json<Vec<f64>>", engine_version, inputs, inputs_sha256,
            verification_status, submitted_by, created_by, created_by_name, created_at, utility_series_id, source
        FROM baselines WHERE facility_id = $1 AND id = $2"#,
        facility.0,
        id.0
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// The facility of a baseline.
///
/// # Errors
/// `NotFound`.
pub async fn facility_slug(conn: &mut PgConnection, id: BaselineId) -> Result<String> {
    let slug = sqlx::query_scalar!(
        "SELECT f.slug FROM baselines b JOIN facilities f ON f.id = b.facility_id WHERE b.id = $1",
        id.0
    );
    Ok(slug.fetch_one(conn).await?)
}

/// The baseline that savings of this metric are measured against.
///
/// # Errors
/// When the database fails.
pub async fn active(
    conn: &mut PgConnection,
    facility: FacilityId,
    metric: MetricType,
) -> Result<Option<Baseline>> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT id, organisation_id, facility_id, metric_type, version, period_start, period_end, effective_from, unit,
            baseline_value, candidates AS "candidates: sqlx::types::Json<Vec<Candidate>>", method, reason,
            profile AS "profile: sqlx::types::Json<Vec<f64>>", engine_version, inputs, inputs_sha256,
            verification_status, submitted_by, created_by, created_by_name, created_at, utility_series_id, source
        FROM baselines WHERE facility_id = $1 AND metric_type = $2 AND verification_status = 'active'"#,
        facility.0,
        metric.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(Baseline::try_from).transpose()
}

/// Locks a baseline until the transaction ends.
///
/// # Errors
/// `NotFound`.
pub async fn lock(conn: &mut PgConnection, facility: FacilityId, id: BaselineId) -> Result<()> {
    sqlx::query_scalar!(
        "SELECT id FROM baselines WHERE facility_id = $1 AND id = $2 FOR UPDATE",
        facility.0,
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Picks a candidate.
///
/// # Errors
/// When the database fails.
pub async fn choose(
    conn: &mut PgConnection,
    id: BaselineId,
    candidate: &Candidate,
    reason: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE baselines SET method = $2, reason = $3, model = $4, updated_at = $5 WHERE id = $1",
        id.0,
        candidate.method,
        reason,
        candidate.model,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Moves a baseline on.
///
/// # Errors
/// `Conflict` with `baselines_active` when another one is active already.
pub async fn set_state(
    conn: &mut PgConnection,
    id: BaselineId,
    state: BaselineState,
    submitted_by: Option<Party>,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE baselines SET verification_status = $2, submitted_by = $3, updated_at = $4 WHERE id = $1",
        id.0,
        state.as_str(),
        submitted_by.map(Party::as_str),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down a step.
///
/// # Errors
/// When the database fails.
pub async fn step_insert(
    conn: &mut PgConnection,
    baseline: &Baseline,
    by: Option<UserId>,
    step: &StepTaken,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO baseline_steps (organisation_id, facility_id, baseline_id, at, by_user, by_name, party, step,
            state_before, state_after, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        baseline.organisation.0,
        baseline.facility.0,
        baseline.summary.id.0,
        step.at,
        by.map(|user| user.0),
        step.by,
        step.party.map(Party::as_str),
        step.step,
        baseline.summary.state.as_str(),
        step.state_after.as_str(),
        step.note,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The way of a baseline, oldest step first.
///
/// # Errors
/// When the database fails.
pub async fn steps(conn: &mut PgConnection, id: BaselineId) -> Result<Vec<StepTaken>> {
    let rows = sqlx::query_as!(
        Record,
        "SELECT at, by_name, party, step, state_after, note FROM baseline_steps WHERE baseline_id = $1 ORDER BY id",
        id.0
    )
    .fetch_all(conn)
    .await?;
    let taken = |row: Record| {
        let party = row.party.as_ref().map(|name| column("baseline_steps.party", name, Party::parse));
        Ok(StepTaken {
            at: row.at,
            by: row.by_name,
            party: party.transpose()?,
            step: row.step,
            state_after: column("baseline_steps.state_after", &row.state_after, BaselineState::parse)?,
            note: row.note,
        })
    };
    rows.into_iter().map(taken).collect()
}

struct Record {
    at: DateTime<Utc>,
    by_name: String,
    party: Option<String>,
    step: String,
    state_after: String,
    note: String,
}
