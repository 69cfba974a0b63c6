//! Non-routine events: brought up by one side, quantified, answered by the other, taken out of savings until they expire.
//! docs/EVENTS.md

mod effect;
mod quantify;
mod show;

pub(crate) use effect::effects;
pub use quantify::Proposal;
pub use show::{list, view};

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, FieldError, Result};
use chrono::{NaiveDate, TimeDelta};
use domain::access::{Permission, Principal};
use domain::baseline::{MetricType, Party};
use domain::events::view::StepTaken;
use domain::events::{DAYS_MAX, Event, EventState, EventStep, Figures, Refused, transition};
use domain::id::EventId;
use domain::local_time::day_of;
use rust_decimal::Decimal;
use serde_json::json;
use store::facilities::{self, Facility};
use store::{Tx, events as stored};

/// Longest title and longest note, characters.
const TITLE: usize = 120;
const NOTE: usize = 4_000;

/// What a side brings up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    /// What it changed: electricity, gas or water.
    pub metric_type: MetricType,
    /// What happened, in a few words.
    pub title: String,
    /// First local day.
    pub start: NaiveDate,
    /// Local day after the last; none while it lasts.
    pub until: Option<NaiveDate>,
    /// What is known about it.
    pub note: String,
}

/// What a step takes.
fn permission(step: EventStep) -> Permission {
    match step {
        EventStep::Propose | EventStep::Withdraw => Permission::ManageBaselines,
        EventStep::Agree | EventStep::Refuse => Permission::AcceptBaselines,
    }
}

/// Brings an event up. It is a draft until somebody puts figures on it.
///
/// # Errors
/// `Forbidden` without [`Permission::ManageBaselines`] and for verifiers, `Invalid` names the field.
pub async fn create(ctx: &Context, caller: &Principal, facility: &str, new: &NewEvent) -> Result<EventId> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManageBaselines)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let party = side(caller, &facility)?;
    let (title, note) = (text("title", &new.title, TITLE)?, text("note", &new.note, NOTE)?);
    if !matches!(new.metric_type, MetricType::Electricity | MetricType::Gas | MetricType::Water) {
        return Err(Error::field("metric_type", "Say whether it changed electricity, gas or water."));
    }
    if new.start > day_of(facility.time_zone, ctx.clock.now()) {
        return Err(Error::field("start", "An event has begun; what is planned belongs into the crop plan."));
    }
    let expires_on = new.until.unwrap_or(new.start + TimeDelta::days(DAYS_MAX));
    checked_days(new.start, new.until, expires_on)?;
    let event = Event {
        id: uuid::Uuid::now_v7().into(),
        metric_type: new.metric_type,
        title,
        start: new.start,
        until: new.until,
        expires_on,
        state: EventState::Draft,
        proposed_by: party,
        figures: None,
        created_at: ctx.clock.now(),
        created_by: caller.name.clone(),
    };
    keep(ctx, &mut tx, (caller, party), (&facility, &event), ("create", "event.created"), &note).await?;
    tx.commit().await?;
    Ok(event.id)
}

/// Adds to what is known about an event.
///
/// # Errors
/// As [`create`]; `Conflict` for one that was withdrawn.
pub async fn add_evidence(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: EventId,
    note: &str,
) -> Result<()> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManageBaselines)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let party = side(caller, &facility)?;
    stored::lock(&mut tx, facility.id).await?;
    let event = stored::get(&mut tx, facility.id, id).await?;
    if event.state == EventState::Withdrawn {
        return Err(Error::Conflict("The event was withdrawn.".to_owned()));
    }
    let note = text("note", note, NOTE)?;
    keep(ctx, &mut tx, (caller, party), (&facility, &event), ("evidence", "event.evidence_added"), &note)
        .await?;
    tx.commit().await.map_err(Error::from)
}

