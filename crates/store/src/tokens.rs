//! Tokens of the REST interface, and the answers to what was asked with them.

use crate::{Result, column};
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, OrganisationId, TokenId, UserId};
use domain::tokens::{ApiScope, TokenRow};
use sqlx::PgConnection;

/// Whose a token is, beside what its page lists.
#[derive(Clone, Debug)]
pub struct Owned {
    /// The organisation it was made in.
    pub organisation: OrganisationId,
    /// Who made it.
    pub user: UserId,
    /// SHA-256 of the secret's bytes.
    pub secret_sha256: [u8; 32],
}

/// A token as it is found by its secret.
#[derive(Clone, Debug)]
pub struct Found {
    /// The token.
    pub id: TokenId,
    /// What its maker calls it.
    pub name: String,
    /// The organisation it was made in.
    pub organisation: OrganisationId,
    /// Who made it.
    pub user: UserId,
    /// Their name now; empty where they gave none.
    pub user_name: String,
    /// Their address.
    pub email: String,
    /// What it may be used for.
    pub scopes: Vec<ApiScope>,
    /// The one facility it opens, with the organisation that owns it.
    pub facility: Option<(OrganisationId, FacilityId)>,
    /// The last request, to the minute.
    pub last_used_at: Option<DateTime<Utc>>,
}

struct Listed {
    id: uuid::Uuid,
    name: String,
    scopes: Vec<String>,
    facility_id: Option<uuid::Uuid>,
    facility_name: Option<String>,
    prefix: String,
    created_by_name: String,
    created_at: DateTime<Utc>,
    last_used_at: Option<DateTime<Utc>>,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
}

fn scopes(names: &[String]) -> Result<Vec<ApiScope>> {
    names.iter().map(|name| column("api_tokens.scopes", name, ApiScope::parse)).collect()
}

/// Adds one.
///
/// # Errors
/// When it is out of scope, or the database fails.
pub async fn insert(conn: &mut PgConnection, new: &TokenRow, owned: &Owned) -> Result<()> {
    let scopes: Vec<String> = new.scopes.iter().map(|scope| scope.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO api_tokens (id, organisation_id, user_id, created_by_name, name, scopes, facility_id, prefix,
            secret_sha256, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id.0,
        owned.organisation.0,
        owned.user.0,
        new.created_by,
        new.name,
        &scopes,
        new.facility.as_ref().map(|(id, _)| id.0),
        new.prefix,
        &owned.secret_sha256[..],
        new.created_at,
        new.expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Tokens that were made in an organisation, newest first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<TokenRow>> {
    let rows = sqlx::query_as!(
        Listed,
        r#"SELECT t.id, t.name, t.scopes, t.facility_id, f.name AS "facility_name?", t.prefix, t.created_by_name, t.created_at,
            t.last_used_at, t.expires_at, t.revoked_at
        FROM api_tokens t LEFT JOIN facilities f ON f.id = t.facility_id
        WHERE t.organisation_id = $1 ORDER BY t.created_at DESC, t.id DESC"#,
        organisation.0
    )
    .fetch_all(conn)
    .await?;
    let token = |r: Listed| {
        Ok(TokenRow {
            id: r.id.into(),
            name: r.name,
            scopes: scopes(&r.scopes)?,
            facility: r.facility_id.map(|id| (id.into(), r.facility_name.unwrap_or_default())),
            prefix: r.prefix,
            created_by: r.created_by_name,
            created_at: r.created_at,
            last_used_at: r.last_used_at,
            expires_at: r.expires_at,
            revoked_at: r.revoked_at,
        })
    };
    rows.into_iter().map(token).collect()
}

/// Takes a token back and returns its name.
///
/// # Errors
/// `NotFound` when there is none that could be taken back.
pub async fn revoke(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: TokenId,
    at: DateTime<Utc>,
    by: &str,
) -> Result<String> {
    let name = sqlx::query_scalar!(
        "UPDATE api_tokens SET revoked_at = $3, revoked_by_name = $4
        WHERE id = $1 AND organisation_id = $2 AND revoked_at IS NULL RETURNING name",
        id.0,
        organisation.0,
        at,
        by,
    )
    .fetch_one(conn)
    .await?;
    Ok(name)
}

/// The token with this secret; none when it was taken back or its time is over at `now`.
///
/// # Errors
/// When the database fails.
pub async fn by_secret(
    conn: &mut PgConnection,
    secret_sha256: &[u8; 32],
    now: DateTime<Utc>,
) -> Result<Option<Found>> {
    let row = sqlx::query!(
        r#"SELECT t.id, t.name, t.organisation_id, t.user_id, u.name AS user_name, u.email, t.scopes, t.facility_id,
            f.organisation_id AS "owner_id?", t.last_used_at
        FROM api_tokens t JOIN users u ON u.id = t.user_id LEFT JOIN facilities f ON f.id = t.facility_id
        WHERE t.secret_sha256 = $1 AND t.revoked_at IS NULL AND t.expires_at > $2"#,
        &secret_sha256[..],
        now
    )
    .fetch_optional(conn)
    .await?;
    let found = row.map(|r| {
        Ok(Found {
            id: r.id.into(),
            name: r.name,
            organisation: r.organisation_id.into(),
            user: r.user_id.into(),
            user_name: r.user_name,
            email: r.email,
            scopes: scopes(&r.scopes)?,
            facility: r.owner_id.map(Into::into).zip(r.facility_id.map(Into::into)),
            last_used_at: r.last_used_at,
        })
    });
    found.transpose()
}

/// Notes a request.
///
/// # Errors
/// When the database fails.
pub async fn touch(conn: &mut PgConnection, id: TokenId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE api_tokens SET last_used_at = $2 WHERE id = $1", id.0, at).execute(conn).await?;
    Ok(())
}

/// A request that was answered: SHA-256 of its body, and the answer.
pub type Answered = (Vec<u8>, String);

/// Holds a key of a token until the transaction ends, so that the same request twice at a time does its work once.
/// Whether nobody else holds it.
///
/// # Errors
/// When the database fails.
pub async fn request_hold(conn: &mut PgConnection, token: TokenId, key: &str) -> Result<bool> {
    let held = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtextextended($1, 0)) AS "held!""#,
        format!("{token} {key}")
    );
    Ok(held.fetch_one(conn).await?)
}

/// What was answered to a request with this key since `since`; older answers of the token are forgotten.
///
/// # Errors
/// When the database fails.
pub async fn request_answered(
    conn: &mut PgConnection,
    token: TokenId,
    key: &str,
    since: DateTime<Utc>,
) -> Result<Option<Answered>> {
    sqlx::query!("DELETE FROM api_requests WHERE token_id = $1 AND created_at < $2", token.0, since)
        .execute(&mut *conn)
        .await?;
    let row = sqlx::query!(
        "SELECT body_sha256, answer FROM api_requests WHERE token_id = $1 AND key = $2",
        token.0,
        key
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.body_sha256, r.answer)))
}

/// Keeps an answer.
///
/// # Errors
/// `Conflict` when the key has one already.
pub async fn request_insert(
    conn: &mut PgConnection,
    (token, key): (TokenId, &str),
    (organisation, facility): (OrganisationId, FacilityId),
    (body_sha256, answer): (&[u8; 32], &str),
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO api_requests (token_id, key, organisation_id, facility_id, body_sha256, answer, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)",
        token.0,
        key,
        organisation.0,
        facility.0,
        &body_sha256[..],
        answer,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}
