//! Who is calling. The server puts an [`Identity`] and a [`Context`] into every request; the first statement of a
//! server function reads them.

use crate::api::tokens::ApiGuide;
use crate::error::ApiError;
use axum::http::request::Parts;
use domain::access::Principal;
use leptos::prelude::use_context;
use services::Context;
use std::sync::Arc;

/// What the server knows of a request's sender.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who is signed in, if anybody.
    pub principal: Option<Principal>,
    /// The request's id in the log.
    pub request_id: Arc<str>,
}

impl Identity {
    /// The id of the request being answered; empty outside of one.
    pub(crate) fn request_id() -> String {
        extension::<Self>().map(|identity| identity.request_id.to_string()).unwrap_or_default()
    }
}

/// The person who is signed in, with everything they hold.
///
/// # Errors
/// [`crate::error::Code::SignedOut`] when nobody is.
pub async fn caller() -> Result<Principal, ApiError> {
    extension::<Identity>().and_then(|identity| identity.principal).ok_or_else(ApiError::signed_out)
}

/// What use cases need.
///
/// # Errors
/// [`crate::error::Code::Internal`] outside of a request.
pub fn context() -> Result<Context, ApiError> {
    extension::<Context>().ok_or_else(|| {
        services::Error::internal("no context in the request: the server is wired wrongly").into()
    })
}

/// How the REST interface is used, which the server knows; empty outside of a request.
pub(crate) fn guide() -> ApiGuide {
    extension::<Arc<ApiGuide>>().map(|guide| (*guide).clone()).unwrap_or_default()
}

fn extension<T: Clone + Send + Sync + 'static>() -> Option<T> {
    use_context::<Parts>()?.extensions.get::<T>().cloned()
}
