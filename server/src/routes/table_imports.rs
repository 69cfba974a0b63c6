//! Answers to the questions of a table's import. All of it works without scripts.

use crate::middleware::identity::encode;
use crate::routes::fields::{Fields, back};
use crate::routes::imports::file;
use app::caller::Identity;
use axum::extract::{DefaultBodyLimit, Multipart, Path};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use domain::access::Permission;
use domain::csv;
use domain::id::ImportId;
use domain::table::{ClockOf, DateOrder, Edge, Field, Stage, Target, ValueUnit};
use domain::utility::{Commodity, ImportState};
use services::audit::Actor;
use services::imports::table::{Answer, answer, mended, rejects};
use services::{Context, Error};
use std::collections::BTreeMap;

/// Largest file of mended rows.
const MENDED_BYTES: usize = 8 << 20;
/// Most columns that are asked about.
const COLUMNS_MAX: usize = 200;

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/imports/{id}/sheet", post(on_sheet))
        .route("/f/{facility}/imports/{id}/header", post(on_header))
        .route("/f/{facility}/imports/{id}/columns", post(on_columns))
        .route("/f/{facility}/imports/{id}/time", post(on_time))
        .route("/f/{facility}/imports/{id}/repair", post(on_repair))
        .route("/f/{facility}/imports/{id}/skip", post(on_skip))
        .route("/f/{facility}/imports/{id}/finish", post(on_finish))
        .route("/f/{facility}/imports/{id}/back/{stage}", post(on_back))
        .route("/f/{facility}/imports/{id}/rejects.csv", get(rejected))
}

/// The upload of mended rows, which must not be under the limit of ordinary forms.
pub fn upload_routes() -> Router {
    Router::new()
        .route("/f/{facility}/imports/{id}/mended", post(on_mended))
        .layer(DefaultBodyLimit::max(MENDED_BYTES))
}

type Asked = (Extension<Identity>, Extension<Context>);
type Place = Path<(String, ImportId)>;

/// Takes an answer and shows the next question, or the totals.
async fn take(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Place,
    given: Option<Answer>,
) -> Response {
    let import = format!("/f/{facility}/imports/{id}");
    let page = format!("{import}/set-up");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let Some(given) = given else { return back(&page, "problem", &encode("Answer every question.")) };
    match answer(&ctx, Actor::Person(&caller), &facility, id, given).await {
        Ok(ImportState::Mapping) => Redirect::to(&page).into_response(),
        Ok(_) => Redirect::to(&import).into_response(),
        Err(error) => failed(error, &page),
    }
}

fn failed(error: Error, page: &str) -> Response {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND.into_response(),
        Error::Forbidden => back(page, "error", "not_allowed"),
        Error::Invalid(_) | Error::Conflict(_) => back(page, "problem", &encode(&error.to_string())),
        error => {
            tracing::error!(%error, "a table could not be set up");
            back(page, "error", "busy")
        }
    }
}

async fn on_sheet(asked: Asked, place: Place, Form(fields): Form<Fields>) -> Response {
    take(asked, place, fields.parse("sheet").map(Answer::Sheet)).await
}

async fn on_header(asked: Asked, place: Place, Form(fields): Form<Fields>) -> Response {
    take(asked, place, fields.parse("row").map(Answer::Header)).await
}

async fn on_columns(asked: Asked, place: Place, Form(fields): Form<Fields>) -> Response {
    let all = |index: &usize| fields.all(&format!("column-{index}")).next().is_some();
    let columns: Vec<Option<Field>> = (0..COLUMNS_MAX)
        .take_while(all)
        .map(|index| Field::parse(fields.text(&format!("column-{index}"))))
        .collect();
    let given = || {
        Some(Answer::Columns {
            target: Target::parse(fields.text("target"))?,
            columns,
            unit: ValueUnit::parse(fields.text("unit"))?,
            commodity: Commodity::parse(fields.text("commodity"))?,
            series: fields.text("series").to_owned(),
        })
    };
    take(asked, place, given()).await
}

async fn on_time(asked: Asked, place: Place, Form(fields): Form<Fields>) -> Response {
    let given = || {
        Some(Answer::Time {
            // Only asked of meter readings.
            edge: Edge::parse(fields.text("edge")).unwrap_or(Edge::Start),
            clock: ClockOf::parse(fields.text("clock")).unwrap_or(ClockOf::Facility),
            dates: DateOrder::parse(fields.text("dates"))?,
            decimal_comma: fields.parse("decimal_comma")?,
        })
    };
    take(asked, place, given()).await
}

async fn on_repair(asked: Asked, place: Place, Form(fields): Form<Fields>) -> Response {
    let mut cells: BTreeMap<u32, BTreeMap<u32, String>> = BTreeMap::new();
    for (name, value) in fields.iter() {
        let place = name.strip_prefix("cell-").and_then(|rest| rest.split_once('-'));
        let place =
            place.and_then(|(row, column)| Some((row.parse::<u32>().ok()?, column.parse::<u32>().ok()?)));
        if let Some((row, column)) = place {
            cells.entry(row).or_default().insert(column, value.to_owned());
        }
    }
    take(asked, place, Some(Answer::Repair(cells))).await
}

async fn on_skip(asked: Asked, place: Place) -> Response {
    take(asked, place, Some(Answer::SkipBad)).await
}

async fn on_finish(asked: Asked, place: Place) -> Response {
    take(asked, place, Some(Answer::Finish)).await
}

async fn on_back(asked: Asked, Path((facility, id, stage)): Path<(String, ImportId, String)>) -> Response {
    take(asked, Path((facility, id)), Stage::parse(&stage).map(Answer::Back)).await
}

async fn on_mended(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Place,
    form: Multipart,
) -> Response {
    let page = format!("/f/{facility}/imports/{id}/set-up");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    if !caller.may(Permission::ImportData) {
        return back(&page, "error", "not_allowed");
    }
    let bytes = match file(form).await {
        Ok((_, bytes)) => bytes,
        Err(code) => return back(&page, "error", code),
    };
    match mended(&ctx, Actor::Person(&caller), &facility, id, bytes).await {
        Ok(_) => Redirect::to(&page).into_response(),
        Err(error) => failed(error, &page),
    }
}

async fn rejected(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Place,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let scope = caller.scope(Permission::ImportData).map_err(|_| StatusCode::FORBIDDEN)?;
    let rows = rejects(&ctx, &scope, &facility, id).await.map_err(|error| match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        error => {
            tracing::error!(%error, "rejected rows could not be exported");
            StatusCode::SERVICE_UNAVAILABLE
        }
    })?;
    let mut out = String::new();
    for row in &rows {
        csv::line(&mut out, row.iter().map(String::as_str));
    }
    let disposition = format!("attachment; filename=\"{facility}-rejected-{id}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &disposition)];
    Ok((headers, out).into_response())
}
