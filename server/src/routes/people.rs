//! Forms of the people page. They work without scripts.

use crate::routes::fields::{Fields, back};
use app::caller::Identity;
use axum::response::Response;
use axum::routing::post;
use axum::{Extension, Form, Router};
use domain::access::{Principal, Role};
use services::people::{Delivery, Place, change, invite, remove};
use services::{Context, Error};

const PAGE: &str = "/settings/people";

/// The routes. They expect [`Identity`] and [`Context`] in the request.
pub fn routes() -> Router {
    Router::new()
        .route("/people/invite", post(invite_person))
        .route("/people/role", post(change_person))
        .route("/people/remove", post(remove_person))
}

type Person = Extension<Identity>;
type Ctx = Extension<Context>;

async fn invite_person(Extension(who): Person, Extension(ctx): Ctx, Form(fields): Form<Fields>) -> Response {
    let invited: Result<_, Refused> = async {
        let (caller, place) = (signed_in(&who)?, place(&fields)?);
        Ok(invite(&ctx, caller, fields.text("email"), fields.text("name"), &place).await?)
    }
    .await;
    match invited {
        Ok(Delivery::Sent) => back(PAGE, "notice", "invited"),
        Ok(Delivery::Failed) => back(PAGE, "error", "mail"),
        Err(code) => code.answer("exists"),
    }
}

async fn change_person(Extension(who): Person, Extension(ctx): Ctx, Form(fields): Form<Fields>) -> Response {
    let changed: Result<_, Refused> = async {
        let (caller, place) = (signed_in(&who)?, place(&fields)?);
        let user = fields.parse("user").ok_or(Refused::Code("missing"))?;
        Ok(change(&ctx, caller, user, &place).await?)
    }
    .await;
    match changed {
        Ok(()) => back(PAGE, "notice", "changed"),
        Err(code) => code.answer("last-owner"),
    }
}

async fn remove_person(Extension(who): Person, Extension(ctx): Ctx, Form(fields): Form<Fields>) -> Response {
    let removed: Result<_, Refused> = async {
        let caller = signed_in(&who)?;
        let missing = || Refused::Code("missing");
        let organisation = fields.parse("organisation").ok_or_else(missing)?;
        let user = fields.parse("user").ok_or_else(missing)?;
        Ok(remove(&ctx, caller, organisation, user).await?)
    }
    .await;
    match removed {
        Ok(()) => back(PAGE, "notice", "removed"),
        Err(code) => code.answer("last-owner"),
    }
}

/// Why a form was not carried out.
enum Refused {
    Code(&'static str),
    SignedOut,
    Service(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Self::Service(error)
    }
}

impl Refused {
    /// `conflict` is what a conflict means to this form.
    fn answer(self, conflict: &str) -> Response {
        let code = match &self {
            Self::SignedOut => return back("/sign-in", "next", PAGE),
            Self::Code(code) => code,
            Self::Service(Error::NotFound) => "missing",
            Self::Service(Error::Forbidden) => "forbidden",
            Self::Service(Error::Conflict(_)) => conflict,
            Self::Service(Error::Invalid(fields)) => match fields.first().map(|f| f.field.as_str()) {
                Some("role") => "role",
                Some("facility") => "facility",
                _ => "email",
            },
            Self::Service(error) => {
                tracing::error!(%error, "a form of the people page failed");
                "busy"
            }
        };
        back(PAGE, "error", code)
    }
}

fn signed_in(who: &Identity) -> Result<&Principal, Refused> {
    who.principal.as_ref().ok_or(Refused::SignedOut)
}

fn place(fields: &Fields) -> Result<Place, Refused> {
    Ok(Place {
        organisation: fields.parse("organisation").ok_or(Refused::Code("missing"))?,
        role: Role::parse(fields.text("role")).ok_or(Refused::Code("role"))?,
        facilities: fields.facilities().map_err(|_| Refused::Code("facility"))?,
    })
}
