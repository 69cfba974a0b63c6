//! Performance reports: frozen when they are made, and written as PDF, workbook or CSV whenever they are asked for. docs/REPORTS.md

mod bundle;
mod gather;
mod schedule;

pub use schedule::{run_due, schedule, unschedule};

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result, jobs, webhooks};
use ::bundle::content::Statement;
use ::reports as documents;
use chrono::{DateTime, Utc};
use domain::access::{Permission, Principal, Scope};
use domain::id::{JobId, ReportId};
use domain::jobs::Work;
pub use domain::report::NewReport;
use domain::report::view::{ReportRow, ReportView, ReportsView};
use domain::report::{Format, PerformanceReport};
use domain::webhooks::EventType;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::jobs::Taken;
use store::reports::{self as stored, ReportLine, StoredReport};
use store::{bundles, facilities};

/// Reports that a page lists.
const LISTED: i64 = 100;
/// Longest report, days: a leap year.
const DAYS_MAX: i64 = 366;

/// Makes a report of days and keeps it. The second value says whether it has a bundle: none has one without a signing key, or
/// while figures of its days are being computed again.
///
/// # Errors
/// `NotFound` for a facility out of scope; `Invalid` for a range that is empty, too long or has no figures; `Forbidden`.
pub async fn create(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    new: &NewReport,
) -> Result<(StoredReport, bool)> {
    make(ctx, caller, facility, new, None).await
}

/// Has a report made by a job.
///
/// # Errors
/// `NotFound` for a facility out of scope; `Invalid` for a range that is empty or too long, or choices that cannot be;
/// `Conflict` when enough of the caller's is waiting; `Forbidden`.
pub async fn order(ctx: &Context, caller: &Principal, facility: &str, new: NewReport) -> Result<JobId> {
    jobs::queue(ctx, caller, facility, Work::Report(checked(&new)?)).await
}

fn checked(new: &NewReport) -> Result<NewReport> {
    let length = (new.until - new.from).num_days();
    if !(1..=DAYS_MAX).contains(&length) {
        return Err(Error::field(
            "until",
            format!("A report is of 1 to {DAYS_MAX} days; these are {length}."),
        ));
    }
    let choices = new.choices.clone().checked().map_err(|(field, text)| Error::field(field, text))?;
    Ok(NewReport { choices, ..new.clone() })
}

/// Makes a report, for a job or at once. Where it is for a job, both are committed together, or neither.
pub(crate) async fn make(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    new: &NewReport,
    job: Option<&Taken>,
) -> Result<(StoredReport, bool)> {
    let scope = caller.scope(Permission::ViewFacility)?;
    let new = &checked(new)?;
    jobs::so_far(ctx, job, 5).await?;
    let report = gather::report(ctx, &scope, facility, new).await?;
    jobs::so_far(ctx, job, 40).await?;
    let style = new.style;
    let (report, pdf) = written(report, move |report| documents::pdf(report, &style)).await?;
    jobs::so_far(ctx, job, 60).await?;
    let mut tx = ctx.db.begin(&scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let pdf_sha256 = Sha256::digest(&pdf).to_vec();
    let id = ReportId(uuid::Uuid::now_v7());
    let statement = Statement { id, report, pdf_sha256: hex::encode(&pdf_sha256) };
    let archive = bundle::sealed(ctx, &mut tx, (caller, &scope, &facility), &statement, pdf).await?;
    let made = StoredReport {
        id,
        style,
        report: statement.report,
        pdf_sha256,
        created_by: caller.name.clone(),
        created_at: ctx.clock.now(),
    };
    let place = (facility.organisation, facility.id);
    stored::insert(&mut tx, place, &made, Some(caller.user)).await?;
    if let Some(job) = job {
        store::jobs::made_report(&mut tx, job, id, ctx.clock.now()).await?;
    }
    let bundle_sha256 = archive.as_deref().map(|archive| Sha256::digest(archive).to_vec());
    if let (Some(archive), Some(sha256)) = (&archive, &bundle_sha256) {
        bundles::insert(&mut tx, place, id, archive, sha256).await?;
    }
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action: "report.made",
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({
            "report": made.id, "from": new.from, "until": new.until, "pdf_sha256": hex::encode(&made.pdf_sha256),
            "sources_sha256": made.report.sources_sha256, "bundle_sha256": bundle_sha256.map(hex::encode),
        }),
    };
    let told = json!({
        "facility": facility.slug, "report": made.id, "from": new.from, "until": new.until,
        "url": format!("{}/api/revenue-sharing/reports/{}", ctx.origin, made.id),
    });
    let now = ctx.clock.now();
    webhooks::emit(&mut tx, facility.organisation, EventType::ReportMade, (&told, now)).await?;
    audit::record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok((made, archive.is_some()))
}

