//! Organisations: vendors, their customers, and the verifiers they engage.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::access::OrganisationKind;
use domain::id::{FacilityId, OrganisationId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// The vendor that serves it or engaged it; none for a vendor.
    pub vendor: Option<OrganisationId>,
}

struct Row {
    id: Uuid,
    name: String,
    kind: String,
    vendor_id: Option<Uuid>,
}

impl TryFrom<Row> for Organisation {
    type Error = sqlx::Error;
    fn try_from(row: Row) -> std::result::Result<Self, sqlx::Error> {
        let kind = OrganisationKind::parse(&row.kind)
            .ok_or_else(|| sqlx::Error::Decode(format!("organisation kind {}", row.kind).into()))?;
        Ok(Self { id: row.id.into(), name: row.name, kind, vendor: row.vendor_id.map(Into::into) })
    }
}

/// Adds one.
///
/// # Errors
/// `Conflict` when the vendor does not exist or is missing.
pub async fn organisation_insert(
    conn: &mut PgConnection,
    organisation: &Organisation,
    at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO organisations (id, name, kind, vendor_id, created_at) VALUES ($1, $2, $3, $4, $5)",
        organisation.id.0,
        organisation.name,
        organisation.kind.as_str(),
        organisation.vendor.map(|id| id.0),
        at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One that is in scope.
///
/// # Errors
/// `NotFound`.
pub async fn organisation_get(conn: &mut PgConnection, id: OrganisationId) -> Result<Organisation> {
    let query =
        sqlx::query_as!(Row, "SELECT id, name, kind, vendor_id FROM organisations WHERE id = $1", id.0);
    Ok(query.fetch_one(conn).await?.try_into()?)
}

/// The one with this name, for the command line.
///
/// # Errors
/// `NotFound`, also when several have the name.
pub async fn organisation_named(conn: &mut PgConnection, name: &str) -> Result<Organisation> {
    let query = sqlx::query_as!(
        Row,
        "SELECT id, name, kind, vendor_id FROM organisations WHERE name = $1 LIMIT 2",
        name
    );
    let mut rows = query.fetch_all(conn).await?;
    match (rows.pop(), rows.is_empty()) {
        (Some(row), true) => Ok(row.try_into()?),
        _ => Err(crate::Error::NotFound),
    }
}

/// All that are in scope, by name.
///
/// # Errors
/// When the database fails.
pub async fn organisations_visible(conn: &mut PgConnection) -> Result<Vec<Organisation>> {
    let query = sqlx::query_as!(Row, "SELECT id, name, kind, vendor_id FROM organisations ORDER BY name, id");
    query.fetch_all(conn).await?.into_iter().map(|row| Ok(row.try_into()?)).collect()
}

/// Facilities in scope with their names, as choices for a membership.
///
/// # Errors
/// When the database fails.
pub async fn facility_choices(conn: &mut PgConnection) -> Result<Vec<(OrganisationId, FacilityId, String)>> {
    let rows = sqlx::query!("SELECT organisation_id, id, name FROM facilities ORDER BY name, id")
        .fetch_all(conn)
        .await?;
    Ok(rows.into_iter().map(|r| (r.organisation_id.into(), r.id.into(), r.name)).collect())
}
