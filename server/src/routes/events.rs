//! Non-routine events: bringing one up, evidence, figures and answers; the list as CSV. All of it works without scripts.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{csv_file, done, failed, no_file};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::csv;
use domain::events::view::EventsView;
use domain::events::{EventMethod, EventStep};
use domain::id::EventId;
use rust_decimal::Decimal;
use services::events::{NewEvent, Proposal, add_evidence, answer, create, list, propose};
use services::{Context, Error};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/events", post(bring_up))
        .route("/f/{facility}/events/{event}/evidence", post(evidence))
        .route("/f/{facility}/events/{event}/figures", post(figures))
        .route("/f/{facility}/events/{event}/steps/{answer}", post(step))
        .route("/f/{facility}/events.csv", get(export))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn bring_up(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/events");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let read = || {
        Ok(NewEvent {
            metric_type: MetricType::parse(fields.text("metric_type"))
                .ok_or_else(|| Error::field("metric_type", "Say what the event changed."))?,
            title: fields.text("title").to_owned(),
            start: date(&fields, "start")?
                .ok_or_else(|| Error::field("start", "Say on which day it began."))?,
            until: date(&fields, "until")?,
            note: fields.text("note").to_owned(),
        })
    };
    let created = match read() {
        Ok(new) => create(&ctx, &caller, &facility, &new).await,
        Err(error) => Err(error),
    };
    match created {
        Ok(id) => Redirect::to(&format!("{page}/{id}")).into_response(),
        Err(error) => failed(error, &page, "an event"),
    }
}

async fn evidence(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, event)): Path<(String, EventId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/events/{event}");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match add_evidence(&ctx, &caller, &facility, event, fields.text("note")).await {
        Ok(()) => done(&page, "Added; both sides see it."),
        Err(error) => failed(error, &page, "an event"),
    }
}

async fn figures(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, event)): Path<(String, EventId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/events/{event}");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let read = || {
        Ok(Proposal {
            method: EventMethod::parse(fields.text("method"))
                .ok_or_else(|| Error::field("method", "Say how the figures are found."))?,
            until: date(&fields, "until")?,
            expires_on: date(&fields, "expires_on")?
                .ok_or_else(|| Error::field("expires_on", "Say from which day on it adjusts nothing."))?,
            estimate: number(&fields, "per_day")?.zip(number(&fields, "half_width")?),
            sub_meter: fields.parse("sub_meter"),
            note: fields.text("note").to_owned(),
        })
    };
    let proposed = match read() {
        Ok(proposal) => propose(&ctx, &caller, &facility, event, &proposal).await,
        Err(error) => Err(error),
    };
    match proposed {
        Ok(()) => done(&page, "Proposed; the other side has to answer."),
        Err(error) => failed(error, &page, "an event"),
    }
}

async fn step(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, event, step)): Path<(String, EventId, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/events/{event}");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let Some(step) = EventStep::parse(&step) else { return StatusCode::NOT_FOUND.into_response() };
    let seen = fields.parse("per_day").zip(fields.parse("half_width"));
    match answer(&ctx, &caller, &facility, event, step, (seen, fields.text("note"))).await {
        Ok(state) => done(&page, &format!("Done: the event is {} now.", state.label().to_lowercase())),
        Err(error) => failed(error, &page, "an event"),
    }
}

fn date(fields: &Fields, name: &str) -> Result<Option<NaiveDate>, Error> {
    match fields.text(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::field(name, "A day is a date such as 2026-01-31.")),
    }
}

fn number(fields: &Fields, name: &str) -> Result<Option<Decimal>, Error> {
    match fields.text(name).trim() {
        "" => Ok(None),
        text => match text.parse::<Decimal>() {
            Ok(number) if number.abs() < Decimal::from(1_000_000_000_000_i64) => Ok(Some(number.round_dp(3))),
            _ => Err(Error::field(name, "Write a number such as 420.5.")),
        },
    }
}

async fn export(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let view = list(&ctx, &caller, &facility, false).await.map_err(|error| no_file(&error, "events"))?;
    Ok(csv_file(&format!("{facility}-events.csv"), table(&view)))
}

fn table(view: &EventsView) -> String {
    let mut out = String::new();
    csv::line(&mut out, [&*format!("# Facility: {}", view.facility_name)]);
    csv::line(
        &mut out,
        ["# Local days, the last one excluded; per_day is above usual, half_width of a 90 % interval."],
    );
    csv::line(
        &mut out,
        [
            "event",
            "title",
            "metric_type",
            "unit",
            "start",
            "until",
            "expires_on",
            "state",
            "method",
            "per_day",
            "half_width",
            "how",
        ],
    );
    for event in &view.events {
        let figures = event.figures.as_ref();
        csv::line(
            &mut out,
            [
                event.id.to_string().as_str(),
                &event.title,
                event.metric_type.as_str(),
                event.metric_type.unit(),
                &event.start.to_string(),
                &event.until.map(|day| day.to_string()).unwrap_or_default(),
                &event.expires_on.to_string(),
                event.state.as_str(),
                figures.map_or("", |f| f.method.as_str()),
                &figures.map(|f| f.per_day.to_string()).unwrap_or_default(),
                &figures.map(|f| f.half_width.to_string()).unwrap_or_default(),
                figures.map_or("", |f| f.how.as_str()),
            ],
        );
    }
    out
}
