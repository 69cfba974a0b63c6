//! Savings as pages and programs see them.

use super::dashboard::widened;
use crate::events;
use crate::production::guard;
use crate::{Context, Error, Result};
use chrono::{Days, NaiveDate};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::baseline::view::BaselineSummary;
use domain::local_time::day_of;
use store::savings::{self as stored, Place};
use store::{baselines, facilities};

/// Longest range of days shown at once.
const DAYS_MAX: i64 = 800;

pub use domain::savings::view::{DerivationView, SavingsView};

/// Figures of the local days [from, until); the last 30 days where they are not given.
///
/// # Errors
/// `NotFound` for a facility out of scope, `Invalid` for a range that is empty or too long.
pub async fn view(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    (from, until): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<SavingsView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let today = day_of(facility.time_zone, ctx.clock.now());
    let until = until.unwrap_or_else(|| today.checked_add_days(Days::new(1)).unwrap_or(today));
    let from = from.unwrap_or_else(|| until.checked_sub_days(Days::new(30)).unwrap_or(until));
    let length = (until - from).num_days();
    if !(1..=DAYS_MAX).contains(&length) {
        return Err(Error::field("to", format!("Choose 1 to {DAYS_MAX} days; these are {length}.")));
    }
    let all = baselines::list(&mut tx, facility.id).await?;
    let performance = stored::performance(&mut tx, facility.id, (from, until)).await?;
    let mut bands = super::band::of(&mut tx, &facility, from..until, &performance).await?;
    let agreed = store::events::list(&mut tx, facility.id).await?;
    let effects = events::effects(&agreed, &performance);
    for (metric, band) in &mut bands {
        let own: Vec<_> = effects.iter().filter(|effect| effect.metric_type == *metric).cloned().collect();
        *band = widened(*band, &own);
    }
    let breaches = guard::breaches(&mut tx, &facility, (from, until)).await?;
    let through = today.checked_add_days(Days::new(1)).unwrap_or(today);
    let quarters = stored::intervals(&mut tx, facility.id, MetricType::Electricity, (today, through)).await?;
    Ok(SavingsView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        currency: facility.currency,
        from,
        until,
        baselines: all,
        performance,
        bands,
        effects,
        breaches,
        today: quarters,
        as_of: ctx.clock.now(),
    })
}

/// A day and metric type with its quarter hours and everything its figures were ever computed from.
///
/// # Errors
/// `NotFound` where nothing was computed for the day, or it is out of scope.
pub async fn day(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    metric: MetricType,
    day: NaiveDate,
) -> Result<DerivationView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
    let performance = stored::performance(&mut tx, facility.id, (day, next)).await?;
    let performance = performance.into_iter().find(|p| p.metric_type == metric).ok_or(Error::NotFound)?;
    let intervals = stored::intervals(&mut tx, facility.id, metric, (day, next)).await?;
    let place = Place { organisation: facility.organisation, facility: facility.id, metric, day };
    let revisions = stored::derivations(&mut tx, place).await?;
    let all: Vec<BaselineSummary> = baselines::list(&mut tx, facility.id).await?;
    Ok(DerivationView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        baseline: all.into_iter().find(|b| Some(b.id) == performance.baseline),
        performance,
        intervals,
        revisions: revisions.into_iter().map(revision).collect(),
    })
}

/// Where a derivation is shown: slug of the facility, metric, local day.
///
/// # Errors
/// `NotFound` when there is none in scope.
pub async fn derivation_place(
    ctx: &Context,
    scope: &Scope,
    id: uuid::Uuid,
) -> Result<(String, MetricType, NaiveDate)> {
    let mut tx = ctx.db.begin(scope).await?;
    Ok(stored::derivation_place(&mut tx, id).await?)
}

fn revision(d: stored::Derivation) -> domain::savings::view::Revision {
    domain::savings::view::Revision {
        id: d.id,
        revision: d.revision,
        reason: d.reason,
        computed_at: d.computed_at,
        engine_version: d.engine_version,
        inputs_sha256: hex::encode(&d.inputs_sha256),
        inputs: d.inputs,
        result: d.result,
    }
}
