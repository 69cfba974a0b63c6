//! Webhooks: endpoints, deliveries and every try.

use crate::{Error, Result, column};
use chrono::{DateTime, Utc};
use domain::id::OrganisationId;
use domain::webhooks::view::{Attempt, DeliveryRow, EndpointRow};
use domain::webhooks::{DeliveryState, EndpointState, EventType};
use sqlx::PgConnection;
use sqlx::types::Json;
use uuid::Uuid;

/// Adds an endpoint.
///
/// # Errors
/// When the database fails.
pub async fn endpoint_insert(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    new: &EndpointRow,
    secret: &str,
    at: DateTime<Utc>,
) -> Result<()> {
    let events: Vec<String> = new.events.iter().map(|event| event.as_str().to_owned()).collect();
    sqlx::query!(
        "INSERT INTO webhook_endpoints (id, organisation_id, url, description, events, secret, state, created_by_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        new.id,
        organisation.0,
        new.url,
        new.description,
        &events,
        secret,
        new.state.as_str(),
        new.created_by,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Endpoints of an organisation, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn endpoints(conn: &mut PgConnection, organisation: OrganisationId) -> Result<Vec<EndpointRow>> {
    let rows = sqlx::query!(
        "SELECT id, url, description, events, state, failing_since, created_by_name FROM webhook_endpoints
        WHERE organisation_id = $1 AND deleted_at IS NULL ORDER BY created_at, id",
        organisation.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let event = |name: &String| column("webhook_endpoints.events", name, EventType::parse);
            Ok(EndpointRow {
                id: r.id,
                url: r.url,
                description: r.description,
                events: r.events.iter().map(event).collect::<Result<_>>()?,
                state: column("webhook_endpoints.state", &r.state, EndpointState::parse)?,
                failing_since: r.failing_since,
                created_by: r.created_by_name,
            })
        })
        .collect()
}

/// Lets an endpoint go on, pauses it or stops it. A fresh start forgets how long nothing was taken.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn endpoint_state(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    state: EndpointState,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE webhook_endpoints SET state = $3, failing_since = NULL
        WHERE id = $1 AND organisation_id = $2 AND deleted_at IS NULL",
        id,
        organisation.0,
        state.as_str()
    );
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Takes an endpoint away; what waits for it is not sent any more.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn endpoint_delete(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE webhook_endpoints SET deleted_at = $3 WHERE id = $1 AND organisation_id = $2 AND deleted_at IS NULL",
        id,
        organisation.0,
        at
    );
    if done.execute(&mut *conn).await?.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query!(
        "UPDATE webhook_deliveries SET state = 'failed' WHERE endpoint_id = $1 AND state = 'waiting'",
        id
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Another secret; the one before signs as well until then.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn endpoint_rotate(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    id: Uuid,
    secret: &str,
    old_until: DateTime<Utc>,
) -> Result<()> {
    let done = sqlx::query!(
        "UPDATE webhook_endpoints SET old_secret = secret, old_until = $4, secret = $3
        WHERE id = $1 AND organisation_id = $2 AND deleted_at IS NULL",
        id,
        organisation.0,
        secret,
        old_until
    );
    if done.execute(conn).await?.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Tells every endpoint of the organisation that wants to know, and leaves word for its vendor's; or tells one endpoint, whatever it
/// wants. Returns how many of the organisation's own are told.
///
/// # Errors
/// When the database fails.
pub async fn emit(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    event: EventType,
    (payload, only): (&str, Option<Uuid>),
    at: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query!(
        "INSERT INTO webhook_deliveries (id, organisation_id, endpoint_id, event, payload, created_at, state, due_at)
        SELECT gen_random_uuid(), organisation_id, id, $2, $3, $4, 'waiting', $4 FROM webhook_endpoints
        WHERE organisation_id = $1 AND deleted_at IS NULL
            AND (($5::uuid IS NULL AND state = 'on' AND $2 = ANY(events)) OR id = $5)",
        organisation.0,
        event.as_str(),
        payload,
        at,
        only
    );
    let told = done.execute(&mut *conn).await?.rows_affected();
    if only.is_none() {
        sqlx::query!(
            "INSERT INTO webhook_events (id, organisation_id, event, payload, created_at)
            VALUES (gen_random_uuid(), $1, $2, $3, $4)",
            organisation.0,
            event.as_str(),
            payload,
            at
        )
        .execute(conn)
        .await?;
    }
    Ok(told)
}

/// Hands on what happened at customers to the endpoints of the vendor that serves each, and gives up what waits about customers
/// that the vendor no longer serves. For background work.
///
/// # Errors
/// When the database fails.
pub async fn hand_on(conn: &mut PgConnection, now: DateTime<Utc>) -> Result<()> {
    sqlx::query!(
        "WITH happened AS (DELETE FROM webhook_events RETURNING *)
        INSERT INTO webhook_deliveries (id, organisation_id, endpoint_id, event, payload, created_at, state, due_at, about_id)
        SELECT gen_random_uuid(), e.organisation_id, e.id, h.event, h.payload, h.created_at, 'waiting', $1, c.id
        FROM happened h JOIN organisations c ON c.id = h.organisation_id
        JOIN webhook_endpoints e ON e.organisation_id = c.vendor_id
        WHERE c.kind = 'customer' AND e.deleted_at IS NULL AND e.state = 'on' AND h.event = ANY(e.events)",
        now
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE webhook_deliveries d SET state = 'failed' WHERE d.state = 'waiting' AND d.about_id IS NOT NULL
            AND NOT EXISTS (SELECT 1 FROM organisations c WHERE c.id = d.about_id AND c.vendor_id = d.organisation_id)"
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deliveries of an organisation with their tries, newest first, before another one.
///
/// # Errors
/// When the database fails.
pub async fn deliveries(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    (state, before): (Option<DeliveryState>, Option<Uuid>),
    limit: i64,
) -> Result<Vec<DeliveryRow>> {
    let rows = sqlx::query!(
        r#"SELECT d.id, d.endpoint_id, e.url, d.event, d.created_at, d.state, d.due_at,
            coalesce((SELECT jsonb_agg(jsonb_build_object('at', a.at, 'status', a.status, 'took_ms', a.took_ms, 'error', a.error)
                ORDER BY a.at) FROM webhook_attempts a WHERE a.delivery_id = d.id), '[]') AS "attempts!: Json<Vec<Attempt>>"
        FROM webhook_deliveries d JOIN webhook_endpoints e ON e.id = d.endpoint_id
        WHERE d.organisation_id = $1 AND ($2::text IS NULL OR d.state = $2)
            AND ($3::uuid IS NULL OR (d.created_at, d.id) < (SELECT b.created_at, b.id FROM webhook_deliveries b WHERE b.id = $3))
        ORDER BY d.created_at DESC, d.id DESC LIMIT $4"#,
        organisation.0,
        state.map(DeliveryState::as_str),
        before,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            Ok(DeliveryRow {
                id: r.id,
                endpoint: r.endpoint_id,
                url: r.url,
                event: column("webhook_deliveries.event", &r.event, EventType::parse)?,
                created_at: r.created_at,
                state: column("webhook_deliveries.state", &r.state, DeliveryState::parse)?,
                due_at: r.due_at,
                attempts: r.attempts.0,
            })
        })
        .collect()
}

/// Sends a delivery again, or with none every one that failed, from the beginning; never what is about a customer that is no longer
/// served. Returns how many.
///
/// # Errors
/// When the database fails.
pub async fn replay(
    conn: &mut PgConnection,
    organisation: OrganisationId,
    delivery: Option<Uuid>,
    at: DateTime<Utc>,
) -> Result<u64> {
    let done = sqlx::query!(
        "UPDATE webhook_deliveries d SET state = 'waiting', due_at = $3, tries = 0 FROM webhook_endpoints e
        WHERE e.id = d.endpoint_id AND e.deleted_at IS NULL AND d.organisation_id = $1
            AND (d.id = $2 OR ($2::uuid IS NULL AND d.state = 'failed'))
            AND (d.about_id IS NULL
                OR EXISTS (SELECT 1 FROM organisations c WHERE c.id = d.about_id AND c.vendor_id = d.organisation_id))",
        organisation.0,
        delivery,
        at
    );
    Ok(done.execute(conn).await?.rows_affected())
}

/// A delivery that is due, with what it takes to send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Due {
    /// Identifier.
    pub id: Uuid,
    /// Whose.
    pub organisation: Uuid,
    /// Its endpoint.
    pub endpoint: Uuid,
    /// Where to.
    pub url: String,
    /// What.
    pub payload: String,
    /// Tries, this one included.
    pub tries: i32,
    /// Signs.
    pub secret: String,
    /// Signs as well, while it does.
    pub old_secret: Option<String>,
}

/// Takes deliveries that are due until `lease`: until then no other server sees them.
///
/// # Errors
/// When the database fails.
pub async fn take(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due>> {
    let due = sqlx::query_as!(
        Due,
        r#"UPDATE webhook_deliveries d SET due_at = $2, tries = tries + 1 FROM webhook_endpoints e
        WHERE e.id = d.endpoint_id AND d.id IN (
            SELECT w.id FROM webhook_deliveries w JOIN webhook_endpoints o ON o.id = w.endpoint_id
            WHERE w.state = 'waiting' AND w.due_at <= $1 AND (o.state = 'on' OR w.event = 'test.ping') AND o.deleted_at IS NULL
            ORDER BY w.due_at LIMIT $3 FOR UPDATE OF w SKIP LOCKED)
        RETURNING d.id, d.organisation_id AS organisation, d.endpoint_id AS endpoint, e.url, d.payload, d.tries, e.secret,
            CASE WHEN e.old_until > $1 THEN e.old_secret END AS old_secret"#,
        now,
        lease,
        limit
    );
    Ok(due.fetch_all(conn).await?)
}

/// What became of a try: when it is tried again, where it is.
///
/// # Errors
/// When the database fails.
pub async fn tried(
    conn: &mut PgConnection,
    due: &Due,
    attempt: &Attempt,
    (state, again): (DeliveryState, Option<DateTime<Utc>>),
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO webhook_attempts (id, organisation_id, delivery_id, at, status, took_ms, error)
        VALUES (gen_random_uuid(), $1, $2, $3, $4, $5, $6)",
        due.organisation,
        due.id,
        attempt.at,
        attempt.status,
        attempt.took_ms,
        attempt.error
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        "UPDATE webhook_deliveries SET state = $2, due_at = coalesce($3, due_at) WHERE id = $1",
        due.id,
        state.as_str(),
        again
    )
    .execute(&mut *conn)
    .await?;
    let taken = state == DeliveryState::Delivered;
    sqlx::query!(
        "UPDATE webhook_endpoints SET failing_since = CASE WHEN $2 THEN NULL ELSE coalesce(failing_since, $3) END WHERE id = $1",
        due.endpoint,
        taken,
        attempt.at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Stops an endpoint that said it is gone, or that took nothing since `before`. Whether it did.
///
/// # Errors
/// When the database fails.
pub async fn stop(
    conn: &mut PgConnection,
    endpoint: Uuid,
    gone: bool,
    before: DateTime<Utc>,
) -> Result<bool> {
    let done = sqlx::query!(
        "UPDATE webhook_endpoints SET state = 'stopped' WHERE id = $1 AND state = 'on' AND ($2 OR failing_since <= $3)",
        endpoint,
        gone,
        before
    );
    Ok(done.execute(conn).await?.rows_affected() > 0)
}
