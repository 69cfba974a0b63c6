//! The only error on the wire: what the page can branch on, a text for the reader, and the request's id for support.

use leptos::server_fn::codec::JsonEncoding;
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use serde::{Deserialize, Serialize};

/// Why a server function did not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// It does not exist, or the caller may not know that it does.
    NotFound,
    /// The caller's role does not allow it.
    Forbidden,
    /// Nobody is signed in, or the session has ended.
    SignedOut,
    /// The input cannot be accepted; see the fields.
    Invalid,
    /// It contradicts the present state.
    Conflict,
    /// The server, or something it needs, is away.
    Unavailable,
    /// Too many attempts.
    TooMany,
    /// A fault of ours.
    Internal,
}

impl Code {
    /// The HTTP status that says the same.
    pub fn status(self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::Forbidden => 403,
            Self::SignedOut => 401,
            Self::Invalid => 422,
            Self::Conflict => 409,
            Self::Unavailable => 503,
            Self::TooMany => 429,
            Self::Internal => 500,
        }
    }
}

/// One field that cannot be accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// Name of the field as the form sends it.
    pub field: String,
    /// What to do about it.
    pub message: String,
}

/// The error of every server function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ApiError {
    /// What to branch on.
    pub code: Code,
    /// A sentence for the reader; never an internal cause.
    pub message: String,
    /// Fields to correct, for [`Code::Invalid`].
    #[serde(default)]
    pub fields: Vec<FieldError>,
    /// Names the request in the server's log; empty when the request never arrived.
    #[serde(default)]
    pub request_id: String,
}

impl ApiError {
    /// An error without fields and without a request.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), fields: vec![], request_id: String::new() }
    }
}

impl FromServerFnError for ApiError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Request(_) => Self::new(Code::Unavailable, "The server cannot be reached."),
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) => {
                Self::new(Code::Invalid, "The request could not be read.")
            }
            // A tab that was opened before the last release may not understand the answer.
            ServerFnErrorErr::Deserialization(_) => {
                Self::new(Code::Internal, "The answer could not be read. Reload the page.")
            }
            _ => Self::new(Code::Internal, "Something went wrong on our side."),
        }
    }
}

#[cfg(feature = "ssr")]
mod server {
    use super::{ApiError, Code, FieldError};
    use crate::caller::Identity;
    use axum::http::StatusCode;
    use leptos::prelude::use_context;
    use leptos_axum::ResponseOptions;

    /// Completes an error that leaves the server: the request's id and the status of the answer, which is the page's
    /// when the server function was called while rendering it.
    fn answer(code: Code, message: String, fields: Vec<FieldError>) -> ApiError {
        if let (Some(response), Ok(status)) =
            (use_context::<ResponseOptions>(), StatusCode::from_u16(code.status()))
        {
            response.set_status(status);
        }
        ApiError { code, message, fields, request_id: Identity::request_id() }
    }

    impl From<services::Error> for ApiError {
        fn from(error: services::Error) -> Self {
            use services::Error as E;
            let code = match &error {
                E::NotFound => Code::NotFound,
                E::Forbidden => Code::Forbidden,
                E::Invalid(_) => Code::Invalid,
                E::Conflict(_) => Code::Conflict,
                E::Unavailable(_) => Code::Unavailable,
                E::TooManyRequests { .. } => Code::TooMany,
                E::Internal(cause) => {
                    tracing::error!(request_id = Identity::request_id(), %cause, "server function failed");
                    return answer(Code::Internal, "Something went wrong on our side.".to_owned(), vec![]);
                }
            };
            let message = error.to_string();
            let fields = match error {
                E::Invalid(fields) => {
                    fields.into_iter().map(|f| FieldError { field: f.field, message: f.message }).collect()
                }
                _ => vec![],
            };
            answer(code, message, fields)
        }
    }

    impl From<store::Error> for ApiError {
        fn from(error: store::Error) -> Self {
            services::Error::from(error).into()
        }
    }

    impl From<domain::access::Forbidden> for ApiError {
        fn from(error: domain::access::Forbidden) -> Self {
            services::Error::from(error).into()
        }
    }

    impl ApiError {
        /// Nobody is signed in.
        pub(crate) fn signed_out() -> Self {
            answer(Code::SignedOut, "You are signed out. Sign in to go on.".to_owned(), vec![])
        }
    }
}
