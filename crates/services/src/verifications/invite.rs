//! Inviting a verifier for one baseline, and taking that back.

use super::{may_at, side};
use crate::audit::{Actor, Entry, record};
use crate::links::invitation;
use crate::people::{Delivery, check_email, deliver, find_or_add};
use crate::{Context, Error, Result};
use chrono::TimeDelta;
use domain::access::{OrganisationKind, Permission, Principal, Role, Scope};
use domain::baseline::{BaselineState, Party};
use domain::id::{BaselineId, OrganisationId, VerificationId};
use integrations::mail::Mail;
use serde_json::json;
use store::baselines::{self, Baseline};
use store::facilities::{self, Facility};
use store::organisations::{Organisation, organisation_get, organisation_insert, organisation_named};
use store::users::{User, membership_insert, memberships_lock, user_grants};
use store::verifications::{self as stored, Verification};
use store::{Tx, users};

/// How long an invitation stands when nothing else is said, days.
pub const DAYS: u32 = 30;
/// Longest, days.
pub const DAYS_MAX: u32 = 180;

/// The verifier's firm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Firm {
    /// One that the vendor has engaged before.
    Engaged(OrganisationId),
    /// A new one, by its name.
    New(String),
}

/// Whom to invite.
#[derive(Clone, Debug)]
pub struct Invite {
    /// Address of the person.
    pub email: String,
    /// Their firm.
    pub firm: Firm,
    /// How long, days.
    pub days: u32,
}

/// Where a verifier can be invited.
pub(super) fn takes_verifiers(state: BaselineState) -> bool {
    matches!(state, BaselineState::Submitted | BaselineState::InVerification)
}

/// Invites somebody to verify a baseline and mails them. Inviting them again starts the time anew.
///
/// # Errors
/// `Forbidden`; `NotFound` out of scope; `Invalid` for the address, the firm or the days; `Conflict` when the baseline
/// is not handed in, or the person belongs to vendor or customer.
pub async fn invite(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    invite: &Invite,
) -> Result<Delivery> {
    let email = check_email(&invite.email)?;
    if !(1..=DAYS_MAX).contains(&invite.days) {
        return Err(Error::field("days", format!("Give between 1 and {DAYS_MAX} days.")));
    }
    let (facility, baseline, party) = asked(ctx, caller, facility, id).await?;
    if !takes_verifiers(baseline.summary.state) {
        return Err(Error::Conflict("Submit the baseline first; a verifier is invited then.".to_owned()));
    }
    // People and firms are outside of the facility's tenant, so this runs as the worker.
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let firm = firm(ctx, &mut tx, caller, &facility, &invite.firm).await?;
    let user = find_or_add(ctx, &mut tx, &email, "").await?;
    independent(ctx, &mut tx, &user, &facility).await?;
    join(ctx, &mut tx, caller, &firm, &user).await?;
    let now = ctx.clock.now();
    let new = Verification {
        id: VerificationId(uuid::Uuid::now_v7()),
        user: user.id,
        email,
        firm: firm.id,
        firm_name: firm.name.clone(),
        invited_by: caller.user,
        invited_by_name: caller.name.clone(),
        invited_side: party,
        created_at: now,
        expires_at: now + TimeDelta::days(i64::from(invite.days)),
        withdrawn_at: None,
        conflict: Default::default(),
    };
    stored::upsert(&mut tx, &baseline, &new).await?;
    let mail = mail(ctx, &mut tx, (&facility, &baseline), &new, &user).await?;
    audit(ctx, &mut tx, caller, (&facility, &baseline), "verification.invited", &new).await?;
    tx.commit().await?;
    Ok(deliver(ctx, &mail).await)
}

/// Takes an invitation back: the verifier sees nothing of the facility through it from the next request on.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Conflict` for the side that did not invite.
pub async fn withdraw(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    verification: VerificationId,
) -> Result<()> {
    let (facility, baseline, party) = asked(ctx, caller, facility, id).await?;
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManageBaselines)?).await?;
    let all = stored::list(&mut tx, id).await?;
    let found = all.into_iter().find(|v| v.id == verification).ok_or(Error::NotFound)?;
    if found.invited_side != party {
        return Err(Error::Conflict(format!(
            "The {} invited this verifier, so only the {} can take it back.",
            found.invited_side.label().to_lowercase(),
            found.invited_side.label().to_lowercase()
        )));
    }
    if found.withdrawn_at.is_none() {
        stored::withdraw(&mut tx, verification, ctx.clock.now()).await?;
        audit(ctx, &mut tx, caller, (&facility, &baseline), "verification.withdrawn", &found).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// The baseline, and the side the caller manages it for.
async fn asked(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
) -> Result<(Facility, Baseline, Party)> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManageBaselines)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = baselines::get(&mut tx, facility.id, id).await?;
    let party = side(caller, &facility)?;
    if party == Party::Verifier || !may_at(caller, Permission::ManageBaselines, &facility) {
        return Err(Error::Forbidden);
    }
    Ok((facility, baseline, party))
}

