//! Checking a statement bundle for whoever has one: the public page's form, for browsers without scripts. With scripts the file
//! does not leave the browser.

use crate::middleware::headers;
use app::api::verify::Checked;
use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Extension, Multipart, Request, State};
use axum::http::{Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use leptos::config::LeptosOptions;
use leptos::context::provide_context;
use leptos_axum::render_app_async_with_context;
use services::Context;
use std::time::Duration;
use tokio::sync::Semaphore;

/// Checks at the same time: each fits models again and takes seconds.
static CHECKS: Semaphore = Semaphore::const_new(1);
/// Largest bundle, bytes. A month of three metrics is a tenth of this.
const BYTES_MAX: usize = 32 << 20;
/// How long somebody may take to send one.
const UPLOAD_TIME: Duration = Duration::from_secs(120);

/// The route. It expects [`Context`] in the request and renders the page with what was found.
pub fn routes(options: LeptosOptions) -> Router {
    Router::new()
        .route("/verify", post(file))
        .layer(DefaultBodyLimit::max(BYTES_MAX + (64 << 10)))
        .with_state(options)
}

async fn file(
    State(options): State<LeptosOptions>,
    Extension(ctx): Extension<Context>,
    form: Multipart,
) -> Response {
    let Ok(_permit) = CHECKS.try_acquire() else {
        return shown(options, Checked::Refused(BUSY.to_owned())).await;
    };
    let bytes = match tokio::time::timeout(UPLOAD_TIME, uploaded(form)).await {
        Ok(Ok(bytes)) => bytes,
        Ok(Err(sentence)) => return shown(options, Checked::Refused(sentence.to_owned())).await,
        Err(_) => {
            return shown(options, Checked::Refused("Sending the file took too long.".to_owned())).await;
        }
    };
    let work = tokio::task::spawn_blocking(move || services::reports::check(&ctx, &bytes));
    match work.await {
        Ok(report) => shown(options, Checked::Report(report)).await,
        Err(error) => {
            tracing::error!(%error, "a bundle could not be checked");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

const BUSY: &str = "Another file is being checked. Try again in a few seconds.";

async fn uploaded(mut form: Multipart) -> Result<Vec<u8>, &'static str> {
    let broken = |_| "The file did not arrive whole, or is larger than 32 MiB. Send it again.";
    while let Some(field) = form.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            let bytes = field.bytes().await.map_err(broken)?;
            return if bytes.is_empty() { Err("Choose a file first.") } else { Ok(bytes.to_vec()) };
        }
    }
    Err("Choose a file first.")
}

/// The page with what was found. It is never behind an address that could be sent to somebody.
async fn shown(options: LeptosOptions, found: Checked) -> Response {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = Uri::from_static("/verify");
    let context = move || {
        headers::page_policy();
        provide_context(found.clone());
    };
    let render = render_app_async_with_context(context, move || app::shell(options.clone()));
    render(request).await.into_response()
}
