//! Forms of the page of tokens. They work without scripts.

use crate::middleware::identity::encode;
use crate::routes::fields::{Fields, back};
use crate::routes::pages::plain;
use app::caller::Identity;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Form, Router};
use domain::tokens::ApiScope;
use services::tokens::{NewToken, make, revoke};
use services::{Context, Error};

const PAGE: &str = "/settings/tokens";
const MISSING: &str = "There is no such token any more. The page shows how it stands now.";

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/settings/tokens/make", post(make_token))
        .route("/settings/tokens/revoke", post(revoke_token))
}

type Asked = (Extension<Identity>, Extension<Context>);

async fn make_token((Extension(who), Extension(ctx)): Asked, Form(fields): Form<Fields>) -> Response {
    let Some(caller) = &who.principal else { return back("/sign-in", "next", PAGE) };
    let scopes: Option<Vec<ApiScope>> = fields.all("scope").map(ApiScope::parse).collect();
    let facility = match fields.text("facility") {
        "" => Ok(None),
        id => id.parse().map(Some),
    };
    let (Some(scopes), Ok(facility), Some(days)) = (scopes, facility, fields.parse("days")) else {
        return refused("The form did not arrive whole. Fill it in again.");
    };
    let new = NewToken { name: fields.text("name").to_owned(), scopes, facility, days };
    match make(&ctx, caller, &new).await {
        Ok(secret) => shown_once(&secret),
        Err(error) => failed(error),
    }
}

async fn revoke_token((Extension(who), Extension(ctx)): Asked, Form(fields): Form<Fields>) -> Response {
    let Some(caller) = &who.principal else { return back("/sign-in", "next", PAGE) };
    let Some(id) = fields.parse("token") else { return refused(MISSING) };
    match revoke(&ctx, caller, id).await {
        Ok(()) => back(PAGE, "notice", "revoked"),
        Err(error) => failed(error),
    }
}

/// The secret, in the answer itself: no address and no database could give it again. It is of hexadecimal digits.
fn shown_once(secret: &str) -> Response {
    let text = format!(
        "Copy the token now and keep it where only your program reads it: it is not shown again. Programs send it as \
        <code>Authorization: Bearer</code> and then the token.</p><p><code id=\"token\">{secret}</code></p>\
        <p><a href=\"/developers\">How to use it</a></p><p><a href=\"{PAGE}\">I have kept it: back to Tokens</a>"
    );
    plain(StatusCode::OK, "Your token", &text)
}

/// Back to the page with the sentence that says what is wrong.
fn failed(error: Error) -> Response {
    let text = match error {
        Error::NotFound => MISSING.to_owned(),
        Error::Forbidden => "Your role does not manage tokens.".to_owned(),
        error @ Error::Invalid(_) => error.to_string(),
        error => {
            tracing::error!(%error, "a form of the page of tokens failed");
            "That could not be done just now, and nothing was changed. Try again in a minute.".to_owned()
        }
    };
    refused(&text)
}

fn refused(text: &str) -> Response {
    Redirect::to(&format!("{PAGE}?error={}", encode(text))).into_response()
}
