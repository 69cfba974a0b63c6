//! Meter events: swaps and changed multipliers.

use crate::{Result, column};
use chrono::{DateTime, Utc};
use domain::counter::MeterEvent;
use domain::id::{FacilityId, GatewayId, OrganisationId, PointId, UserId};
use domain::point::Kind;
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

/// What happened to a meter.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMeterEvent {
    /// The point.
    pub point: PointId,
    /// When: readings before it are of the old regime.
    pub at: DateTime<Utc>,
    /// Whether the meter was swapped; otherwise only its multiplier changed.
    pub swap: bool,
    /// Raw register just before, if somebody read it.
    pub closing_raw: Option<i64>,
    /// Raw register just after, if somebody read it.
    pub opening_raw: Option<i64>,
    /// Multiplier of raw values from then on.
    pub multiplier: Decimal,
    /// Why, as a sentence.
    pub reason: String,
    /// Who recorded it.
    pub created_by: Option<UserId>,
}

/// A point that a gateway reads, as far as its meter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Metered {
    /// The gateway.
    pub gateway: GatewayId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Counter, gauge or delta.
    pub kind: Kind,
}

/// A point in scope that a gateway reads.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none.
pub async fn metered(conn: &mut PgConnection, point: PointId) -> Result<Metered> {
    let row = sqlx::query!(
        r#"SELECT gateway_id AS "gateway!", organisation_id, facility_id, kind FROM points
        WHERE id = $1 AND gateway_id IS NOT NULL"#,
        point.0
    )
    .fetch_one(conn)
    .await?;
    Ok(Metered {
        gateway: row.gateway.into(),
        organisation: row.organisation_id.into(),
        facility: row.facility_id.into(),
        kind: column("points.kind", &row.kind, Kind::parse)?,
    })
}

/// Records an event of a point in scope.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such point in scope, [`crate::Error::Conflict`] on
/// `meter_events_point_id_at_key` when the point has an event at that instant.
pub async fn insert(conn: &mut PgConnection, event: &NewMeterEvent) -> Result<Uuid> {
    let id = sqlx::query_scalar!(
        "INSERT INTO meter_events (id, organisation_id, facility_id, point_id, at, kind, closing_raw, opening_raw, multiplier,
            reason, created_by)
        SELECT $1, p.organisation_id, p.facility_id, p.id, $3, $4, $5, $6, $7, $8, $9 FROM points p WHERE p.id = $2
        RETURNING id",
        Uuid::now_v7(),
        event.point.0,
        event.at,
        if event.swap { "swap" } else { "multiplier" },
        event.closing_raw,
        event.opening_raw,
        event.multiplier,
        event.reason,
        event.created_by.map(|u| u.0)
    )
    .fetch_one(conn)
    .await?;
    Ok(id)
}

/// Events of a gateway's points by channel and time.
///
/// # Errors
/// When the database fails.
pub async fn of_gateway(conn: &mut PgConnection, gateway: GatewayId) -> Result<Vec<(u32, MeterEvent)>> {
    let rows = sqlx::query!(
        r#"SELECT p.channel AS "channel!", e.at, e.closing_raw, e.opening_raw, e.multiplier
        FROM meter_events e JOIN points p ON p.id = e.point_id WHERE p.gateway_id = $1 ORDER BY p.channel, e.at"#,
        gateway.0
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| {
            let event = MeterEvent {
                at: r.at.timestamp_millis(),
                closing: r.closing_raw,
                opening: r.opening_raw,
                multiplier: r.multiplier,
            };
            (r.channel.cast_unsigned(), event)
        })
        .collect())
}
