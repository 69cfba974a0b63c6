//! Templates of reports.

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use domain::id::{OrganisationId, TemplateId};
use domain::report::view::TemplateRow;
use domain::report::{Choices, Style};
use sqlx::PgConnection;
use sqlx::types::Json;

/// Keeps a template; one of the same name is written over.
///
/// # Errors
/// When the database fails.
pub async fn save(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &TemplateRow,
    at: DateTime<Utc>,
) -> Result<TemplateId> {
    let id = sqlx::query_scalar!(
        "INSERT INTO report_templates (id, organisation_id, name, style, choices, created_by_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT ON CONSTRAINT report_templates_name DO UPDATE SET style = EXCLUDED.style, choices = EXCLUDED.choices,
            created_by_name = EXCLUDED.created_by_name, created_at = EXCLUDED.created_at
        RETURNING id",
        new.id.0,
        organisation.0,
        new.name,
        Json(&new.style) as _,
        Json(&new.choices) as _,
        new.created_by,
        at
    );
    Ok(id.fetch_one(conn).await?.into())
}

struct Record {
    id: uuid::Uuid,
    name: String,
    style: Json<Style>,
    choices: Json<Choices>,
    created_by_name: String,
}

impl From<Record> for TemplateRow {
    fn from(r: Record) -> Self {
        Self {
            id: r.id.into(),
            name: r.name,
            style: r.style.0,
            choices: r.choices.0,
            created_by: r.created_by_name,
        }
    }
}

/// Templates of an organisation, by name.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<TemplateRow>> {
    let rows = sqlx::query_as!(
        Record,
        r#"SELECT id, name, style AS "style: Json<Style>", choices AS "choices: Json<Choices>", created_by_name
        FROM report_templates WHERE organisation_id = $1 ORDER BY name, id"#,
        organisation.0
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(Into::into).collect())
}

/// A template of an organisation.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn get(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: TemplateId,
) -> Result<TemplateRow> {
    let row = sqlx::query_as!(
        Record,
        r#"SELECT id, name, style AS "style: Json<Style>", choices AS "choices: Json<Choices>", created_by_name
        FROM report_templates WHERE organisation_id = $1 AND id = $2"#,
        organisation.0,
        id.0
    );
    Ok(row.fetch_one(conn).await?.into())
}

/// Gives a template another name.
///
/// # Errors
/// [`Error::NotFound`] when there is none; [`Error::Conflict`] by `report_templates_name` when another one has it.
pub async fn rename(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: TemplateId,
    name: &str,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE report_templates SET name = $3 WHERE id = $1 AND organisation_id = $2",
        id.0,
        organisation.0,
        name
    );
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Deletes a template.
///
/// # Errors
/// [`Error::NotFound`] when there is none; [`Error::Conflict`] by `report_schedules_template` while a monthly report follows it.
pub async fn delete(conn: &mut PgConnection, organisation: OrganisationId, id: TemplateId) -> Result<()> {
    let done = sqlx::query!(
        "DELETE FROM report_templates WHERE id = $1 AND organisation_id = $2",
        id.0,
        organisation.0
    );
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}
