//! The audit trail: appended to, read, never changed.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::audit::{Event, Hash, Record};
use domain::id::{FacilityId, OrganisationId, UserId};
use sqlx::PgConnection;
use uuid::Uuid;

struct Row {
    organisation_id: Uuid,
    height: i64,
    at: DateTime<Utc>,
    actor_id: Option<Uuid>,
    actor: String,
    action: String,
    subject: String,
    facility_id: Option<Uuid>,
    detail: String,
    previous_hash: Vec<u8>,
    hash: Vec<u8>,
}

impl From<Row> for Record {
    fn from(row: Row) -> Self {
        // A height or hash that cannot be one was tampered with; the zero that stands for it fails the check.
        Self {
            event: Event {
                organisation: row.organisation_id.into(),
                height: u64::try_from(row.height).unwrap_or_default(),
                at: row.at,
                actor_id: row.actor_id.map(UserId),
                actor: row.actor,
                action: row.action,
                subject: row.subject,
                facility: row.facility_id.map(FacilityId),
                detail: row.detail,
            },
            previous: Hash::from_slice(&row.previous_hash).unwrap_or(Hash::NONE),
            hash: Hash::from_slice(&row.hash).unwrap_or(Hash::NONE),
        }
    }
}

/// Appends an event to its organisation's chain. Its height is set here; the chain stays locked until the
/// transaction ends, so that events are recorded in the order in which they are committed.
///
/// # Errors
/// When the organisation is not in scope or the database fails.
pub async fn audit_append(conn: &mut PgConnection, event: Event) -> Result<Record> {
    let tip = sqlx::query!(
        r#"SELECT tip_height AS "height!", tip_hash AS "hash!" FROM audit_tip($1)"#,
        event.organisation.0
    )
    .fetch_optional(&mut *conn)
    .await?;
    let (height, previous) = match tip {
        Some(tip) => (tip.height + 1, Hash::from_slice(&tip.hash).unwrap_or(Hash::NONE)),
        None => (1, Hash::NONE),
    };
    let record = Record::seal(Event { height: height.unsigned_abs(), ..event }, previous);
    let event = &record.event;
    sqlx::query!(
        "INSERT INTO audit_events (organisation_id, height, at, actor_id, actor, action, subject, facility_id, detail,
            previous_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, ($9::text)::json, $10, $11)",
        event.organisation.0,
        height,
        event.at,
        event.actor_id.map(|id| id.0),
        event.actor,
        event.action,
        event.subject,
        event.facility.map(|id| id.0),
        event.detail,
        &record.previous.0[..],
        &record.hash.0[..],
    )
    .execute(conn)
    .await?;
    Ok(record)
}

/// The next records of a chain, in order, for checking it.
///
/// # Errors
/// When the database fails.
pub async fn audit_chain(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    after_height: i64,
    limit: i64,
) -> Result<Vec<Record>> {
    let query = sqlx::query_as!(
        Row,
        r#"SELECT organisation_id, height, at, actor_id, actor, action, subject, facility_id, detail::text AS "detail!",
            previous_hash, hash
        FROM audit_events WHERE organisation_id = $1 AND height > $2 ORDER BY height LIMIT $3"#,
        organisation.0,
        after_height,
        limit,
    );
    Ok(query.fetch_all(conn).await?.into_iter().map(Into::into).collect())
}

/// Which records to list. Texts are matched whole, except the actor, of whose name a part is enough.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of one organisation.
    pub organisation: Option<OrganisationId>,
    /// Of one person's doing, by part of their name.
    pub actor: Option<String>,
    /// The action, or its noun alone.
    pub action: Option<String>,
    /// What it was done to.
    pub subject: Option<String>,
    /// Concerning one facility.
    pub facility: Option<FacilityId>,
    /// At this instant or later.
    pub from: Option<DateTime<Utc>>,
    /// Before this instant.
    pub until: Option<DateTime<Utc>>,
    /// Older than this record.
    pub before: Option<(DateTime<Utc>, OrganisationId, u64)>,
}

/// Records in scope, newest first.
///
/// # Errors
/// When the database fails.
pub async fn audit_page(conn: &mut PgConnection, filter: &AuditFilter, limit: i64) -> Result<Vec<Record>> {
    let (at, organisation, height) = match filter.before {
        Some((at, organisation, height)) => (Some(at), Some(organisation.0), i64::try_from(height).ok()),
        None => (None, None, None),
    };
    let query = sqlx::query_as!(
        Row,
        r#"SELECT organisation_id, height, at, actor_id, actor, action, subject, facility_id, detail::text AS "detail!",
            previous_hash, hash
        FROM audit_events
        WHERE ($1::uuid IS NULL OR organisation_id = $1)
            AND ($2::text IS NULL OR strpos(lower(actor), lower($2)) > 0)
            AND ($3::text IS NULL OR action = $3 OR split_part(action, '.', 1) = $3)
            AND ($4::text IS NULL OR subject = $4)
            AND ($5::timestamptz IS NULL OR (at, organisation_id, height) < ($5, $6::uuid, $7::bigint))
            AND ($9::uuid IS NULL OR facility_id = $9)
            AND ($10::timestamptz IS NULL OR at >= $10)
            AND ($11::timestamptz IS NULL OR at < $11)
        ORDER BY at DESC, organisation_id DESC, height DESC LIMIT $8"#,
        filter.organisation.map(|id| id.0),
        filter.actor,
        filter.action,
        filter.subject,
        at,
        organisation,
        height,
        limit,
        filter.facility.map(|id| id.0),
        filter.from,
        filter.until,
    );
    Ok(query.fetch_all(conn).await?.into_iter().map(Into::into).collect())
}
