//! Signing in and out, and who is behind a cookie.

use crate::audit::{Actor, Entry, record};
use crate::token::Token;
use crate::{Context, Error, Result, passwords, second_factor};
use chrono::TimeDelta;
use domain::access::{Principal, Scope};
use domain::id::UserId;
use serde_json::json;
use store::second_factors::is_confirmed;
use store::sessions::{
    attempt_insert, attempt_succeeded, attempts_lock, session_delete, session_get, session_insert,
    session_touch, sessions_prune,
};
use store::users::{user_by_email, user_grants};

/// A session ends after this long without a request,
pub const IDLE: TimeDelta = TimeDelta::minutes(30);
/// and after this long whatever happens.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// How long somebody may take to enter the code of their second factor.
const CODE: TimeDelta = TimeDelta::minutes(10);
/// `last_seen_at` is written at most this often.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// Failed attempts are counted over this long.
const WINDOW: TimeDelta = TimeDelta::minutes(15);
/// Failures of one account from one address. Only that address has to wait, so nobody locks out anybody else.
pub const FAILURES_PER_ACCOUNT: i64 = 10;
/// Failures from one address over all accounts.
pub const FAILURES_PER_ADDRESS: i64 = 100;

/// Where a request comes from.
#[derive(Clone, Debug, Default)]
pub struct Visitor {
    /// Network address.
    pub ip: String,
    /// What the browser says it is.
    pub user_agent: String,
}

/// A new session.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: Token,
    /// Who signed in.
    pub principal: Principal,
    /// Whether a code of the second factor is due first ([`enter_code`]); the session opens nothing before.
    pub code_due: bool,
}

/// Starts a session, always with a token of its own; the one the browser came with, if any, ends.
///
/// # Errors
/// `Invalid` for a wrong address or password, without saying which; `TooManyRequests` after too many failures.
pub async fn sign_in(
    ctx: &Context,
    email: &str,
    password: String,
    visitor: &Visitor,
    previous: Option<&Token>,
) -> Result<SignedIn> {
    let email = normal_email(email);
    let attempt = count_attempt(ctx, &email, &visitor.ip).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let user = user_by_email(&mut tx, &email).await?;
    drop(tx);
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let fits = passwords::verify(password, hash).await?;

    let wrong = || Error::field("email", "The address or the password is wrong.");
    let user = user.filter(|_| fits).ok_or_else(wrong)?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let principal = principal(ctx, &mut tx, user.id, &user.name, &user.email).await?.ok_or_else(wrong)?;
    attempt_succeeded(&mut tx, attempt, &email, &visitor.ip).await?;
    if let Some(previous) = previous {
        session_delete(&mut tx, &previous.hash()).await?;
    }
    let now = ctx.clock.now();
    sessions_prune(&mut tx, now, now - IDLE, now - TimeDelta::days(1)).await?;
    let code_due = is_confirmed(&mut tx, user.id).await?;
    let token = if code_due {
        let token = Token::random();
        session_insert(&mut tx, &token.hash(), user.id, now, now + CODE, "", true).await?;
        token
    } else {
        start(ctx, &mut tx, &principal, visitor).await?
    };
    tx.commit().await?;
    Ok(SignedIn { token, principal, code_due })
}

/// Takes the code of a second factor and starts the session, with a token of its own.
///
/// # Errors
/// `NotFound` when no code is due, or it took too long; `Invalid` for a wrong code; `TooManyRequests` after too many.
pub async fn enter_code(ctx: &Context, token: &Token, code: &str, visitor: &Visitor) -> Result<SignedIn> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let session = session_get(&mut tx, &token.hash()).await?.filter(|s| s.code_due);
    let session = session.filter(|s| ctx.clock.now() < s.expires_at).ok_or(Error::NotFound)?;
    drop(tx);
    second_factor::check(ctx, session.user_id, code).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    // Whoever took it away meanwhile has ended the sign-in.
    if !session_delete(&mut tx, &token.hash()).await? {
        return Err(Error::NotFound);
    }
    let person = principal(ctx, &mut tx, session.user_id, &session.name, &session.email).await?;
    let principal = person.ok_or(Error::NotFound)?;
    let token = start(ctx, &mut tx, &principal, visitor).await?;
    tx.commit().await?;
    Ok(SignedIn { token, principal, code_due: false })
}

