//! Jobs: a queue that is worked off with leases, and the files that come of it.

use crate::{Error, Result, column};
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, JobId, OrganisationId, ReportId, UserId};
use domain::jobs::{JobState, Work};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// A job to be put in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct NewJob {
    /// Identifier.
    pub id: JobId,
    /// What is to be done.
    pub work: Work,
    /// Whose it is.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
    /// When it was asked for.
    pub at: DateTime<Utc>,
    /// When it is deleted.
    pub expires_at: DateTime<Utc>,
}

/// Puts a job in the queue.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    new: &NewJob,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO jobs (id, organisation_id, facility_id, person_id, person_name, work, state, due_at, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, $7, $8)",
        new.id.0,
        organisation.0,
        facility.0,
        new.by.0,
        new.by_name,
        Json(&new.work) as _,
        new.at,
        new.expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Jobs of a person that are not over yet.
///
/// # Errors
/// When the database fails.
pub async fn open(conn: &mut PgConnection, person: UserId) -> Result<i64> {
    let found = sqlx::query_scalar!(
        r#"SELECT count(*) AS "n!" FROM jobs WHERE person_id = $1 AND state IN ('queued', 'running')"#,
        person.0
    );
    Ok(found.fetch_one(conn).await?)
}

/// A job as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// Identifier.
    pub id: JobId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Its key in URLs.
    pub slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone, by its IANA name.
    pub time_zone: String,
    /// What is to be done.
    pub work: Work,
    /// How far it got.
    pub state: JobState,
    /// The same in per cent.
    pub percent: i32,
    /// Why it failed or waits.
    pub message: Option<String>,
    /// When it was asked for.
    pub created_at: DateTime<Utc>,
    /// When it is deleted.
    pub expires_at: DateTime<Utc>,
    /// The report that it made.
    pub report: Option<ReportId>,
    /// Name, rows and bytes of the file that it made.
    pub file: Option<(String, i64, i64)>,
}

struct Record {
    id: Uuid,
    organisation_id: Uuid,
    facility_id: Uuid,
    slug: String,
    name: String,
    time_zone: String,
    work: Json<Work>,
    state: String,
    percent: i32,
    message: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    report_id: Option<Uuid>,
    file_name: Option<String>,
    file_rows: Option<i64>,
    file_bytes: Option<i64>,
}

impl Record {
    fn job(self) -> Result<Job> {
        Ok(Job {
            id: self.id.into(),
            organisation: self.organisation_id.into(),
            facility: self.facility_id.into(),
            slug: self.slug,
            facility_name: self.name,
            time_zone: self.time_zone,
            work: self.work.0,
            state: column("jobs.state", &self.state, JobState::parse)?,
            percent: self.percent,
            message: self.message,
            created_at: self.created_at,
            expires_at: self.expires_at,
            report: self.report_id.map(Into::into),
            file: self.file_name.zip(self.file_rows).zip(self.file_bytes).map(|((a, b), c)| (a, b, c)),
        })
    }
}

/// Jobs of a person, newest first: with a facility those that make its reports, without one their exports.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    person: UserId,
    facility: Option<FacilityId>,
    limit: i64,
) -> Result<Vec<Job>> {
    let rows = sqlx::query_as!(
        Record,
        r#"SELECT j.id, j.organisation_id, j.facility_id, f.slug, f.name, f.time_zone, j.work AS "work: Json<Work>", j.state, j.percent,
            j.message, j.created_at, j.expires_at, j.report_id, j.file_name, j.file_rows, j.file_bytes
        FROM jobs j JOIN facilities f ON f.id = j.facility_id
        WHERE j.person_id = $1 AND ($2::uuid IS NULL OR j.facility_id = $2)
            AND (j.work ->> 'work' = 'report') = ($2::uuid IS NOT NULL)
        ORDER BY j.created_at DESC, j.id DESC LIMIT $3"#,
        person.0,
        facility.map(|f| f.0),
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Record::job).collect()
}

/// A job of a person.
///
/// # Errors
/// [`Error::NotFound`] when it is out of scope or somebody else's.
pub async fn get(conn: &mut PgConnection, person: UserId, id: JobId) -> Result<Job> {
    let row = sqlx::query_as!(
        Record,
        r#"SELECT j.id, j.organisation_id, j.facility_id, f.slug, f.name, f.time_zone, j.work AS "work: Json<Work>", j.state, j.percent,
            j.message, j.created_at, j.expires_at, j.report_id, j.file_name, j.file_rows, j.file_bytes
        FROM jobs j JOIN facilities f ON f.id = j.facility_id WHERE j.person_id = $1 AND j.id = $2"#,
        person.0,
        id.0
    )
    .fetch_one(conn)
    .await?;
    row.job()
}

/// Puts a job that failed back in the queue.
///
/// # Errors
/// [`Error::NotFound`] when it has not failed.
pub async fn again(conn: &mut PgConnection, id: JobId, now: DateTime<Utc>) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE jobs SET state = 'queued', percent = 0, message = NULL, due_at = $2, holder = NULL, tries = 0, finished_at = NULL
        WHERE id = $1 AND state = 'failed'",
        id.0,
        now
    );
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Deletes a job of a person with its file; a worker that is at it finds out and stops.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn delete(conn: &mut PgConnection, person: UserId, id: JobId) -> Result<()> {
    let done = sqlx::query!("DELETE FROM jobs WHERE id = $1 AND person_id = $2", id.0, person.0);
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Deletes what has expired; how many jobs.
///
/// # Errors
/// When the database fails.
pub async fn expire(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM jobs WHERE expires_at <= $1 AND state IN ('done', 'failed')", now);
    Ok(done.execute(conn).await?.rows_affected())
}

/// A job that was taken, with the hold on it.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    /// Identifier.
    pub id: JobId,
    /// Proof that it is this worker's.
    pub holder: Uuid,
    /// How often it was taken, this time included.
    pub tries: i32,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Its key in URLs.
    pub slug: String,
    /// What is to be done.
    pub work: Work,
    /// Whose it is.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
}

