//! Sessions and the sign-in attempts that limit how often a password can be guessed.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::UserId;
use sqlx::PgConnection;

/// A session and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who signed in.
    pub user_id: UserId,
    /// Their address.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
    /// The last request but at most a minute.
    pub last_seen_at: DateTime<Utc>,
    /// When it ends whatever happens.
    pub expires_at: DateTime<Utc>,
    /// Whether the second factor's code is still to come; until then it opens nothing.
    pub code_due: bool,
}

/// Adds a session. `token_hash` is SHA-256 of the cookie's bytes.
///
/// # Errors
/// When the database fails.
pub async fn session_insert(
    conn: &mut PgConnection,
    token_hash: &[u8],
    user: UserId,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    user_agent: &str,
    code_due: bool,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO sessions (token_hash, user_id, created_at, last_seen_at, expires_at, user_agent, code_due)
        VALUES ($1, $2, $3, $3, $4, $5, $6)",
        token_hash,
        user.0,
        at,
        expires_at,
        user_agent,
        code_due,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The session with this hash, however old.
///
/// # Errors
/// When the database fails.
pub async fn session_get(conn: &mut PgConnection, token_hash: &[u8]) -> Result<Option<Session>> {
    let query = sqlx::query_as!(
        Session,
        "SELECT s.user_id, u.email, u.name, s.last_seen_at, s.expires_at, s.code_due
        FROM sessions s JOIN users u ON u.id = s.user_id WHERE s.token_hash = $1",
        token_hash
    );
    Ok(query.fetch_optional(conn).await?)
}

/// Notes a request.
///
/// # Errors
/// When the database fails.
pub async fn session_touch(conn: &mut PgConnection, token_hash: &[u8], at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE sessions SET last_seen_at = $2 WHERE token_hash = $1", token_hash, at)
        .execute(conn)
        .await?;
    Ok(())
}

/// Ends a session. Returns whether there was one.
///
/// # Errors
/// When the database fails.
pub async fn session_delete(conn: &mut PgConnection, token_hash: &[u8]) -> Result<bool> {
    let done = sqlx::query!("DELETE FROM sessions WHERE token_hash = $1", token_hash).execute(conn).await?;
    Ok(done.rows_affected() > 0)
}

/// Ends every session of a person.
///
/// # Errors
/// When the database fails.
pub async fn sessions_delete_of(conn: &mut PgConnection, user: UserId) -> Result<u64> {
    let done = sqlx::query!("DELETE FROM sessions WHERE user_id = $1", user.0).execute(conn).await?;
    Ok(done.rows_affected())
}

/// Removes what nobody can use any more: ended sessions, expired links, and sign-in attempts before `attempts_before`.
///
/// # Errors
/// When the database fails.
pub async fn sessions_prune(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    idle_before: DateTime<Utc>,
    attempts_before: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("DELETE FROM sessions WHERE expires_at <= $1 OR last_seen_at <= $2", now, idle_before)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("DELETE FROM links WHERE expires_at <= $1", attempts_before).execute(&mut *conn).await?;
    sqlx::query!("DELETE FROM sign_in_attempts WHERE at <= $1", attempts_before).execute(conn).await?;
    Ok(())
}

/// Recent failures, and when the oldest of them happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failures {
    /// Of this account from this address.
    pub account: i64,
    /// From this address, of any account.
    pub ip: i64,
    /// The oldest of the account's from this address.
    pub oldest_account: Option<DateTime<Utc>>,
    /// The oldest from this address.
    pub oldest_ip: Option<DateTime<Utc>>,
}

/// Failures since `since`. Attempts from one address are taken one after the other until the transaction ends, so
/// that many at once cannot slip past the limit.
///
/// # Errors
/// When the database fails.
pub async fn attempts_lock(
    conn: &mut PgConnection,
    email: &str,
    ip: &str,
    since: DateTime<Utc>,
) -> Result<Failures> {
    sqlx::query!("SELECT pg_advisory_xact_lock(hashtextextended('sign-in:' || $1, 0))", ip)
        .execute(&mut *conn)
        .await?;
    let query = sqlx::query_as!(
        Failures,
        r#"SELECT count(*) FILTER (WHERE email = $1) AS "account!", count(*) AS "ip!",
            min(at) FILTER (WHERE email = $1) AS oldest_account, min(at) AS oldest_ip
        FROM sign_in_attempts WHERE ip = $2 AND at > $3 AND NOT succeeded"#,
        email,
        ip,
        since
    );
    Ok(query.fetch_one(conn).await?)
}

/// Counts an attempt as failed until it is known to have succeeded. Returns its id.
///
/// # Errors
/// When the database fails.
pub async fn attempt_insert(
    conn: &mut PgConnection,
    email: &str,
    ip: &str,
    at: DateTime<Utc>,
) -> Result<i64> {
    let query = sqlx::query_scalar!(
        "INSERT INTO sign_in_attempts (email, ip, succeeded, at) VALUES ($1, $2, false, $3) RETURNING id",
        email,
        ip,
        at
    );
    Ok(query.fetch_one(conn).await?)
}

/// Notes that an attempt succeeded, and forgets the failures of that account from that address before it.
///
/// # Errors
/// When the database fails.
pub async fn attempt_succeeded(conn: &mut PgConnection, id: i64, email: &str, ip: &str) -> Result<()> {
    sqlx::query!(
        "DELETE FROM sign_in_attempts WHERE email = $1 AND ip = $2 AND NOT succeeded AND id <> $3",
        email,
        ip,
        id
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("UPDATE sign_in_attempts SET succeeded = true WHERE id = $1", id).execute(conn).await?;
    Ok(())
}
