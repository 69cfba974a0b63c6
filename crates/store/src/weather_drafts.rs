//! Uploaded weather files that wait to be stored or discarded.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, OrganisationId, WeatherDraftId};
use sqlx::PgConnection;

/// A file that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Identifier.
    pub id: WeatherDraftId,
    /// Its name.
    pub file_name: String,
    /// As it was uploaded.
    pub content: Vec<u8>,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Keeps a file, and drops the facility's oldest beyond `most`.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    draft: &Draft,
    most: i64,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO weather_drafts (id, organisation_id, facility_id, file_name, content, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)",
        draft.id.0,
        organisation.0,
        facility.0,
        draft.file_name,
        draft.content,
        draft.created_at
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "DELETE FROM weather_drafts WHERE id IN
            (SELECT id FROM weather_drafts WHERE facility_id = $1 ORDER BY created_at DESC, id DESC OFFSET $2)",
        facility.0,
        most
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A file of a facility.
///
/// # Errors
/// [`crate::Error::NotFound`] when it is not there any more, or out of scope.
pub async fn get(conn: &mut PgConnection, facility: FacilityId, id: WeatherDraftId) -> Result<Draft> {
    let row = sqlx::query!(
        "SELECT file_name, content, created_at FROM weather_drafts WHERE facility_id = $1 AND id = $2",
        facility.0,
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(Draft { id, file_name: row.file_name, content: row.content, created_at: row.created_at })
}

/// Drops a file of a facility, and says which: whoever is second finds none.
///
/// # Errors
/// [`crate::Error::NotFound`] when it is not there any more, or out of scope.
pub async fn take(conn: &mut PgConnection, facility: FacilityId, id: WeatherDraftId) -> Result<Draft> {
    let row = sqlx::query!(
        "DELETE FROM weather_drafts WHERE facility_id = $1 AND id = $2 RETURNING file_name, content, created_at",
        facility.0,
        id.0
    )
    .fetch_one(conn)
    .await?;
    Ok(Draft { id, file_name: row.file_name, content: row.content, created_at: row.created_at })
}
