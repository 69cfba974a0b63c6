//! Production as pages and programs see it.

use super::guard::{Judged, TOLERANCE, judged};
use crate::{Context, Result};
use domain::access::Scope;
use domain::local_time::day_of;
use domain::production::view::ProductionView;
use std::collections::BTreeMap;
use store::{facilities, production as stored, zones};

/// Rows of the crop plan that are listed.
const PLAN_ROWS: usize = 60;

/// Closed cycles with their verdicts, the crop plan and the equipment.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str) -> Result<ProductionView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let Judged { cycles, baseline, light } = judged(&mut tx, &facility).await?;
    let rooms: BTreeMap<_, String> =
        zones::list(&mut tx, facility.id).await?.into_iter().map(|z| (z.id, z.spec.name)).collect();
    let mut plan = stored::crop_plan(&mut tx, facility.id).await?;
    let (today, all) = (day_of(facility.time_zone, ctx.clock.now()), plan.len());
    plan.retain(|row| row.until.is_none_or(|until| until > today));
    plan.sort_by_key(|row| row.from);
    plan.truncate(PLAN_ROWS);
    let plan_more = all - plan.len();
    let room = |zone| rooms.get(&zone).cloned().unwrap_or_default();
    let equipment = stored::equipment(&mut tx, facility.id).await?;
    Ok(ProductionView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        baseline: baseline.map(|b| (b.summary.id, b.summary.version, b.summary.effective_from)),
        tolerance: (TOLERANCE.yield_fall, TOLERANCE.intensity_rise),
        light,
        cycles,
        plan: plan.into_iter().map(|row| (room(row.zone), row)).collect(),
        plan_more,
        equipment: equipment.into_iter().map(|one| (one.zone.map(room), one)).collect(),
    })
}
