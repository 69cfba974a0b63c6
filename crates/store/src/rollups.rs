//! Rollups: one packed row of summaries per gateway and bucket, at four widths.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, GatewayId, OrganisationId};
use domain::range::Granularity;
use domain::summary::{Row, decode_row};
use sqlx::PgConnection;
use uuid::Uuid;

/// Name of a row within its width: gateway and start of the bucket.
pub type Key = (GatewayId, DateTime<Utc>);

/// A row to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewRow {
    /// Width of the bucket.
    pub width: Granularity,
    /// The gateway.
    pub gateway: GatewayId,
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// Start of the bucket.
    pub bucket: DateTime<Utc>,
    /// Packed summaries, see [`domain::summary::encode_row`].
    pub payload: Vec<u8>,
}

/// Rows before and after a range that are read with it, so that what was used across its edges can be split, even by
/// points that are read more seldom than once a bucket.
const NEIGHBOURS: i64 = 12;

struct Record {
    bucket: DateTime<Utc>,
    payload: Vec<u8>,
}

/// Rows of a gateway whose bucket starts in [from, to), by time, and up to 12 neighbours on either side however far
/// away they are. `domain::intervals::read_out` takes them as they come.
///
/// # Errors
/// When the database fails or holds a row that cannot be decoded.
pub async fn read(
    conn: &mut PgConnection,
    gateway: GatewayId,
    width: Granularity,
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Result<Vec<(DateTime<Utc>, Row)>> {
    let records = sqlx::query_as!(
        Record,
        r#"(SELECT bucket AS "bucket!", payload AS "payload!" FROM rollups
            WHERE width = $1 AND gateway_id = $2 AND bucket < $3 ORDER BY bucket DESC LIMIT $5)
        UNION ALL
        (SELECT bucket, payload FROM rollups WHERE width = $1 AND gateway_id = $2 AND bucket >= $3 AND bucket < $4)
        UNION ALL
        (SELECT bucket, payload FROM rollups
            WHERE width = $1 AND gateway_id = $2 AND bucket >= $4 ORDER BY bucket LIMIT $5)
        ORDER BY 1"#,
        width.as_str(),
        gateway.0,
        from,
        to,
        NEIGHBOURS
    )
    .fetch_all(conn)
    .await?;
    records.into_iter().map(|r| decode(r.bucket, &r.payload)).collect()
}

/// The newest row of a width; none before the first reading.
///
/// # Errors
/// When the database fails or holds a row that cannot be decoded.
pub async fn newest(
    conn: &mut PgConnection,
    gateway: GatewayId,
    width: Granularity,
) -> Result<Option<(DateTime<Utc>, Row)>> {
    let record = sqlx::query_as!(
        Record,
        "SELECT bucket, payload FROM rollups WHERE width = $1 AND gateway_id = $2 ORDER BY bucket DESC LIMIT 1",
        width.as_str(),
        gateway.0
    )
    .fetch_optional(conn)
    .await?;
    record.map(|r| decode(r.bucket, &r.payload)).transpose()
}

/// When the oldest bucket of a width begins; none before the first reading.
///
/// # Errors
/// When the database fails.
pub async fn oldest(
    conn: &mut PgConnection,
    gateway: GatewayId,
    width: Granularity,
) -> Result<Option<DateTime<Utc>>> {
    let bucket = sqlx::query_scalar!(
        "SELECT min(bucket) FROM rollups WHERE width = $1 AND gateway_id = $2",
        width.as_str(),
        gateway.0
    );
    Ok(bucket.fetch_one(conn).await?)
}

/// The stored bytes of all rows of a gateway, by time.
///
/// # Errors
/// When the database fails.
pub async fn payloads(
    conn: &mut PgConnection,
    gateway: GatewayId,
    width: Granularity,
) -> Result<Vec<(DateTime<Utc>, Vec<u8>)>> {
    let records = sqlx::query_as!(
        Record,
        "SELECT bucket, payload FROM rollups WHERE width = $1 AND gateway_id = $2 ORDER BY bucket",
        width.as_str(),
        gateway.0
    )
    .fetch_all(conn)
    .await?;
    Ok(records.into_iter().map(|r| (r.bucket, r.payload)).collect())
}

