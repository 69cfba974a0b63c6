//! Doing what is due. Several servers may do so at the same time; a job is whose lease on it lasts.

use crate::exports::{self, Plan};
use crate::{Context, Error, Result, reports};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Permission, Principal, Scope};
use domain::export::Export;
use domain::id::UserId;
use domain::jobs::Work;
use store::jobs::{self as stored, Taken};
use store::users::user_grants;

/// How long a worker may be silent before another one begins the job anew.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Until a job that did not work out is tried again.
const AGAIN: TimeDelta = TimeDelta::seconds(30);
/// Tries, those that ended with their server among them.
const TRIES: i32 = 3;
/// Bytes of a piece of a file, at least, but for the last.
const PIECE: usize = 1 << 20;

/// Does one job that is due. Whether there was one. What went wrong is kept with the job, where its page shows it.
///
/// # Errors
/// When the database fails.
pub async fn run_due(ctx: &Context) -> Result<bool> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let taken = stored::take(&mut tx, now, now + LEASE).await?;
    tx.commit().await?;
    let Some(job) = taken else { return Ok(false) };
    let outcome = if job.tries > TRIES { Err(None) } else { work(ctx, &job).await.map_err(Some) };
    let Err(error) = outcome else { return Ok(true) };
    let (text, transient) = in_words(&job, error.as_ref());
    let now = ctx.clock.now();
    let again = (transient && job.tries < TRIES).then(|| now + AGAIN);
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    match stored::failed(&mut tx, &job, &text, (now, again)).await {
        Ok(()) => tracing::warn!(job = %job.id, ?error, again = again.is_some(), "a job did not work out"),
        // It was deleted, or the lease was lost to somebody who does it.
        Err(store::Error::NotFound) => tracing::info!(job = %job.id, "a job was given up: it is another's"),
        Err(error) => return Err(error.into()),
    }
    tx.commit().await?;
    Ok(true)
}

/// What is said of a failure, and whether trying again can help.
fn in_words(job: &Taken, error: Option<&Error>) -> (String, bool) {
    match error {
        None => ("The server stopped while it was being made, three times.".to_owned(), false),
        Some(Error::Forbidden | Error::NotFound) => {
            (format!("{} may not see this facility or point any more.", job.by_name), false)
        }
        Some(Error::Internal(_) | Error::Unavailable(_)) => {
            let text = "It could not be made just now. What went wrong is in the server's log.";
            (text.to_owned(), true)
        }
        Some(error) => (error.to_string(), false),
    }
}

async fn work(ctx: &Context, job: &Taken) -> Result<()> {
    let caller = acting(ctx, job.by, &job.by_name).await?;
    match &job.work {
        Work::Report(new) => reports::make(ctx, &caller, &job.slug, new, Some(job)).await.map(drop),
        Work::Export(export) => write(ctx, &caller, job, export).await,
    }
}

/// Somebody who is not there, with what they may do now.
///
/// # Errors
/// `Forbidden` when they belong nowhere any more.
pub(crate) async fn acting(ctx: &Context, user: UserId, name: &str) -> Result<Principal> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let held = user_grants(&mut tx, user, ctx.clock.now()).await?;
    let home = held.first().map(|(home, _)| *home).ok_or(Error::Forbidden)?;
    let grants = held.into_iter().map(|(_, grant)| grant).collect();
    Ok(Principal { user, name: name.to_owned(), home, grants })
}

/// Says how far a job got; nothing where the work is for none.
///
/// # Errors
/// `NotFound` when the job is another's by now.
pub(crate) async fn so_far(ctx: &Context, job: Option<&Taken>, percent: i32) -> Result<()> {
    let Some(job) = job else { return Ok(()) };
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    stored::progress(&mut tx, job, percent, ctx.clock.now() + LEASE).await?;
    Ok(tx.commit().await?)
}

/// Writes the file of an export, piece by piece.
async fn write(ctx: &Context, caller: &Principal, job: &Taken, export: &Export) -> Result<()> {
    let scope = caller.scope(Permission::ViewFacility)?;
    let plan = Plan::new(ctx, &scope, &job.slug, export).await?;
    let mut file = plan.begin()?;
    let mut pieces = Pieces { ctx, job, n: 0, bytes: 0, waiting: Vec::new(), said: ctx.clock.now() };
    let all = plan.stretches.len();
    for (done, stretch) in plan.stretches.iter().enumerate() {
        plan.write(ctx, &scope, *stretch, &mut file).await?;
        pieces.add(file.take(), i32::try_from(done * 100 / all.max(1)).unwrap_or(99)).await?;
    }
    let rows = i64::try_from(file.rows()).unwrap_or(i64::MAX);
    pieces.waiting.append(&mut exports::end(file)?);
    pieces.end(&export.file_name(&job.slug), rows).await
}

/// A file on its way into the database.
struct Pieces<'a> {
    ctx: &'a Context,
    job: &'a Taken,
    n: i32,
    bytes: usize,
    waiting: Vec<u8>,
    /// When progress was said last.
    said: DateTime<Utc>,
}

impl Pieces<'_> {
    /// Adds bytes; says how far it got at least every second, and with every piece.
    async fn add(&mut self, mut bytes: Vec<u8>, percent: i32) -> Result<()> {
        self.waiting.append(&mut bytes);
        let now = self.ctx.clock.now();
        if self.waiting.len() < PIECE && now - self.said < TimeDelta::seconds(1) {
            return Ok(());
        }
        self.said = now;
        let mut tx = self.ctx.db.begin(&Scope::system()).await?;
        stored::progress(&mut tx, self.job, percent, now + LEASE).await?;
        if self.waiting.len() >= PIECE {
            self.piece(&mut tx).await?;
        }
        Ok(tx.commit().await?)
    }

    async fn piece(&mut self, tx: &mut store::Tx<'_>) -> Result<()> {
        stored::chunk(tx, self.job, self.n, &self.waiting).await?;
        self.n += 1;
        self.bytes += self.waiting.len();
        self.waiting.clear();
        Ok(())
    }

    /// Writes what is left, and ends the job with it.
    async fn end(mut self, name: &str, rows: i64) -> Result<()> {
        let now = self.ctx.clock.now();
        let mut tx = self.ctx.db.begin(&Scope::system()).await?;
        stored::progress(&mut tx, self.job, 99, now + LEASE).await?;
        if !self.waiting.is_empty() {
            self.piece(&mut tx).await?;
        }
        let bytes = i64::try_from(self.bytes).unwrap_or(i64::MAX);
        let until = now + super::KEPT;
        stored::made_file(&mut tx, self.job, (name, rows, bytes), (now, until)).await?;
        Ok(tx.commit().await?)
    }
}

/// Deletes jobs that have expired, with their files.
///
/// # Errors
/// When the database fails.
pub async fn expire(ctx: &Context) -> Result<u64> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let gone = stored::expire(&mut tx, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(gone)
}
