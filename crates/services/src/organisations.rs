//! Organisations, and how the first people get in: from the command line. Everybody after them is invited.

use crate::audit::{Actor, Entry, record};
use crate::people::{Delivery, Place, enrol, find_or_add, place_member};
use crate::{Context, Error, Result, passwords};
use domain::access::{OrganisationKind, Role, Scope};
use domain::id::OrganisationId;
use serde_json::json;
use store::organisations::{Organisation, organisation_insert, organisation_named};
use store::users::user_set_password;

const OPERATOR: Actor<'static> = Actor::Background("command line");

/// Adds an organisation; `vendor` names the one that serves or engaged it.
///
/// # Errors
/// `Conflict` when the name is taken, `Invalid` when it is empty or the vendor is missing or unknown.
pub async fn found(
    ctx: &Context,
    name: &str,
    kind: OrganisationKind,
    vendor: Option<&str>,
) -> Result<Organisation> {
    let (name, now) = (name.trim(), ctx.clock.now());
    if name.is_empty() {
        return Err(Error::field("name", "Give the organisation a name."));
    }
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    if organisation_named(&mut tx, name).await.is_ok() {
        return Err(Error::Conflict(format!("There is an organisation called {name} already.")));
    }
    let vendor = match (kind, vendor) {
        (OrganisationKind::Vendor, None) => None,
        (OrganisationKind::Vendor, Some(_)) => return Err(Error::field("vendor", "A vendor has no vendor.")),
        (_, None) => return Err(Error::field("vendor", "Name the vendor that serves or engaged it.")),
        (_, Some(vendor)) => match organisation_named(&mut tx, vendor).await {
            Ok(vendor) if vendor.kind == OrganisationKind::Vendor => Some(vendor.id),
            _ => return Err(Error::field("vendor", format!("There is no vendor called {vendor}."))),
        },
    };
    let id = OrganisationId(uuid::Uuid::now_v7());
    let organisation = Organisation { id, name: name.to_owned(), kind, vendor };
    organisation_insert(&mut tx, &organisation, now).await?;
    let entry = Entry {
        organisation: id,
        actor: OPERATOR,
        action: "organisation.founded",
        subject: format!("organisation:{id}"),
        facility: None,
        detail: json!({ "name": name, "kind": kind }),
    };
    record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok(organisation)
}

/// Invites the first member of an organisation, or a later one when everybody has lost their way in.
///
/// # Errors
/// `Invalid` for an address, or a role that the organisation does not have; `Conflict` for a member.
pub async fn invite_first(
    ctx: &Context,
    email: &str,
    organisation: &Organisation,
    role: Role,
) -> Result<Delivery> {
    let place = place(organisation, role)?;
    enrol(ctx, OPERATOR, organisation, email, "", &place).await
}

/// Makes somebody a member with this password, whatever they were before: for demonstration accounts.
///
/// # Errors
/// `Invalid` for a password that is too easy, or a role that the organisation does not have.
pub async fn admit(
    ctx: &Context,
    organisation: &Organisation,
    email: &str,
    name: &str,
    password: String,
    place: &Place,
) -> Result<()> {
    passwords::check(&password, email)?;
    let hash = passwords::hash(password).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let user = find_or_add(ctx, &mut tx, email, name).await?;
    user_set_password(&mut tx, user.id, &hash, Some(name)).await?;
    let added = place_member(ctx, &mut tx, user.id, place).await?;
    if added {
        let entry = Entry {
            organisation: organisation.id,
            actor: OPERATOR,
            action: "person.admitted",
            subject: format!("user:{}", user.id),
            facility: None,
            detail: json!({ "email": email, "role": place.role }),
        };
        record(&mut tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

fn place(organisation: &Organisation, role: Role) -> Result<Place> {
    if role.kind() != organisation.kind {
        return Err(Error::field("role", format!("{} has no such role.", organisation.name)));
    }
    if organisation.kind == OrganisationKind::Verifier {
        return Err(Error::field("role", "A verifier is invited from the portal, for named facilities."));
    }
    Ok(Place { organisation: organisation.id, role, facilities: None })
}
