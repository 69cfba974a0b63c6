//! Points: the channels of a gateway.

use crate::{Error, Result, column};
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, GatewayId, OrganisationId, PointId, ZoneId};
use domain::point::{EndUse, Kind, Metric, PointSpec, Source};
use sqlx::PgConnection;

/// A point that a gateway reads, or once read.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Identifier.
    pub id: PointId,
    /// The facility.
    pub facility: FacilityId,
    /// The gateway whose channel it is.
    pub gateway: GatewayId,
    /// The room; none for facility-wide points.
    pub zone: Option<ZoneId>,
    /// What the facility file says of it.
    pub spec: PointSpec,
    /// Since when it is no longer read.
    pub retired_at: Option<DateTime<Utc>>,
}

struct Row {
    id: uuid::Uuid,
    facility_id: uuid::Uuid,
    gateway_id: uuid::Uuid,
    zone_id: Option<uuid::Uuid>,
    zone_slug: Option<String>,
    channel: i32,
    name: String,
    metric: String,
    kind: String,
    decimals: i16,
    end_use: Option<String>,
    interval_ms: i32,
    modulus: Option<i64>,
    rate_max: Option<i64>,
    valid_min: Option<i64>,
    valid_max: Option<i64>,
    source: Option<sqlx::types::Json<Source>>,
    retired_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Point {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let decimals = u8::try_from(row.decimals).ok();
        Ok(Self {
            id: row.id.into(),
            facility: row.facility_id.into(),
            gateway: row.gateway_id.into(),
            zone: row.zone_id.map(ZoneId),
            spec: PointSpec {
                channel: row.channel.cast_unsigned(),
                name: row.name,
                zone: row.zone_slug,
                metric: column("points.metric", &row.metric, Metric::parse)?,
                kind: column("points.kind", &row.kind, Kind::parse)?,
                decimals: column("points.decimals", &row.decimals.to_string(), |_| decimals)?,
                end_use: row.end_use.map(|e| column("points.end_use", &e, EndUse::parse)).transpose()?,
                interval_ms: row.interval_ms.cast_unsigned(),
                modulus: row.modulus,
                rate_max: row.rate_max,
                valid_min: row.valid_min,
                valid_max: row.valid_max,
                source: row.source.map(|json| json.0),
            },
            retired_at: row.retired_at,
        })
    }
}

/// Points of a facility by gateway and channel, retired ones included.
///
/// # Errors
/// When the database fails.
pub async fn of_facility(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Point>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT p.id, p.facility_id, p.gateway_id AS "gateway_id!", p.zone_id, z.slug AS "zone_slug?",
            p.channel AS "channel!", p.name, p.metric, p.kind, p.decimals, p.end_use, p.interval_ms, p.modulus,
            p.rate_max, p.valid_min, p.valid_max, p.source AS "source: sqlx::types::Json<Source>", p.retired_at
        FROM points p LEFT JOIN zones z ON z.id = p.zone_id
        WHERE p.facility_id = $1 AND p.gateway_id IS NOT NULL
        ORDER BY p.gateway_id, p.channel"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Point::try_from).collect()
}

/// Points of a gateway by channel, retired ones included: old envelopes still carry them.
///
/// # Errors
/// When the database fails.
pub async fn of_gateway(conn: &mut PgConnection, gateway: GatewayId) -> Result<Vec<Point>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT p.id, p.facility_id, p.gateway_id AS "gateway_id!", p.zone_id, z.slug AS "zone_slug?",
            p.channel AS "channel!", p.name, p.metric, p.kind, p.decimals, p.end_use, p.interval_ms, p.modulus,
            p.rate_max, p.valid_min, p.valid_max, p.source AS "source: sqlx::types::Json<Source>", p.retired_at
        FROM points p LEFT JOIN zones z ON z.id = p.zone_id
        WHERE p.gateway_id = $1
        ORDER BY p.channel"#,
        gateway.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Point::try_from).collect()
}

/// Where a new or changed point belongs.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The customer.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
    /// The gateway.
    pub gateway: GatewayId,
    /// The room, if any.
    pub zone: Option<ZoneId>,
}

/// Creates the point, or brings the one of the same channel up to date and back into service.
///
/// # Errors
/// [`Error::Conflict`] on `points_facility_id_name_key` when another point of the facility has the name.
pub async fn upsert(conn: &mut PgConnection, place: Place, spec: &PointSpec) -> Result<PointId> {
    let id = sqlx::query_scalar!(
        r#"INSERT INTO points (id, organisation_id, facility_id, gateway_id, zone_id, channel, name, metric, unit, kind,
            decimals, end_use, interval_ms, modulus, rate_max, valid_min, valid_max, source)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
        ON CONFLICT (gateway_id, channel) DO UPDATE SET zone_id = EXCLUDED.zone_id, name = EXCLUDED.name,
            end_use = EXCLUDED.end_use, interval_ms = EXCLUDED.interval_ms, modulus = EXCLUDED.modulus,
            rate_max = EXCLUDED.rate_max, valid_min = EXCLUDED.valid_min, valid_max = EXCLUDED.valid_max,
            source = EXCLUDED.source, retired_at = NULL
        RETURNING id"#,
        uuid::Uuid::now_v7(),
        place.organisation.0,
        place.facility.0,
        place.gateway.0,
        place.zone.map(|id| id.0),
        spec.channel.cast_signed(),
        spec.name,
        spec.metric.as_str(),
        spec.metric.unit(),
        spec.kind.as_str(),
        i16::from(spec.decimals),
        spec.end_use.map(EndUse::as_str),
        spec.interval_ms.cast_signed(),
        spec.modulus,
        spec.rate_max,
        spec.valid_min,
        spec.valid_max,
        spec.source.as_ref().map(sqlx::types::Json) as _,
    )
    .fetch_one(conn)
    .await?;
    Ok(PointId(id))
}

/// Takes a point out of service; its history and its channel stay.
///
/// # Errors
/// [`Error::NotFound`] when there is no such point in scope.
pub async fn retire(conn: &mut PgConnection, point: PointId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query_scalar!("UPDATE points SET retired_at = $2 WHERE id = $1 RETURNING id", point.0, at)
        .fetch_one(conn)
        .await?;
    Ok(())
}

/// Frees the names of points, so that others can have them: each gets its channel behind its name until it is renamed.
///
/// # Errors
/// When the database fails.
pub async fn park_names(conn: &mut PgConnection, points: &[PointId]) -> Result<()> {
    let ids: Vec<uuid::Uuid> = points.iter().map(|id| id.0).collect();
    sqlx::query!("UPDATE points SET name = name || ' (channel ' || channel || ')' WHERE id = ANY($1)", &ids)
        .execute(conn)
        .await?;
    Ok(())
}
