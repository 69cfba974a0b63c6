//! Second factors of people: time-based codes and recovery codes. The worker role alone reads them.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::UserId;
use sqlx::PgConnection;

/// A second factor, locked until the transaction ends.
#[derive(Clone, PartialEq, Eq)]
pub struct Factor {
    /// The shared secret.
    pub secret: Vec<u8>,
    /// None until a first code was right.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The newest step that was used.
    pub last_step: i64,
    /// Wrong codes since `failures_since`.
    pub failures: i32,
    /// Where the count begins.
    pub failures_since: DateTime<Utc>,
}

/// A person's second factor, locked until the transaction ends so that no code works twice.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, user: UserId) -> Result<Option<Factor>> {
    let query = sqlx::query_as!(
        Factor,
        "SELECT secret, confirmed_at, last_step, failures, failures_since FROM second_factors WHERE user_id = $1
        FOR UPDATE",
        user.0
    );
    Ok(query.fetch_optional(conn).await?)
}

/// Whether a person has a second factor that works.
///
/// # Errors
/// When the database fails.
pub async fn is_confirmed(conn: &mut PgConnection, user: UserId) -> Result<bool> {
    let query = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM second_factors WHERE user_id = $1 AND confirmed_at IS NOT NULL) AS "is!""#,
        user.0
    );
    Ok(query.fetch_one(conn).await?)
}

/// Begins an enrolment, in place of one that was never confirmed.
///
/// # Errors
/// When the database fails.
pub async fn begin(conn: &mut PgConnection, user: UserId, secret: &[u8], at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "INSERT INTO second_factors (user_id, secret, created_at, failures_since) VALUES ($1, $2, $3, $3)
        ON CONFLICT (user_id) DO UPDATE SET secret = excluded.secret, created_at = excluded.created_at
        WHERE second_factors.confirmed_at IS NULL",
        user.0,
        secret,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a right code, which confirms an enrolment and ends the count of wrong ones.
///
/// # Errors
/// When the database fails.
pub async fn passed(conn: &mut PgConnection, user: UserId, step: i64, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE second_factors SET last_step = $2, failures = 0, confirmed_at = coalesce(confirmed_at, $3)
        WHERE user_id = $1",
        user.0,
        step,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes a wrong code.
///
/// # Errors
/// When the database fails.
pub async fn failed(
    conn: &mut PgConnection,
    user: UserId,
    failures: i32,
    since: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE second_factors SET failures = $2, failures_since = $3 WHERE user_id = $1",
        user.0,
        failures,
        since
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a second factor away, recovery codes included.
///
/// # Errors
/// When the database fails.
pub async fn remove(conn: &mut PgConnection, user: UserId) -> Result<()> {
    sqlx::query!("DELETE FROM second_factors WHERE user_id = $1", user.0).execute(conn).await?;
    Ok(())
}

/// Replaces the recovery codes.
///
/// # Errors
/// When the database fails.
pub async fn set_recovery(conn: &mut PgConnection, user: UserId, hashes: &[Vec<u8>]) -> Result<()> {
    sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1", user.0).execute(&mut *conn).await?;
    sqlx::query!(
        "INSERT INTO recovery_codes (user_id, code_hash) SELECT $1, unnest($2::bytea[])",
        user.0,
        hashes
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a recovery code up. Returns whether it was one.
///
/// # Errors
/// When the database fails.
pub async fn use_recovery(conn: &mut PgConnection, user: UserId, hash: &[u8]) -> Result<bool> {
    let query =
        sqlx::query!("DELETE FROM recovery_codes WHERE user_id = $1 AND code_hash = $2", user.0, hash);
    Ok(query.execute(conn).await?.rows_affected() > 0)
}

/// How many recovery codes are left.
///
/// # Errors
/// When the database fails.
pub async fn recovery_left(conn: &mut PgConnection, user: UserId) -> Result<i64> {
    let query =
        sqlx::query_scalar!(r#"SELECT count(*) AS "count!" FROM recovery_codes WHERE user_id = $1"#, user.0);
    Ok(query.fetch_one(conn).await?)
}
