//! The public page that checks statement bundles.

use crate::error::ApiError;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// What became of a file that was sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Checked {
    /// It was checked.
    Report(bundle::Report),
    /// It was not, and what to do.
    Refused(String),
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyPage {
    /// The platform's key, hexadecimal; none where it does not sign.
    pub public_key: Option<String>,
    /// What was found in the file that the page answers to.
    pub checked: Option<Checked>,
}

/// What everybody may know: the platform's key. With it what was found, when the page is the answer to a file.
#[server(endpoint = "verify/page", input = GetUrl)]
pub async fn get_verify_page() -> Result<VerifyPage, ApiError> {
    let ctx = crate::caller::context()?;
    Ok(VerifyPage {
        public_key: ctx.signer.as_ref().map(services::signer::Signer::public_key_hex),
        checked: use_context::<Checked>(),
    })
}
