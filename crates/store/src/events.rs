//! Non-routine events and their steps.

use crate::column::column;
use crate::{Error, Result};
use chrono::{DateTime, NaiveDate, Utc};
use domain::baseline::{MetricType, Party};
use domain::events::view::StepTaken;
use domain::events::{Event, EventMethod, EventState, Figures};
use domain::id::{EventId, FacilityId, OrganisationId, UserId};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

struct Row {
    id: Uuid,
    metric_type: String,
    title: String,
    start_day: NaiveDate,
    until_day: Option<NaiveDate>,
    expires_on: NaiveDate,
    state: String,
    proposed_by: String,
    method: Option<String>,
    per_day: Option<Decimal>,
    half_width: Option<Decimal>,
    how: Option<String>,
    created_at: DateTime<Utc>,
    created_by_name: String,
}

impl TryFrom<Row> for Event {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let figures = match (row.method, row.per_day, row.half_width, row.how) {
            (Some(method), Some(per_day), Some(half_width), Some(how)) => {
                let method = column("non_routine_events.method", &method, EventMethod::parse)?;
                Some(Figures { method, per_day, half_width, how })
            }
            _ => None,
        };
        Ok(Self {
            id: row.id.into(),
            metric_type: column("non_routine_events.metric_type", &row.metric_type, MetricType::parse)?,
            title: row.title,
            start: row.start_day,
            until: row.until_day,
            expires_on: row.expires_on,
            state: column("non_routine_events.state", &row.state, EventState::parse)?,
            proposed_by: column("non_routine_events.proposed_by", &row.proposed_by, Party::parse)?,
            figures,
            created_at: row.created_at,
            created_by: row.created_by_name,
        })
    }
}

/// Events of a facility, the latest first day first.
///
/// # Errors
/// When the database fails.
pub async fn list(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Event>> {
    let rows = sqlx::query_as!(
        Row,
        "SELECT id, metric_type, title, start_day, until_day, expires_on, state, proposed_by, method, per_day, half_width,
            how, created_at, created_by_name
        FROM non_routine_events WHERE facility_id = $1 ORDER BY start_day DESC, id DESC",
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Event::try_from).collect()
}

/// One event.
///
/// # Errors
/// `NotFound`.
pub async fn get(conn: &mut PgConnection, facility: FacilityId, id: EventId) -> Result<Event> {
    let row = sqlx::query_as!(
        Row,
        "SELECT id, metric_type, title, start_day, until_day, expires_on, state, proposed_by, method, per_day, half_width,
            how, created_at, created_by_name
        FROM non_routine_events WHERE facility_id = $1 AND id = $2",
        facility.0,
        id.0
    );
    row.fetch_one(conn).await?.try_into()
}

/// Keeps others from moving the facility's events until the transaction ends: what agrees looks at the others first.
///
/// # Errors
/// When the database fails.
pub async fn lock(conn: &mut PgConnection, facility: FacilityId) -> Result<()> {
    sqlx::query!(
        "SELECT pg_advisory_xact_lock(hashtextextended('events:' || $1::text, 0)) IS NULL AS done",
        facility.0.to_string()
    )
    .fetch_one(conn)
    .await?;
    Ok(())
}

/// Keeps an event, new or moved on.
///
/// # Errors
/// When the database fails.
pub async fn upsert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    by: Option<UserId>,
    event: &Event,
) -> Result<()> {
    let figures = event.figures.as_ref();
    sqlx::query!(
        "INSERT INTO non_routine_events (id, organisation_id, facility_id, metric_type, title, start_day, until_day,
            expires_on, state, proposed_by, method, per_day, half_width, how, created_at, created_by, created_by_name)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (id) DO UPDATE SET until_day = $7, expires_on = $8, state = $9, proposed_by = $10, method = $11,
            per_day = $12, half_width = $13, how = $14",
        event.id.0,
        organisation.0,
        facility.0,
        event.metric_type.as_str(),
        event.title,
        event.start,
        event.until,
        event.expires_on,
        event.state.as_str(),
        event.proposed_by.as_str(),
        figures.map(|f| f.method.as_str()),
        figures.map(|f| f.per_day),
        figures.map(|f| f.half_width),
        figures.map(|f| f.how.as_str()),
        event.created_at,
        by.map(|user| user.0),
        event.created_by
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Writes down a step.
///
/// # Errors
/// When the database fails.
pub async fn step_insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    event: EventId,
    by: Option<UserId>,
    step: &StepTaken,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO non_routine_event_steps (organisation_id, facility_id, event_id, at, by_user, by_name, party, step,
            state_after, note) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        organisation.0,
        facility.0,
        event.0,
        step.at,
        by.map(|user| user.0),
        step.by,
        step.party.as_str(),
        step.step,
        step.state_after.as_str(),
        step.note
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The way of an event, oldest step first.
///
/// # Errors
/// When the database fails.
pub async fn steps(conn: &mut PgConnection, event: EventId) -> Result<Vec<StepTaken>> {
    let rows = sqlx::query!(
        "SELECT at, by_name, party, step, state_after, note FROM non_routine_event_steps WHERE event_id = $1 ORDER BY id",
        event.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(StepTaken {
                at: row.at,
                by: row.by_name,
                party: column("non_routine_event_steps.party", &row.party, Party::parse)?,
                step: row.step,
                state_after: column(
                    "non_routine_event_steps.state_after",
                    &row.state_after,
                    EventState::parse,
                )?,
                note: row.note,
            })
        })
        .collect()
}
