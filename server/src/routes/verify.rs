//! Checking a statement bundle for whoever has one: the public page's form, for browsers without scripts. With scripts the file
//! does not leave the browser.

use crate::middleware::headers;
use app::api::verify::Checked;
use app::caller::Identity;
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

type Asked = (Extension<Identity>, Extension<Context>);

async fn file(
    State(options): State<LeptosOptions>,
    (Extension(who), Extension(ctx)): Asked,
    form: Multipart,
) -> Response {
    let found = match checked(&ctx, form).await {
        Ok(report) => Checked::Report(report),
        Err(Some(sentence)) => Checked::Refused(sentence.to_owned()),
        Err(None) => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    shown(options, who, ctx, found).await
}

/// What was found, or why nothing was: a sentence, none where the fault is ours.
async fn checked(ctx: &Context, form: Multipart) -> Result<bundle::Report, Option<&'static str>> {
    let _permit = CHECKS.try_acquire().map_err(|_| Some(BUSY))?;
    let sent = tokio::time::timeout(UPLOAD_TIME, uploaded(form)).await;
    let bytes = sent.map_err(|_| Some("Sending the file took too long."))?.map_err(Some)?;
    let ctx = ctx.clone();
    let work = tokio::task::spawn_blocking(move || services::reports::check(&ctx, &bytes));
    work.await.map_err(|error| {
        tracing::error!(%error, "a bundle could not be checked");
        None
    })
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
async fn shown(options: LeptosOptions, who: Identity, ctx: Context, found: Checked) -> Response {
    let mut request = Request::new(Body::empty());
    *request.method_mut() = Method::GET;
    *request.uri_mut() = Uri::from_static("/verify");
    request.extensions_mut().insert(who);
    request.extensions_mut().insert(ctx);
    let context = move || {
        headers::page_policy();
        provide_context(found.clone());
    };
    let render = render_app_async_with_context(context, move || app::shell(options.clone()));
    render(request).await.into_response()
}
