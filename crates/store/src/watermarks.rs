//! Watermarks: through which envelope of a boot everything is committed.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, GatewayId, OrganisationId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A watermark to set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// The gateway.
    pub gateway: GatewayId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Start of the gateway process.
    pub boot: i64,
    /// Every envelope of the boot up to this number is committed.
    pub seq: i64,
}

/// The watermarks of the boots that have one.
///
/// # Errors
/// When the database fails.
pub async fn of_boots(
    conn: &mut PgConnection,
    boots: &[(GatewayId, i64)],
) -> Result<Vec<(GatewayId, i64, i64)>> {
    let gateways: Vec<Uuid> = boots.iter().map(|b| b.0.0).collect();
    let numbers: Vec<i64> = boots.iter().map(|b| b.1).collect();
    let rows = sqlx::query!(
        r#"SELECT w.gateway_id, w.boot, w.seq FROM watermarks w
        JOIN unnest($1::uuid[], $2::bigint[]) AS k (gateway_id, boot) ON (w.gateway_id, w.boot) = (k.gateway_id, k.boot)"#,
        &gateways,
        &numbers
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (GatewayId(r.gateway_id), r.boot, r.seq)).collect())
}

/// Sets watermarks; one that stands higher stays.
///
/// # Errors
/// When the database fails.
pub async fn raise(conn: &mut PgConnection, marks: &[Mark], at: DateTime<Utc>) -> Result<()> {
    let ids = |f: fn(&Mark) -> Uuid| marks.iter().map(f).collect::<Vec<_>>();
    let numbers = |f: fn(&Mark) -> i64| marks.iter().map(f).collect::<Vec<_>>();
    sqlx::query!(
        "INSERT INTO watermarks (gateway_id, organisation_id, facility_id, boot, seq, updated_at)
        SELECT *, $6::timestamptz FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[])
        ON CONFLICT (gateway_id, boot) DO UPDATE SET seq = EXCLUDED.seq, updated_at = EXCLUDED.updated_at
        WHERE watermarks.seq < EXCLUDED.seq",
        &ids(|m| m.gateway.0),
        &ids(|m| m.organisation.0),
        &ids(|m| m.facility.0),
        &numbers(|m| m.boot),
        &numbers(|m| m.seq),
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The watermark of the gateway's newest boot.
///
/// # Errors
/// When the database fails.
pub async fn newest(conn: &mut PgConnection, gateway: GatewayId) -> Result<Option<(i64, i64)>> {
    let row = sqlx::query!(
        "SELECT boot, seq FROM watermarks WHERE gateway_id = $1 ORDER BY boot DESC LIMIT 1",
        gateway.0
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|r| (r.boot, r.seq)))
}
