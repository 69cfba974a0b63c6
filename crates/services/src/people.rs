//! Members of organisations: who they are, inviting, changing and removing them.

use crate::audit::{Actor, Entry, record};
use crate::links::invitation;
use crate::sessions::normal_email;
use crate::{Context, Error, Result};
use domain::access::{OrganisationKind, Permission, Principal, Role, Scope};
use domain::id::{FacilityId, OrganisationId, UserId};
use integrations::mail::Mail;
use serde_json::json;
use store::organisations::{Organisation, facility_choices, organisation_get, organisations_visible};
use store::users::{
    Member, User, members_visible, membership_delete, membership_insert, membership_update, memberships_lock,
    user_by_email, user_insert,
};

/// An organisation whose people the caller manages.
#[derive(Clone, Debug)]
pub struct Team {
    /// The organisation.
    pub organisation: Organisation,
    /// Roles that can be given in it.
    pub roles: Vec<Role>,
    /// Facilities its members can be limited to.
    pub facilities: Vec<(FacilityId, String)>,
    /// Its members.
    pub members: Vec<Member>,
}

/// A role in an organisation, for all of it or for single facilities.
#[derive(Clone, Debug)]
pub struct Place {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The role.
    pub role: Role,
    /// Facilities it is limited to; none means all.
    pub facilities: Option<Vec<FacilityId>>,
}

/// Whether the mail that goes with a change went out; the change stands either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// The mail server has taken it, or it is in the log.
    Sent,
    /// The mail server did not take the mail. Inviting again sends an invitation again.
    Failed,
}

/// The organisations whose people the caller manages, with them.
///
/// # Errors
/// `Forbidden` without [`Permission::ManagePeople`].
pub async fn list(ctx: &Context, caller: &Principal) -> Result<Vec<Team>> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManagePeople)?).await?;
    let members = members_visible(&mut tx).await?;
    let facilities = facility_choices(&mut tx).await?;
    let team = |organisation: Organisation| Team {
        roles: Role::ALL.into_iter().filter(|role| role.kind() == organisation.kind).collect(),
        facilities: facilities
            .iter()
            .filter(|(owner, ..)| reaches(&organisation, *owner))
            .map(|(_, id, name)| (*id, name.clone()))
            .collect(),
        members: members.iter().filter(|m| m.organisation == organisation.id).cloned().collect(),
        organisation,
    };
    Ok(organisations_visible(&mut tx).await?.into_iter().map(team).collect())
}

/// Whether members of an organisation can be limited to facilities of `owner`. The scope has left out strangers'.
fn reaches(organisation: &Organisation, owner: OrganisationId) -> bool {
    organisation.kind != OrganisationKind::Customer || organisation.id == owner
}

/// Lets a person into an organisation and mails them. Inviting somebody again who has not accepted yet sends a new
/// link; the old one stops working.
///
/// # Errors
/// `Forbidden`, `NotFound` for an organisation out of scope, `Invalid` for the address, role or facilities,
/// `Conflict` when they are a member already.
pub async fn invite(
    ctx: &Context,
    caller: &Principal,
    email: &str,
    name: &str,
    place: &Place,
) -> Result<Delivery> {
    let organisation = check_place(ctx, caller, place).await?;
    enrol(ctx, Actor::Person(caller), &organisation, email, name, place).await
}

/// Invites into a place that has been checked.
pub(crate) async fn enrol(
    ctx: &Context,
    actor: Actor<'_>,
    organisation: &Organisation,
    email: &str,
    name: &str,
    place: &Place,
) -> Result<Delivery> {
    let email = check_email(email)?;
    let now = ctx.clock.now();
    // People are no tenant's, so this runs as the worker.
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let user = find_or_add(ctx, &mut tx, &email, name).await?;
    let added = place_member(ctx, &mut tx, user.id, place).await?;
    if !added && user.password_hash.is_some() {
        return Err(Error::Conflict(format!("{email} is a member of {} already.", organisation.name)));
    }
    let mail = invitation_mail(ctx, &mut tx, actor, organisation, &user).await?;
    let detail = json!({ "email": email, "role": place.role, "facilities": place.facilities });
    record(&mut tx, now, entry(actor, place.organisation, "person.invited", user.id, detail)).await?;
    tx.commit().await?;
    Ok(deliver(ctx, &mail).await)
}

/// Sends the mail that goes with an invitation which is committed.
pub(crate) async fn deliver(ctx: &Context, mail: &Mail) -> Delivery {
    match ctx.mailer.send(mail).await {
        Ok(()) => Delivery::Sent,
        Err(error) => {
            tracing::error!(%error, to = mail.to, "the invitation was not mailed");
            Delivery::Failed
        }
    }
}

/// Makes somebody a member, or changes what the member is. Returns whether they are new.
pub(crate) async fn place_member(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    user: UserId,
    place: &Place,
) -> Result<bool> {
    let facilities = place.facilities.as_deref();
    memberships_lock(tx, place.organisation).await?;
    match membership_update(tx, place.organisation, user, place.role, facilities).await {
        Ok(()) => Ok(false),
        Err(store::Error::NotFound) => {
            membership_insert(tx, place.organisation, user, place.role, facilities, ctx.clock.now()).await?;
            Ok(true)
        }
        Err(error) => Err(error.into()),
    }
}

pub(crate) async fn find_or_add(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    email: &str,
    name: &str,
) -> Result<User> {
    if let Some(user) = user_by_email(tx, email).await? {
        return Ok(user);
    }
    let id = UserId(uuid::Uuid::now_v7());
    user_insert(tx, id, email, name.trim(), ctx.clock.now()).await?;
    Ok(User { id, email: email.to_owned(), name: name.trim().to_owned(), password_hash: None })
}

