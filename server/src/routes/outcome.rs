//! How forms and files end: back to the page with a sentence, a file, or a status.

use crate::middleware::identity::encode;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use services::Error;

/// Back to the page, which says what was done.
pub fn done(page: &str, text: &str) -> Response {
    said(page, "done", text)
}

/// Back to the page, which says what is wrong and what to do; 404 where there is no such page for the caller. `what` names
/// in the log what could not be worked on.
pub fn failed(error: Error, page: &str, what: &str) -> Response {
    let text = match error {
        Error::NotFound => return StatusCode::NOT_FOUND.into_response(),
        Error::Forbidden => "Your role does not do this. An owner can change it under People.".to_owned(),
        Error::Internal(cause) => {
            tracing::error!(%cause, "{what} could not be worked on");
            "That could not be done just now, and nothing was changed. Try again in a minute.".to_owned()
        }
        error => error.to_string(),
    };
    said(page, "error", &text)
}

fn said(page: &str, name: &str, text: &str) -> Response {
    let sign = if page.contains('?') { '&' } else { '?' };
    Redirect::to(&format!("{page}{sign}{name}={}", encode(text))).into_response()
}

/// A CSV file to be kept under this name.
pub fn csv_file(name: &str, text: String) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8"), (header::CONTENT_DISPOSITION, &disposition)];
    (headers, text).into_response()
}

/// Why there is no file. `what` names in the log what could not be exported.
pub fn no_file(error: &Error, what: &str) -> StatusCode {
    match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
        error => {
            tracing::error!(%error, "{what} could not be exported");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
