//! People and their memberships.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::access::{Grant, OrganisationKind, Role};
use domain::id::{FacilityId, OrganisationId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A person as sign-in sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Lower case.
    pub email: String,
    /// May be empty.
    pub name: String,
    /// PHC string of argon2id; none until the invitation is accepted.
    pub password_hash: Option<String>,
}

/// A person in an organisation, as fellow members see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The organisation.
    pub organisation: OrganisationId,
    /// The person.
    pub user: UserId,
    /// Their address.
    pub email: String,
    /// May be empty.
    pub name: String,
    /// What they are.
    pub role: Role,
    /// Facilities they are limited to; none means all.
    pub facilities: Option<Vec<FacilityId>>,
    /// Whether they have chosen a password.
    pub accepted: bool,
    /// When they were invited.
    pub since: DateTime<Utc>,
}

/// Adds a person without a password.
///
/// # Errors
/// `Conflict` with `users_email` when the address is taken.
pub async fn user_insert(
    conn: &mut PgConnection,
    id: UserId,
    email: &str,
    name: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO users (id, email, name, created_at) VALUES ($1, $2, $3, $4)",
        id.0,
        email,
        name,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The person with this address, in lower case.
///
/// # Errors
/// When the database fails.
pub async fn user_by_email(conn: &mut PgConnection, email: &str) -> Result<Option<User>> {
    let query =
        sqlx::query_as!(User, "SELECT id, email, name, password_hash FROM users WHERE email = $1", email);
    Ok(query.fetch_optional(conn).await?)
}

/// One person.
///
/// # Errors
/// `NotFound`.
pub async fn user_get(conn: &mut PgConnection, id: UserId) -> Result<User> {
    let query = sqlx::query_as!(User, "SELECT id, email, name, password_hash FROM users WHERE id = $1", id.0);
    Ok(query.fetch_one(conn).await?)
}

/// Sets a new password, and the name where one is given.
///
/// # Errors
/// When the database fails.
pub async fn user_set_password(
    conn: &mut PgConnection,
    id: UserId,
    hash: &str,
    name: Option<&str>,
) -> Result<()> {
    sqlx::query!(
        "UPDATE users SET password_hash = $2, name = coalesce($3, name) WHERE id = $1",
        id.0,
        hash,
        name
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Adds a person to an organisation.
///
/// # Errors
/// `Conflict` with `memberships_pkey` when they are in it already.
pub async fn membership_insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    role: Role,
    facilities: Option<&[FacilityId]>,
    at: DateTime<Utc>,
) -> Result<()> {
    let facilities = ids(facilities);
    sqlx::query!(
        "INSERT INTO memberships (organisation_id, user_id, role, facility_ids, created_at) VALUES ($1, $2, $3, $4, $5)",
        organisation.0,
        user.0,
        role.as_str(),
        facilities.as_deref(),
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Changes what a member is.
///
/// # Errors
/// `NotFound`.
pub async fn membership_update(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
    role: Role,
    facilities: Option<&[FacilityId]>,
) -> Result<()> {
    let facilities = ids(facilities);
    let done = sqlx::query!(
        "UPDATE memberships SET role = $3, facility_ids = $4 WHERE organisation_id = $1 AND user_id = $2",
        organisation.0,
        user.0,
        role.as_str(),
        facilities.as_deref(),
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

/// Takes a person out of an organisation.
///
/// # Errors
/// `NotFound`.
pub async fn membership_delete(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    user: UserId,
) -> Result<()> {
    let query = sqlx::query!(
        "DELETE FROM memberships WHERE organisation_id = $1 AND user_id = $2",
        organisation.0,
        user.0
    );
    let done = query.execute(conn).await?;
    if done.rows_affected() == 0 { Err(crate::Error::NotFound) } else { Ok(()) }
}

struct MembershipRow {
    user_id: Uuid,
    role: String,
    facility_ids: Option<Vec<Uuid>>,
}

/// Memberships of an organisation, locked until the transaction ends, so that two changes at once cannot each count
/// on the other's last owner. Ordered by person, so that two such locks never wait for each other.
///
/// # Errors
/// When the database fails.
pub async fn memberships_lock(
    conn: &mut PgConnection,
    organisation: OrganisationId,
) -> Result<Vec<(UserId, Role, Option<Vec<FacilityId>>)>> {
    let query = sqlx::query_as!(
        MembershipRow,
        "SELECT user_id, role, facility_ids FROM memberships WHERE organisation_id = $1 ORDER BY user_id FOR UPDATE",
        organisation.0
    );
    let rows = query.fetch_all(conn).await?;
    rows.into_iter().map(|r| Ok((r.user_id.into(), role(&r.role)?, facilities(r.facility_ids)))).collect()
}

struct MemberRow {
    organisation_id: Uuid,
    user_id: Uuid,
    email: String,
    name: String,
    role: String,
    facility_ids: Option<Vec<Uuid>>,
    accepted: bool,
    created_at: DateTime<Utc>,
}

/// Members of the organisations in scope. Needs a request's scope: background work sees none here.
///
/// # Errors
/// When the database fails.
pub async fn members_visible(conn: &mut PgConnection) -> Result<Vec<Member>> {
    let query = sqlx::query_as!(
        MemberRow,
        r#"SELECT organisation_id AS "organisation_id!", user_id AS "user_id!", email AS "email!", name AS "name!",
            role AS "role!", facility_ids, accepted AS "accepted!", created_at AS "created_at!"
        FROM members ORDER BY organisation_id, lower(email)"#
    );
    let member = |r: MemberRow| {
        Ok(Member {
            organisation: r.organisation_id.into(),
            user: r.user_id.into(),
            email: r.email,
            name: r.name,
            role: role(&r.role)?,
            facilities: facilities(r.facility_ids),
            accepted: r.accepted,
            since: r.created_at,
        })
    };
    query.fetch_all(conn).await?.into_iter().map(member).collect()
}

/// What a person holds, and where: the oldest membership first, each opened to the organisations it reaches.
///
/// - A customer's member: the customer.
/// - A vendor's member: the vendor and its customers; an administrator also the verifiers it engaged.
/// - A verifier's member: their firm, the named facilities of customers of the vendor that engaged it, and the
///   facilities of baselines they are invited to verify, for as long as the invitation stands at `now`.
///
/// # Errors
/// When the database fails.
pub async fn user_grants(
    conn: &mut PgConnection,
    user: UserId,
    now: DateTime<Utc>,
) -> Result<Vec<(OrganisationId, Grant)>> {
    let rows = sqlx::query!(
        r#"SELECT m.organisation_id AS home, m.role, o.kind, m.facility_ids, t.id AS target,
            ARRAY(SELECT f.id FROM facilities f WHERE f.organisation_id = t.id AND f.id = ANY(m.facility_ids)
                ORDER BY f.id) AS "named!"
        FROM memberships m
        JOIN organisations o ON o.id = m.organisation_id
        JOIN organisations t ON t.id = o.id
            OR (o.kind = 'vendor' AND t.vendor_id = o.id AND (t.kind = 'customer' OR m.role = 'vendor_admin'))
            OR (o.kind = 'verifier' AND t.kind = 'customer' AND t.vendor_id = o.vendor_id)
        WHERE m.user_id = $1
        ORDER BY m.created_at, m.organisation_id, t.id <> o.id, t.name, t.id"#,
        user.0,
    )
    .fetch_all(&mut *conn)
    .await?;
    let mut grants = Vec::with_capacity(rows.len());
    for row in rows {
        let own = row.home == row.target;
        // A verifier reads what was named, never everything for want of a list.
        let limited = row.facility_ids.is_some() || row.kind == OrganisationKind::Verifier.as_str() && !own;
        if limited && !own && row.named.is_empty() {
            continue;
        }
        let grant = Grant {
            organisation: row.target.into(),
            role: role(&row.role)?,
            facilities: limited.then(|| row.named.into_iter().map(Into::into).collect()),
        };
        grants.push((row.home.into(), grant));
    }
    // Whoever has left the firm verifies nothing in its name.
    let invited = sqlx::query!(
        r#"SELECT v.verifier_id AS home, v.organisation_id AS target, array_agg(DISTINCT v.facility_id) AS "named!"
        FROM verifications v JOIN memberships m ON m.organisation_id = v.verifier_id AND m.user_id = v.user_id
        WHERE v.user_id = $1 AND v.withdrawn_at IS NULL AND v.expires_at > $2 AND m.role = 'verifier'
        GROUP BY v.verifier_id, v.organisation_id ORDER BY v.verifier_id, v.organisation_id"#,
        user.0,
        now
    )
    .fetch_all(conn)
    .await?;
    grants.extend(invited.into_iter().map(|row| {
        let named = row.named.into_iter().map(Into::into).collect();
        let grant = Grant { organisation: row.target.into(), role: Role::Verifier, facilities: Some(named) };
        (row.home.into(), grant)
    }));
    Ok(grants)
}

fn role(name: &str) -> Result<Role> {
    Ok(Role::parse(name).ok_or_else(|| sqlx::Error::Decode(format!("role {name}").into()))?)
}

fn ids(facilities: Option<&[FacilityId]>) -> Option<Vec<Uuid>> {
    facilities.map(|all| all.iter().map(|id| id.0).collect())
}

fn facilities(ids: Option<Vec<Uuid>>) -> Option<Vec<FacilityId>> {
    ids.map(|all| all.into_iter().map(Into::into).collect())
}
