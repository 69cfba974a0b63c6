//! Single-use links: accepting an invitation, asking for and making a password reset.

use crate::audit::{Actor, Entry, record};
use crate::sessions::{SignedIn, Visitor, normal_email, principal, start};
use crate::token::Token;
use crate::{Context, Error, Result, passwords};
use chrono::TimeDelta;
use domain::access::{LinkPurpose, Principal, Scope};
use domain::id::{OrganisationId, UserId};
use integrations::mail::Mail;
use serde_json::json;
use store::links::{Link, link_insert, link_open, links_since, links_use_up};
use store::sessions::sessions_delete_of;
use store::users::{user_by_email, user_set_password};

/// How long a password reset can be used.
const RESET: TimeDelta = TimeDelta::hours(1);
/// How long an invitation can be used.
const INVITE: TimeDelta = TimeDelta::days(7);
/// Resets one person is sent within an hour; further ones are dropped, so that nobody's mailbox is flooded.
const RESETS_PER_HOUR: i64 = 5;

/// What is behind a link, for the page that it opens.
///
/// # Errors
/// `NotFound` when the link is unknown, used or expired.
pub async fn get(ctx: &Context, token: &str, purpose: LinkPurpose) -> Result<Link> {
    let token = Token::parse(token).ok_or(Error::NotFound)?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    Ok(link_open(&mut tx, &token.hash(), purpose, ctx.clock.now()).await?)
}

/// Mails a reset link, if the address is an account's. The answer never says whether it is; callers do not wait for
/// this, so that the time taken does not say it either.
///
/// # Errors
/// When the database fails or the mail server does not take the mail.
pub async fn request_reset(ctx: &Context, email: &str) -> Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let Some(user) = user_by_email(&mut tx, &normal_email(email)).await? else { return Ok(()) };
    // Who has never chosen a password has an invitation to follow.
    if user.password_hash.is_none() {
        return Ok(());
    }
    if links_since(&mut tx, LinkPurpose::Reset, user.id, now - TimeDelta::hours(1)).await? >= RESETS_PER_HOUR
    {
        return Ok(());
    }
    let token = Token::random();
    link_insert(&mut tx, &token.hash(), LinkPurpose::Reset, user.id, None, now, now + RESET).await?;
    tx.commit().await?;
    let text = format!(
        "Somebody asked to reset the password of your Gainshare account.\n\n\
        To choose a new one, open this link within an hour:\n\n{}/reset/{}\n\n\
        If it was not you, do nothing: your password stays as it is.\n",
        ctx.origin,
        token.reveal()
    );
    let mail = Mail { to: user.email, subject: "Reset your password".to_owned(), text };
    ctx.mailer.send(&mail).await.map_err(|e| Error::Unavailable(e.to_string()))
}

/// Sets a new password and ends every session of that person.
///
/// # Errors
/// `NotFound` when the link is unknown, used or expired; `Invalid` for a password that is too easy.
pub async fn reset(ctx: &Context, token: &str, password: String) -> Result<()> {
    let link = get(ctx, token, LinkPurpose::Reset).await?;
    passwords::check(&password, &link.email)?;
    let hash = passwords::hash(password).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let (link, person) = redeem(ctx, &mut tx, token, LinkPurpose::Reset, &hash, None).await?;
    let ended = sessions_delete_of(&mut tx, link.user_id).await?;
    let entry = Entry {
        organisation: person.home,
        actor: Actor::Person(&person),
        action: "password.reset",
        subject: format!("user:{}", person.user),
        facility: None,
        detail: json!({ "sessions_ended": ended }),
    };
    record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// Accepts an invitation: sets name and password and signs in.
///
/// # Errors
/// `NotFound` when the link is unknown, used or expired; `Invalid` for a missing name or an easy password.
pub async fn accept(
    ctx: &Context,
    token: &str,
    name: &str,
    password: String,
    visitor: &Visitor,
) -> Result<SignedIn> {
    let link = get(ctx, token, LinkPurpose::Invite).await?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 120 {
        return Err(Error::field("name", "Give your name, at most 120 characters."));
    }
    passwords::check(&password, &link.email)?;
    let hash = passwords::hash(password).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let (link, person) = redeem(ctx, &mut tx, token, LinkPurpose::Invite, &hash, Some(name)).await?;
    let entry = Entry {
        organisation: link.organisation_id.map_or(person.home, OrganisationId),
        actor: Actor::Person(&person),
        action: "person.accepted",
        subject: format!("user:{}", person.user),
        facility: None,
        detail: json!({}),
    };
    record(&mut tx, ctx.clock.now(), entry).await?;
    let token = start(ctx, &mut tx, &person, visitor).await?;
    tx.commit().await?;
    Ok(SignedIn { token, principal: person, code_due: false })
}

/// Uses a link up, and with it every other open link of that person: each was a way to set the password.
async fn redeem(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    token: &str,
    purpose: LinkPurpose,
    password_hash: &str,
    name: Option<&str>,
) -> Result<(Link, Principal)> {
    let (token, now) = (Token::parse(token).ok_or(Error::NotFound)?, ctx.clock.now());
    let link = link_open(tx, &token.hash(), purpose, now).await?;
    for purpose in [LinkPurpose::Invite, LinkPurpose::Reset] {
        links_use_up(tx, purpose, link.user_id, now).await?;
    }
    user_set_password(tx, link.user_id, password_hash, name).await?;
    // Somebody taken out of their last organisation has nothing to sign in to.
    let person = principal(ctx, tx, link.user_id, name.unwrap_or(&link.name), &link.email).await?;
    let person = person.ok_or(Error::NotFound)?;
    Ok((link, person))
}

/// Adds an invitation link to the transaction that invites; the text is to be mailed once that is committed.
pub(crate) async fn invitation(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    user: UserId,
    organisation: OrganisationId,
) -> Result<String> {
    let (token, now) = (Token::random(), ctx.clock.now());
    link_insert(tx, &token.hash(), LinkPurpose::Invite, user, Some(organisation), now, now + INVITE).await?;
    Ok(format!("{}/invite/{}", ctx.origin, token.reveal()))
}
