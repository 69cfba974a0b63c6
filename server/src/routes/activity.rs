//! The audit trail as a file, complete enough to be checked by somebody else (docs of `domain::audit`).

use crate::routes::fields::Fields;
use app::caller::Identity;
use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Router};
use chrono::SecondsFormat;
use domain::audit::Record;
use domain::csv::line;
use services::audit::{Filter, page};
use services::{Context, Error};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new().route("/export/activity.csv", get(csv)).route("/export/activity.json", get(json))
}

/// Pages are read one after the other; a trail longer than this is exported in parts, by organisation.
const RECORDS_MAX: usize = 100_000;

type Asked = (Extension<Identity>, Extension<Context>, Query<Fields>);

const COLUMNS: [&str; 11] = [
    "organisation",
    "height",
    "at",
    "actor_id",
    "actor",
    "action",
    "subject",
    "facility",
    "detail",
    "previous_hash",
    "hash",
];

async fn csv(asked: Asked) -> Result<Response, StatusCode> {
    let mut body = String::new();
    line(&mut body, COLUMNS);
    for record in records(asked).await? {
        line(&mut body, cells(&record).iter().map(String::as_str));
    }
    Ok(file("text/csv; charset=utf-8", "activity.csv", body))
}

async fn json(asked: Asked) -> Result<Response, StatusCode> {
    let object = |record: &Record| -> serde_json::Value {
        COLUMNS.into_iter().map(str::to_owned).zip(cells(record).map(serde_json::Value::from)).collect()
    };
    let objects: Vec<serde_json::Value> = records(asked).await?.iter().map(object).collect();
    Ok(file("application/json", "activity.json", serde_json::Value::from(objects).to_string()))
}

/// A record as texts, in the order of the columns; times to the microsecond, absent ids empty.
fn cells(record: &Record) -> [String; 11] {
    let event = &record.event;
    [
        event.organisation.to_string(),
        event.height.to_string(),
        event.at.to_rfc3339_opts(SecondsFormat::Micros, true),
        event.actor_id.map(|id| id.to_string()).unwrap_or_default(),
        event.actor.clone(),
        event.action.clone(),
        event.subject.clone(),
        event.facility.map(|id| id.to_string()).unwrap_or_default(),
        event.detail.clone(),
        record.previous.to_string(),
        record.hash.to_string(),
    ]
}

async fn records((Extension(who), Extension(ctx), Query(fields)): Asked) -> Result<Vec<Record>, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let text = |name: &str| Some(fields.text(name)).filter(|text| !text.is_empty()).map(str::to_owned);
    let mut filter = Filter {
        organisation: fields.parse("organisation"),
        actor: text("actor"),
        action: text("action"),
        subject: text("subject"),
        facility: fields.parse("facility"),
        from: fields.parse("from"),
        to: fields.parse("to"),
        before: None,
    };
    let mut records = vec![];
    loop {
        let page = page(&ctx, &caller, &filter).await.map_err(|error| match error {
            Error::Forbidden => StatusCode::FORBIDDEN,
            error => {
                tracing::error!(%error, "the audit trail could not be exported");
                StatusCode::SERVICE_UNAVAILABLE
            }
        })?;
        records.extend(page.records);
        filter.before = page.next;
        if filter.before.is_none() || records.len() >= RECORDS_MAX {
            return Ok(records);
        }
    }
}

fn file(kind: &str, name: &str, body: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, &disposition)], body).into_response()
}
