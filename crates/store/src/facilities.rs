//! Facilities.

use crate::{Error, Result, column};
use domain::facility::{FacilityFile, FacilityKind};
use domain::id::{FacilityId, OrganisationId};
use sqlx::PgConnection;

/// A facility with the name of its organisation.
#[derive(Clone, Debug, PartialEq)]
pub struct Facility {
    /// Identifier.
    pub id: FacilityId,
    /// The customer it belongs to.
    pub organisation: OrganisationId,
    /// Name of that customer.
    pub organisation_name: String,
    /// Key in URLs.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Indoor or greenhouse.
    pub kind: FacilityKind,
    /// IANA zone.
    pub time_zone: chrono_tz::Tz,
    /// ISO 4217 code.
    pub currency: String,
}

struct Row {
    id: uuid::Uuid,
    organisation_id: uuid::Uuid,
    organisation_name: String,
    slug: String,
    name: String,
    kind: String,
    time_zone: String,
    currency: String,
}

impl TryFrom<Row> for Facility {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            organisation_name: row.organisation_name,
            slug: row.slug,
            name: row.name,
            kind: column("facilities.kind", &row.kind, FacilityKind::parse)?,
            time_zone: column("facilities.time_zone", &row.time_zone, |zone| zone.parse().ok())?,
            currency: row.currency,
        })
    }
}

/// Facilities in scope, by organisation and name.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Facility>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT f.id, f.organisation_id, o.name AS organisation_name, f.slug, f.name, f.kind, f.time_zone, f.currency
        FROM facilities f JOIN organisations o ON o.id = f.organisation_id
        ORDER BY o.name, f.name, f.id"#
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Facility::try_from).collect()
}

/// The facility with this slug.
///
/// # Errors
/// [`Error::NotFound`] when there is none in scope.
pub async fn by_slug(conn: &mut PgConnection, slug: &str) -> Result<Facility> {
    sqlx::query_as!(
        Row,
        r#"SELECT f.id, f.organisation_id, o.name AS organisation_name, f.slug, f.name, f.kind, f.time_zone, f.currency
        FROM facilities f JOIN organisations o ON o.id = f.organisation_id
        WHERE f.slug = $1"#,
        slug
    )
    .fetch_one(conn)
    .await?
    .try_into()
}

/// Where a facility is, degrees north and east.
///
/// # Errors
/// [`Error::NotFound`] when it is out of scope.
pub async fn place(conn: &mut PgConnection, facility: FacilityId) -> Result<(f64, f64)> {
    let row = sqlx::query!("SELECT latitude, longitude FROM facilities WHERE id = $1", facility.0);
    let row = row.fetch_one(conn).await?;
    Ok((row.latitude, row.longitude))
}

/// Creates the facility, or brings it up to date where the slug exists in the same organisation.
///
/// # Errors
/// [`Error::Conflict`] on `facilities_slug_key` when another organisation has the slug.
pub async fn upsert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    file: &FacilityFile,
) -> Result<FacilityId> {
    let id = sqlx::query_scalar!(
        r#"INSERT INTO facilities (id, organisation_id, slug, name, kind, time_zone, latitude, longitude, currency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (slug) DO UPDATE SET name = EXCLUDED.name, kind = EXCLUDED.kind, time_zone = EXCLUDED.time_zone,
            latitude = EXCLUDED.latitude, longitude = EXCLUDED.longitude, currency = EXCLUDED.currency
        WHERE facilities.organisation_id = EXCLUDED.organisation_id
        RETURNING id"#,
        uuid::Uuid::now_v7(),
        organisation.0,
        file.slug,
        file.name,
        file.kind.as_str(),
        file.time_zone,
        file.latitude,
        file.longitude,
        file.currency,
    )
    .fetch_optional(conn)
    .await?;
    id.map(FacilityId).ok_or_else(|| Error::Conflict { constraint: "facilities_slug_key".to_owned() })
}
