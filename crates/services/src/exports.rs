//! Exports of a facility's data: small ones at once, large ones as jobs. Both are written by the same code, a stretch at a time.

mod plan;

use crate::{Context, Error, Result, jobs};
use domain::access::{Permission, Principal, Scope};
use domain::export::{DAYS_MAX, DIRECT_ROWS, Export, ExportView, FileKind, ROWS_MAX, SHEET_ROWS};
use domain::id::JobId;
use domain::jobs::Work;
use domain::local_time::day_of;
pub(crate) use plan::Plan;
use reports::RowFile;
use store::{facilities, points};

/// Rows of a worksheet that say what it is, at most.
const ABOUT_ROWS: u64 = 32;

/// What became of a wish for an export.
#[derive(Debug)]
pub enum Ordered {
    /// The file: its name and bytes.
    File(String, Vec<u8>),
    /// It is long, and a job makes it.
    Job(JobId),
}

/// What the page of exports offers.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str) -> Result<ExportView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let all = points::of_facility(&mut tx, facility.id).await?;
    Ok(ExportView {
        today: day_of(facility.time_zone, ctx.clock.now()),
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
        points: all
            .into_iter()
            .filter(|point| point.retired_at.is_none())
            .map(|point| (point.id, point.spec.name))
            .collect(),
    })
}

/// Gives the file at once where it has at most 100,000 rows, else puts it in the queue.
///
/// # Errors
/// `NotFound` for a facility or point out of scope; `Invalid` names the field; `Conflict` when enough of the caller's is waiting.
pub async fn order(ctx: &Context, caller: &Principal, facility: &str, export: &Export) -> Result<Ordered> {
    let length = (export.until - export.from).num_days();
    if !(1..=DAYS_MAX).contains(&length) {
        return Err(Error::field("to", format!("Choose 1 to {DAYS_MAX} days; these are {length}.")));
    }
    let scope = caller.scope(Permission::ViewFacility)?;
    let plan = Plan::new(ctx, &scope, facility, export).await?;
    let rows = plan.rows_at_most;
    if export.kind == FileKind::Xlsx && rows > SHEET_ROWS - ABOUT_ROWS {
        let text = format!("A worksheet holds 1,048,576 rows and this would have up to {rows}. Choose CSV.");
        return Err(Error::field("kind", text));
    }
    if rows > ROWS_MAX {
        let text = format!("This would have up to {rows} rows. Choose fewer days or one point.");
        return Err(Error::field("to", text));
    }
    if rows > DIRECT_ROWS {
        return Ok(Ordered::Job(jobs::queue(ctx, caller, facility, Work::Export(*export)).await?));
    }
    let mut file = plan.begin()?;
    let mut bytes = Vec::new();
    for stretch in &plan.stretches {
        plan.write(ctx, &scope, *stretch, &mut file).await?;
        bytes.append(&mut file.take());
    }
    bytes.append(&mut end(file)?);
    Ok(Ordered::File(export.file_name(facility), bytes))
}

/// What is left of a file at its end.
pub(crate) fn end(file: RowFile) -> Result<Vec<u8>> {
    file.finish().map_err(Error::internal)
}