/// Runs what typesets on a thread that may block.
async fn written(
    report: PerformanceReport,
    write: impl FnOnce(&PerformanceReport) -> std::result::Result<Vec<u8>, documents::DocumentError>
    + Send
    + 'static,
) -> Result<(PerformanceReport, Vec<u8>)> {
    let work = move || {
        let bytes = write(&report);
        (report, bytes)
    };
    let (report, bytes) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    Ok((report, bytes.map_err(Error::internal)?))
}

/// A document of a report with the slug of its facility.
///
/// # Errors
/// `NotFound` out of scope.
pub async fn document(
    ctx: &Context,
    scope: &Scope,
    id: ReportId,
    format: Format,
) -> Result<(String, Vec<u8>)> {
    let mut tx = ctx.db.begin(scope).await?;
    let (slug, found) = stored::get(&mut tx, id).await?;
    if format == Format::Bundle {
        return Ok((slug, bundles::get(&mut tx, id).await?.ok_or(Error::NotFound)?));
    }
    drop(tx);
    let StoredReport { style, report, .. } = found;
    let write = move |report: &PerformanceReport| match format {
        Format::Bundle => Ok(vec![]),
        Format::Pdf => documents::pdf(report, &style),
        Format::Xlsx => documents::xlsx(report, &style),
        Format::Csv => Ok(documents::csv(report, &style).into_bytes()),
    };
    let (_, bytes) = written(report, write).await?;
    Ok((slug, bytes))
}

/// Checks a bundle that somebody has: with the platform's key, and every model fitted again. Takes seconds.
pub fn check(ctx: &Context, archive: &[u8]) -> ::bundle::Report {
    let trusted = ctx.signer.as_ref().map(crate::signer::Signer::public_key);
    ::bundle::check(archive, trusted, crate::signer::fits, true)
}

/// A report.
///
/// # Errors
/// `NotFound` out of scope.
pub async fn get(ctx: &Context, scope: &Scope, id: ReportId) -> Result<(String, StoredReport)> {
    let mut tx = ctx.db.begin(scope).await?;
    Ok(stored::get(&mut tx, id).await?)
}

/// The newest reports of a facility.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn list(ctx: &Context, scope: &Scope, facility: &str) -> Result<ReportsView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let rows = stored::list(&mut tx, facility.id, None, LISTED).await?;
    let schedules = store::schedules::list(&mut tx, facility.id).await?;
    let templates = store::templates::list(&mut tx, facility.organisation).await?;
    Ok(ReportsView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        today: domain::local_time::day_of(facility.time_zone, ctx.clock.now()),
        reports: rows.into_iter().map(row).collect(),
        schedules,
        templates,
    })
}

/// A page of a facility's reports for programs, newest first; `after` is the last of the page before.
///
/// # Errors
/// As [`list`].
pub async fn page(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    after: Option<(DateTime<Utc>, ReportId)>,
    limit: i64,
) -> Result<Vec<ReportRow>> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    Ok(stored::list(&mut tx, facility.id, after, limit).await?.into_iter().map(row).collect())
}

/// A report as its page shows it.
///
/// # Errors
/// `NotFound` out of scope or of another facility.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str, id: ReportId) -> Result<ReportView> {
    let mut tx = ctx.db.begin(scope).await?;
    let (slug, found) = stored::get(&mut tx, id).await?;
    if slug != facility {
        return Err(Error::NotFound);
    }
    let bundle_sha256 = bundles::hash(&mut tx, id).await?.map(hex::encode);
    Ok(ReportView {
        facility_slug: slug,
        pdf_sha256: hex::encode(&found.pdf_sha256),
        bundle_sha256,
        created_by: found.created_by,
        id,
        style: found.style,
        report: found.report.shown(),
    })
}

fn row(line: ReportLine) -> ReportRow {
    ReportRow {
        id: line.id,
        from: line.from,
        until: line.until,
        pdf_sha256: hex::encode(&line.pdf_sha256),
        created_by: line.created_by,
        created_at: line.created_at,
        bundled: line.bundled,
    }
}
