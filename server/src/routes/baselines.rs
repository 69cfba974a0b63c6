//! Fitting baselines, picking a candidate and moving one on; their inputs as a file. All of it works without scripts.

use crate::middleware::identity::encode;
use crate::routes::fields::{Fields, back};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use domain::access::{Permission, Principal};
use domain::baseline::Step;
use domain::id::BaselineId;
use services::audit::Actor;
use services::baselines::{NewBaseline, choose, fit, inputs_csv, take_step};
use services::{Context, Error};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/baselines", post(fit_baseline))
        .route("/f/{facility}/baselines/{id}/choose", post(choose_candidate))
        .route("/f/{facility}/baselines/{id}/steps/{step}", post(step_baseline))
        .route("/f/{facility}/baselines/{id}/inputs.csv", get(inputs))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn fit_baseline(
    (Extension(who), Extension(ctx)): Asked,
    Path(facility): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/baselines");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let new = NewBaseline::read(|name| fields.text(name));
    let done = match new {
        Ok(new) => fit(&ctx, Actor::Person(&caller), &facility, &new).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(id) => Redirect::to(&format!("{page}/{id}")).into_response(),
        Err(error) => failed(error, &page),
    }
}

async fn choose_candidate(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, BaselineId)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/baselines/{id}");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    match choose(&ctx, Actor::Person(&caller), &facility, id, fields.text("method"), fields.text("reason"))
        .await
    {
        Ok(()) => Redirect::to(&page).into_response(),
        Err(error) => failed(error, &page),
    }
}

async fn step_baseline(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id, step)): Path<(String, BaselineId, String)>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = format!("/f/{facility}/baselines/{id}");
    let Some(caller) = who.principal else { return back("/sign-in", "next", &page) };
    let Some(step) = Step::parse(&step) else { return StatusCode::NOT_FOUND.into_response() };
    match take_step(&ctx, &caller, &facility, id, step, fields.text("note")).await {
        Ok(state) => {
            let done = format!("Done: the baseline is {} now.", state.label().to_lowercase());
            Redirect::to(&format!("{page}?done={}", encode(&done))).into_response()
        }
        Err(error) => failed(error, &page),
    }
}

/// Back to the page with the sentence that says what is wrong.
fn failed(error: Error, page: &str) -> Response {
    let text = match error {
        Error::NotFound => return StatusCode::NOT_FOUND.into_response(),
        Error::Forbidden => "Your role does not do this. An owner can change it under People.".to_owned(),
        Error::Internal(cause) => {
            tracing::error!(%cause, "a baseline could not be worked on");
            "That could not be done just now, and nothing was changed. Try again in a minute.".to_owned()
        }
        error => error.to_string(),
    };
    Redirect::to(&format!("{page}?error={}", encode(&text))).into_response()
}

async fn inputs(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, BaselineId)>,
) -> Result<Response, StatusCode> {
    let caller: Principal = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let scope = caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)?;
    let text = inputs_csv(&ctx, &scope, &facility, id).await.map_err(|error| match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        error => {
            tracing::error!(%error, "inputs of a baseline could not be exported");
            StatusCode::SERVICE_UNAVAILABLE
        }
    })?;
    let disposition = format!("attachment; filename=\"{facility}-baseline-{id}.csv\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &disposition)];
    Ok((headers, text).into_response())
}
