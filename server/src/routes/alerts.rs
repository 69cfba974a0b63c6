//! Writing rules of alerts, and acknowledging what fired.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{done, failed};
use app::caller::Identity;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Form, Router};
use chrono::NaiveTime;
use domain::access::Role;
use domain::alerts::{Escalation, Kind, NewRule, Quiet};
use domain::id::{AlertEpisodeId, AlertRuleId};
use services::{Context, Error, alerts};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/alerts/rules", post(write))
        .route("/f/{facility}/alerts/rules/{rule}/change", post(change))
        .route("/f/{facility}/alerts/rules/{rule}/pause", post(pause))
        .route("/f/{facility}/alerts/rules/{rule}/delete", post(delete))
        .route("/f/{facility}/alerts/episodes/{episode}/acknowledge", post(acknowledge))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn write(asked: Asked, Path(facility): Path<String>, Form(fields): Form<Fields>) -> Response {
    written(asked, &facility, None, &fields).await
}

async fn change(
    asked: Asked,
    Path((facility, rule)): Path<(String, AlertRuleId)>,
    Form(fields): Form<Fields>,
) -> Response {
    written(asked, &facility, Some(rule), &fields).await
}

async fn written(
    (Extension(who), Extension(ctx)): Asked,
    facility: &str,
    rule: Option<AlertRuleId>,
    fields: &Fields,
) -> Response {
    let page = format!("/f/{facility}/alerts");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let written = match read(fields) {
        Ok(new) => alerts::write(&ctx, &caller, facility, rule, new).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(_) => done(&page, "The rule is in force from now on."),
        Err(error) => failed(error, &page, "a rule"),
    }
}

/// The slots of the sentence.
fn read(fields: &Fields) -> Result<NewRule, Error> {
    let missing = |field: &str, text: &str| Error::field(field, text);
    let role = |field: &str| {
        Role::parse(fields.text(field)).ok_or_else(|| missing(field, "Choose who is to be told."))
    };
    let number = |field: &str, text: &str| fields.parse::<u32>(field).ok_or_else(|| missing(field, text));
    let point = match fields.text("point") {
        "" => None,
        text => Some(text.parse().map_err(|_| missing("point", "There is no such point in service here."))?),
    };
    let threshold = match fields.text("threshold").trim().replace(',', ".") {
        text if text.is_empty() => None,
        text => Some(
            text.parse().map_err(|_| missing("threshold", "The value is a number such as 30 or 26.5."))?,
        ),
    };
    let then = match fields.text("then_tell") {
        "" => None,
        _ => {
            let after = number("then_after", "Say after how many minutes the next ones are told.")?;
            Some(Escalation { tell: role("then_tell")?, after })
        }
    };
    Ok(NewRule {
        kind: Kind::parse(fields.text("kind"))
            .ok_or_else(|| missing("kind", "Choose what is watched for."))?,
        point,
        threshold,
        minutes: number("minutes", "Say how many minutes it has to last: 1 to 10,080.")?,
        critical: fields.text("critical") == "yes",
        tell: role("tell")?,
        then,
        quiet: quiet(fields)?,
    })
}

fn quiet(fields: &Fields) -> Result<Option<Quiet>, Error> {
    let time = |field: &str| match fields.text(field) {
        "" => Ok(None),
        text => NaiveTime::parse_from_str(text, "%H:%M")
            .map(Some)
            .map_err(|_| Error::field(field, "Quiet hours are times of day such as 22:00.")),
    };
    match (time("quiet_from")?, time("quiet_until")?) {
        (None, None) => Ok(None),
        (Some(from), Some(until)) if from != until => Ok(Some(Quiet { from, until })),
        _ => Err(Error::field("quiet_until", "Quiet hours need a beginning and another end, or neither.")),
    }
}

async fn pause(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, rule)): Path<(String, AlertRuleId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/alerts");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let hours: Option<u32> = fields.parse("hours");
    match alerts::pause(&ctx, &caller, &facility, rule, hours).await {
        Ok(()) if hours.is_some() => done(&page, "The rule is paused: it begins nothing until then."),
        Ok(()) => done(&page, "The rule goes on."),
        Err(error) => failed(error, &page, "a rule"),
    }
}

async fn delete(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, rule)): Path<(String, AlertRuleId)>,
) -> Response {
    let page = format!("/f/{facility}/alerts");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match alerts::delete(&ctx, &caller, &facility, rule).await {
        Ok(()) => done(&page, "The rule is taken away; what it said stays below."),
        Err(error) => failed(error, &page, "a rule"),
    }
}

async fn acknowledge(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, episode)): Path<(String, AlertEpisodeId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/alerts");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match alerts::acknowledge(&ctx, &caller, &facility, episode, fields.text("note")).await {
        Ok(()) => done(&page, "It is yours now; nobody else is told."),
        Err(Error::NotFound) => failed(
            Error::Conflict("It is over, or somebody has taken it on already.".to_owned()),
            &page,
            "an alert",
        ),
        Err(error) => failed(error, &page, "an alert"),
    }
}
