//! Fitting models side by side, and picking one of them.

use super::new::{Material, NewBaseline, REASON};
use super::{inputs, measured, steps};
use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result};
use chrono::{NaiveDate, Timelike};
use domain::access::{Permission, Scope};
use domain::baseline::view::{BaselineSummary, Candidate, StepTaken};
use domain::baseline::{BaselineState, Party};
use domain::id::{BaselineId, UtilitySeriesId};
use domain::local_time::{day_of, day_start};
use domain::range::Granularity;
use domain::savings::profile;
use recompute::{Day, Days};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::Tx;
use store::baselines::{self as stored, Baseline};
use store::facilities::{self, Facility};

/// Fits every model to the baseline period and stores them as a draft.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageBaselines`], `Invalid` names the field, `Conflict` when no model could be fitted.
pub async fn fit(ctx: &Context, actor: Actor<'_>, facility: &str, new: &NewBaseline) -> Result<BaselineId> {
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let draft = draft(ctx, &mut tx, actor, &facility, new, "").await?;
    tx.commit().await?;
    Ok(draft.summary.id)
}

/// Makes a draft within a transaction; `note` goes with the step and the audit event.
pub(super) async fn draft(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    facility: &Facility,
    new: &NewBaseline,
    note: &str,
) -> Result<Baseline> {
    new.check()?;
    let today = day_of(facility.time_zone, ctx.clock.now());
    if new.period_end > today {
        return Err(Error::field("period_end", "The baseline period has to be over."));
    }
    let days = match &new.material {
        Material::Metered(series) => metered(tx, facility, new, *series, today).await?,
        Material::Given(days) => days.clone(),
        Material::Stated { per_day, .. } => stated(new.period_start, *per_day),
    };
    // Without intervals of the period nobody knows how a day goes, so it is the same all day.
    let shares = match &new.material {
        Material::Metered(series) => shares(tx, facility, new, *series).await?,
        Material::Given(_) | Material::Stated { .. } => profile([]),
    };
    let (split, metric) = (new.effective_from, new.metric_type);
    let methods: &'static [&'static str] = match &new.material {
        Material::Stated { .. } => &[recompute::STATED],
        Material::Metered(_) | Material::Given(_) => &recompute::METHODS,
    };
    let work = move || {
        let fit = |method: &&str| recompute::fit(&days, split, metric, method);
        let candidates: Vec<Candidate> = methods.iter().map(fit).collect();
        (days, candidates)
    };
    let (days, candidates) = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    let version = stored::next_version(tx, facility.id, metric).await?;
    let baseline = assemble(ctx, actor, facility, (new, version), &days, candidates, shares);
    stored::insert(tx, &baseline).await?;
    record(ctx, tx, actor, (facility, &baseline), ("create", "baseline.created"), note).await?;
    Ok(baseline)
}

/// The days of both periods as the meters, or the utility, have them.
async fn metered(
    tx: &mut Tx<'_>,
    facility: &Facility,
    new: &NewBaseline,
    series: Option<UtilitySeriesId>,
    today: NaiveDate,
) -> Result<Days> {
    let range = new.period_start..today.max(new.effective_from);
    let source = inputs::Source { metric: new.metric_type, series, effective_from: new.effective_from };
    let mut days = inputs::load(tx, facility, &source, range).await?;
    // Between the periods the measure is being fitted: those days are neither before nor after.
    days.days.retain(|day| day.day < new.period_end || day.day >= new.effective_from);
    Ok(days)
}

/// What [`recompute::STATED`] reads its value from.
fn stated(first: NaiveDate, per_day: Decimal) -> Days {
    let day = Day { day: first, observed: per_day.to_f64(), temperature_c: None, drivers: vec![] };
    Days { names: vec![], days: vec![day] }
}

/// Picks one of the candidates of a draft.
///
/// # Errors
/// `Invalid` without a reason or for a method that was not fitted, `Conflict` when it is no draft any more.
pub async fn choose(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &str,
    id: BaselineId,
    method: &str,
    reason: &str,
) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > REASON {
        return Err(Error::field("reason", format!("Say why this model, in at most {REASON} characters.")));
    }
    let mut tx = ctx.db.begin(&scope(actor)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = steps::locked(&mut tx, &facility, id).await?;
    if baseline.summary.state != BaselineState::Draft {
        return Err(Error::Conflict(
            "The model can only be changed while the baseline is a draft.".to_owned(),
        ));
    }
    let candidate = baseline.candidates.iter().find(|c| c.method == method && c.model.is_some());
    let candidate =
        candidate.ok_or_else(|| Error::field("method", "There is no such candidate with a model."))?;
    stored::choose(&mut tx, id, candidate, reason, ctx.clock.now()).await?;
    let note = format!("{method}: {reason}");
    record(ctx, &mut tx, actor, (&facility, &baseline), ("choose", "baseline.candidate_chosen"), &note)
        .await?;
    tx.commit().await?;
    Ok(())
}