/// Puts figures on an event; the other side has to answer, whatever it said to earlier ones.
///
/// # Errors
/// As [`create`]; `Conflict` where it is settled, `Invalid` says why it cannot be quantified so.
pub async fn propose(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: EventId,
    proposal: &Proposal,
) -> Result<()> {
    let mut tx = ctx.db.begin(&caller.scope(permission(EventStep::Propose))?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let party = side(caller, &facility)?;
    stored::lock(&mut tx, facility.id).await?;
    let mut event = stored::get(&mut tx, facility.id, id).await?;
    event.state = transition(event.state, EventStep::Propose, party, event.proposed_by).map_err(refused)?;
    let note = text("note", &proposal.note, NOTE)?;
    checked_days(event.start, proposal.until, proposal.expires_on)?;
    (event.until, event.expires_on) = (proposal.until, proposal.expires_on);
    let figures = quantify::figures(ctx, &mut tx, &facility, &event, proposal, &note).await?;
    let said = in_words(&event, &figures);
    event.figures = Some(figures);
    event.proposed_by = party;
    keep(ctx, &mut tx, (caller, party), (&facility, &event), ("propose", "event.proposed"), &said).await?;
    tx.commit().await.map_err(Error::from)
}

/// Answers the figures of the other side. `seen` are those that the page showed.
///
/// # Errors
/// `Forbidden` without [`Permission::AcceptBaselines`], `Conflict` where the figures were the caller's own, have changed
/// meanwhile, or another agreed event has a part in these days; `Invalid` for a refusal without a reason.
pub async fn answer(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: EventId,
    step: EventStep,
    (seen, note): (Option<(Decimal, Decimal)>, &str),
) -> Result<EventState> {
    if step == EventStep::Propose {
        return Err(Error::Conflict("This step cannot be taken without figures.".to_owned()));
    }
    let mut tx = ctx.db.begin(&caller.scope(permission(step))?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let party = side(caller, &facility)?;
    stored::lock(&mut tx, facility.id).await?;
    let mut event = stored::get(&mut tx, facility.id, id).await?;
    let state = transition(event.state, step, party, event.proposed_by).map_err(refused)?;
    let note = match step {
        EventStep::Refuse => text("note", note, NOTE)?,
        _ => note.trim().chars().take(NOTE).collect(),
    };
    if step == EventStep::Agree {
        if event.figures.as_ref().map(|f| (f.per_day, f.half_width)) != seen {
            let changed = "The figures were changed while the page was open. Look at them again.";
            return Err(Error::Conflict(changed.to_owned()));
        }
        alone(&mut tx, &facility, &event).await?;
    }
    event.state = state;
    let action = match step {
        EventStep::Agree => "event.agreed",
        EventStep::Refuse => "event.refused",
        EventStep::Withdraw | EventStep::Propose => "event.withdrawn",
    };
    keep(ctx, &mut tx, (caller, party), (&facility, &event), (step.as_str(), action), &note).await?;
    tx.commit().await?;
    Ok(state)
}

/// No day is adjusted twice.
async fn alone(tx: &mut Tx<'_>, facility: &Facility, event: &Event) -> Result<()> {
    let days = event.days();
    let others = stored::list(tx, facility.id).await?;
    let meets = |other: &&Event| {
        other.id != event.id
            && other.metric_type == event.metric_type
            && other.adjusts().is_some_and(|theirs| theirs.start < days.end && days.start < theirs.end)
    };
    match others.iter().find(meets) {
        Some(other) => Err(Error::Conflict(format!(
            "“{}” adjusts some of these days already; no day is adjusted twice.",
            other.title
        ))),
        None => Ok(()),
    }
}

fn side(caller: &Principal, facility: &Facility) -> Result<Party> {
    let party = Party::of(caller, facility.organisation, facility.id);
    party.filter(|party| *party != Party::Verifier).ok_or(Error::Forbidden)
}

fn refused(refused: Refused) -> Error {
    Error::Conflict(refused.to_string())
}

fn text(field: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > most {
        return Err(Error::field(
            field,
            format!("Write 1 to {most} characters: the other side has to understand it."),
        ));
    }
    Ok(text.to_owned())
}

fn checked_days(start: NaiveDate, until: Option<NaiveDate>, expires_on: NaiveDate) -> Result<()> {
    let wrong = |(field, message): (&str, String)| {
        Error::Invalid(vec![FieldError { field: field.to_owned(), message }])
    };
    Event::check_days(start, until, expires_on).map_err(wrong)
}

/// Figures as the way of an event tells them.
fn in_words(event: &Event, figures: &Figures) -> String {
    format!(
        "{} ± {} {} a day (90 %), {} to before {}. {}.\n{}",
        figures.per_day,
        figures.half_width,
        event.metric_type.unit(),
        event.start,
        event.days().end,
        figures.method.label(),
        figures.how
    )
}

async fn keep(
    ctx: &Context,
    tx: &mut Tx<'_>,
    (caller, party): (&Principal, Party),
    (facility, event): (&Facility, &Event),
    (step, action): (&str, &'static str),
    note: &str,
) -> Result<()> {
    let (place, at) = ((facility.organisation, facility.id), ctx.clock.now());
    stored::upsert(tx, place, Some(caller.user), event).await?;
    let taken = StepTaken {
        at,
        by: caller.name.clone(),
        party,
        step: step.to_owned(),
        state_after: event.state,
        note: note.to_owned(),
    };
    stored::step_insert(tx, place, event.id, Some(caller.user), &taken).await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("event:{}", event.id),
        facility: Some(facility.id),
        detail: json!({
            "facility": facility.slug, "metric_type": event.metric_type, "title": event.title, "start": event.start,
            "until": event.until, "expires_on": event.expires_on, "party": party, "state": event.state,
            "figures": event.figures, "note": note,
        }),
    };
    audit::record(tx, at, entry).await
}
