//! Gateways: the edge agent of a facility, its credentials' state and the version of its point map.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, GatewayId, OrganisationId};
use sqlx::PgConnection;

/// A gateway with the facility it serves.
#[derive(Clone, Debug, PartialEq)]
pub struct Gateway {
    /// Identifier; the topics are `gs/{id}/…`.
    pub id: GatewayId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Name of the facility.
    pub facility_name: String,
    /// Name within the facility.
    pub name: String,
    /// Version of the point map.
    pub map_version: i32,
    /// When the present credentials were made.
    pub provisioned_at: Option<DateTime<Utc>>,
    /// When the credentials were withdrawn; none while they hold.
    pub revoked_at: Option<DateTime<Utc>>,
    /// When the server last heard from it.
    pub last_seen_at: Option<DateTime<Utc>>,
    /// Device clock minus server clock at the last envelope, ms.
    pub clock_skew_ms: Option<i64>,
}

/// Gateways in scope, by facility and name.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Gateway>> {
    let rows = sqlx::query_as!(
        Gateway,
        r#"SELECT g.id, g.organisation_id AS organisation, g.facility_id AS facility, f.slug AS facility_slug,
            f.name AS facility_name, g.name, g.map_version, g.provisioned_at, g.revoked_at, g.last_seen_at,
            g.clock_skew_ms
        FROM gateways g JOIN facilities f ON f.id = g.facility_id
        ORDER BY f.name, g.name, g.id"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Gateways of one facility, by name.
///
/// # Errors
/// When the database fails.
pub async fn of_facility(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Gateway>> {
    let rows = sqlx::query_as!(
        Gateway,
        r#"SELECT g.id, g.organisation_id AS organisation, g.facility_id AS facility, f.slug AS facility_slug,
            f.name AS facility_name, g.name, g.map_version, g.provisioned_at, g.revoked_at, g.last_seen_at,
            g.clock_skew_ms
        FROM gateways g JOIN facilities f ON f.id = g.facility_id
        WHERE g.facility_id = $1 ORDER BY g.name, g.id"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Creates the gateway unless the facility has one of this name; locks it until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn ensure(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    facility: FacilityId,
    name: &str,
) -> Result<GatewayId> {
    let id = sqlx::query_scalar!(
        r#"INSERT INTO gateways (id, organisation_id, facility_id, name) VALUES ($1, $2, $3, $4)
        ON CONFLICT (facility_id, name) DO UPDATE SET name = EXCLUDED.name
        RETURNING id"#,
        uuid::Uuid::now_v7(),
        organisation.0,
        facility.0,
        name
    )
    .fetch_one(conn)
    .await?;
    Ok(GatewayId(id))
}

/// Raises the version of the point map and returns the new one.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such gateway in scope.
pub async fn raise_map_version(conn: &mut PgConnection, gateway: GatewayId) -> Result<i32> {
    let version = sqlx::query_scalar!(
        "UPDATE gateways SET map_version = map_version + 1 WHERE id = $1 RETURNING map_version",
        gateway.0
    )
    .fetch_one(conn)
    .await?;
    Ok(version)
}

/// Notes that credentials were made; whatever revoked earlier ones no longer counts.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such gateway in scope.
pub async fn set_provisioned(conn: &mut PgConnection, gateway: GatewayId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query_scalar!(
        "UPDATE gateways SET provisioned_at = $2, revoked_at = NULL WHERE id = $1 RETURNING id",
        gateway.0,
        at
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Notes that the credentials were withdrawn; the first withdrawal's time stays.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such gateway in scope.
pub async fn set_revoked(conn: &mut PgConnection, gateway: GatewayId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query_scalar!(
        "UPDATE gateways SET revoked_at = coalesce(revoked_at, $2) WHERE id = $1 RETURNING id",
        gateway.0,
        at
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// The version of the point map.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such gateway in scope.
pub async fn map_version(conn: &mut PgConnection, gateway: GatewayId) -> Result<i32> {
    Ok(sqlx::query_scalar!("SELECT map_version FROM gateways WHERE id = $1", gateway.0)
        .fetch_one(conn)
        .await?)
}

/// How far a gateway has come and what it sent lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The gateway.
    pub gateway: GatewayId,
    /// Its newest boot with anything committed.
    pub boot: Option<i64>,
    /// Through which envelope of that boot everything is committed.
    pub seq: Option<i64>,
    /// Envelopes received since the instant asked for.
    pub envelopes: i64,
    /// Readings in them.
    pub samples: i64,
}

/// Progress of every gateway in scope; counts from `since` on, by time of receipt.
///
/// # Errors
/// When the database fails.
pub async fn progress(conn: &mut PgConnection, since: DateTime<Utc>) -> Result<Vec<Progress>> {
    let rows = sqlx::query_as!(
        Progress,
        r#"SELECT g.id AS gateway, w.boot AS "boot?", w.seq AS "seq?", coalesce(e.envelopes, 0) AS "envelopes!",
            coalesce(e.samples, 0) AS "samples!"
        FROM gateways g
        LEFT JOIN LATERAL (SELECT boot, seq FROM watermarks WHERE gateway_id = g.id ORDER BY boot DESC LIMIT 1) w ON true
        LEFT JOIN (SELECT gateway_id, count(*) AS envelopes, sum(samples)::bigint AS samples
            FROM envelopes WHERE received_at >= $1 GROUP BY gateway_id) e ON e.gateway_id = g.id
        ORDER BY g.id"#,
        since
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}
