//! Zones: rooms and compartments of a facility.

use crate::Result;
use domain::facility::ZoneSpec;
use domain::id::{FacilityId, OrganisationId, ZoneId};
use sqlx::PgConnection;

/// A room or compartment.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Identifier.
    pub id: ZoneId,
    /// What the facility file says of it.
    pub spec: ZoneSpec,
}

/// Zones of a facility, in the order of its file.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Zone>> {
    let rows = sqlx::query!(
        r#"SELECT id, slug, name, stage, canopy_m2, lights_on_min, photoperiod_min, leaf_offset_k
        FROM zones WHERE facility_id = $1 ORDER BY position, slug"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    let zones = rows.into_iter().map(|row| Zone {
        id: row.id.into(),
        spec: ZoneSpec {
            slug: row.slug,
            name: row.name,
            stage: row.stage,
            canopy_m2: row.canopy_m2,
            lights_on_min: row.lights_on_min.cast_unsigned(),
            photoperiod_min: row.photoperiod_min.cast_unsigned(),
            leaf_offset_k: row.leaf_offset_k,
        },
    });
    Ok(zones.collect())
}

/// Creates the zone, or brings it up to date. `position` is its place in the file.
///
/// # Errors
/// When the database fails.
pub async fn upsert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    facility: FacilityId,
    position: i32,
    zone: &ZoneSpec,
) -> Result<ZoneId> {
    let id = sqlx::query_scalar!(
        r#"INSERT INTO zones (id, organisation_id, facility_id, slug, name, stage, canopy_m2, lights_on_min,
            photoperiod_min, leaf_offset_k, position)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        ON CONFLICT (facility_id, slug) DO UPDATE SET name = EXCLUDED.name, stage = EXCLUDED.stage,
            canopy_m2 = EXCLUDED.canopy_m2, lights_on_min = EXCLUDED.lights_on_min,
            photoperiod_min = EXCLUDED.photoperiod_min, leaf_offset_k = EXCLUDED.leaf_offset_k,
            position = EXCLUDED.position
        RETURNING id"#,
        uuid::Uuid::now_v7(),
        organisation.0,
        facility.0,
        zone.slug,
        zone.name,
        zone.stage,
        zone.canopy_m2,
        zone.lights_on_min.cast_signed(),
        zone.photoperiod_min.cast_signed(),
        zone.leaf_offset_k,
        position,
    )
    .fetch_one(conn)
    .await?;
    Ok(ZoneId(id))
}
