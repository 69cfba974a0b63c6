//! Reports that were made.

use crate::Result;
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{FacilityId, OrganisationId, ReportId, UserId};
use domain::report::{PerformanceReport, Style};
use sqlx::PgConnection;
use sqlx::types::Json;

/// A report as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredReport {
    /// Identifier.
    pub id: ReportId,
    /// How its documents are written.
    pub style: Style,
    /// What it says.
    pub report: PerformanceReport,
    /// SHA-256 of its PDF.
    pub pdf_sha256: Vec<u8>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// A report as a list names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// Identifier.
    pub id: ReportId,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// SHA-256 of its PDF.
    pub pdf_sha256: Vec<u8>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: DateTime<Utc>,
    /// Whether it has a bundle.
    pub bundled: bool,
}

/// Keeps a report.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    new: &StoredReport,
    by: Option<UserId>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO reports (id, organisation_id, facility_id, from_day, until_day, style, report, pdf_sha256, created_by,
            created_by_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new.id.0,
        organisation.0,
        facility.0,
        new.report.from,
        new.report.until,
        Json(&new.style) as _,
        Json(&new.report) as _,
        new.pdf_sha256,
        by.map(|user| user.0),
        new.created_by,
        new.created_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Reports of a facility, newest first, after the one that was made at a time with an id.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    facility: FacilityId,
    after: Option<(DateTime<Utc>, ReportId)>,
    limit: i64,
) -> Result<Vec<ReportLine>> {
    let (at, id) = after.map(|(at, id)| (at, id.0)).unzip();
    let rows = sqlx::query!(
        r#"SELECT id, from_day, until_day, pdf_sha256, created_by_name, created_at,
            EXISTS (SELECT 1 FROM report_bundles b WHERE b.report_id = reports.id) AS "bundled!"
        FROM reports
        WHERE facility_id = $1 AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3))
        ORDER BY created_at DESC, id DESC LIMIT $4"#,
        facility.0,
        at,
        id,
        limit
    )
    .fetch_all(conn)
    .await?;
    let line = rows.into_iter().map(|r| ReportLine {
        id: r.id.into(),
        from: r.from_day,
        until: r.until_day,
        pdf_sha256: r.pdf_sha256,
        created_by: r.created_by_name,
        created_at: r.created_at,
        bundled: r.bundled,
    });
    Ok(line.collect())
}

/// A report with the slug of its facility.
///
/// # Errors
/// [`crate::Error::NotFound`] when it is out of scope.
pub async fn get(conn: &mut PgConnection, id: ReportId) -> Result<(String, StoredReport)> {
    let row = sqlx::query!(
        r#"SELECT f.slug, r.style AS "style: Json<Style>", r.report AS "report: Json<PerformanceReport>", r.pdf_sha256,
            r.created_by_name, r.created_at
        FROM reports r JOIN facilities f ON f.id = r.facility_id WHERE r.id = $1"#,
        id.0
    )
    .fetch_one(conn)
    .await?;
    let report = StoredReport {
        id,
        style: row.style.0,
        report: row.report.0,
        pdf_sha256: row.pdf_sha256,
        created_by: row.created_by_name,
        created_at: row.created_at,
    };
    Ok((row.slug, report))
}
