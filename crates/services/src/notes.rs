//! Notes on the timeline: written, read and taken back. docs/PERFORMANCE.md

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result};
use chrono::{NaiveDate, NaiveTime};
use domain::access::{Permission, Principal};
use domain::id::NoteId;
use domain::local_time::day_of;
use domain::notes::{Filter, Note, NotesView, REASON_MAX, Retracted, Stretch, TEXT_MAX};
use serde_json::json;
use store::facilities::{self, Facility};
use store::{Tx, notes as stored, zones};

/// Notes that are shown at once.
const SHOWN: usize = 500;

/// What somebody writes down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    /// Key of the room; empty for the whole facility.
    pub room: String,
    /// First local day.
    pub day: NaiveDate,
    /// Last local day; none for the first one.
    pub last: Option<NaiveDate>,
    /// Local times of a stretch that begins on that day; none for whole days.
    pub times: Option<(NaiveTime, NaiveTime)>,
    /// What it says.
    pub text: String,
    /// Whether use was not what the baseline knows.
    pub affects_baseline: bool,
}

/// The notes of a facility that a filter leaves.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn list(ctx: &Context, caller: &Principal, facility: &str, filter: Filter) -> Result<NotesView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let most = i64::try_from(SHOWN + 1).unwrap_or(i64::MAX);
    let mut notes = stored::list(&mut tx, facility.id, &filter, most).await?;
    let more = notes.len() > SHOWN;
    notes.truncate(SHOWN);
    let rooms = zones::list(&mut tx, facility.id).await?;
    Ok(NotesView {
        rooms: rooms.into_iter().map(|zone| (zone.spec.slug, zone.spec.name)).collect(),
        filter,
        notes,
        more,
        may_write: caller.may(Permission::WriteNotes),
        may_bring_up: caller.may(Permission::ManageBaselines),
        today: day_of(facility.time_zone, ctx.clock.now()),
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
    })
}

/// Writes a note.
///
/// # Errors
/// `Forbidden` without [`Permission::WriteNotes`], `Invalid` names the field.
pub async fn write(ctx: &Context, caller: &Principal, facility: &str, new: &NewNote) -> Result<Note> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::WriteNotes)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let text = said("text", &new.text, TEXT_MAX)?;
    let stretch = match new.times {
        Some(_) if new.last.is_some_and(|last| last != new.day) => {
            return Err(Error::field("last", "Give either a last day or times; times are of the first day."));
        }
        Some(times) => Stretch::times(facility.time_zone, new.day, times),
        None => Stretch::days(new.day, new.last.unwrap_or(new.day)),
    };
    let stretch = stretch.map_err(|(field, message)| Error::field(field, message))?;
    let rooms = zones::list(&mut tx, facility.id).await?;
    let room = rooms.into_iter().find(|zone| zone.spec.slug == new.room);
    if room.is_none() && !new.room.is_empty() {
        return Err(Error::field("room", "Choose one of the facility's rooms, or none."));
    }
    let note = Note {
        id: uuid::Uuid::now_v7().into(),
        room: room.as_ref().map(|zone| (zone.spec.slug.clone(), zone.spec.name.clone())),
        stretch,
        text,
        affects_baseline: new.affects_baseline,
        created_at: ctx.clock.now(),
        created_by: caller.name.clone(),
        retracted: None,
    };
    let place = (facility.organisation, facility.id, room.map(|zone| zone.id));
    stored::insert(&mut tx, place, Some(caller.user), &note).await?;
    record(ctx, &mut tx, (caller, "note.written"), (&facility, &note)).await?;
    tx.commit().await?;
    Ok(note)
}

/// Takes a note back; it stays readable with the reason.
///
/// # Errors
/// `Forbidden` without [`Permission::WriteNotes`], `Conflict` where it was taken back already, `Invalid` without a reason.
pub async fn retract(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: NoteId,
    because: &str,
) -> Result<()> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::WriteNotes)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let mut note = stored::get(&mut tx, facility.id, id).await?;
    if note.retracted.is_some() {
        return Err(Error::Conflict("The note was taken back already.".to_owned()));
    }
    let because = said("because", because, REASON_MAX)?;
    let retracted = Retracted { at: ctx.clock.now(), by: caller.name.clone(), because };
    stored::retract(&mut tx, facility.id, id, &retracted).await?;
    note.retracted = Some(retracted);
    record(ctx, &mut tx, (caller, "note.retracted"), (&facility, &note)).await?;
    tx.commit().await.map_err(Error::from)
}

fn said(field: &str, text: &str, most: usize) -> Result<String> {
    // Browsers send line ends as two characters.
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.is_empty() || text.chars().count() > most {
        return Err(Error::field(field, format!("Write 1 to {most} characters.")));
    }
    Ok(text)
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    (caller, action): (&Principal, &'static str),
    (facility, note): (&Facility, &Note),
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("note:{}", note.id),
        facility: Some(facility.id),
        detail: json!({
            "facility": facility.slug, "room": note.room.as_ref().map(|(slug, _)| slug), "from": note.stretch.from,
            "until": note.stretch.until, "instants": note.stretch.instants, "text": note.text,
            "affects_baseline": note.affects_baseline, "because": note.retracted.as_ref().map(|r| &r.because),
        }),
    };
    audit::record(tx, ctx.clock.now(), entry).await
}
