//! Crop plan, harvests and equipment.

use crate::Result;
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{FacilityId, OrganisationId, ZoneId};
use domain::production::{CropPlanRow, Equipment, Harvest};
use sqlx::PgConnection;
use uuid::Uuid;

/// Where rows belong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The tenant.
    pub organisation: OrganisationId,
    /// The facility.
    pub facility: FacilityId,
}

/// Keeps others from changing a facility's crop plan until the transaction ends.
///
/// # Errors
/// When the database fails.
pub async fn crop_plan_lock(conn: &mut PgConnection, facility: FacilityId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('crop_plan:' || $1::text, 0)) IS NULL AS done",
        facility.0.to_string()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// The crop plan of a facility, by zone and day.
///
/// # Errors
/// When the database fails.
pub async fn crop_plan(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<CropPlanRow>> {
    let rows = sqlx::query_as!(
        CropPlanRow,
        r#"SELECT zone_id AS zone, from_day AS from, until_day AS until, stage, canopy_m2, photoperiod_h, ppfd
        FROM crop_plan WHERE facility_id = $1 ORDER BY zone_id, from_day"#,
        facility.0
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Puts rows into the plan; a row of the same zone and first day is replaced. Returns whether anything changed.
///
/// # Errors
/// When the database fails.
pub async fn crop_plan_upsert(
    conn: &mut PgConnection,
    place: Place,
    rows: &[CropPlanRow],
    at: DateTime<Utc>,
) -> Result<u64> {
    let id: Vec<Uuid> = rows.iter().map(|_| Uuid::now_v7()).collect();
    let zone: Vec<Uuid> = rows.iter().map(|r| r.zone.0).collect();
    let from: Vec<NaiveDate> = rows.iter().map(|r| r.from).collect();
    let until: Vec<Option<NaiveDate>> = rows.iter().map(|r| r.until).collect();
    let stage: Vec<String> = rows.iter().map(|r| r.stage.clone()).collect();
    let canopy: Vec<_> = rows.iter().map(|r| r.canopy_m2).collect();
    let photoperiod: Vec<_> = rows.iter().map(|r| r.photoperiod_h).collect();
    let ppfd: Vec<_> = rows.iter().map(|r| r.ppfd).collect();
    let done = sqlx::query!(
        "INSERT INTO crop_plan AS c (organisation_id, facility_id, created_at, id, zone_id, from_day, until_day, stage,
            canopy_m2, photoperiod_h, ppfd)
        SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::date[], $7::date[], $8::text[], $9::numeric[],
            $10::numeric[], $11::numeric[])
        ON CONFLICT (zone_id, from_day) DO UPDATE SET until_day = EXCLUDED.until_day, stage = EXCLUDED.stage,
            canopy_m2 = EXCLUDED.canopy_m2, photoperiod_h = EXCLUDED.photoperiod_h, ppfd = EXCLUDED.ppfd
        WHERE (c.until_day, c.stage, c.canopy_m2, c.photoperiod_h, c.ppfd) IS DISTINCT FROM
            (EXCLUDED.until_day, EXCLUDED.stage, EXCLUDED.canopy_m2, EXCLUDED.photoperiod_h, EXCLUDED.ppfd)",
        place.organisation.0,
        place.facility.0,
        at,
        &id,
        &zone,
        &from,
        &until as _,
        &stage,
        &canopy,
        &photoperiod,
        &ppfd
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Adds or corrects harvests. Returns how many changed.
///
/// # Errors
/// When the database fails.
pub async fn harvests_upsert(
    conn: &mut PgConnection,
    place: Place,
    rows: &[Harvest],
    at: DateTime<Utc>,
) -> Result<u64> {
    let id: Vec<Uuid> = rows.iter().map(|_| Uuid::now_v7()).collect();
    let zone: Vec<Uuid> = rows.iter().map(|r| r.zone.0).collect();
    let day: Vec<NaiveDate> = rows.iter().map(|r| r.day).collect();
    let crop: Vec<String> = rows.iter().map(|r| r.crop.clone()).collect();
    let cycle: Vec<String> = rows.iter().map(|r| r.cycle.clone()).collect();
    let dry: Vec<_> = rows.iter().map(|r| r.dry_g).collect();
    let wet: Vec<_> = rows.iter().map(|r| r.wet_g).collect();
    let done = sqlx::query!(
        "INSERT INTO harvests AS h (organisation_id, facility_id, created_at, id, zone_id, day, crop, cycle, dry_g, wet_g)
        SELECT $1, $2, $3, * FROM unnest($4::uuid[], $5::uuid[], $6::date[], $7::text[], $8::text[], $9::numeric[],
            $10::numeric[])
        ON CONFLICT (zone_id, day, cycle) DO UPDATE SET crop = EXCLUDED.crop, dry_g = EXCLUDED.dry_g, wet_g = EXCLUDED.wet_g
        WHERE (h.crop, h.dry_g, h.wet_g) IS DISTINCT FROM (EXCLUDED.crop, EXCLUDED.dry_g, EXCLUDED.wet_g)",
        place.organisation.0,
        place.facility.0,
        at,
        &id,
        &zone,
        &day,
        &crop,
        &cycle,
        &dry as _,
        &wet as _
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// Harvests of the local days [from, until), by day.
///
/// # Errors
/// When the database fails.
pub async fn harvests(
    conn: &mut PgConnection,
    facility: FacilityId,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<Harvest>> {
    let rows = sqlx::query_as!(
        Harvest,
        r#"SELECT zone_id AS zone, day, crop, cycle, dry_g, wet_g FROM harvests
        WHERE facility_id = $1 AND day >= $2 AND day < $3 ORDER BY day, zone_id, cycle"#,
        facility.0,
        from,
        until
    );
    Ok(rows.fetch_all(conn).await?)
}

/// Adds or corrects equipment. Returns how many changed.
///
/// # Errors
/// When the database fails.
pub async fn equipment_upsert(
    conn: &mut PgConnection,
    place: Place,
    rows: &[Equipment],
    at: DateTime<Utc>,
) -> Result<u64> {
    let mut changed = 0;
    for row in rows {
        let done = sqlx::query!(
            "INSERT INTO equipment AS e (id, organisation_id, facility_id, zone_id, kind, name, quantity, rated_w,
                installed_on, removed_on, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            ON CONFLICT (facility_id, zone_id, kind, name, installed_on) DO UPDATE SET quantity = EXCLUDED.quantity,
                rated_w = EXCLUDED.rated_w, removed_on = EXCLUDED.removed_on
            WHERE (e.quantity, e.rated_w, e.removed_on) IS DISTINCT FROM
                (EXCLUDED.quantity, EXCLUDED.rated_w, EXCLUDED.removed_on)",
            Uuid::now_v7(),
            place.organisation.0,
            place.facility.0,
            row.zone.map(|zone| zone.0),
            row.kind,
            row.name,
            row.quantity,
            row.rated_w,
            row.installed_on,
            row.removed_on,
            at
        )
        .execute(&mut *conn)
        .await?;
        changed += done.rows_affected();
    }
    Ok(changed)
}

/// Equipment of a facility, by kind and name.
///
/// # Errors
/// When the database fails.
pub async fn equipment(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Equipment>> {
    let rows = sqlx::query!(
        "SELECT zone_id, kind, name, quantity, rated_w, installed_on, removed_on FROM equipment
        WHERE facility_id = $1 ORDER BY kind, name, installed_on",
        facility.0
    )
    .fetch_all(conn)
    .await?;
    let equipment = rows.into_iter().map(|r| Equipment {
        zone: r.zone_id.map(ZoneId),
        kind: r.kind,
        name: r.name,
        quantity: r.quantity,
        rated_w: r.rated_w,
        installed_on: r.installed_on,
        removed_on: r.removed_on,
    });
    Ok(equipment.collect())
}
