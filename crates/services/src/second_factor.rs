//! Second factors: time-based codes (RFC 6238) and recovery codes.

use crate::audit::{Actor, Entry, record};
use crate::people::Delivery;
use crate::sessions::{normal_email, principal};
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Principal, Scope};
use domain::id::UserId;
use integrations::mail::Mail;
use qrcode::{Color, QrCode};
use rand::RngCore;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::second_factors as stored;
use store::sessions::sessions_delete_of;
use store::users::{user_by_email, user_get};
use totp_rs::{Builder, Totp};

/// Wrong codes within [`WINDOW`] before further ones are not looked at.
pub const FAILURES: i32 = 5;
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Recovery codes given at once.
const RECOVERY_CODES: usize = 10;

/// How somebody has shown that it is them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// A code of the moment.
    Totp,
    /// One of the codes for when the device is lost.
    RecoveryCode,
}

impl Method {
    /// The name used in records.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
        }
    }
}

/// What a person's app has to know, until they confirm that it does.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The secret, base32.
    pub secret: String,
    /// `otpauth://…`, which apps read from a QR code.
    pub uri: String,
    /// Modules on a side of that code, and its dark ones as an SVG path of unit squares.
    pub qr: (u32, String),
}

/// How a person's second factor stands.
#[derive(Clone, PartialEq, Eq)]
pub enum Status {
    /// There is none.
    Off,
    /// Begun, not confirmed.
    Begun(Enrolment),
    /// It is asked for; so many recovery codes are left.
    On(i64),
}

/// How the caller's second factor stands.
///
/// # Errors
/// When the database fails.
pub async fn status(ctx: &Context, caller: &Principal) -> Result<Status> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    Ok(match stored::lock(&mut tx, caller.user).await? {
        None => Status::Off,
        Some(factor) if factor.confirmed_at.is_some() => {
            Status::On(stored::recovery_left(&mut tx, caller.user).await?)
        }
        Some(factor) => {
            let totp = totp(&factor.secret, &user_get(&mut tx, caller.user).await?.email)?;
            let uri = totp.to_url().map_err(Error::internal)?;
            Status::Begun(Enrolment { secret: totp.secret().to_base32(), qr: qr(&uri)?, uri })
        }
    })
}

