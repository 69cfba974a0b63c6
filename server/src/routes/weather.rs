//! Weather files: uploading one, storing or dropping it, choosing the station; hours as CSV. All of it works without scripts.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{csv_file, done, failed, no_file};
use app::caller::Identity;
use axum::extract::{DefaultBodyLimit, Multipart, Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use domain::access::{Permission, Scope};
use domain::id::{StationId, WeatherDraftId, WeatherSetId};
use services::audit::Actor;
use services::weather::{BYTES_MAX, Named, choose, discard, export, frozen, store_file, upload};
use services::{Context, Error};

/// What multipart adds around a file.
const FORM_BYTES: usize = 64 << 10;

/// The routes but for the upload. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/weather/files/{id}/store", post(store))
        .route("/f/{facility}/weather/files/{id}/discard", post(drop_file))
        .route("/f/{facility}/weather/choose", post(choose_station))
        .route("/f/{facility}/weather.csv", get(hours))
        .route("/f/{facility}/weather/sets/{set}/hours.csv", get(set))
}

/// The upload, which must not be under the limit of ordinary forms.
pub fn upload_routes() -> Router {
    Router::new()
        .route("/f/{facility}/weather/files", post(on_upload))
        .layer(DefaultBodyLimit::max(BYTES_MAX + FORM_BYTES))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn on_upload(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    form: Multipart,
) -> Response {
    let page = format!("/f/{facility}/weather");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    if !caller.may(Permission::ImportData) {
        return failed(Error::Forbidden, &page, "weather");
    }
    // An import of a table and a weather file arrive the same way.
    let (name, bytes) = match crate::routes::imports::file(form).await {
        Ok(file) => file,
        Err("too_large") => return failed(too_large(), &page, "weather"),
        Err(_) => return failed(Error::field("file", "Choose a file first."), &page, "weather"),
    };
    match upload(&ctx, &caller, &facility, &name, bytes).await {
        Ok(id) => Redirect::to(&format!("{page}?file={id}#file-preview")).into_response(),
        Err(error) => failed(error, &page, "weather"),
    }
}

fn gone() -> Error {
    Error::Conflict("This file is not waiting any more: it was stored or discarded.".to_owned())
}

fn too_large() -> Error {
    Error::field("file", format!("The file is larger than {} MiB.", BYTES_MAX >> 20))
}

async fn store(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, WeatherDraftId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/weather");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let place = fields.parse::<f64>("latitude").zip(fields.parse::<f64>("longitude"));
    let half =
        place.is_none() && !(fields.text("latitude").is_empty() && fields.text("longitude").is_empty());
    if half {
        let wrong = Error::field("latitude", "Latitude and longitude are degrees such as 39.74 and -104.99.");
        return failed(wrong, &format!("{page}?file={id}"), "weather");
    }
    let named = Named { name: fields.text("name").to_owned(), place };
    match store_file(&ctx, &caller, &facility, id, &named).await {
        Ok(changed) => done(&page, &format!("Stored: {changed} hours are new or changed.")),
        // Stored twice, by a double click or by somebody else.
        Err(Error::NotFound) => failed(gone(), &page, "weather"),
        Err(error) => failed(error, &page, "weather"),
    }
}

async fn drop_file(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, WeatherDraftId)>,
) -> Response {
    let page = format!("/f/{facility}/weather");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match discard(&ctx, &caller, &facility, id).await {
        Ok(()) => done(&page, "The file is discarded; nothing of it was stored."),
        Err(Error::NotFound) => failed(gone(), &page, "weather"),
        Err(error) => failed(error, &page, "weather"),
    }
}

async fn choose_station(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/weather");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let Some(station) = fields.parse::<StationId>("station") else {
        return failed(Error::field("station", "Choose a station of the list."), &page, "weather");
    };
    match choose(&ctx, Actor::Person(&caller), &facility, station, fields.text("reason")).await {
        Ok(()) => done(
            &page,
            "The station is chosen; savings of months that are not closed are computed again with its weather.",
        ),
        Err(error) => failed(error, &page, "weather"),
    }
}

async fn hours(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Query(fields): Query<Fields>,
) -> Result<Response, StatusCode> {
    let days = (fields.parse("from"), fields.parse("until"));
    let text =
        export(&ctx, &scope(&who)?, &facility, days).await.map_err(|error| no_file(&error, "weather"))?;
    Ok(csv_file(&format!("{facility}-weather.csv"), text))
}

async fn set(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, set)): Path<(String, WeatherSetId)>,
) -> Result<Response, StatusCode> {
    let text =
        frozen(&ctx, &scope(&who)?, &facility, set).await.map_err(|error| no_file(&error, "weather"))?;
    Ok(csv_file(&format!("{facility}-weather-{set}.csv"), text))
}

fn scope(who: &Identity) -> Result<Scope, StatusCode> {
    let caller = who.principal.as_ref().ok_or(StatusCode::UNAUTHORIZED)?;
    caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)
}
