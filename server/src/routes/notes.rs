//! Notes on the timeline: writing one, taking one back, the logbook as CSV. All of it works without scripts.

use crate::routes::fields::{Fields, back, local_path};
use crate::routes::outcome::{csv_file, done, failed, no_file};
use app::caller::Identity;
use app::pages::notes::{as_event, filter_of};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, Utc};
use domain::access::Permission;
use domain::csv;
use domain::id::NoteId;
use domain::notes::NotesView;
use services::notes::{NewNote, list, retract, write};
use services::{Context, Error};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/notes", post(add))
        .route("/f/{facility}/notes/{note}/retract", post(take_back))
        .route("/f/{facility}/notes.csv", get(export))
}

type Asked = (Extension<Identity>, Extension<Context>);

/// Where the form was, as long as it was on a page of the facility.
fn page_of(facility: &str, fields: &Fields) -> String {
    let next = local_path(fields.text("next"));
    let ours = next.starts_with(&format!("/f/{facility}/"));
    if ours { next.to_owned() } else { format!("/f/{facility}/notes") }
}

async fn add(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = page_of(&facility, &fields);
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let written = match read(&fields) {
        Ok(new) => write(&ctx, &caller, &facility, &new).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(note) if note.affects_baseline && caller.may(Permission::ManageBaselines) => {
            Redirect::to(&as_event(&facility, &note)).into_response()
        }
        Ok(note) if note.affects_baseline => {
            done(&page, "Written. Somebody who manages baselines can bring it up as a non-routine event.")
        }
        Ok(_) => done(&page, "Written; everybody who sees the facility reads it."),
        Err(error) => failed(error, &page, "a note"),
    }
}

fn read(fields: &Fields) -> Result<NewNote, Error> {
    let date = |name: &str| match fields.text(name) {
        "" => Ok(None),
        text => text
            .parse::<NaiveDate>()
            .map(Some)
            .map_err(|_| Error::field(name, "A day is a date such as 2026-01-31.")),
    };
    let time = |name: &str| match fields.text(name) {
        "" => Ok(None),
        text => NaiveTime::parse_from_str(text, "%H:%M")
            .map(Some)
            .map_err(|_| Error::field(name, "A time is one such as 14:30.")),
    };
    let times = match (time("from_time")?, time("to_time")?) {
        (None, None) => None,
        (Some(from), Some(to)) => Some((from, to)),
        _ => return Err(Error::field("to_time", "Give both times, or none for the whole day.")),
    };
    Ok(NewNote {
        room: fields.text("room").to_owned(),
        day: date("day")?.ok_or_else(|| Error::field("day", "Say which day it is about."))?,
        last: date("last")?,
        times,
        text: fields.text("text").to_owned(),
        affects_baseline: fields.text("affects") == "yes",
    })
}

async fn take_back(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, note)): Path<(String, NoteId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = page_of(&facility, &fields);
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match retract(&ctx, &caller, &facility, note, fields.text("because")).await {
        Ok(()) => done(&page, "Taken back; it stays in the logbook with the reason."),
        Err(error) => failed(error, &page, "a note"),
    }
}

async fn export(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let filter = filter_of(|name| fields.text(name).to_owned());
    let view = list(&ctx, &caller, &facility, filter).await.map_err(|error| no_file(&error, "notes"))?;
    Ok(csv_file(&format!("{facility}-notes.csv"), table(&view)))
}

fn table(view: &NotesView) -> String {
    let mut out = String::new();
    csv::line(&mut out, [&*format!("# Facility: {}", view.facility_name)]);
    let convention = format!(
        "# Local days of {}, the last one excluded; instants are UTC, the end excluded.",
        view.time_zone
    );
    csv::line(&mut out, [convention.as_str()]);
    if view.more {
        csv::line(
            &mut out,
            [&*format!("# Only the latest {} notes; choose fewer days for earlier ones.", view.notes.len())],
        );
    }
    let names = "note,from_day,until_day,start_utc,end_utc,room,text,affects_baseline,written_at,written_by,retracted_at,retracted_by,retracted_because";
    csv::line(&mut out, names.split(','));
    let at = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    for note in &view.notes {
        let (start, end) = note.stretch.instants.map(|(start, end)| (at(start), at(end))).unwrap_or_default();
        let retracted = note.retracted.as_ref();
        csv::line(
            &mut out,
            [
                note.id.to_string().as_str(),
                &note.stretch.from.to_string(),
                &note.stretch.until.to_string(),
                &start,
                &end,
                note.room.as_ref().map_or("", |(slug, _)| slug.as_str()),
                &note.text,
                if note.affects_baseline { "yes" } else { "no" },
                &at(note.created_at),
                &note.created_by,
                &retracted.map(|r| at(r.at)).unwrap_or_default(),
                retracted.map_or("", |r| r.by.as_str()),
                retracted.map_or("", |r| r.because.as_str()),
            ],
        );
    }
    out
}
