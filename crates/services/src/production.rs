//! What a facility grows: crop plan, harvests and equipment, and the drivers they make.

mod compare;
pub(crate) mod guard;
mod show;

pub use compare::{Asked, compare};
pub use show::view;

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, FieldError, Result};
use chrono::NaiveDate;
use domain::access::{Permission, Scope};
use domain::local_time::day_start;
use domain::production::{CropPlanRow, Equipment, Harvest, overlap};
use serde_json::json;
use std::collections::BTreeMap;
use std::ops::Range;
use store::facilities::{self, Facility};
use store::production::{self as stored, Place};
use store::{Tx, savings, zones};

pub use domain::production::DriverDay;

/// Drivers of each local day in `days` that the crop plan reaches.
///
/// # Errors
/// When the database fails.
pub async fn daily_drivers(
    tx: &mut Tx<'_>,
    facility: &Facility,
    days: Range<NaiveDate>,
) -> Result<Vec<DriverDay>> {
    let plan = stored::crop_plan(tx, facility.id).await?;
    let rooms = zones::list(tx, facility.id).await?;
    let areas = rooms.into_iter().map(|room| (room.id, room.spec.canopy_m2)).collect();
    let days = domain::production::daily_drivers(&plan, days);
    Ok(domain::production::with_area_in_use(days, &plan, &areas))
}

/// Takes rows over into the crop plan; a row of the same room and first day is replaced. Savings of the days that changed
/// become due. Returns how many rows were new or changed.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`], `Invalid` where rows of a room would overlap.
pub async fn import_crop_plan(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    rows: &[CropPlanRow],
) -> Result<u64> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let changed = take_crop_plan(ctx, &mut tx, actor, &facility, rows).await?;
    tx.commit().await?;
    Ok(changed)
}

pub(crate) async fn take_crop_plan(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    rows: &[CropPlanRow],
) -> Result<u64> {
    stored::crop_plan_lock(tx, facility.id).await?;
    let changed = stored::crop_plan_upsert(tx, place(facility), rows, ctx.clock.now()).await?;
    let plan = stored::crop_plan(tx, facility.id).await?;
    if let Some((one, other)) = overlap(&plan) {
        let rooms: BTreeMap<_, _> =
            zones::list(tx, facility.id).await?.into_iter().map(|z| (z.id, z.spec.name)).collect();
        let room = rooms.get(&one.zone).map_or("A room", String::as_str);
        let message = format!(
            "{room}: the row from {} reaches into the one from {}. End it on that day or earlier.",
            one.from, other.from
        );
        return Err(Error::Invalid(vec![FieldError { field: "from".to_owned(), message }]));
    }
    if changed > 0 {
        let zone = facility.time_zone;
        let first = rows.iter().map(|row| row.from).min().unwrap_or_default();
        let stretch = (day_start(zone, first), ctx.clock.now());
        savings::touch(tx, facility.id, stretch, "production").await?;
    }
    record(ctx, tx, actor, facility, ("crop_plan.imported", rows.len(), changed)).await?;
    Ok(changed)
}

/// Adds or corrects harvests. Returns how many were new or changed.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`].
pub async fn import_harvests(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    rows: &[Harvest],
) -> Result<u64> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let changed = take_harvests(ctx, &mut tx, actor, &facility, rows).await?;
    tx.commit().await?;
    Ok(changed)
}

pub(crate) async fn take_harvests(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    rows: &[Harvest],
) -> Result<u64> {
    let changed = stored::harvests_upsert(tx, place(facility), rows, ctx.clock.now()).await?;
    if let Some(first) = rows.iter().map(|row| row.day).min().filter(|_| changed > 0) {
        let stretch = (day_start(facility.time_zone, first), ctx.clock.now());
        savings::touch(tx, facility.id, stretch, "production").await?;
    }
    record(ctx, tx, actor, facility, ("harvests.imported", rows.len(), changed)).await?;
    Ok(changed)
}

/// Adds or corrects equipment. Returns how many were new or changed.
///
/// # Errors
/// `Forbidden` without [`Permission::ImportData`].
pub async fn import_equipment(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    rows: &[Equipment],
) -> Result<u64> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let changed = take_equipment(ctx, &mut tx, actor, &facility, rows).await?;
    tx.commit().await?;
    Ok(changed)
}

pub(crate) async fn take_equipment(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    rows: &[Equipment],
) -> Result<u64> {
    let changed = stored::equipment_upsert(tx, place(facility), rows, ctx.clock.now()).await?;
    record(ctx, tx, actor, facility, ("equipment.imported", rows.len(), changed)).await?;
    Ok(changed)
}

fn scope(actor: Actor<'_>) -> Result<Scope> {
    match actor {
        Actor::Person(person) => Ok(person.scope(Permission::ImportData)?),
        Actor::Background(_) => Ok(Scope::system()),
    }
}

fn place(facility: &Facility) -> Place {
    Place { organisation: facility.organisation, facility: facility.id }
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    (action, rows, changed): (&'static str, usize, u64),
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor,
        action,
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({ "rows": rows, "changed": changed }),
    };
    audit::record(tx, ctx.clock.now(), entry).await
}