/// Begins an enrolment with a new secret.
///
/// # Errors
/// `Conflict` when there is a second factor already.
pub async fn begin(ctx: &Context, caller: &Principal) -> Result<()> {
    let mut secret = [0; 20];
    rand::rng().fill_bytes(&mut secret);
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    if stored::is_confirmed(&mut tx, caller.user).await? {
        return Err(Error::Conflict("There is a second factor already. Remove it first.".to_owned()));
    }
    stored::begin(&mut tx, caller.user, &secret, ctx.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Confirms an enrolment with a first code. Returns the recovery codes, which are shown this once.
///
/// # Errors
/// `Invalid` for a wrong code, `Conflict` when no enrolment was begun.
pub async fn confirm(ctx: &Context, caller: &Principal, code: &str) -> Result<Vec<String>> {
    pass(ctx, caller.user, code, true).await?;
    renew(ctx, caller, "second_factor.enrolled").await
}

/// Replaces the recovery codes; it takes a code. Returns the new ones, which are shown this once.
///
/// # Errors
/// As for [`check`].
pub async fn renew_recovery(ctx: &Context, caller: &Principal, code: &str) -> Result<Vec<String>> {
    check(ctx, caller.user, code).await?;
    renew(ctx, caller, "second_factor.recovery_codes_renewed").await
}

/// Takes the second factor away; it takes a code.
///
/// # Errors
/// As for [`check`].
pub async fn remove(ctx: &Context, caller: &Principal, code: &str) -> Result<()> {
    check(ctx, caller.user, code).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    stored::remove(&mut tx, caller.user).await?;
    audit(ctx, tx, caller, "second_factor.removed").await
}

/// Takes the second factor of somebody away who has lost it, ends every session of theirs and mails them. For operations, who have
/// to know by other means that it is them who ask.
///
/// # Errors
/// `Invalid` without a reason or for an address that is nobody's, `Conflict` when there is no second factor.
pub async fn reset(ctx: &Context, actor: Actor<'_>, email: &str, reason: &str) -> Result<Delivery> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(Error::field("reason", "Say why, and how it was made sure who asks."));
    }
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let user = user_by_email(&mut tx, &normal_email(email)).await?;
    let unknown = || Error::field("email", "There is nobody with this address.");
    let user = user.ok_or_else(unknown)?;
    let person = principal(ctx, &mut tx, user.id, &user.name, &user.email).await?.ok_or_else(unknown)?;
    if !stored::is_confirmed(&mut tx, user.id).await? {
        return Err(Error::Conflict(format!("{} has no second factor.", user.email)));
    }
    stored::remove(&mut tx, user.id).await?;
    let ended = sessions_delete_of(&mut tx, user.id).await?;
    let entry = Entry {
        organisation: person.home,
        actor,
        action: "second_factor.reset",
        subject: format!("user:{}", user.id),
        facility: None,
        detail: json!({ "email": user.email, "reason": reason, "sessions_ended": ended }),
    };
    record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    let text = format!(
        "The second factor of your Gainshare account was taken away by our operations,\n\
        and you were signed out everywhere.\n\n\
        Sign in with your password and set up a new one:\n\n{}/settings/security\n\n\
        If you did not ask for this, choose a new password and tell us at once.\n",
        ctx.origin
    );
    let mail = Mail { to: user.email, subject: "Your second factor was taken away".to_owned(), text };
    Ok(match ctx.mailer.send(&mail).await {
        Ok(()) => Delivery::Sent,
        Err(error) => {
            tracing::error!(%error, to = mail.to, "a reset second factor was not mailed");
            Delivery::Failed
        }
    })
}

/// Whether a person has a second factor that is asked for.
///
/// # Errors
/// When the database fails.
pub async fn is_on(ctx: &Context, user: UserId) -> Result<bool> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    Ok(stored::is_confirmed(&mut tx, user).await?)
}

/// Looks at a code and uses it up.
///
/// # Errors
/// `Invalid` for a wrong code or one that was used, `TooManyRequests` after [`FAILURES`] wrong ones, `Conflict` without a
/// second factor.
pub async fn check(ctx: &Context, user: UserId, code: &str) -> Result<Method> {
    pass(ctx, user, code, false).await
}

/// In a transaction of its own: a wrong code counts whatever becomes of what it was given for.
async fn pass(ctx: &Context, user: UserId, code: &str, enrolling: bool) -> Result<Method> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let factor = stored::lock(&mut tx, user).await?;
    let Some(factor) = factor.filter(|f| f.confirmed_at.is_none() == enrolling) else {
        return Err(Error::Conflict("Set up a second factor first, under Security.".to_owned()));
    };
    let fresh = factor.failures == 0 || now - factor.failures_since >= WINDOW;
    let (failures, since) = if fresh { (0, now) } else { (factor.failures, factor.failures_since) };
    if failures >= FAILURES {
        let seconds = (since + WINDOW - now).num_seconds().max(1);
        return Err(Error::TooManyRequests { retry_after_s: seconds.unsigned_abs() });
    }
    let code: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    let step = step_of(&factor.secret, &code, now)?.filter(|step| *step > factor.last_step);
    let method = match step {
        Some(step) => {
            stored::passed(&mut tx, user, step, now).await?;
            Some(Method::Totp)
        }
        None if !enrolling && stored::use_recovery(&mut tx, user, &recovery_hash(&code)).await? => {
            stored::passed(&mut tx, user, factor.last_step, now).await?;
            Some(Method::RecoveryCode)
        }
        None => {
            stored::failed(&mut tx, user, failures + 1, since).await?;
            None
        }
    };
    tx.commit().await?;
    method.ok_or_else(|| {
        Error::field("code", "This code is wrong or was used already. Wait for the next one and try again.")
    })
}

