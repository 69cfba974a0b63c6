//! Jobs of people: trying again, deleting, and taking files away.

use crate::routes::fields::back;
use crate::routes::outcome::{done, failed, no_file};
use crate::routes::reports::media_type;
use app::caller::Identity;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use domain::access::Principal;
use domain::id::JobId;
use domain::report::Format;
use futures_util::stream::try_unfold;
use services::{Context, Error, jobs};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/downloads/{job}", get(download))
        .route("/jobs/{job}/again", post(again))
        .route("/jobs/{job}/delete", post(delete))
}

type Asked = (Extension<Identity>, Extension<Context>);

/// Where a job is listed.
fn page(report_of: Option<String>) -> String {
    report_of.map_or_else(|| "/downloads".to_owned(), |slug| format!("/f/{slug}/reports"))
}

async fn again((Extension(who), Extension(ctx)): Asked, Path(job): Path<JobId>) -> Response {
    let Some(caller) = who.principal else { return back("/sign-in", "next", "/downloads") };
    match jobs::again(&ctx, &caller, job).await {
        Ok(report_of) => done(&page(report_of), "It is tried again."),
        Err(error) => failed(error, "/downloads", "a job"),
    }
}

async fn delete((Extension(who), Extension(ctx)): Asked, Path(job): Path<JobId>) -> Response {
    let Some(caller) = who.principal else { return back("/sign-in", "next", "/downloads") };
    match jobs::delete(&ctx, &caller, job).await {
        Ok(report_of) => done(&page(report_of), "It is deleted."),
        Err(error) => failed(error, "/downloads", "a job"),
    }
}

/// A file, piece by piece from the database to the reader.
async fn download(
    (Extension(who), Extension(ctx)): Asked,
    Path(job): Path<JobId>,
) -> Result<Response, StatusCode> {
    let caller = who.principal.ok_or(StatusCode::UNAUTHORIZED)?;
    let file = jobs::file(&ctx, &caller, job).await.map_err(|error| no_file(&error, "an export"))?;
    let kind = match file.name.rsplit('.').next() {
        Some("xlsx") => media_type(Format::Xlsx),
        Some("gz") => "application/gzip",
        _ => media_type(Format::Csv),
    };
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    let length = file.bytes.to_string();
    let headers = [
        (header::CONTENT_TYPE, kind),
        (header::CONTENT_DISPOSITION, &disposition),
        (header::CONTENT_LENGTH, &length),
    ];
    Ok((headers, Body::from_stream(pieces(ctx, caller, job))).into_response())
}

fn pieces(
    ctx: Context,
    caller: Principal,
    job: JobId,
) -> impl futures_util::Stream<Item = Result<Vec<u8>, Error>> {
    try_unfold((ctx, caller, 0), move |(ctx, caller, n)| async move {
        let piece = jobs::piece(&ctx, &caller, job, n).await?;
        Ok(piece.map(|bytes| (bytes, (ctx, caller, n + 1))))
    })
}
