//! Forms of the page of webhooks, and its log as CSV. They work without scripts.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{csv_file, done, failed, no_file};
use crate::routes::pages::plain;
use app::caller::Identity;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use chrono::SecondsFormat;
use domain::csv;
use domain::webhooks::EventType;
use domain::webhooks::view::DeliveryRow;
use integrations::webhook::Sender;
use services::webhooks::{self, NewEndpoint};
use services::{Context, Error};
use uuid::Uuid;

const PAGE: &str = "/settings/webhooks";
/// Pages of the log in one file.
const PAGES: usize = 100;

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes(sender: Sender) -> Router {
    Router::new()
        .route("/settings/webhooks/add", post(add))
        .route("/settings/webhooks/log.csv", get(log))
        .route("/settings/webhooks/replay", post(replay))
        .route("/settings/webhooks/{endpoint}/{action}", post(act))
        .with_state(sender)
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn add(
    State(sender): State<Sender>,
    (Extension(who), Extension(ctx)): Asked,
    Form(fields): Form<Fields>,
) -> Response {
    let Some(caller) = who.principal else { return back("/sign-in", "next", PAGE) };
    let events: Option<Vec<EventType>> = fields.all("event").map(EventType::parse).collect();
    let new = NewEndpoint {
        url: fields.text("url").to_owned(),
        description: fields.text("description").to_owned(),
        events: events.unwrap_or_default(),
    };
    match webhooks::add(&ctx, &caller, &sender, &new).await {
        Ok(secret) => shown_once(&secret),
        Err(error) => failed(error, PAGE, "a webhook"),
    }
}

/// The secret, in the answer itself: no address could give it again. It is of Base64 digits.
fn shown_once(secret: &str) -> Response {
    let text = format!(
        "Copy the secret now and keep it where only the receiver reads it: it is not shown again. With it the receiver \
        checks the signature of what it gets.</p><p><code id=\"secret\">{secret}</code></p>\
        <p><a href=\"{PAGE}\">I have kept it: back to Webhooks</a>"
    );
    plain(StatusCode::OK, "The secret of your webhook", &text)
}

async fn act(
    (Extension(who), Extension(ctx)): Asked,
    Path((endpoint, action)): Path<(Uuid, String)>,
) -> Response {
    let Some(caller) = who.principal else { return back("/sign-in", "next", PAGE) };
    let (outcome, said) = match action.as_str() {
        "ping" => (
            webhooks::ping(&ctx, &caller, endpoint).await,
            "A test is on its way; the log says what became of it.",
        ),
        "pause" => (
            webhooks::switch(&ctx, &caller, endpoint, false).await,
            "Paused. What happens meanwhile is not told.",
        ),
        "resume" => (webhooks::switch(&ctx, &caller, endpoint, true).await, "It is told again from now on."),
        "delete" => (webhooks::delete(&ctx, &caller, endpoint).await, "Taken away."),
        "rotate" => match webhooks::rotate(&ctx, &caller, endpoint).await {
            Ok(secret) => return shown_once(&secret),
            Err(error) => (Err(error), ""),
        },
        _ => (Err(Error::NotFound), ""),
    };
    match outcome {
        Ok(()) => done(PAGE, said),
        Err(error) => failed(error, PAGE, "a webhook"),
    }
}

async fn replay((Extension(who), Extension(ctx)): Asked, Form(fields): Form<Fields>) -> Response {
    let Some(caller) = who.principal else { return back("/sign-in", "next", PAGE) };
    match webhooks::replay(&ctx, &caller, fields.parse("delivery")).await {
        Ok(1) => done(PAGE, "One delivery is sent again."),
        Ok(n) => done(PAGE, &format!("{n} deliveries are sent again.")),
        Err(error) => failed(error, PAGE, "a webhook"),
    }
}

/// The newest deliveries, a line for each try.
async fn log((Extension(who), Extension(ctx)): Asked) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let (mut out, mut before) = (String::new(), None);
    let columns =
        ["delivery", "url", "event", "happened_at", "state", "tried_at", "status", "took_ms", "error"];
    csv::line(&mut out, columns);
    for _ in 0..PAGES {
        let view = webhooks::view(&ctx, &caller, None, before).await;
        let view = view.map_err(|error| no_file(&error, "webhooks"))?;
        view.deliveries.iter().for_each(|delivery| lines(&mut out, delivery));
        before = view.next;
        if before.is_none() {
            break;
        }
    }
    Ok(csv_file("webhooks.csv", out))
}

fn lines(out: &mut String, one: &DeliveryRow) {
    let stamp = |at: chrono::DateTime<chrono::Utc>| at.to_rfc3339_opts(SecondsFormat::Millis, true);
    let head = [
        one.id.to_string(),
        one.url.clone(),
        one.event.as_str().to_owned(),
        stamp(one.created_at),
        one.state.as_str().to_owned(),
    ];
    let tries = one.attempts.iter().map(|a| {
        let status = a.status.map(|s| s.to_string()).unwrap_or_default();
        [stamp(a.at), status, a.took_ms.to_string(), a.error.clone().unwrap_or_default()]
    });
    let none = one.attempts.is_empty().then(<[String; 4]>::default);
    for tail in tries.chain(none) {
        csv::line(out, head.iter().chain(&tail).map(String::as_str));
    }
}
