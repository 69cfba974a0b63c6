//! Reports that are made by themselves.

use crate::{Error, Result, column};
use chrono::{DateTime, NaiveDate, Utc};
use domain::access::Role;
use domain::id::{FacilityId, OrganisationId, ReportId, TemplateId, UserId};
use domain::report::view::ScheduleRow;
use domain::report::{Choices, Style};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Keeps a schedule of a facility; `by` set it up.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    new: &ScheduleRow,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<()> {
    let tell: Vec<String> = new.tell.iter().map(|role| role.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO report_schedules (id, organisation_id, facility_id, day, tell, style, next_month, due_at, created_by,
            created_by_name, created_at, template_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        new.id,
        organisation.0,
        facility.0,
        new.day.cast_signed(),
        &tell,
        Json(&new.style) as _,
        new.next_month,
        new.due_at,
        by.0,
        new.created_by,
        at,
        new.template.as_ref().map(|(id, _)| id.0)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Schedules of a facility, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<ScheduleRow>> {
    let rows = sqlx::query!(
        r#"SELECT s.id, s.day, s.tell, s.style AS "style: Json<Style>", s.next_month, s.due_at, s.error, s.created_by_name,
            t.id AS "template?", t.name AS "template_name?"
        FROM report_schedules s LEFT JOIN report_templates t ON t.id = s.template_id
        WHERE s.facility_id = $1 ORDER BY s.created_at, s.id"#,
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(ScheduleRow {
                id: r.id,
                day: r.day.unsigned_abs(),
                tell: roles(&r.tell)?,
                style: r.style.0,
                template: r.template.map(TemplateId).zip(r.template_name),
                next_month: r.next_month,
                due_at: r.due_at,
                error: r.error,
                created_by: r.created_by_name,
            })
        })
        .collect()
}

fn roles(names: &[String]) -> Result<Vec<Role>> {
    names.iter().map(|name| column("report_schedules.tell", name, Role::parse)).collect()
}

/// Takes a schedule of a facility away.
///
/// # Errors
/// [`Error::NotFound`] when there is none.
pub async fn delete(conn: &mut PgConnection, facility: FacilityId, id: Uuid) -> Result<()> {
    let done =
        sqlx::query!("DELETE FROM report_schedules WHERE id = $1 AND facility_id = $2", id, facility.0);
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// A schedule that is due.
#[derive(Clone, Debug, PartialEq)]
pub struct Due {
    /// Identifier.
    pub id: Uuid,
    /// Slug of the facility.
    pub slug: String,
    /// Local day of the month.
    pub day: u32,
    /// Whom to tell.
    pub tell: Vec<Role>,
    /// How documents are written: as its template says, where it follows one.
    pub style: Style,
    /// What they say.
    pub choices: Choices,
    /// First day of the month to be reported.
    pub month: NaiveDate,
    /// Its report, where it is made.
    pub report: Option<ReportId>,
    /// Who was told of it.
    pub told: Vec<String>,
    /// Whoever set it up.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
}

/// Takes one schedule that is due until `lease`: until then no other server sees it.
///
/// # Errors
/// When the database fails.
pub async fn take(conn: &mut PgConnection, now: DateTime<Utc>, lease: DateTime<Utc>) -> Result<Option<Due>> {
    let row = sqlx::query!(
        r#"UPDATE report_schedules s SET due_at = $2 FROM facilities f
        WHERE s.id = (SELECT id FROM report_schedules WHERE due_at <= $1 ORDER BY due_at LIMIT 1 FOR UPDATE SKIP LOCKED)
            AND f.id = s.facility_id
        RETURNING s.id, f.slug, s.day, s.tell, s.next_month,
            coalesce((SELECT t.style FROM report_templates t WHERE t.id = s.template_id), s.style) AS "style!: Json<Style>",
            (SELECT t.choices FROM report_templates t WHERE t.id = s.template_id) AS "choices: Json<Choices>", s.report_id, s.told, s.created_by,
            s.created_by_name"#,
        now,
        lease
    )
    .fetch_optional(conn)
    .await?;
    row.map(|r| {
        Ok(Due {
            id: r.id,
            slug: r.slug,
            day: r.day.unsigned_abs(),
            tell: roles(&r.tell)?,
            style: r.style.0,
            choices: r.choices.map(|choices| choices.0).unwrap_or_default(),
            month: r.next_month,
            report: r.report_id.map(Into::into),
            told: r.told,
            by: r.created_by.into(),
            by_name: r.created_by_name,
        })
    })
    .transpose()
}

/// The report is made.
///
/// # Errors
/// When the database fails.
pub async fn made(conn: &mut PgConnection, id: Uuid, report: ReportId) -> Result<()> {
    sqlx::query!("UPDATE report_schedules SET report_id = $2, error = NULL WHERE id = $1", id, report.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Somebody was told of it.
///
/// # Errors
/// When the database fails.
pub async fn told(conn: &mut PgConnection, id: Uuid, email: &str) -> Result<()> {
    sqlx::query!("UPDATE report_schedules SET told = array_append(told, $2) WHERE id = $1", id, email)
        .execute(conn)
        .await?;
    Ok(())
}

/// It did not work out; it is tried again then.
///
/// # Errors
/// When the database fails.
pub async fn failed(conn: &mut PgConnection, id: Uuid, error: &str, again: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE report_schedules SET error = $2, due_at = $3 WHERE id = $1", id, error, again)
        .execute(conn)
        .await?;
    Ok(())
}

/// Everybody was told: the next month is next.
///
/// # Errors
/// When the database fails.
pub async fn done(conn: &mut PgConnection, id: Uuid, next: NaiveDate, due_at: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "UPDATE report_schedules SET next_month = $2, due_at = $3, report_id = NULL, told = '{}', error = NULL WHERE id = $1",
        id,
        next,
        due_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Addresses of those with one of the roles at the organisation who may see the facility.
///
/// # Errors
/// When the database fails.
pub async fn recipients(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    tell: &[Role],
) -> Result<Vec<String>> {
    let tell: Vec<String> = tell.iter().map(|role| role.as_str().to_owned()).collect();
    let found = sqlx::query_scalar!(
        "SELECT DISTINCT u.email FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE m.organisation_id = $1 AND m.role = ANY($3) AND (m.facility_ids IS NULL OR $2 = ANY(m.facility_ids))
        ORDER BY u.email",
        organisation.0,
        facility.0,
        &tell
    );
    Ok(found.fetch_all(conn).await?)
}