async fn renew(ctx: &Context, caller: &Principal, action: &'static str) -> Result<Vec<String>> {
    let codes: Vec<String> = (0..RECOVERY_CODES).map(|_| recovery_code()).collect();
    let hashes: Vec<Vec<u8>> = codes.iter().map(|code| recovery_hash(&code.replace('-', ""))).collect();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    stored::set_recovery(&mut tx, caller.user, &hashes).await?;
    audit(ctx, tx, caller, action).await?;
    Ok(codes)
}

async fn audit(ctx: &Context, mut tx: store::Tx<'_>, caller: &Principal, action: &'static str) -> Result<()> {
    let entry = Entry {
        organisation: caller.home,
        actor: Actor::Person(caller),
        action,
        subject: format!("user:{}", caller.user),
        facility: None,
        detail: json!({}),
    };
    record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

/// SHA-1, six digits, thirty seconds, one step of tolerance: what every app can do.
fn totp(secret: &[u8], email: &str) -> Result<Totp> {
    let builder = Builder::new().with_secret(secret.to_vec()).with_issuer(Some("Gainshare"));
    builder.with_account_name(email).build().map_err(Error::internal)
}

fn qr(text: &str) -> Result<(u32, String)> {
    let code = QrCode::new(text).map_err(Error::internal)?;
    let width = code.width();
    let dark = code.to_colors().into_iter().enumerate().filter(|(_, color)| *color == Color::Dark);
    let path = dark.map(|(i, _)| format!("M{} {}h1v1h-1z", i % width, i / width)).collect();
    Ok((u32::try_from(width).map_err(Error::internal)?, path))
}

/// The step that a code is of, where it is right.
fn step_of(secret: &[u8], code: &str, now: DateTime<Utc>) -> Result<Option<i64>> {
    let seconds = u64::try_from(now.timestamp()).map_err(Error::internal)?;
    Ok(totp(secret, "")?.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// Eighty random bits as `01234-56789-abcde-f0123`.
fn recovery_code() -> String {
    let mut bytes = [0; 10];
    rand::rng().fill_bytes(&mut bytes);
    let text = hex::encode(bytes);
    [&text[..5], &text[5..10], &text[10..15], &text[15..]].join("-")
}

/// Random, so a plain hash needs no salt and no cost.
fn recovery_hash(code: &str) -> Vec<u8> {
    Sha256::digest(code.to_lowercase()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B: the last six of its eight digits.
    #[test]
    fn codes_are_the_standards() {
        let secret = b"12345678901234567890";
        for (seconds, eight) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let now = DateTime::from_timestamp(seconds, 0).unwrap();
            assert_eq!(step_of(secret, &eight[2..], now).unwrap(), Some(seconds / 30), "{seconds}");
            let late = now + TimeDelta::seconds(61);
            assert_eq!(step_of(secret, &eight[2..], late).unwrap(), None, "{seconds}");
        }
    }

    #[test]
    fn apps_can_read_the_address() {
        let uri = totp(&[7; 20], "vera@firm.example").unwrap().to_url().unwrap();
        let (width, path) = qr(&uri).unwrap();
        assert!(width >= 21 && path.starts_with("M0 0h1v1h-1zM1 0"), "the corner that readers look for");
        assert!(uri.starts_with("otpauth://totp/Gainshare:vera%40firm.example?secret="), "{uri}");
    }

    #[test]
    fn recovery_codes_differ_and_are_found_however_they_are_typed() {
        let code = recovery_code();
        assert_ne!(code, recovery_code());
        assert_eq!(code.len(), 23);
        let plain = code.replace('-', "");
        assert_eq!(recovery_hash(&plain), recovery_hash(&plain.to_uppercase()));
    }
}
