//! Moving a baseline on: one use case for every step, after `domain::baseline::transition`.

use crate::audit::{self, Actor, Entry};
use crate::verifications::invited;
use crate::{Context, Error, Result, webhooks};
use domain::access::{Permission, Principal};
use domain::baseline::view::StepTaken;
use domain::baseline::{BaselineState, Party, Step, transition};
use domain::id::BaselineId;
use domain::local_time::day_start;
use domain::webhooks::EventType;
use serde_json::json;
use store::baselines::{self as stored, Baseline};
use store::facilities::Facility;
use store::{Tx, facilities, savings};

/// Longest reason kept with a step, characters.
const NOTE: usize = 2_000;

/// What a step takes.
pub(super) fn permission(step: Step) -> Permission {
    match step {
        Step::Begin | Step::Verify | Step::RequestChanges | Step::Reject => Permission::VerifyBaselines,
        Step::Activate | Step::Supersede => Permission::AcceptBaselines,
        Step::Submit | Step::Withdraw | Step::Rework => Permission::ManageBaselines,
    }
}

/// Steps that need a reason, because the other side has to act on it.
fn needs_note(step: Step) -> bool {
    matches!(step, Step::RequestChanges | Step::Reject)
}

/// Takes a step. [`Step::Verify`] takes a signature and has a use case of its own, which ends in [`advance`].
///
/// # Errors
/// `Forbidden` without the step's permission or, for a verifier, without an open invitation, `NotFound` out of scope, `Invalid` without a reason where one is needed,
/// `Conflict` says why the step is not possible from here or not for this side.
pub async fn take_step(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    step: Step,
    note: &str,
) -> Result<BaselineState> {
    if matches!(step, Step::Verify | Step::Supersede) {
        return Err(Error::Conflict("This step cannot be taken by itself.".to_owned()));
    }
    let note = note.trim();
    if needs_note(step) && note.is_empty() {
        return Err(Error::field("note", "Say what has to change, so that the other side can act on it."));
    }
    if note.chars().count() > NOTE {
        return Err(Error::field("note", format!("Keep it to {NOTE} characters.")));
    }
    let mut tx = ctx.db.begin(&caller.scope(permission(step))?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = locked(&mut tx, &facility, id).await?;
    let state = advance(ctx, &mut tx, caller, (&facility, &baseline), step, note).await?;
    tx.commit().await?;
    Ok(state)
}

/// The baseline, locked until the transaction ends.
pub(crate) async fn locked(tx: &mut Tx<'_>, facility: &Facility, id: BaselineId) -> Result<Baseline> {
    stored::lock(tx, facility.id, id).await?;
    Ok(stored::get(tx, facility.id, id).await?)
}

/// Takes a step within a transaction that holds the baseline's lock: new state, step, audit event.
pub(crate) async fn advance(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    (facility, baseline): (&Facility, &Baseline),
    step: Step,
    note: &str,
) -> Result<BaselineState> {
    let party = Party::of(caller, facility.organisation, facility.id).ok_or(Error::NotFound)?;
    if party == Party::Verifier {
        invited(tx, caller, baseline.summary.id, ctx.clock.now()).await?;
    }
    let refused = |refused: domain::baseline::Refused| Error::Conflict(refused.to_string());
    let state = transition(baseline.summary.state, step, party, baseline.submitted_by).map_err(refused)?;
    if step == Step::Submit && baseline.chosen().is_none_or(|c| c.model.is_none()) {
        return Err(Error::Conflict("Pick a candidate with a model first, and say why.".to_owned()));
    }
    let now = ctx.clock.now();
    if step == Step::Activate
        && let Some(before) = stored::active(tx, facility.id, baseline.summary.metric_type).await?
    {
        let before = locked(tx, facility, before.summary.id).await?;
        let replaced = format!("Version {} takes its place.", baseline.summary.version);
        let next =
            transition(before.summary.state, Step::Supersede, party, before.submitted_by).map_err(refused)?;
        write(ctx, tx, (caller, party), (facility, &before), Step::Supersede, next, &replaced).await?;
    }
    let submitted_by = match step {
        Step::Submit => Some(party),
        Step::Withdraw | Step::Rework => None,
        _ => baseline.submitted_by,
    };
    stored::set_state(tx, baseline.summary.id, state, submitted_by, now).await?;
    record(ctx, tx, (caller, party), (facility, baseline), step, state, note).await?;
    if step == Step::Activate {
        let since = day_start(facility.time_zone, baseline.summary.effective_from);
        savings::touch(tx, facility.id, (since, now), "baseline").await?;
    }
    Ok(state)
}

async fn write(
    ctx: &Context,
    tx: &mut Tx<'_>,
    who: (&Principal, Party),
    (facility, baseline): (&Facility, &Baseline),
    step: Step,
    state: BaselineState,
    note: &str,
) -> Result<()> {
    stored::set_state(tx, baseline.summary.id, state, baseline.submitted_by, ctx.clock.now()).await?;
    record(ctx, tx, who, (facility, baseline), step, state, note).await
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    (caller, party): (&Principal, Party),
    (facility, baseline): (&Facility, &Baseline),
    step: Step,
    state: BaselineState,
    note: &str,
) -> Result<()> {
    let at = ctx.clock.now();
    let taken = StepTaken {
        at,
        by: caller.name.clone(),
        party: Some(party),
        step: step.as_str().to_owned(),
        state_after: state,
        note: note.to_owned(),
    };
    stored::step_insert(tx, baseline, Some(caller.user), &taken).await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action: action(step),
        subject: format!("baseline:{}", baseline.summary.id),
        facility: Some(facility.id),
        detail: json!({
            "facility": facility.slug, "metric_type": baseline.summary.metric_type, "version": baseline.summary.version,
            "party": party, "before": baseline.summary.state, "after": state, "note": note,
            "inputs_sha256": hex::encode(&baseline.inputs_sha256),
        }),
    };
    let told = json!({
        "facility": facility.slug, "baseline": baseline.summary.id, "metric_type": baseline.summary.metric_type,
        "version": baseline.summary.version, "before": baseline.summary.state, "after": state,
    });
    webhooks::emit(tx, facility.organisation, EventType::BaselineStep, (&told, at)).await?;
    audit::record(tx, at, entry).await
}

fn action(step: Step) -> &'static str {
    match step {
        Step::Submit => "baseline.submitted",
        Step::Withdraw => "baseline.withdrawn",
        Step::Begin => "baseline.verification_begun",
        Step::Verify => "baseline.verified",
        Step::RequestChanges => "baseline.changes_requested",
        Step::Reject => "baseline.rejected",
        Step::Rework => "baseline.reworked",
        Step::Activate => "baseline.activated",
        Step::Supersede => "baseline.superseded",
    }
}
