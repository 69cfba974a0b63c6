//! Forms for signing in and out, invitations and password resets. They work without scripts.

use crate::middleware::identity::encode;
use crate::routes::fields::{Fields, back, local_path, sign_in_again};
use crate::routes::pages::plain;
use crate::site::Site;
use axum::extract::{Path, Request, State};
use axum::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Form, Router};
use services::token::Token;
use services::{Context, Error, links, sessions};

/// What these routes need.
pub type Shared = (Context, Site);

/// The routes.
pub fn routes(shared: Shared) -> Router {
    Router::new()
        .route("/session/sign-in", post(sign_in))
        .route("/session/code", post(enter_code))
        .route("/session/sign-out", post(sign_out))
        .route("/session/reset", post(request_reset))
        .route("/session/reset/{token}", post(reset))
        .route("/session/invite/{token}", post(accept))
        .with_state(shared)
}

async fn sign_in(State((ctx, site)): State<Shared>, parts: Parts, Form(fields): Form<Fields>) -> Response {
    let next = fields.text("next");
    let previous = site.token(&parts.headers);
    let (email, password) = (fields.text("email"), fields.text("password").to_owned());
    match sessions::sign_in(&ctx, email, password, &site.visitor(&parts), previous.as_ref()).await {
        Ok(signed_in) if signed_in.code_due => {
            with_cookie(&site, Some(&signed_in.token), Redirect::to(&code_page(next, None)))
        }
        Ok(signed_in) => with_cookie(&site, Some(&signed_in.token), Redirect::to(local_path(next))),
        Err(Error::Invalid(_)) => sign_in_again("credentials", next),
        Err(Error::TooManyRequests { retry_after_s }) => too_many(retry_after_s),
        Err(error) => {
            tracing::error!(%error, "sign-in failed");
            sign_in_again("busy", next)
        }
    }
}

/// The second page of signing in, for those who have a second factor.
async fn enter_code(State((ctx, site)): State<Shared>, parts: Parts, Form(fields): Form<Fields>) -> Response {
    let next = fields.text("next");
    let Some(token) = site.token(&parts.headers) else { return sign_in_again("code_late", next) };
    match sessions::enter_code(&ctx, &token, fields.text("code"), &site.visitor(&parts)).await {
        Ok(signed_in) => with_cookie(&site, Some(&signed_in.token), Redirect::to(local_path(next))),
        Err(Error::NotFound) => sign_in_again("code_late", next),
        Err(Error::Invalid(_)) => Redirect::to(&code_page(next, Some("code"))).into_response(),
        Err(Error::TooManyRequests { retry_after_s }) => too_many(retry_after_s),
        Err(error) => {
            tracing::error!(%error, "the code at sign-in failed");
            Redirect::to(&code_page(next, Some("busy"))).into_response()
        }
    }
}

/// The page that asks for the code, keeping where the reader was going.
fn code_page(next: &str, error: Option<&str>) -> String {
    let error = error.map(|code| format!("&error={code}")).unwrap_or_default();
    format!("/sign-in/code?next={}{error}", encode(next))
}

async fn sign_out(State((ctx, site)): State<Shared>, request: Request) -> Response {
    if let Some(token) = site.token(request.headers())
        && let Err(error) = sessions::sign_out(&ctx, &token).await
    {
        // The cookie must not be taken away as if the session had ended: it has not.
        tracing::error!(%error, "sign-out failed");
        return plain(
            StatusCode::SERVICE_UNAVAILABLE,
            "Still signed in",
            "Signing out failed. Try again in a moment.",
        );
    }
    with_cookie(&site, None, Redirect::to("/sign-in?notice=signed-out"))
}

/// Answers at once and alike, whether the address is known or not; the mail is sent meanwhile.
async fn request_reset(State((ctx, _)): State<Shared>, Form(fields): Form<Fields>) -> Response {
    let email = fields.text("email").to_owned();
    tokio::spawn(async move {
        if let Err(error) = links::request_reset(&ctx, &email).await {
            tracing::error!(%error, "the password reset was not mailed");
        }
    });
    back("/reset", "notice", "sent")
}

async fn reset(
    State((ctx, _)): State<Shared>,
    Path(token): Path<String>,
    Form(fields): Form<Fields>,
) -> Response {
    let page = form_page("/reset", &token);
    if fields.text("password") != fields.text("password_again") {
        return back(&page, "error", "mismatch");
    }
    match links::reset(&ctx, &token, fields.text("password").to_owned()).await {
        Ok(()) => back("/sign-in", "notice", "password-changed"),
        Err(error) => refused(&error, &page, "/reset"),
    }
}

async fn accept(
    State((ctx, site)): State<Shared>,
    Path(token): Path<String>,
    parts: Parts,
    Form(fields): Form<Fields>,
) -> Response {
    let page = form_page("/invite", &token);
    if fields.text("password") != fields.text("password_again") {
        return back(&page, "error", "mismatch");
    }
    let (name, password) = (fields.text("name"), fields.text("password").to_owned());
    match links::accept(&ctx, &token, name, password, &site.visitor(&parts)).await {
        Ok(signed_in) => with_cookie(&site, Some(&signed_in.token), Redirect::to("/home")),
        Err(error) => refused(&error, &page, "/sign-in"),
    }
}

/// The page a token's form is on. What is not a token is not put back into a path.
fn form_page(page: &str, token: &str) -> String {
    Token::parse(token).map_or_else(|| page.to_owned(), |token| format!("{page}/{}", token.reveal()))
}

fn refused(error: &Error, form: &str, elsewhere: &str) -> Response {
    match error {
        Error::NotFound => back(elsewhere, "error", "link"),
        Error::Invalid(fields) if fields.iter().any(|f| f.field == "name") => back(form, "error", "name"),
        Error::Invalid(_) => back(form, "error", "weak"),
        error => {
            tracing::error!(%error, "a mailed link could not be used");
            back(form, "error", "busy")
        }
    }
}

fn with_cookie(site: &Site, token: Option<&Token>, to: Redirect) -> Response {
    let mut response = to.into_response();
    if let Ok(cookie) = HeaderValue::from_str(&site.set_cookie(token)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

fn too_many(retry_after_s: u64) -> Response {
    let minutes = retry_after_s.div_ceil(60);
    let text = format!(
        "Signing in failed too often from here. Try again in {minutes} minutes, or reset your password."
    );
    let mut response = plain(StatusCode::TOO_MANY_REQUESTS, "Too many attempts", &text);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(retry_after_s));
    response
}
