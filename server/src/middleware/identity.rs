//! Who sent a request, for every route that has to know.

use crate::middleware::observe::RequestId;
use crate::rest::guide::GUIDE;
use crate::routes::pages::plain;
use crate::site::Site;
use app::caller::Identity;
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use services::{Context, sessions};
use std::fmt::Write as _;

/// Puts [`Identity`] and [`Context`] into the request.
pub async fn resolve(
    State((ctx, site)): State<(Context, Site)>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    mut request: Request,
    next: Next,
) -> Response {
    let principal = match site.token(request.headers()) {
        Some(token) => match sessions::resolve(&ctx, &token).await {
            Ok(principal) => principal,
            Err(error) => {
                tracing::error!(%error, "the session could not be read");
                return plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "Not available",
                    "The database does not answer. Nothing is lost; try again in a moment.",
                );
            }
        },
        None => None,
    };
    request.extensions_mut().insert(Identity { principal, request_id });
    request.extensions_mut().insert(ctx);
    request.extensions_mut().insert(GUIDE.clone());
    next.run(request).await
}

/// Sends readers who are not signed in to the sign-in page, and from there back to where they were going.
pub async fn pages_need_it(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let signed_in =
        request.extensions().get::<Identity>().is_some_and(|identity| identity.principal.is_some());
    if signed_in || is_public(path) || path.starts_with("/api/") {
        return next.run(request).await;
    }
    let target = request.uri().path_and_query().map_or("/", |target| target.as_str());
    Redirect::to(&format!("/sign-in?next={}", encode(target))).into_response()
}

fn is_public(path: &str) -> bool {
    path == "/sign-in"
        || path == "/sign-in/code"
        || path == "/reset"
        || path == "/verify"
        || path.starts_with("/reset/")
        || path.starts_with("/invite/")
}

/// Percent-encodes all but what stands for itself in a query.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                encoded.push(byte.into());
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(encoded, "%{byte:02X}");
            }
        }
    }
    encoded
}