fn scope(actor: Actor<'_>) -> Result<Scope> {
    match actor {
        Actor::Person(person) => Ok(person.scope(Permission::ManageBaselines)?),
        Actor::Background(_) => Ok(Scope::system()),
    }
}

/// Shares of a day's use by local quarter hour over the baseline period.
async fn shares(
    tx: &mut Tx<'_>,
    facility: &Facility,
    new: &NewBaseline,
    series: Option<UtilitySeriesId>,
) -> Result<Vec<f64>> {
    let zone = facility.time_zone;
    let stretch = (day_start(zone, new.period_start), day_start(zone, new.period_end));
    let (metric, width) = (new.metric_type, Granularity::QuarterHour);
    let quarters = match series {
        Some(series) => measured::by_utility(tx, facility, metric, series, width, stretch).await?,
        None => measured::by_meters(tx, facility, metric, width, stretch).await?,
    };
    Ok(profile(quarters.iter().filter_map(|interval| {
        let local = interval.start.with_timezone(&zone);
        let quarter = (local.hour() * 4 + local.minute() / 15) as usize;
        Some((quarter, inputs::known(interval, new.metric_type)?))
    })))
}

fn assemble(
    ctx: &Context,
    actor: Actor<'_>,
    facility: &Facility,
    (new, version): (&NewBaseline, u32),
    days: &Days,
    candidates: Vec<Candidate>,
    profile: Vec<f64>,
) -> Baseline {
    let inputs = recompute::days::canonical(days, new.effective_from);
    let stated = match &new.material {
        Material::Stated { per_day, reason } => Some((*per_day, reason.clone())),
        Material::Metered(_) | Material::Given(_) => None,
    };
    let (created_by, name) = match actor {
        Actor::Person(person) => (Some(person.user), person.name.clone()),
        Actor::Background(name) => (None, name.to_owned()),
    };
    Baseline {
        summary: BaselineSummary {
            id: uuid::Uuid::now_v7().into(),
            metric_type: new.metric_type,
            version,
            series: new.material.series(),
            source: new.material.source(),
            period_start: new.period_start,
            period_end: new.period_end,
            effective_from: new.effective_from,
            // Of a stated value the very digits that were stated.
            baseline_value: stated
                .as_ref()
                .map_or_else(|| mean(days, new.period_end), |(value, _)| Some(*value)),
            unit: new.metric_type.unit().to_owned(),
            method: stated.as_ref().map(|_| recompute::STATED.to_owned()),
            state: BaselineState::Draft,
            created_at: ctx.clock.now(),
            created_by: name,
        },
        organisation: facility.organisation,
        facility: facility.id,
        candidates,
        reason: stated.map(|(_, reason)| reason),
        profile,
        engine_version: recompute::VERSION.to_owned(),
        inputs_sha256: Sha256::digest(inputs.as_bytes()).to_vec(),
        inputs,
        submitted_by: None,
        created_by,
    }
}

/// Mean use per day of the baseline period, to a Wh.
fn mean(days: &Days, period_end: NaiveDate) -> Option<Decimal> {
    let known: Vec<f64> =
        days.days.iter().filter(|d| d.day < period_end).filter_map(|d| d.observed).collect();
    let sum: f64 = known.iter().sum();
    let mean = sum / known.len().to_f64().filter(|n| *n > 0.0)?;
    Decimal::from_f64_retain(mean).map(|value| value.round_dp(3))
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    actor: Actor<'_>,
    (facility, baseline): (&Facility, &Baseline),
    (step, action): (&str, &'static str),
    note: &str,
) -> Result<()> {
    let at = ctx.clock.now();
    let (user, name, party) = match actor {
        Actor::Person(p) => (Some(p.user), p.name.clone(), Party::of(p, facility.organisation, facility.id)),
        Actor::Background(name) => (None, name.to_owned(), None),
    };
    let taken = StepTaken {
        at,
        by: name,
        party,
        step: step.to_owned(),
        state_after: BaselineState::Draft,
        note: note.to_owned(),
    };
    stored::step_insert(tx, baseline, user, &taken).await?;
    let s = &baseline.summary;
    let entry = Entry {
        organisation: facility.organisation,
        actor,
        action,
        subject: format!("baseline:{}", s.id),
        facility: Some(facility.id),
        detail: json!({
            "facility": facility.slug, "metric_type": s.metric_type, "version": s.version, "period_start": s.period_start,
            "period_end": s.period_end, "effective_from": s.effective_from, "utility_series": s.series, "note": note,
            "source": s.source,
            "inputs_sha256": hex::encode(&baseline.inputs_sha256), "engine_version": baseline.engine_version,
        }),
    };
    audit::record(tx, at, entry).await
}