/// The firm that was named, engaged by the vendor of the facility's customer; a new one is added.
async fn firm(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    facility: &Facility,
    wanted: &Firm,
) -> Result<Organisation> {
    let engaged = stored::firms(tx, facility.id).await?;
    let name = match wanted {
        Firm::Engaged(id) if engaged.iter().any(|(known, _)| known == id) => {
            return Ok(organisation_get(tx, *id).await?);
        }
        Firm::Engaged(_) => return Err(Error::field("firm", "Choose one of the firms, or name a new one.")),
        Firm::New(name) => name.trim(),
    };
    if name.is_empty() || name.chars().count() > 120 {
        return Err(Error::field("firm", "Name the verifier's firm, in at most 120 characters."));
    }
    if let Some((id, _)) = engaged.iter().find(|(_, known)| known.to_lowercase() == name.to_lowercase()) {
        return Ok(organisation_get(tx, *id).await?);
    }
    if organisation_named(tx, name).await.is_ok() {
        return Err(Error::field("firm", "This name is taken. Write it a little differently."));
    }
    let customer = organisation_get(tx, facility.organisation).await?;
    let id = OrganisationId(uuid::Uuid::now_v7());
    let new =
        Organisation { id, name: name.to_owned(), kind: OrganisationKind::Verifier, vendor: customer.vendor };
    let now = ctx.clock.now();
    organisation_insert(tx, &new, now).await?;
    let entry = Entry {
        organisation: id,
        actor: Actor::Person(caller),
        action: "organisation.founded",
        subject: format!("organisation:{id}"),
        facility: None,
        detail: json!({ "name": name, "kind": new.kind }),
    };
    record(tx, now, entry).await?;
    Ok(new)
}

/// Refuses people of the paying and of the paid side.
async fn independent(ctx: &Context, tx: &mut Tx<'_>, user: &User, facility: &Facility) -> Result<()> {
    let grants = user_grants(tx, user.id, ctx.clock.now()).await?.into_iter().map(|(_, grant)| grant);
    let (name, home) = (user.name.clone(), facility.organisation);
    let person = Principal { user: user.id, name, home, grants: grants.collect() };
    match Party::of(&person, facility.organisation, facility.id) {
        Some(party @ (Party::Vendor | Party::Customer)) => Err(Error::field(
            "email",
            format!(
                "{} belongs to the {}, so somebody else has to verify.",
                user.email,
                party.label().to_lowercase()
            ),
        )),
        _ => Ok(()),
    }
}

/// Makes somebody a member of the firm, with no facility but those of their invitations.
async fn join(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    firm: &Organisation,
    user: &User,
) -> Result<()> {
    let members = memberships_lock(tx, firm.id).await?;
    if members.iter().any(|(member, ..)| *member == user.id) {
        return Ok(());
    }
    let now = ctx.clock.now();
    membership_insert(tx, firm.id, user.id, Role::Verifier, Some(&[]), now).await?;
    let entry = Entry {
        organisation: firm.id,
        actor: Actor::Person(caller),
        action: "person.invited",
        subject: format!("user:{}", user.id),
        facility: None,
        detail: json!({ "email": user.email, "role": Role::Verifier }),
    };
    record(tx, now, entry).await
}

async fn mail(
    ctx: &Context,
    tx: &mut Tx<'_>,
    (facility, baseline): (&Facility, &Baseline),
    new: &Verification,
    user: &users::User,
) -> Result<Mail> {
    let s = &baseline.summary;
    let page = format!("{}/f/{}/baselines/{}/verification", ctx.origin, facility.slug, s.id);
    let what = format!("the {} baseline of {}", s.metric_type.label().to_lowercase(), facility.name);
    let until = new.expires_at.with_timezone(&facility.time_zone).format("%-d %B %Y");
    let way = if user.password_hash.is_some() {
        format!("Sign in as usual:\n\n{page}\n")
    } else {
        let link = invitation(ctx, tx, user.id, new.firm).await?;
        format!(
            "Open this link within seven days to choose a password:\n\n{link}\n\nThe baseline is then here:\n\n{page}\n"
        )
    };
    let text = format!(
        "{} asks you, for {}, to verify {what} on Gainshare.\n\n\
        You see everything of the facility, and can change nothing of it, until {until}.\n\n{way}\n\
        If you do not expect this, do nothing.\n",
        new.invited_by_name, new.firm_name
    );
    Ok(Mail {
        to: user.email.clone(),
        subject: format!("Verification of a baseline of {}", facility.name),
        text,
    })
}

async fn audit(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    (facility, baseline): (&Facility, &Baseline),
    action: &'static str,
    of: &Verification,
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("baseline:{}", baseline.summary.id),
        facility: Some(facility.id),
        detail: json!({
            "facility": facility.slug, "version": baseline.summary.version, "email": of.email, "firm": of.firm_name,
            "side": of.invited_side, "expires_at": of.expires_at,
        }),
    };
    record(tx, ctx.clock.now(), entry).await
}
