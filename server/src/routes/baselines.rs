//! Fitting baselines, picking a candidate and moving one on; their inputs as a file. All of it works without scripts.

use crate::routes::fields::{Fields, back};
use crate::routes::outcome::{csv_file, done, failed, no_file};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Router};
use domain::access::{Permission, Principal};
use domain::baseline::Step;
use domain::id::BaselineId;
use services::Context;
use services::audit::Actor;
use services::baselines::{NewBaseline, choose, fit, inputs_csv, take_step};

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
    let fitted = match new {
        Ok(new) => fit(&ctx, Actor::Person(&caller), &facility, &new).await,
        Err(error) => Err(error),
    };
    match fitted {
        Ok(id) => Redirect::to(&format!("{page}/{id}")).into_response(),
        Err(error) => failed(error, &page, "a baseline"),
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
        Err(error) => failed(error, &page, "a baseline"),
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
        Ok(state) => done(&page, &format!("Done: the baseline is {} now.", state.label().to_lowercase())),
        Err(error) => failed(error, &page, "a baseline"),
    }
}

async fn inputs(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, BaselineId)>,
) -> Result<Response, StatusCode> {
    let caller: Principal = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let scope = caller.scope(Permission::ViewFacility).map_err(|_| StatusCode::FORBIDDEN)?;
    let text = inputs_csv(&ctx, &scope, &facility, id).await;
    let text = text.map_err(|error| no_file(&error, "inputs of a baseline"))?;
    Ok(csv_file(&format!("{facility}-baseline-{id}.csv"), text))
}
