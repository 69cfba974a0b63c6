//! Statement bundles of reports.

use crate::Result;
use domain::id::{FacilityId, OrganisationId, ReportId};
use sqlx::PgConnection;

/// Keeps the bundle of a report.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    report: ReportId,
    archive: &[u8],
    sha256: &[u8],
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO report_bundles (report_id, organisation_id, facility_id, archive, sha256) VALUES ($1, $2, $3, $4, $5)",
        report.0,
        organisation.0,
        facility.0,
        archive,
        sha256
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The bundle of a report; none where it was made without one.
///
/// # Errors
/// When the database fails.
pub async fn get(conn: &mut PgConnection, report: ReportId) -> Result<Option<Vec<u8>>> {
    let found = sqlx::query_scalar!("SELECT archive FROM report_bundles WHERE report_id = $1", report.0);
    Ok(found.fetch_optional(conn).await?)
}

/// SHA-256 of the bundle of a report; none where it was made without one.
///
/// # Errors
/// When the database fails.
pub async fn hash(conn: &mut PgConnection, report: ReportId) -> Result<Option<Vec<u8>>> {
    let found = sqlx::query_scalar!("SELECT sha256 FROM report_bundles WHERE report_id = $1", report.0);
    Ok(found.fetch_optional(conn).await?)
}
