//! Gateways as ingest sees them: whose they are, whether they may send, and when they did.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, GatewayId, OrganisationId};
use sqlx::PgConnection;
use uuid::Uuid;

/// What ingest has to know of a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// The gateway.
    pub id: GatewayId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// IANA zone of the facility.
    pub time_zone: String,
    /// Version of the point map.
    pub map_version: i32,
    /// Whether its credentials were withdrawn.
    pub revoked: bool,
}

/// The gateways that exist among `ids`.
///
/// # Errors
/// When the database fails.
pub async fn find(conn: &mut PgConnection, ids: &[GatewayId]) -> Result<Vec<Sender>> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let rows = sqlx::query_as!(
        Sender,
        r#"SELECT g.id, g.organisation_id AS organisation, g.facility_id AS facility, f.time_zone, g.map_version,
            g.revoked_at IS NOT NULL AS "revoked!"
        FROM gateways g JOIN facilities f ON f.id = g.facility_id WHERE g.id = ANY($1)"#,
        &ids
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Notes when gateways were heard of, and how far their clocks are ahead, ms.
///
/// # Errors
/// When the database fails.
pub async fn seen(conn: &mut PgConnection, seen: &[(GatewayId, DateTime<Utc>, i64)]) -> Result<()> {
    let ids: Vec<Uuid> = seen.iter().map(|s| s.0.0).collect();
    let at: Vec<DateTime<Utc>> = seen.iter().map(|s| s.1).collect();
    let skew: Vec<i64> = seen.iter().map(|s| s.2).collect();
    sqlx::query!(
        "UPDATE gateways g SET last_seen_at = s.at, clock_skew_ms = s.skew
        FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) AS s (id, at, skew)
        WHERE g.id = s.id AND (g.last_seen_at IS NULL OR g.last_seen_at <= s.at)",
        &ids,
        &at,
        &skew
    )
    .execute(conn)
    .await?;
    Ok(())
}
