//! Tokens of the REST interface, and how it is used.

use crate::error::ApiError;
use domain::tokens::TokensView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// How the REST interface is used, as its description says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiGuide {
    /// What holds for every request; code stands between backticks, here and in every text below.
    pub about: String,
    /// What can be asked.
    pub operations: Vec<Operation>,
}

/// Something that can be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Operation {
    /// Its name in the description.
    pub id: String,
    /// `GET` or `POST`.
    pub method: String,
    /// With parameters in braces.
    pub path: String,
    /// What it does, in a few words.
    pub summary: String,
    /// And in more.
    pub description: String,
    /// The scope that a token needs.
    pub scope: String,
    /// Parameters of path and query, and headers.
    pub parameters: Vec<Part>,
    /// Fields of the body.
    pub body: Vec<Part>,
    /// Bodies to begin with, each with its name.
    pub examples: Vec<(String, String)>,
    /// A command line that asks it.
    pub curl: String,
    /// Status codes with what they mean.
    pub answers: Vec<(String, String)>,
    /// Fields of the answer.
    pub answer: Vec<Part>,
}

/// A parameter or a field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Its name; of nested fields with the way to it.
    pub name: String,
    /// `path`, `query` or `header`; empty for a field.
    pub place: String,
    /// Its type in words.
    pub kind: String,
    /// Whether it has to be there.
    pub required: bool,
    /// What it means.
    pub about: String,
}

/// Tokens of the caller's organisation.
#[server(endpoint = "tokens/list", input = GetUrl)]
pub async fn get_tokens() -> Result<TokensView, ApiError> {
    let caller = crate::caller::caller().await?;
    Ok(services::tokens::list(&crate::caller::context()?, &caller).await?)
}

/// How the REST interface is used.
#[server(endpoint = "tokens/guide", input = GetUrl)]
pub async fn get_guide() -> Result<ApiGuide, ApiError> {
    crate::caller::caller().await?;
    Ok(crate::caller::guide())
}
