//! Uploading utility files, confirming and discarding imports, and series as CSV. All of it works without scripts.

use crate::routes::fields::{Fields, back};
use app::caller::Identity;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use chrono::SecondsFormat;
use domain::access::{Permission, Principal};
use domain::csv;
use domain::id::{ImportId, UtilitySeriesId};
use domain::utility::{ImportState, ProfileQuery};
use services::audit::Actor;
use services::imports::{MAX_UPLOAD_BYTES, confirm, discard, draft};
use services::utility::{Part, export};
use services::{Context, Error};
use std::fmt::Write as _;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Files held in memory at the same time.
static UPLOADS: Semaphore = Semaphore::const_new(4);
/// How long somebody may take to send a file.
const UPLOAD_TIME: Duration = Duration::from_secs(300);
/// What multipart adds around a file.
const FORM_BYTES: usize = 64 << 10;

/// The routes but for the upload. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/imports/{id}/confirm", post(confirm_import))
        .route("/f/{facility}/imports/{id}/discard", post(discard_import))
        .route("/f/{facility}/utility/{series}/export.csv", get(series_csv))
}

/// The upload, which must not be under the limit of ordinary forms.
pub fn upload_routes() -> Router {
    Router::new()
        .route("/f/{facility}/imports", post(upload))
        .layer(DefaultBodyLimit::max(MAX_UPLOAD_BYTES + FORM_BYTES))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn upload(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    form: Multipart,
) -> Response {
    let page = format!("/f/{facility}/import");
    let caller = match importer(&who, &page) {
        Ok(caller) => caller,
        Err(answer) => return *answer,
    };
    // Nobody's bytes are read before it is known that they may import, and only a few files at a time.
    let Ok(_permit) = UPLOADS.try_acquire() else { return back(&page, "error", "busy") };
    let (name, bytes) = match tokio::time::timeout(UPLOAD_TIME, file(form)).await {
        Ok(Ok(file)) => file,
        Ok(Err(code)) => return back(&page, "error", code),
        Err(_) => return back(&page, "error", "busy"),
    };
    match draft(&ctx, Actor::Person(caller), &facility, &name, bytes).await {
        Ok((id, ImportState::Mapping)) => {
            Redirect::to(&format!("/f/{facility}/imports/{id}/set-up")).into_response()
        }
        Ok((id, _)) => Redirect::to(&format!("/f/{facility}/imports/{id}")).into_response(),
        Err(Error::Invalid(_)) => back(&page, "error", "empty"),
        Err(Error::Conflict(_)) => back(&page, "error", "too_many_drafts"),
        Err(error) => failed(error, &page),
    }
}

/// Name and content of the field `file`, at most [`MAX_UPLOAD_BYTES`] of it.
pub(crate) async fn file(mut form: Multipart) -> Result<(String, Vec<u8>), &'static str> {
    let code = |error: axum::extract::multipart::MultipartError| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE { "too_large" } else { "broken" }
    };
    while let Some(mut field) = form.next_field().await.map_err(code)? {
        if field.name() != Some("file") {
            continue;
        }
        let name = field.file_name().unwrap_or_default().to_owned();
        let mut bytes = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(code)? {
            if bytes.len() + chunk.len() > MAX_UPLOAD_BYTES {
                return Err("too_large");
            }
            bytes.extend_from_slice(&chunk);
        }
        return if bytes.is_empty() { Err("empty") } else { Ok((name, bytes)) };
    }
    Err("empty")
}

async fn confirm_import(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, ImportId)>,
) -> Response {
    let page = format!("/f/{facility}/imports/{id}");
    let caller = match importer(&who, &page) {
        Ok(caller) => caller,
        Err(answer) => return *answer,
    };
    match confirm(&ctx, Actor::Person(caller), &facility, id).await {
        // Confirmed twice, by a double click or by somebody else: the page says how it stands.
        Ok(_) | Err(Error::Conflict(_)) => Redirect::to(&page).into_response(),
        Err(error) => failed(error, &page),
    }
}

async fn discard_import(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, ImportId)>,
) -> Response {
    let page = format!("/f/{facility}/imports/{id}");
    let caller = match importer(&who, &page) {
        Ok(caller) => caller,
        Err(answer) => return *answer,
    };
    match discard(&ctx, Actor::Person(caller), &facility, id).await {
        Ok(()) => Redirect::to(&format!("/f/{facility}/import")).into_response(),
        Err(Error::Conflict(_)) => Redirect::to(&page).into_response(),
        Err(error) => failed(error, &page),
    }
}

/// The caller, who may import somewhere; where exactly is for the use case to check.
fn importer<'a>(who: &'a Identity, page: &str) -> Result<&'a Principal, Box<Response>> {
    let Some(caller) = &who.principal else { return Err(Box::new(back("/sign-in", "next", page))) };
    if caller.may(Permission::ImportData) {
        return Ok(caller);
    }
    Err(Box::new(back(page, "error", "not_allowed")))
}

fn failed(error: Error, page: &str) -> Response {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND.into_response(),
        Error::Forbidden => back(page, "error", "not_allowed"),
        error => {
            tracing::error!(%error, "an import failed");
            back(page, "error", "busy")
        }
    }
}

async fn series_csv(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, series)): Path<(String, UtilitySeriesId)>,
    Query(fields): Query<Fields>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let scope = caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)?;
    let query = ProfileQuery { from: fields.parse("from"), to: fields.parse("to"), step: None };
    let part = export(&ctx, &scope, &facility, series, query).await.map_err(|error| match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        error => {
            tracing::error!(%error, "a utility series could not be exported");
            StatusCode::SERVICE_UNAVAILABLE
        }
    })?;
    let disposition = format!("attachment; filename=\"{facility}-{series}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &disposition)];
    Ok((headers, write_csv(&part)).into_response())
}

/// Comments that say what it is, then one line for each metered interval.
fn write_csv(part: &Part) -> String {
    let (series, zone) = (&part.series, part.facility.time_zone);
    let mut out = String::with_capacity(1_024 + part.intervals.len() * 112);
    let comments = [
        format!("# Facility: {}", part.facility.name),
        format!("# Series: {}", series.name),
        format!("# Commodity: {} ({})", series.commodity.label(), series.flow.label().to_lowercase()),
        format!("# Unit of value: {}", series.unit.symbol()),
        format!("# Currency of cost: {}", series.currency.as_deref().unwrap_or("none")),
        format!("# Time zone of start_local: {}", zone.name()),
        "# Each interval includes its start and excludes its end. Missing intervals are not listed."
            .to_owned(),
    ];
    comments.iter().for_each(|comment| csv::line(&mut out, [comment.as_str()]));
    out.push_str("start_utc,end_utc,start_local,value,cost,quality,quality_codes\r\n");
    for interval in &part.intervals {
        let codes: Vec<String> = interval.codes.iter().map(ToString::to_string).collect();
        // Numbers are written as numbers: a minus sign is no formula there. Writing to a String does not fail.
        let _ = write!(
            out,
            "{},{},{},{},{},{},{}\r\n",
            interval.start.to_rfc3339_opts(SecondsFormat::Secs, true),
            interval.end.to_rfc3339_opts(SecondsFormat::Secs, true),
            interval.start.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, false),
            interval.value.normalize(),
            interval.cost.map(|cost| cost.normalize().to_string()).unwrap_or_default(),
            interval.quality.as_str(),
            codes.join(" "),
        );
    }
    out
}