/// Counts the attempt before the password is looked at, so that attempts at the same time count too.
async fn count_attempt(ctx: &Context, email: &str, ip: &str) -> Result<i64> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let failures = attempts_lock(&mut tx, email, ip, now - WINDOW).await?;
    let over = [
        (failures.account >= FAILURES_PER_ACCOUNT, failures.oldest_account),
        (failures.ip >= FAILURES_PER_ADDRESS, failures.oldest_ip),
    ];
    let wait = over.into_iter().filter(|(over, _)| *over).filter_map(|(_, oldest)| oldest).max();
    if let Some(oldest) = wait {
        tracing::warn!(ip, "sign-in refused: too many failures from this address");
        let seconds = (oldest + WINDOW - now).num_seconds().max(1);
        return Err(Error::TooManyRequests { retry_after_s: seconds.unsigned_abs() });
    }
    let attempt = attempt_insert(&mut tx, email, ip, now).await?;
    tx.commit().await?;
    Ok(attempt)
}

/// Adds a session and records that it began.
pub(crate) async fn start(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    principal: &Principal,
    visitor: &Visitor,
) -> Result<Token> {
    let (token, now) = (Token::random(), ctx.clock.now());
    let user_agent: String = visitor.user_agent.chars().take(200).collect();
    session_insert(tx, &token.hash(), principal.user, now, now + ABSOLUTE, &user_agent, false).await?;
    let entry = Entry {
        organisation: principal.home,
        actor: Actor::Person(principal),
        action: "session.started",
        subject: format!("user:{}", principal.user),
        facility: None,
        detail: json!({ "ip": visitor.ip }),
    };
    record(tx, now, entry).await?;
    Ok(token)
}

/// Who is behind a token; none when the session has ended or its owner belongs to no organisation any more.
/// What they hold is read anew each time, so a changed or removed membership takes effect with the next request.
///
/// # Errors
/// When the database fails.
pub async fn resolve(ctx: &Context, token: &Token) -> Result<Option<Principal>> {
    let (hash, now) = (token.hash(), ctx.clock.now());
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let Some(session) = session_get(&mut tx, &hash).await? else { return Ok(None) };
    if session.code_due || now >= session.expires_at || now - session.last_seen_at >= IDLE {
        return Ok(None);
    }
    let principal = principal(ctx, &mut tx, session.user_id, &session.name, &session.email).await?;
    if now - session.last_seen_at >= TOUCH {
        session_touch(&mut tx, &hash, now).await?;
        tx.commit().await?;
    }
    Ok(principal)
}

/// Ends a session; doing so twice is no error.
///
/// # Errors
/// When the database fails.
pub async fn sign_out(ctx: &Context, token: &Token) -> Result<()> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let Some(session) = session_get(&mut tx, &token.hash()).await? else { return Ok(()) };
    session_delete(&mut tx, &token.hash()).await?;
    if let Some(person) = principal(ctx, &mut tx, session.user_id, &session.name, &session.email).await? {
        let entry = Entry {
            organisation: person.home,
            actor: Actor::Person(&person),
            action: "session.ended",
            subject: format!("user:{}", person.user),
            facility: None,
            detail: json!({}),
        };
        record(&mut tx, ctx.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// A person with everything they hold; none if they belong nowhere.
pub(crate) async fn principal(
    ctx: &Context,
    tx: &mut store::Tx<'_>,
    user: UserId,
    name: &str,
    email: &str,
) -> Result<Option<Principal>> {
    let grants = user_grants(tx, user, ctx.clock.now()).await?;
    let Some(home) = grants.first().map(|(home, _)| *home) else { return Ok(None) };
    let name = if name.is_empty() { email } else { name };
    Ok(Some(Principal {
        user,
        name: name.to_owned(),
        home,
        grants: grants.into_iter().map(|(_, grant)| grant).collect(),
    }))
}

/// The form in which addresses are kept and compared.
pub(crate) fn normal_email(email: &str) -> String {
    email.trim().to_lowercase()
}
