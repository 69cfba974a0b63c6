//! Work that takes longer than a request may: asked for by people, done by any server, once. docs/adr/0017

mod run;

pub(crate) use run::{acting, so_far};
pub use run::{expire, run_due};

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Permission, Principal};
use domain::id::JobId;
use domain::jobs::{JobFile, JobRow, Work};
use serde_json::json;
use store::facilities;
use store::jobs::{self as stored, Job, NewJob};

/// Jobs that a page lists.
const LISTED: i64 = 50;
/// Jobs of one person that may wait or run at once.
const OPEN_MAX: i64 = 10;
/// How long a job and its file are kept.
const KEPT: TimeDelta = TimeDelta::days(7);

/// Puts work in the queue.
///
/// # Errors
/// `NotFound` for a facility out of scope; `Conflict` when enough of the caller's is waiting; `Forbidden`.
pub(crate) async fn queue(ctx: &Context, caller: &Principal, facility: &str, work: Work) -> Result<JobId> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    if stored::open(&mut tx, caller.user).await? >= OPEN_MAX {
        return Err(Error::Conflict(format!(
            "{OPEN_MAX} reports and exports of yours are being made. Wait for one, or delete one."
        )));
    }
    let new = NewJob {
        id: JobId(uuid::Uuid::now_v7()),
        work,
        by: caller.user,
        by_name: caller.name.clone(),
        at: now,
        expires_at: now + KEPT,
    };
    stored::insert(&mut tx, (facility.organisation, facility.id), &new).await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action: "job.asked",
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({ "job": new.id, "work": new.work }),
    };
    audit::record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// The caller's jobs, newest first: those that make reports of a facility, or their exports where none is named.
///
/// # Errors
/// `NotFound` for a facility out of scope; `Forbidden`.
pub async fn list(ctx: &Context, caller: &Principal, facility: &str) -> Result<Vec<JobRow>> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = match facility {
        "" => None,
        slug => Some(facilities::by_slug(&mut tx, slug).await?.id),
    };
    let jobs = stored::list(&mut tx, caller.user, facility, LISTED).await?;
    Ok(jobs.into_iter().map(row).collect())
}

fn row(job: Job) -> JobRow {
    let zone: chrono_tz::Tz = job.time_zone.parse().unwrap_or(chrono_tz::Tz::UTC);
    let local = |at: DateTime<Utc>| at.with_timezone(&zone).format("%Y-%m-%d %H:%M %Z").to_string();
    JobRow {
        id: job.id,
        what: job.work.in_words(),
        state: job.state,
        percent: job.percent.unsigned_abs(),
        message: job.message,
        asked: local(job.created_at),
        expires: local(job.expires_at),
        report: job.report,
        file: job.file.map(|(name, rows, bytes)| JobFile {
            name,
            rows: rows.unsigned_abs(),
            bytes: bytes.unsigned_abs(),
        }),
        facility_slug: job.slug,
        facility_name: job.facility_name,
    }
}

/// Puts a job of the caller that failed back in the queue. Returns the slug of its facility where it makes a report.
///
/// # Errors
/// `NotFound` when it is not the caller's or has not failed; `Forbidden`.
pub async fn again(ctx: &Context, caller: &Principal, id: JobId) -> Result<Option<String>> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let job = stored::get(&mut tx, caller.user, id).await?;
    stored::again(&mut tx, id, now).await?;
    audit::record(&mut tx, now, entry(caller, &job, "job.retried")).await?;
    tx.commit().await?;
    Ok(of_report(job))
}

/// Deletes a job of the caller with its file; a report that it made stays. Returns as [`again`].
///
/// # Errors
/// `NotFound` when it is not the caller's; `Forbidden`.
pub async fn delete(ctx: &Context, caller: &Principal, id: JobId) -> Result<Option<String>> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let job = stored::get(&mut tx, caller.user, id).await?;
    stored::delete(&mut tx, caller.user, id).await?;
    audit::record(&mut tx, ctx.clock.now(), entry(caller, &job, "job.deleted")).await?;
    tx.commit().await?;
    Ok(of_report(job))
}

fn entry<'a>(caller: &'a Principal, job: &Job, action: &'static str) -> Entry<'a> {
    Entry {
        organisation: job.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("facility:{}", job.slug),
        facility: Some(job.facility),
        detail: json!({ "job": job.id, "work": job.work }),
    }
}

fn of_report(job: Job) -> Option<String> {
    matches!(job.work, Work::Report(_)).then_some(job.slug)
}

/// The caller's file, made whole.
///
/// # Errors
/// `NotFound` when it is not the caller's or not made; `Forbidden`.
pub async fn file(ctx: &Context, caller: &Principal, id: JobId) -> Result<JobFile> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let job = stored::get(&mut tx, caller.user, id).await?;
    row(job).file.ok_or(Error::NotFound)
}

/// A piece of the caller's file, counted from 0; none after the last.
///
/// # Errors
/// As [`file`].
pub async fn piece(ctx: &Context, caller: &Principal, id: JobId, n: i32) -> Result<Option<Vec<u8>>> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    Ok(stored::piece(&mut tx, caller.user, id, n).await?)
}
