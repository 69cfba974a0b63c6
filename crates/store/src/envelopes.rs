//! Envelopes: the raw telemetry, one row per gateway message.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::envelope::Envelope;
use domain::id::{FacilityId, GatewayId, OrganisationId};
use sqlx::PgConnection;
use uuid::Uuid;

/// Name of an envelope: gateway, boot and sequence number.
pub type Key = (GatewayId, i64, i64);

/// An envelope to keep.
#[derive(Clone, Copy, Debug)]
pub struct NewEnvelope<'a> {
    /// The gateway it came from.
    pub gateway: GatewayId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Start of the gateway process.
    pub boot: i64,
    /// Number within the boot.
    pub seq: i64,
    /// First reading.
    pub t0: DateTime<Utc>,
    /// Last reading.
    pub t1: DateTime<Utc>,
    /// Number of readings.
    pub samples: i32,
    /// Server time of arrival.
    pub received_at: DateTime<Utc>,
    /// The bytes as they came.
    pub payload: &'a [u8],
}

/// An envelope as kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The gateway it came from.
    pub gateway: GatewayId,
    /// Start of the gateway process.
    pub boot: i64,
    /// Number within the boot.
    pub seq: i64,
    /// The readings.
    pub envelope: Envelope,
}

/// Takes the ingest lock of each gateway until the transaction ends. Everything that writes a gateway's envelopes or
/// rollups holds it. `gateways` are locked in ascending order, so that two batches never wait for each other.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, gateways: &[GatewayId]) -> Result<()> {
    let mut keys: Vec<i64> = gateways
        .iter()
        .map(|id| {
            let (high, low) = id.0.as_u64_pair();
            (high ^ low).cast_signed()
        })
        .collect();
    keys.sort_unstable();
    keys.dedup();
    sqlx::query!(
        "SELECT count(pg_advisory_xact_lock(k)) FROM (SELECT k FROM unnest($1::bigint[]) k ORDER BY k) o",
        &keys
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Makes the partition that holds `at`.
///
/// # Errors
/// When the database fails.
pub async fn ensure_partition(conn: &mut PgConnection, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("SELECT ensure_envelope_partition($1)", at).fetch_one(conn).await?;
    Ok(())
}

/// Keeps the envelopes that are not kept yet and returns their names.
///
/// # Errors
/// When the database fails.
pub async fn insert(conn: &mut PgConnection, envelopes: &[NewEnvelope<'_>]) -> Result<Vec<Key>> {
    let column = |f: fn(&NewEnvelope<'_>) -> Uuid| envelopes.iter().map(f).collect::<Vec<_>>();
    let number = |f: fn(&NewEnvelope<'_>) -> i64| envelopes.iter().map(f).collect::<Vec<_>>();
    let time = |f: fn(&NewEnvelope<'_>) -> DateTime<Utc>| envelopes.iter().map(f).collect::<Vec<_>>();
    let samples: Vec<i32> = envelopes.iter().map(|e| e.samples).collect();
    let payloads: Vec<&[u8]> = envelopes.iter().map(|e| e.payload).collect();
    let rows = sqlx::query!(
        "INSERT INTO envelopes (gateway_id, organisation_id, facility_id, boot, seq, t0, t1, samples, received_at, payload)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::bigint[], $5::bigint[], $6::timestamptz[],
            $7::timestamptz[], $8::integer[], $9::timestamptz[], $10::bytea[])
        ON CONFLICT DO NOTHING RETURNING gateway_id, boot, seq",
        &column(|e| e.gateway.0),
        &column(|e| e.organisation.0),
        &column(|e| e.facility.0),
        &number(|e| e.boot),
        &number(|e| e.seq),
        &time(|e| e.t0),
        &time(|e| e.t1),
        &samples,
        &time(|e| e.received_at),
        payloads as _,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (GatewayId(r.gateway_id), r.boot, r.seq)).collect())
}

/// Envelopes with readings in any of the half-open ranges, by gateway, boot and number. One that reaches into two
/// ranges may come twice.
///
/// # Errors
/// When the database fails or holds bytes that are no envelope.
pub async fn overlapping(
    conn: &mut PgConnection,
    ranges: &[(GatewayId, DateTime<Utc>, DateTime<Utc>)],
) -> Result<Vec<Stored>> {
    let gateways: Vec<Uuid> = ranges.iter().map(|r| r.0.0).collect();
    let from: Vec<DateTime<Utc>> = ranges.iter().map(|r| r.1).collect();
    let to: Vec<DateTime<Utc>> = ranges.iter().map(|r| r.2).collect();
    let rows = sqlx::query!(
        r#"SELECT e.gateway_id AS "gateway!", e.boot AS "boot!", e.seq AS "seq!", e.payload AS "payload!"
        FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS r (gateway_id, t0, t1)
        CROSS JOIN LATERAL (
            SELECT * FROM envelopes e
            WHERE e.gateway_id = r.gateway_id AND e.t0 < r.t1 AND e.t0 >= r.t0 - interval '1 hour' AND e.t1 >= r.t0
        ) e
        ORDER BY e.gateway_id, e.boot, e.seq"#,
        &gateways,
        &from,
        &to
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let envelope = Envelope::decode(&r.payload).map_err(|error| sqlx::Error::ColumnDecode {
                index: format!("envelopes.payload of {} {} {}", r.gateway, r.boot, r.seq),
                source: error.into(),
            })?;
            Ok(Stored { gateway: GatewayId(r.gateway), boot: r.boot, seq: r.seq, envelope })
        })
        .collect()
}

/// First and last reading time of a gateway; none when it has sent nothing.
///
/// # Errors
/// When the database fails.
pub async fn span(
    conn: &mut PgConnection,
    gateway: GatewayId,
) -> Result<Option<(DateTime<Utc>, DateTime<Utc>)>> {
    let row = sqlx::query!(
        "SELECT min(t0) AS first, max(t1) AS last FROM envelopes WHERE gateway_id = $1",
        gateway.0
    )
    .fetch_one(conn)
    .await?;
    Ok(row.first.zip(row.last))
}

/// Numbers of a boot after `seq` that are committed, ascending, at most 10,000: kept, or held as a whole in the quarantine.
///
/// # Errors
/// When the database fails.
pub async fn committed_after(
    conn: &mut PgConnection,
    gateway: GatewayId,
    boot: i64,
    seq: i64,
) -> Result<Vec<i64>> {
    let rows = sqlx::query_scalar!(
        r#"(SELECT seq AS "seq!" FROM envelopes WHERE gateway_id = $1 AND boot = $2 AND seq > $3 ORDER BY seq LIMIT 10000)
        UNION
        (SELECT seq FROM quarantine WHERE gateway_id = $1 AND boot = $2 AND seq > $3 AND channel IS NULL
            ORDER BY seq LIMIT 10000)
        ORDER BY 1 LIMIT 10000"#,
        gateway.0,
        boot,
        seq
    )
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// Those of the names that are committed: kept, or held as a whole in the quarantine.
///
/// # Errors
/// When the database fails.
pub async fn committed(conn: &mut PgConnection, keys: &[Key]) -> Result<Vec<Key>> {
    let gateways: Vec<Uuid> = keys.iter().map(|k| k.0.0).collect();
    let boots: Vec<i64> = keys.iter().map(|k| k.1).collect();
    let seqs: Vec<i64> = keys.iter().map(|k| k.2).collect();
    let rows = sqlx::query!(
        r#"SELECT k.gateway_id AS "gateway!", k.boot AS "boot!", k.seq AS "seq!"
        FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS k (gateway_id, boot, seq)
        WHERE EXISTS (SELECT FROM envelopes e WHERE e.gateway_id = k.gateway_id AND e.boot = k.boot AND e.seq = k.seq)
            OR EXISTS (SELECT FROM quarantine q WHERE q.gateway_id = k.gateway_id AND q.boot = k.boot AND q.seq = k.seq
                AND q.channel IS NULL)"#,
        &gateways,
        &boots,
        &seqs
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (GatewayId(r.gateway), r.boot, r.seq)).collect())
}
