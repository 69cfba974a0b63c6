//! Forms of the security page, and the code at sign-in. They work without scripts.

use crate::routes::fields::{Fields, back};
use crate::routes::pages::plain;
use app::caller::Identity;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Form, Router};
use domain::access::Principal;
use services::second_factor::{begin, confirm, remove, renew_recovery};
use services::{Context, Error};

const PAGE: &str = "/settings/security";

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/settings/security/begin", post(begin_factor))
        .route("/settings/security/confirm", post(confirm_factor))
        .route("/settings/security/recovery", post(new_codes))
        .route("/settings/security/remove", post(remove_factor))
}

type Asked = (Extension<Identity>, Extension<Context>);

/// Runs a form's use case as its sender.
async fn form<T>(
    who: &Identity,
    done: impl FnOnce(T) -> Response,
    work: impl AsyncFnOnce(&Principal) -> services::Result<T>,
) -> Response {
    let Some(caller) = &who.principal else { return back("/sign-in", "next", PAGE) };
    let code = match work(caller).await {
        Ok(value) => return done(value),
        Err(Error::Invalid(_)) => "code",
        Err(Error::Conflict(_)) => "conflict",
        Err(Error::TooManyRequests { .. }) => "too_many",
        Err(error) => {
            tracing::error!(%error, "a form of the security page failed");
            "busy"
        }
    };
    back(PAGE, "error", code)
}

async fn begin_factor((Extension(who), Extension(ctx)): Asked) -> Response {
    form(&who, |()| back(PAGE, "notice", "begun"), async |caller| begin(&ctx, caller).await).await
}

async fn confirm_factor((Extension(who), Extension(ctx)): Asked, Form(fields): Form<Fields>) -> Response {
    form(
        &who,
        |codes: Vec<String>| shown_once(&codes),
        async |caller| confirm(&ctx, caller, fields.text("code")).await,
    )
    .await
}

async fn new_codes((Extension(who), Extension(ctx)): Asked, Form(fields): Form<Fields>) -> Response {
    let work = async |caller: &Principal| renew_recovery(&ctx, caller, fields.text("code")).await;
    form(&who, |codes: Vec<String>| shown_once(&codes), work).await
}

async fn remove_factor((Extension(who), Extension(ctx)): Asked, Form(fields): Form<Fields>) -> Response {
    let work = async |caller: &Principal| remove(&ctx, caller, fields.text("code")).await;
    form(&who, |()| back(PAGE, "notice", "removed"), work).await
}

/// The recovery codes, in the answer itself: no address and no database could give them again.
fn shown_once(codes: &[String]) -> Response {
    let items: String = codes.iter().map(|code| format!("<li><code>{code}</code></li>")).collect();
    let text = format!(
        "Your second factor is on. Keep these recovery codes where your device is not: each of them works once in place \
        of a code, and they are not shown again.</p><ul>{items}</ul>\
        <p><a href=\"{PAGE}\">I have kept them: back to Security</a>"
    );
    plain(StatusCode::OK, "Your recovery codes", &text)
}