/// A link to choose a password, or for somebody who has one, just the news.
async fn invitation_mail(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    actor: Actor<'_>,
    organisation: &Organisation,
    user: &User,
) -> Result<Mail> {
    let from = match actor {
        Actor::Person(person) => &person.name,
        Actor::Background(_) => "Gainshare",
    };
    let at = &organisation.name;
    let text = if user.password_hash.is_some() {
        format!("{from} has added you to {at} on Gainshare.\n\nSign in as usual:\n\n{}/sign-in\n", ctx.origin)
    } else {
        let link = invitation(ctx, tx, user.id, organisation.id).await?;
        format!(
            "{from} invites you to {at} on Gainshare.\n\n\
            Open this link within seven days to choose a password:\n\n{link}\n\n\
            If you do not expect this invitation, do nothing.\n"
        )
    };
    Ok(Mail { to: user.email.clone(), subject: format!("Invitation to {at}"), text })
}

/// Gives a member another role or other facilities.
///
/// # Errors
/// `Forbidden`, `NotFound`, `Invalid` as for [`invite`]; `Conflict` when nobody would be left to manage people.
pub async fn change(ctx: &Context, caller: &Principal, user: UserId, place: &Place) -> Result<()> {
    check_place(ctx, caller, place).await?;
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManagePeople)?).await?;
    let members = locked_members(&mut tx, place.organisation).await?;
    let before = members.iter().find(|m| m.user == user).ok_or(Error::NotFound)?;
    if !place.role.is_head() {
        keep_a_head(&members, user)?;
    }
    membership_update(&mut tx, place.organisation, user, place.role, place.facilities.as_deref()).await?;
    let entry = entry(
        Actor::Person(caller),
        place.organisation,
        "person.changed",
        user,
        json!({
            "email": before.email,
            "before": { "role": before.role, "facilities": before.facilities },
            "after": { "role": place.role, "facilities": place.facilities },
        }),
    );
    record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Takes a member out of an organisation. Their sessions see nothing of it from the next request on.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Conflict` when nobody would be left to manage people.
pub async fn remove(
    ctx: &Context,
    caller: &Principal,
    organisation: OrganisationId,
    user: UserId,
) -> Result<()> {
    let scope = caller.scope(Permission::ManagePeople)?;
    if !scope.whole_organisations().contains(&organisation) {
        return Err(Error::NotFound);
    }
    let mut tx = ctx.db.begin(&scope).await?;
    let members = locked_members(&mut tx, organisation).await?;
    let before = members.iter().find(|m| m.user == user).ok_or(Error::NotFound)?;
    keep_a_head(&members, user)?;
    membership_delete(&mut tx, organisation, user).await?;
    let detail = json!({ "email": before.email, "role": before.role });
    let entry = entry(Actor::Person(caller), organisation, "person.removed", user, detail);
    record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

async fn locked_members(tx: &mut store::Tx<'_>, organisation: OrganisationId) -> Result<Vec<Member>> {
    memberships_lock(tx, organisation).await?;
    Ok(members_visible(tx).await?.into_iter().filter(|m| m.organisation == organisation).collect())
}

/// Refuses to take away the last member who can let others in. One who has not accepted yet does not count.
fn keep_a_head(members: &[Member], leaving: UserId) -> Result<()> {
    let is_head = |m: &&Member| m.role.is_head() && m.accepted;
    let leaves = members.iter().filter(is_head).any(|m| m.user == leaving);
    if leaves && !members.iter().filter(is_head).any(|m| m.user != leaving) {
        return Err(Error::Conflict(
            "This is the last one who can manage people here. Make somebody else an owner or administrator first."
                .to_owned(),
        ));
    }
    Ok(())
}

/// The organisation, if the caller manages its people and the role and facilities fit it.
async fn check_place(ctx: &Context, caller: &Principal, place: &Place) -> Result<Organisation> {
    let scope = caller.scope(Permission::ManagePeople)?;
    if !scope.whole_organisations().contains(&place.organisation) {
        return Err(Error::NotFound);
    }
    let mut tx = ctx.db.begin(&scope).await?;
    let organisation = organisation_get(&mut tx, place.organisation).await?;
    if place.role.kind() != organisation.kind {
        return Err(Error::field("role", format!("{} has no such role.", organisation.name)));
    }
    let facility_error = |text: &str| Err(Error::field("facility", text));
    match &place.facilities {
        None if organisation.kind == OrganisationKind::Verifier => {
            return facility_error("Name the facilities that the verifier is engaged for.");
        }
        None => {}
        Some(_) if place.role.is_head() => {
            return facility_error("Owners and administrators see every facility.");
        }
        Some(named) => {
            let known = facility_choices(&mut tx).await?;
            let fits = |id: &FacilityId| known.iter().any(|(o, f, _)| f == id && reaches(&organisation, *o));
            if named.is_empty() || !named.iter().all(fits) {
                return facility_error("Choose at least one facility of this organisation, or all.");
            }
        }
    }
    Ok(organisation)
}

pub(crate) fn check_email(email: &str) -> Result<String> {
    let email = normal_email(email);
    let fits = email.len() <= 254
        && !email.chars().any(|c| c.is_whitespace() || c.is_control())
        && email
            .split_once('@')
            .is_some_and(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
    if fits { Ok(email) } else { Err(Error::field("email", "This is not an email address.")) }
}

fn entry<'a>(
    actor: Actor<'a>,
    organisation: OrganisationId,
    action: &'static str,
    user: UserId,
    detail: serde_json::Value,
) -> Entry<'a> {
    Entry { organisation, actor, action, subject: format!("user:{user}"), facility: None, detail }
}
