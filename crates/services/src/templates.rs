//! Templates of reports: an organisation's library of choices.

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result};
use domain::access::{Permission, Principal};
use domain::id::TemplateId;
use domain::report::view::TemplateRow;
use domain::report::{Choices, Style};
use serde_json::json;
use store::facilities::{self, Facility};
use store::{Tx, templates as stored};

/// Letters of a name.
const NAME_MAX: usize = 80;
/// Templates of an organisation.
const TEMPLATES_MAX: usize = 100;

fn named(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.contains(char::is_control) {
        let text = format!("Give the template a name of at most {NAME_MAX} characters.");
        return Err(Error::field("name", text));
    }
    Ok(name.to_owned())
}

/// Saves choices for the organisation of a facility; a template of the same name is written over.
///
/// # Errors
/// `NotFound` for a facility out of scope; `Invalid` names the field; `Conflict` when there are too many; `Forbidden`.
pub async fn save(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    name: &str,
    (style, choices): (Style, Choices),
) -> Result<TemplateId> {
    let choices = choices.checked().map_err(|(field, text)| Error::field(field, text))?;
    let name = named(name)?;
    let (mut tx, facility) = begin(ctx, caller, facility).await?;
    let there = stored::list(&mut tx, facility.organisation).await?;
    if there.len() >= TEMPLATES_MAX && !there.iter().any(|one| one.name == name) {
        return Err(Error::Conflict(format!("There are {TEMPLATES_MAX} templates. Delete one first.")));
    }
    let id = TemplateId(uuid::Uuid::now_v7());
    let new = TemplateRow { id, name, style, choices, created_by: caller.name.clone() };
    let id = stored::save(&mut tx, facility.organisation, &new, ctx.clock.now()).await?;
    let detail = json!({ "template": id, "name": new.name, "choices": new.choices });
    record(ctx, tx, (caller, &facility), "report.template_saved", detail).await?;
    Ok(id)
}

/// Gives a template another name.
///
/// # Errors
/// As [`save`]; `NotFound` where the facility's organisation has no such template; `Conflict` when another one has the name.
pub async fn rename(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: TemplateId,
    name: &str,
) -> Result<()> {
    let name = named(name)?;
    let (mut tx, facility) = begin(ctx, caller, facility).await?;
    stored::rename(&mut tx, facility.organisation, id, &name).await.map_err(|error| match error {
        store::Error::Conflict { .. } => Error::Conflict("Another template has this name.".to_owned()),
        error => error.into(),
    })?;
    let detail = json!({ "template": id, "name": name });
    record(ctx, tx, (caller, &facility), "report.template_renamed", detail).await
}

/// Deletes a template; reports made from it stay as they are.
///
/// # Errors
/// As [`rename`]; `Conflict` while a monthly report follows it.
pub async fn delete(ctx: &Context, caller: &Principal, facility: &str, id: TemplateId) -> Result<()> {
    let (mut tx, facility) = begin(ctx, caller, facility).await?;
    stored::delete(&mut tx, facility.organisation, id).await.map_err(|error| match error {
        store::Error::Conflict { .. } => {
            Error::Conflict("A monthly report follows this template. Stop that one first.".to_owned())
        }
        error => error.into(),
    })?;
    record(ctx, tx, (caller, &facility), "report.template_deleted", json!({ "template": id })).await
}

async fn begin(ctx: &Context, caller: &Principal, facility: &str) -> Result<(Tx<'static>, Facility)> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    Ok((tx, facility))
}

async fn record(
    ctx: &Context,
    mut tx: Tx<'static>,
    (caller, facility): (&Principal, &Facility),
    action: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail,
    };
    audit::record(&mut tx, ctx.clock.now(), entry).await?;
    Ok(tx.commit().await?)
}
