//! The quarantine: what was not let into the rollups, until somebody decides.

use crate::Result;
use crate::envelopes::Key;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, GatewayId, OrganisationId, QuarantineId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A reading or a whole envelope to hold.
#[derive(Clone, Debug)]
pub struct NewHeld {
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// Boot and number of the envelope, where it could be decoded.
    pub name: Option<(i64, i64)>,
    /// Channel, time and raw value of a single reading.
    pub reading: Option<(u32, DateTime<Utc>, i64)>,
    /// The bytes of a whole envelope.
    pub payload: Option<Vec<u8>>,
    /// Why, as a sentence.
    pub reason: String,
    /// Server time of arrival.
    pub received_at: DateTime<Utc>,
}

/// An item of the quarantine.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Identifier.
    pub id: QuarantineId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// Start of the gateway process, where the envelope could be decoded.
    pub boot: Option<i64>,
    /// Number within the boot.
    pub seq: Option<i64>,
    /// Channel of a single reading.
    pub channel: Option<i32>,
    /// Time of a single reading.
    pub observed_at: Option<DateTime<Utc>>,
    /// Raw value of a single reading.
    pub raw: Option<i64>,
    /// The bytes of a whole envelope.
    pub payload: Option<Vec<u8>>,
    /// Why it is held.
    pub reason: String,
    /// Server time of arrival.
    pub received_at: DateTime<Utc>,
    /// `held`, `released` or `rejected`.
    pub state: String,
}

/// What was decided about a single reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The gateway.
    pub gateway: GatewayId,
    /// The channel.
    pub channel: u32,
    /// Time of the reading.
    pub observed_at: DateTime<Utc>,
    /// Raw value of the reading.
    pub raw: i64,
    /// Let into the rollups; otherwise held or rejected.
    pub released: bool,
}

/// Holds items; what is held already is not held twice.
///
/// # Errors
/// When the database fails.
pub async fn hold(conn: &mut PgConnection, items: &[NewHeld]) -> Result<()> {
    let ids = |f: fn(&NewHeld) -> Uuid| items.iter().map(f).collect::<Vec<_>>();
    let numbers = |f: fn(&NewHeld) -> Option<i64>| items.iter().map(f).collect::<Vec<_>>();
    let channels: Vec<Option<i32>> = items.iter().map(|i| i.reading.map(|r| r.0.cast_signed())).collect();
    let observed: Vec<Option<DateTime<Utc>>> = items.iter().map(|i| i.reading.map(|r| r.1)).collect();
    let payloads: Vec<Option<&[u8]>> = items.iter().map(|i| i.payload.as_deref()).collect();
    let reasons: Vec<String> = items.iter().map(|i| i.reason.clone()).collect();
    let received: Vec<DateTime<Utc>> = items.iter().map(|i| i.received_at).collect();
    sqlx::query!(
        "INSERT INTO quarantine (id, organisation_id, facility_id, gateway_id, boot, seq, channel, observed_at, raw, payload,
            reason, received_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::bigint[], $7::integer[],
            $8::timestamptz[], $9::bigint[], $10::bytea[], $11::text[], $12::timestamptz[])
        ON CONFLICT DO NOTHING",
        &ids(|_| Uuid::now_v7()),
        &ids(|i| i.organisation.0),
        &ids(|i| i.facility.0),
        &ids(|i| i.gateway.0),
        &numbers(|i| i.name.map(|n| n.0)) as _,
        &numbers(|i| i.name.map(|n| n.1)) as _,
        &channels as _,
        &observed as _,
        &numbers(|i| i.reading.map(|r| r.2)) as _,
        payloads as _,
        &reasons,
        &received
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Everything in the quarantine about single readings of the gateways within [from, to).
///
/// # Errors
/// When the database fails.
pub async fn decisions(
    conn: &mut PgConnection,
    gateways: &[GatewayId],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<Decision>> {
    let ids: Vec<Uuid> = gateways.iter().map(|g| g.0).collect();
    let rows = sqlx::query!(
        r#"SELECT gateway_id, channel AS "channel!", observed_at AS "observed_at!", raw AS "raw!",
            state = 'released' AS "released!"
        FROM quarantine WHERE gateway_id = ANY($1) AND observed_at >= $2 AND observed_at < $3 AND channel IS NOT NULL"#,
        &ids,
        from,
        to
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| Decision {
            gateway: GatewayId(r.gateway_id),
            channel: r.channel.cast_unsigned(),
            observed_at: r.observed_at,
            raw: r.raw,
            released: r.released,
        })
        .collect())
}

/// Those of the envelopes that are in the quarantine as a whole and not released.
///
/// # Errors
/// When the database fails.
pub async fn held_envelopes(conn: &mut PgConnection, names: &[Key]) -> Result<Vec<Key>> {
    let gateways: Vec<Uuid> = names.iter().map(|n| n.0.0).collect();
    let boots: Vec<i64> = names.iter().map(|n| n.1).collect();
    let seqs: Vec<i64> = names.iter().map(|n| n.2).collect();
    let rows = sqlx::query!(
        r#"SELECT q.gateway_id, q.boot AS "boot!", q.seq AS "seq!" FROM quarantine q
        JOIN unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS k (gateway_id, boot, seq)
            ON q.gateway_id = k.gateway_id AND q.boot = k.boot AND q.seq = k.seq
        WHERE q.channel IS NULL AND q.state <> 'released'"#,
        &gateways,
        &boots,
        &seqs
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (GatewayId(r.gateway_id), r.boot, r.seq)).collect())
}

