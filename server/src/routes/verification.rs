//! Verification of baselines: forms, the dossier as a file, and the platform's public key. The forms work without
//! scripts.

use crate::routes::fields::{Fields, back};
use app::caller::Identity;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Form, Json, Router};
use chrono::NaiveDate;
use domain::access::Principal;
use domain::baseline::Step;
use domain::id::BaselineId;
use domain::verification::{Answer, Checked, Conflict, Item, Review};
use services::baselines::take_step;
use services::people::Delivery;
use services::verifications::invite::{DAYS, Firm, Invite, invite, withdraw};
use services::verifications::review::{NewComment, comment, resolve, save};
use services::verifications::sign::{Signing, sign};
use services::{Context, Error, FieldError, verifications};

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/f/{facility}/baselines/{id}/verification/invite", post(invite_verifier))
        .route("/f/{facility}/baselines/{id}/verification/withdraw", post(withdraw_invitation))
        .route("/f/{facility}/baselines/{id}/verification/comment", post(add_comment))
        .route("/f/{facility}/baselines/{id}/verification/settle", post(settle_comment))
        .route("/f/{facility}/baselines/{id}/verification/review", post(save_review))
        .route("/f/{facility}/baselines/{id}/verification/step", post(verifier_step))
        .route("/f/{facility}/baselines/{id}/verification/sign", post(sign_baseline))
        .route("/f/{facility}/baselines/{id}/dossier.json", get(dossier))
        .route("/.well-known/gainshare-signing-key", get(signing_key))
}

type Asked = (Extension<Identity>, Extension<Context>);
type Of = Path<(String, BaselineId)>;

/// Runs a form's use case as its sender and answers with the page it is on.
async fn form<T>(
    who: &Identity,
    Path((facility, id)): &Of,
    notice: impl FnOnce(T) -> &'static str,
    work: impl AsyncFnOnce(&Principal) -> services::Result<T>,
) -> Response {
    let page = format!("/f/{facility}/baselines/{id}/verification");
    let Some(caller) = &who.principal else { return back("/sign-in", "next", &page) };
    let code = match work(caller).await {
        Ok(done) => return back(&page, "notice", notice(done)),
        Err(Error::NotFound) => return StatusCode::NOT_FOUND.into_response(),
        Err(Error::Forbidden) => "not_allowed",
        Err(Error::Conflict(_)) => "changed",
        Err(Error::TooManyRequests { .. }) => "too_many",
        Err(Error::Invalid(fields)) => fields.first().map_or("text", field_code),
        Err(error) => {
            tracing::error!(%error, "a form of the verification page failed");
            "busy"
        }
    };
    back(&page, "error", code)
}

/// The fields that the page has a sentence for.
fn field_code(error: &FieldError) -> &'static str {
    let known = ["email", "firm", "days", "note", "name", "code", "from", "last", "conflict"];
    known.into_iter().find(|field| *field == error.field).unwrap_or("text")
}

async fn invite_verifier(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let firm = match fields.parse("firm") {
        Some(id) => Firm::Engaged(id),
        None => Firm::New(fields.text("new_firm").to_owned()),
    };
    let days = if fields.text("days").is_empty() { DAYS } else { fields.parse("days").unwrap_or(0) };
    let new = Invite { email: fields.text("email").to_owned(), firm, days };
    let notice = |delivery| if delivery == Delivery::Sent { "invited" } else { "not_mailed" };
    form(&who, &of, notice, async |caller| invite(&ctx, caller, &of.0.0, of.0.1, &new).await).await
}

async fn withdraw_invitation(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let work = async |caller: &Principal| {
        let id = fields.parse("verification").ok_or(Error::NotFound)?;
        withdraw(&ctx, caller, &of.0.0, of.0.1, id).await
    };
    form(&who, &of, |()| "withdrawn", work).await
}

async fn add_comment(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let work = async |caller: &Principal| {
        let new = NewComment {
            parent: fields.parse("parent"),
            text: fields.text("text").to_owned(),
            from: day(&fields, "from")?,
            last: day(&fields, "last")?,
        };
        comment(&ctx, caller, &of.0.0, of.0.1, &new).await
    };
    form(&who, &of, |_| "commented", work).await
}

/// A day that may be left out, but not be nonsense.
fn day(fields: &Fields, name: &str) -> services::Result<Option<NaiveDate>> {
    match fields.text(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| Error::field(name, "Give the day as 2026-03-31.")),
    }
}

async fn settle_comment(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let work = async |caller: &Principal| {
        let id = fields.parse("comment").ok_or(Error::NotFound)?;
        resolve(&ctx, caller, &of.0.0, of.0.1, id, fields.text("settled") == "1").await
    };
    form(&who, &of, |()| "saved", work).await
}

async fn save_review(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let checked = |item: &Item| Checked {
        item: *item,
        answer: Answer::parse(fields.text(item.as_str())),
        note: fields.text(&format!("{}_note", item.as_str())).to_owned(),
    };
    let review = Review {
        checklist: Item::ALL.iter().map(checked).collect(),
        conflict: Conflict {
            none: fields.text("conflict_none") == "1",
            text: fields.text("conflict").to_owned(),
        },
    };
    form(&who, &of, |()| "saved", async |caller| save(&ctx, caller, &of.0.0, of.0.1, &review).await).await
}

async fn verifier_step(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let work = async |caller: &Principal| {
        let step = Step::parse(fields.text("step")).ok_or(Error::NotFound)?;
        take_step(&ctx, caller, &of.0.0, of.0.1, step, fields.text("note")).await
    };
    form(&who, &of, |_| "done", work).await
}

async fn sign_baseline(
    (Extension(who), Extension(ctx)): Asked,
    of: Of,
    Form(fields): Form<Fields>,
) -> Response {
    let signing = Signing {
        name: fields.text("name").to_owned(),
        code: fields.text("code").to_owned(),
        dossier_sha256: fields.text("dossier_sha256").to_owned(),
    };
    form(&who, &of, |()| "signed", async |caller| sign(&ctx, caller, &of.0.0, of.0.1, &signing).await).await
}

async fn dossier(
    (Extension(who), Extension(ctx)): Asked,
    Path((facility, id)): Path<(String, BaselineId)>,
) -> Result<Response, StatusCode> {
    let Some(caller) = who.principal else {
        return Ok(
            Redirect::to(&format!("/sign-in?next=/f/{facility}/baselines/{id}/dossier.json")).into_response()
        );
    };
    let file = verifications::dossier(&ctx, &caller, &facility, id).await.map_err(|error| match error {
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::Forbidden => StatusCode::FORBIDDEN,
        error => {
            tracing::error!(%error, "a dossier could not be downloaded");
            StatusCode::SERVICE_UNAVAILABLE
        }
    })?;
    let disposition = format!("attachment; filename=\"{facility}-{id}-dossier.json\"");
    Ok(([(header::CONTENT_DISPOSITION, disposition)], Json(file)).into_response())
}

/// The key that signatures are checked with, 64 hexadecimal digits; for everybody.
async fn signing_key(Extension(ctx): Extension<Context>) -> Result<String, StatusCode> {
    let signer = ctx.signer.ok_or(StatusCode::NOT_FOUND)?;
    Ok(format!("{}\n", signer.public_key_hex()))
}