/// Those of the rows that exist, decoded.
///
/// # Errors
/// When the database fails or holds a row that cannot be decoded.
pub async fn find(conn: &mut PgConnection, width: Granularity, keys: &[Key]) -> Result<Vec<(Key, Row)>> {
    let (gateways, buckets) = columns(keys);
    let records = sqlx::query!(
        "SELECT r.gateway_id, r.bucket, r.payload FROM rollups r
        JOIN unnest($2::uuid[], $3::timestamptz[]) AS k (gateway_id, bucket)
            ON r.gateway_id = k.gateway_id AND r.bucket = k.bucket
        WHERE r.width = $1",
        width.as_str(),
        &gateways,
        &buckets
    )
    .fetch_all(conn)
    .await?;
    records
        .into_iter()
        .map(|r| decode(r.bucket, &r.payload).map(|(bucket, row)| ((GatewayId(r.gateway_id), bucket), row)))
        .collect()
}

/// Those of the rows that exist, by name only.
///
/// # Errors
/// When the database fails.
pub async fn existing(conn: &mut PgConnection, width: Granularity, keys: &[Key]) -> Result<Vec<Key>> {
    let (gateways, buckets) = columns(keys);
    let rows = sqlx::query!(
        "SELECT r.gateway_id, r.bucket FROM rollups r
        JOIN unnest($2::uuid[], $3::timestamptz[]) AS k (gateway_id, bucket)
            ON r.gateway_id = k.gateway_id AND r.bucket = k.bucket
        WHERE r.width = $1",
        width.as_str(),
        &gateways,
        &buckets
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(|r| (GatewayId(r.gateway_id), r.bucket)).collect())
}

/// Writes rows over whatever is there.
///
/// # Errors
/// When the database fails.
pub async fn upsert(conn: &mut PgConnection, rows: &[NewRow]) -> Result<()> {
    let ids = |f: fn(&NewRow) -> Uuid| rows.iter().map(f).collect::<Vec<_>>();
    let widths: Vec<String> = rows.iter().map(|r| r.width.as_str().to_owned()).collect();
    let buckets: Vec<DateTime<Utc>> = rows.iter().map(|r| r.bucket).collect();
    let payloads: Vec<&[u8]> = rows.iter().map(|r| r.payload.as_slice()).collect();
    sqlx::query!(
        "INSERT INTO rollups (width, gateway_id, organisation_id, facility_id, bucket, payload)
        SELECT * FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::uuid[], $5::timestamptz[], $6::bytea[])
        ON CONFLICT (width, gateway_id, bucket) DO UPDATE SET payload = EXCLUDED.payload",
        &widths,
        &ids(|r| r.gateway.0),
        &ids(|r| r.organisation.0),
        &ids(|r| r.facility.0),
        &buckets,
        payloads as _,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes rows whose bucket has lost its last reading.
///
/// # Errors
/// When the database fails.
pub async fn delete(conn: &mut PgConnection, width: Granularity, keys: &[Key]) -> Result<()> {
    let (gateways, buckets) = columns(keys);
    sqlx::query!(
        "DELETE FROM rollups r USING unnest($2::uuid[], $3::timestamptz[]) AS k (gateway_id, bucket)
        WHERE r.width = $1 AND r.gateway_id = k.gateway_id AND r.bucket = k.bucket",
        width.as_str(),
        &gateways,
        &buckets
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn columns(keys: &[Key]) -> (Vec<Uuid>, Vec<DateTime<Utc>>) {
    keys.iter().map(|k| (k.0.0, k.1)).unzip()
}

fn decode(bucket: DateTime<Utc>, payload: &[u8]) -> Result<(DateTime<Utc>, Row)> {
    let row = decode_row(bucket.timestamp_millis(), payload)
        .map_err(|e| sqlx::Error::ColumnDecode { index: "rollups.payload".to_owned(), source: e.into() })?;
    Ok((bucket, row))
}