/// One item, locked until the transaction ends.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none in scope.
pub async fn find_for_update(conn: &mut PgConnection, id: QuarantineId) -> Result<Held> {
    let row = sqlx::query_as!(
        Held,
        "SELECT id, organisation_id AS organisation, facility_id AS facility, gateway_id AS gateway, boot, seq, channel,
            observed_at, raw, payload, reason, received_at, state
        FROM quarantine WHERE id = $1 FOR UPDATE",
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(row)
}

/// One item, as the scope sees it.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is none in scope.
pub async fn find(conn: &mut PgConnection, id: QuarantineId) -> Result<Held> {
    let row = sqlx::query_as!(
        Held,
        "SELECT id, organisation_id AS organisation, facility_id AS facility, gateway_id AS gateway, boot, seq, channel,
            observed_at, raw, payload, reason, received_at, state
        FROM quarantine WHERE id = $1",
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(row)
}

/// Held items in scope, newest first.
///
/// # Errors
/// When the database fails.
pub async fn held(conn: &mut PgConnection, limit: i64) -> Result<Vec<Held>> {
    let rows = sqlx::query_as!(
        Held,
        "SELECT id, organisation_id AS organisation, facility_id AS facility, gateway_id AS gateway, boot, seq, channel,
            observed_at, raw, payload, reason, received_at, state
        FROM quarantine WHERE state = 'held' ORDER BY received_at DESC, id LIMIT $1",
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Number of held items by gateway and channel (none for whole envelopes), in scope.
///
/// # Errors
/// When the database fails.
pub async fn held_counts(conn: &mut PgConnection) -> Result<Vec<(GatewayId, Option<u32>, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT gateway_id, channel, count(*) AS "held!" FROM quarantine WHERE state = 'held' GROUP BY 1, 2"#
    )
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|r| (GatewayId(r.gateway_id), r.channel.map(i32::cast_unsigned), r.held))
        .collect())
}

/// Records a decision.
///
/// # Errors
/// [`crate::Error::NotFound`] when there is no such held item in scope.
pub async fn resolve(
    conn: &mut PgConnection,
    id: QuarantineId,
    released: bool,
    by: Option<UserId>,
    at: DateTime<Utc>,
    note: &str,
) -> Result<()> {
    let state = if released { "released" } else { "rejected" };
    sqlx::query_scalar!(
        "UPDATE quarantine SET state = $2, resolved_by = $3, resolved_at = $4, resolution_note = $5
        WHERE id = $1 AND state = 'held' RETURNING id",
        id.0,
        state,
        by.map(|u| u.0),
        at,
        note
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}