/// Takes one job that is due until `lease`: until then no other worker sees it. What an earlier worker left of a file is deleted.
///
/// # Errors
/// When the database fails.
pub async fn take(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
) -> Result<Option<Taken>> {
    let holder = Uuid::now_v7();
    let row = sqlx::query!(
        r#"UPDATE jobs j SET state = 'running', percent = 0, due_at = $2, holder = $3, tries = j.tries + 1 FROM facilities f
        WHERE j.id = (SELECT id FROM jobs WHERE state IN ('queued', 'running') AND due_at <= $1
                ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
            AND f.id = j.facility_id
        RETURNING j.id, j.tries, j.organisation_id, j.facility_id, f.slug, j.work AS "work: Json<Work>", j.person_id, j.person_name"#,
        now,
        lease,
        holder
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(r) = row else { return Ok(None) };
    sqlx::query!("DELETE FROM job_chunks WHERE job_id = $1", r.id).execute(conn).await?;
    Ok(Some(Taken {
        id: r.id.into(),
        holder,
        tries: r.tries,
        organisation: r.organisation_id.into(),
        facility: r.facility_id.into(),
        slug: r.slug,
        work: r.work.0,
        by: r.person_id.into(),
        by_name: r.person_name,
    }))
}

/// Says how far a job got, and renews the lease on it. Locks it until the transaction ends, so that what else is written in it belongs
/// to whoever holds the job.
///
/// # Errors
/// [`Error::NotFound`] when it was deleted, or is somebody else's by now.
pub async fn progress(
    conn: &mut PgConnection,
    job: &Taken,
    percent: i32,
    lease: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE jobs SET percent = $3, due_at = $4 WHERE id = $1 AND holder = $2 AND state = 'running'",
        job.id.0,
        job.holder,
        percent,
        lease
    );
    held(done.execute(conn).await?.rows_affected())
}

/// Adds a piece to the file of a job whose progress was said in the same transaction.
///
/// # Errors
/// When the database fails.
pub async fn chunk(conn: &mut PgConnection, job: &Taken, n: i32, bytes: &[u8]) -> Result<()> {
    sqlx::query!(
        "INSERT INTO job_chunks (job_id, n, organisation_id, facility_id, person_id, bytes) VALUES ($1, $2, $3, $4, $5, $6)",
        job.id.0,
        n,
        job.organisation.0,
        job.facility.0,
        job.by.0,
        bytes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The job has made its report; said in the transaction that keeps it.
///
/// # Errors
/// [`Error::NotFound`] when it is somebody else's by now: then nothing may be kept.
pub async fn made_report(
    conn: &mut PgConnection,
    job: &Taken,
    report: ReportId,
    now: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE jobs SET state = 'done', percent = 100, message = NULL, report_id = $3, finished_at = $4
        WHERE id = $1 AND holder = $2 AND state = 'running'",
        job.id.0,
        job.holder,
        report.0,
        now
    );
    held(done.execute(conn).await?.rows_affected())
}

/// The job has made its file, all of whose pieces are written: name, rows and bytes.
///
/// # Errors
/// [`Error::NotFound`] when it is somebody else's by now.
pub async fn made_file(
    conn: &mut PgConnection,
    job: &Taken,
    (name, rows, bytes): (&str, i64, i64),
    (now, expires_at): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE jobs SET state = 'done', percent = 100, message = NULL, file_name = $3, file_rows = $4, file_bytes = $5,
            finished_at = $6, expires_at = $7
        WHERE id = $1 AND holder = $2 AND state = 'running'",
        job.id.0,
        job.holder,
        name,
        rows,
        bytes,
        now,
        expires_at
    );
    held(done.execute(conn).await?.rows_affected())
}

/// The job did not work out: it is tried again at a time, or not at all.
///
/// # Errors
/// [`Error::NotFound`] when it is somebody else's by now.
pub async fn failed(
    conn: &mut PgConnection,
    job: &Taken,
    message: &str,
    (now, again): (DateTime<Utc>, Option<DateTime<Utc>>),
) -> Result<()> {
    let state = if again.is_some() { JobState::Queued } else { JobState::Failed };
    let done = sqlx::query!(
        "UPDATE jobs SET state = $3, message = $4, due_at = coalesce($5, due_at), holder = NULL,
            finished_at = CASE WHEN $5::timestamptz IS NULL THEN $6::timestamptz END
        WHERE id = $1 AND holder = $2 AND state = 'running'",
        job.id.0,
        job.holder,
        state.as_str(),
        message,
        again,
        now
    );
    let rows = done.execute(&mut *conn).await?.rows_affected();
    sqlx::query!("DELETE FROM job_chunks WHERE job_id = $1", job.id.0).execute(conn).await?;
    held(rows)
}

fn held(rows: u64) -> Result<()> {
    if rows == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// A piece of a person's file; none after the last.
///
/// # Errors
/// When the database fails.
pub async fn piece(conn: &mut PgConnection, person: UserId, id: JobId, n: i32) -> Result<Option<Vec<u8>>> {
    let found = sqlx::query_scalar!(
        "SELECT bytes FROM job_chunks WHERE job_id = $1 AND person_id = $2 AND n = $3",
        id.0,
        person.0,
        n
    );
    Ok(found.fetch_optional(conn).await?)
}
