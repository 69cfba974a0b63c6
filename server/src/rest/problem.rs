//! Refusals as problem details (RFC 9457).

use axum::Json;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use services::{Error, FieldError};
use utoipa::ToSchema;

/// The media type of refusals.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// Always `about:blank`: the status says what kind of problem it is.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: &'static str,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    title: String,
    /// The status of the answer.
    #[schema(example = 422)]
    status: u16,
    /// What is wrong, and what to do about it.
    #[schema(example = "The baseline period has to be over.")]
    detail: String,
    /// Every field that cannot be accepted; left out where it is not about fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Field>,
    #[serde(skip)]
    header: Option<(HeaderName, String)>,
}

/// A field that cannot be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Field {
    /// Its place in the request, e.g. `rows[3].value`, or the name of a parameter or header.
    #[schema(example = "period_end")]
    field: String,
    /// What to do about it.
    #[schema(example = "The baseline period has to be over.")]
    message: String,
}

/// What handlers return; boxed, because refusals are rare and large.
pub type Answered<T> = Result<T, Box<Problem>>;

impl Problem {
    /// A refusal with a sentence.
    pub fn new(status: StatusCode, detail: impl Into<String>) -> Box<Self> {
        Box::new(Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or_default().to_owned(),
            status: status.as_u16(),
            detail: detail.into(),
            errors: vec![],
            header: None,
        })
    }

    /// Fields that cannot be accepted.
    pub fn fields(errors: Vec<FieldError>) -> Box<Self> {
        let detail = errors.iter().map(|error| error.message.as_str()).collect::<Vec<_>>().join(" ");
        let mut problem = Self::new(StatusCode::UNPROCESSABLE_ENTITY, detail);
        problem.errors = errors.into_iter().map(|e| Field { field: e.field, message: e.message }).collect();
        problem
    }

    /// With a header that goes with the status.
    pub fn with(mut self: Box<Self>, name: HeaderName, value: impl Into<String>) -> Box<Self> {
        self.header = Some((name, value.into()));
        self
    }
}

impl From<Error> for Box<Problem> {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Problem::new(
                StatusCode::NOT_FOUND,
                "There is nothing here, or this token does not open it. Check the facility or the id.",
            ),
            Error::Forbidden => Problem::new(
                StatusCode::FORBIDDEN,
                "This token may not do this: it lacks the scope, or whoever made it does not hold the permission any \
                more. Make another one under Tokens.",
            )
            .with(header::WWW_AUTHENTICATE, "Bearer realm=\"gainshare\", error=\"insufficient_scope\""),
            Error::Invalid(errors) => Problem::fields(errors),
            Error::Conflict(text) => Problem::new(StatusCode::CONFLICT, text),
            Error::Unavailable(_) => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "The database does not answer. Nothing was changed; try again in a moment.",
            )
            .with(header::RETRY_AFTER, "5"),
            Error::TooManyRequests { retry_after_s } => too_many(retry_after_s),
            Error::Internal(cause) => {
                tracing::error!(%cause, "a request to the REST interface failed");
                Problem::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "That failed on our side, and nothing was changed. The x-request-id header names it in our log.",
                )
            }
        }
    }
}

/// More requests than a token may send.
pub fn too_many(retry_after_s: u64) -> Box<Problem> {
    let detail = format!("This token asks too often. Try again in {retry_after_s} s.");
    Problem::new(StatusCode::TOO_MANY_REQUESTS, detail).with(header::RETRY_AFTER, retry_after_s.to_string())
}

impl IntoResponse for Box<Problem> {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(&self)).into_response();
        // `Json` says what it is itself; a problem is more than that.
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if let Some((name, value)) = self.header
            && let Ok(value) = HeaderValue::from_str(&value)
        {
            response.headers_mut().insert(name, value);
        }
        response
    }
}
