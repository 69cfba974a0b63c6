//! The portal: pages and server functions of the `app` crate, and plain answers where no page can be made.

use app::error::ApiError;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Response as HttpResponse, StatusCode, header};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use leptos::server_fn::error::SERVER_FN_ERROR_HEADER;

/// Errors are small; more than this is not one of ours.
const ERROR_BYTES_MAX: usize = 256 * 1024;

/// Server functions answer every error with 500. This gives each its own status.
pub async fn error_status(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = to_bytes(body, ERROR_BYTES_MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let error = serde_json::from_slice::<ApiError>(&bytes).ok();
    if let Some(status) = error.and_then(|e| StatusCode::from_u16(e.code.status()).ok()) {
        parts.status = status;
        parts.headers.remove(header::LOCATION);
    }
    HttpResponse::from_parts(parts, Body::from(bytes))
}

/// A page without the portal around it. The texts are ours and need no escaping.
pub fn plain(status: StatusCode, title: &str, text: &str) -> Response {
    let page = format!(
        "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
        <title>{title} – Gainshare</title><h1>{title}</h1><p>{text}</p><p><a href=\"/home\">Back to Gainshare</a></p></html>"
    );
    (status, Html(page)).into_response()
}
