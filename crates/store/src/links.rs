//! Single-use links sent by mail: invitations and password resets. Only a hash of each is kept.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::access::LinkPurpose;
use domain::id::{OrganisationId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A link that can still be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whom it was sent to.
    pub user_id: UserId,
    /// Their address.
    pub email: String,
    /// Their name; may be empty.
    pub name: String,
    /// The organisation they are invited to.
    pub organisation_id: Option<Uuid>,
    /// Its name.
    pub organisation_name: Option<String>,
}

/// Adds a link and makes earlier ones of the same kind useless. `token_hash` is SHA-256 of the token's bytes.
///
/// # Errors
/// When the database fails.
pub async fn link_insert(
    conn: &mut PgConnection,
    token_hash: &[u8],
    purpose: LinkPurpose,
    user: UserId,
    organisation: Option<OrganisationId>,
    at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> Result<()> {
    links_use_up(&mut *conn, purpose, user, at).await?;
    sqlx::query!(
        "INSERT INTO links (token_hash, purpose, user_id, organisation_id, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        token_hash,
        purpose.as_str(),
        user.0,
        organisation.map(|id| id.0),
        at,
        expires_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Makes every open link of this kind useless.
///
/// # Errors
/// When the database fails.
pub async fn links_use_up(
    conn: &mut PgConnection,
    purpose: LinkPurpose,
    user: UserId,
    at: DateTime<Utc>,
) -> Result<()> {
    let query = sqlx::query!(
        "UPDATE links SET used_at = $3 WHERE user_id = $1 AND purpose = $2 AND used_at IS NULL",
        user.0,
        purpose.as_str(),
        at
    );
    query.execute(conn).await?;
    Ok(())
}

/// How many links of this kind were sent to a person since `since`.
///
/// # Errors
/// When the database fails.
pub async fn links_since(
    conn: &mut PgConnection,
    purpose: LinkPurpose,
    user: UserId,
    since: DateTime<Utc>,
) -> Result<i64> {
    let query = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM links WHERE user_id = $1 AND purpose = $2 AND created_at > $3"#,
        user.0,
        purpose.as_str(),
        since
    );
    Ok(query.fetch_one(conn).await?)
}

/// A link that is neither used nor expired, locked until the transaction ends so that it works once.
///
/// # Errors
/// `NotFound`.
pub async fn link_open(
    conn: &mut PgConnection,
    token_hash: &[u8],
    purpose: LinkPurpose,
    now: DateTime<Utc>,
) -> Result<Link> {
    let query = sqlx::query_as!(
        Link,
        r#"SELECT l.user_id, u.email, u.name, l.organisation_id, o.name AS "organisation_name?"
        FROM links l JOIN users u ON u.id = l.user_id LEFT JOIN organisations o ON o.id = l.organisation_id
        WHERE l.token_hash = $1 AND l.purpose = $2 AND l.used_at IS NULL AND l.expires_at > $3 FOR UPDATE OF l"#,
        token_hash,
        purpose.as_str(),
        now
    );
    Ok(query.fetch_one(conn).await?)
}
