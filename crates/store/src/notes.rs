//! Notes on the timeline.

use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use domain::id::{FacilityId, NoteId, OrganisationId, UserId, ZoneId};
use domain::notes::{Filter, Note, Retracted, Stretch};
use sqlx::PgConnection;
use uuid::Uuid;

struct Row {
    id: Uuid,
    zone_slug: Option<String>,
    zone_name: Option<String>,
    start_day: NaiveDate,
    until_day: NaiveDate,
    start_at: Option<DateTime<Utc>>,
    end_at: Option<DateTime<Utc>>,
    text: String,
    affects_baseline: bool,
    created_at: DateTime<Utc>,
    created_by_name: String,
    retracted_at: Option<DateTime<Utc>>,
    retracted_by_name: Option<String>,
    retracted_because: Option<String>,
}

impl From<Row> for Note {
    fn from(row: Row) -> Self {
        let retracted = match (row.retracted_at, row.retracted_by_name, row.retracted_because) {
            (Some(at), Some(by), Some(because)) => Some(Retracted { at, by, because }),
            _ => None,
        };
        Self {
            id: row.id.into(),
            room: row.zone_slug.zip(row.zone_name),
            stretch: Stretch {
                from: row.start_day,
                until: row.until_day,
                instants: row.start_at.zip(row.end_at),
            },
            text: row.text,
            affects_baseline: row.affects_baseline,
            created_at: row.created_at,
            created_by: row.created_by_name,
            retracted,
        }
    }
}

/// Notes of a facility, the latest first; at most `limit`.
///
/// # Errors
/// When the database fails.
pub async fn list(
    conn: &mut PgConnection,
    facility: FacilityId,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<Note>> {
    let rows = sqlx::query_as!(
        Row,
        r#"SELECT n.id, z.slug AS "zone_slug?", z.name AS "zone_name?", n.start_day, n.until_day, n.start_at, n.end_at, n.text,
            n.affects_baseline, n.created_at, n.created_by_name, n.retracted_at, n.retracted_by_name, n.retracted_because
        FROM notes n LEFT JOIN zones z ON z.id = n.zone_id
        WHERE n.facility_id = $1 AND ($2::date IS NULL OR n.until_day > $2) AND ($3::date IS NULL OR n.start_day <= $3)
            AND ($4 = '' OR z.slug = $4) AND ($5 = '' OR position(lower($5) IN lower(n.text)) > 0)
            AND (NOT $6 OR n.affects_baseline) AND ($7 OR n.retracted_at IS NULL)
        ORDER BY n.start_day DESC, n.start_at DESC NULLS LAST, n.id DESC LIMIT $8"#,
        facility.0,
        filter.from,
        filter.last,
        filter.room,
        filter.words,
        filter.affects,
        filter.retracted,
        limit
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(Note::from).collect())
}

/// One note.
///
/// # Errors
/// `NotFound`.
pub async fn get(conn: &mut PgConnection, facility: FacilityId, id: NoteId) -> Result<Note> {
    let row = sqlx::query_as!(
        Row,
        r#"SELECT n.id, z.slug AS "zone_slug?", z.name AS "zone_name?", n.start_day, n.until_day, n.start_at, n.end_at, n.text,
            n.affects_baseline, n.created_at, n.created_by_name, n.retracted_at, n.retracted_by_name, n.retracted_because
        FROM notes n LEFT JOIN zones z ON z.id = n.zone_id WHERE n.facility_id = $1 AND n.id = $2"#,
        facility.0,
        id.0
    );
    Ok(row.fetch_one(conn).await?.into())
}

/// Keeps a new note.
///
/// # Errors
/// When the database fails.
pub async fn insert(
    conn: &mut PgConnection,
    (organisation, facility, zone): (OrganisationId, FacilityId, Option<ZoneId>),
    by: Option<UserId>,
    note: &Note,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO notes (id, organisation_id, facility_id, zone_id, start_day, until_day, start_at, end_at, text,
            affects_baseline, created_at, created_by, created_by_name)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        note.id.0,
        organisation.0,
        facility.0,
        zone.map(|zone| zone.0),
        note.stretch.from,
        note.stretch.until,
        note.stretch.instants.map(|(start, _)| start),
        note.stretch.instants.map(|(_, end)| end),
        note.text,
        note.affects_baseline,
        note.created_at,
        by.map(|user| user.0),
        note.created_by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a note back.
///
/// # Errors
/// `NotFound` where there is no such note in scope, or it was taken back already.
pub async fn retract(
    conn: &mut PgConnection,
    facility: FacilityId,
    id: NoteId,
    retracted: &Retracted,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE notes SET retracted_at = $3, retracted_by_name = $4, retracted_because = $5
        WHERE facility_id = $1 AND id = $2 AND retracted_at IS NULL",
        facility.0,
        id.0,
        retracted.at,
        retracted.by,
        retracted.because
    )
    .execute(conn)
    .await?;
    if done.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}
