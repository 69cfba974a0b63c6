//! Events as pages and programs see them.

use super::{permission, quantify};
use crate::baselines::inputs;
use crate::{Context, Error, Result};
use chrono::TimeDelta;
use domain::access::{Permission, Principal};
use domain::baseline::{MetricType, Party};
use domain::events::view::{CandidateView, EventView, EventsView};
use domain::events::{EventState, EventStep, transition};
use domain::id::EventId;
use domain::local_time::day_of;
use store::facilities::{self, Facility};
use store::{Tx, events as stored};

/// Events of a facility; with `look`, also stretches that the engine finds unusual.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn list(ctx: &Context, caller: &Principal, facility: &str, look: bool) -> Result<EventsView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let events = stored::list(&mut tx, facility.id).await?;
    let candidates = if look { Some(candidates(ctx, &mut tx, &facility).await?) } else { None };
    let side = Party::of(caller, facility.organisation, facility.id);
    Ok(EventsView {
        may_create: caller.may(Permission::ManageBaselines) && side.is_some_and(|p| p != Party::Verifier),
        today: day_of(facility.time_zone, ctx.clock.now()),
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
        events,
        candidates,
    })
}

/// What the engine asks about: a question to both sides, never an adjustment.
async fn candidates(ctx: &Context, tx: &mut Tx<'_>, facility: &Facility) -> Result<Vec<CandidateView>> {
    let today = day_of(facility.time_zone, ctx.clock.now());
    let mut all = Vec::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let baseline = match quantify::active(tx, facility, metric).await {
            Ok(baseline) => baseline,
            Err(Error::Conflict(_)) => continue,
            Err(error) => return Err(error),
        };
        let days = inputs::both_periods(tx, facility, &baseline, today).await?;
        let (split, method) = (baseline.summary.effective_from, baseline.summary.method.unwrap_or_default());
        let work = move || recompute::unusual(&days, split, metric, &method);
        let found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
        all.extend(found.into_iter().map(|one| CandidateView {
            metric_type: metric,
            start: one.start,
            until: one.end + TimeDelta::days(1),
            per_day: one.kwh_per_day,
        }));
    }
    Ok(all)
}

/// One event with its way and what the caller may do.
///
/// # Errors
/// `NotFound` when it is out of scope.
pub async fn view(ctx: &Context, caller: &Principal, facility: &str, id: EventId) -> Result<EventView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let event = stored::get(&mut tx, facility.id, id).await?;
    let steps = stored::steps(&mut tx, id).await?;
    let party = Party::of(caller, facility.organisation, facility.id).filter(|p| *p != Party::Verifier);
    let may = |step: &EventStep| {
        caller.may(permission(*step))
            && party.is_some_and(|party| transition(event.state, *step, party, event.proposed_by).is_ok())
    };
    let may: Vec<EventStep> = EventStep::ALL.iter().copied().filter(may).collect();
    let meters = quantify::sub_meters(&mut tx, &facility, event.metric_type).await?;
    Ok(EventView {
        may_add: event.state != EventState::Withdrawn
            && party.is_some()
            && caller.may(Permission::ManageBaselines),
        sub_meters: meters.into_iter().map(|p| (p.id, p.spec.name)).collect(),
        today: day_of(facility.time_zone, ctx.clock.now()),
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
        event,
        steps,
        may,
    })
}
