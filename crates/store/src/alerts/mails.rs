//! Mails about alerts that are to be sent.

use crate::Result;
use chrono::{DateTime, Utc};
use domain::access::Role;
use domain::id::{AlertEpisodeId, FacilityId, OrganisationId};
use sqlx::PgConnection;
use uuid::Uuid;

/// A mail to everybody with a role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMail<'a> {
    /// What it is about.
    pub episode: AlertEpisodeId,
    /// `fired`, `escalated` or `over`.
    pub about: &'a str,
    /// Everybody with this role at the facility's organisation who may see the facility.
    pub tell: Role,
    /// Subject line.
    pub subject: &'a str,
    /// Plain text.
    pub body: &'a str,
    /// Not before.
    pub due_at: DateTime<Utc>,
}

/// Puts a mail to each person into the queue, once for each person, episode and occasion. Returns how many are new.
///
/// # Errors
/// When the database fails.
pub async fn mail_insert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    new: &NewMail<'_>,
) -> Result<u64> {
    let done = sqlx::query!(
        "INSERT INTO alert_mails (id, organisation_id, facility_id, episode_id, about, recipient, subject, body, due_at)
        SELECT gen_random_uuid(), $1, $2, $3, $4, u.email, $6, $7, $8
        FROM memberships m JOIN users u ON u.id = m.user_id
        WHERE m.organisation_id = $1 AND m.role = $5 AND (m.facility_ids IS NULL OR $2 = ANY(m.facility_ids))
        ON CONFLICT (episode_id, about, recipient) DO NOTHING",
        organisation.0,
        facility.0,
        new.episode.0,
        new.about,
        new.tell.as_str(),
        new.subject,
        new.body,
        new.due_at
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected())
}

/// A mail that is due.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMail {
    /// Identifier.
    pub id: Uuid,
    /// To whom.
    pub recipient: String,
    /// Subject line.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// How often it was tried.
    pub tries: i32,
}

/// Takes mails that are due for `lease`: until then no other server sees them, and after that somebody does again.
///
/// # Errors
/// When the database fails.
pub async fn mails_due(
    conn: &mut PgConnection,
    now: DateTime<Utc>,
    lease: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<DueMail>> {
    let mails = sqlx::query_as!(
        DueMail,
        "UPDATE alert_mails SET due_at = $2, tries = tries + 1
        WHERE id IN (SELECT id FROM alert_mails WHERE sent_at IS NULL AND due_at <= $1 ORDER BY due_at LIMIT $3
            FOR UPDATE SKIP LOCKED)
        RETURNING id, recipient, subject, body, tries",
        now,
        lease,
        limit
    );
    Ok(mails.fetch_all(conn).await?)
}

/// The mail server has taken it.
///
/// # Errors
/// When the database fails.
pub async fn mail_sent(conn: &mut PgConnection, id: Uuid, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE alert_mails SET sent_at = $2, error = NULL WHERE id = $1", id, at)
        .execute(conn)
        .await?;
    Ok(())
}

/// The mail server has not taken it; it is tried again then.
///
/// # Errors
/// When the database fails.
pub async fn mail_failed(conn: &mut PgConnection, id: Uuid, error: &str, again: DateTime<Utc>) -> Result<()> {
    sqlx::query!("UPDATE alert_mails SET error = $2, due_at = $3 WHERE id = $1", id, error, again)
        .execute(conn)
        .await?;
    Ok(())
}

/// The episode is over: mails that still wait are not sent any more, and whoever was told is told that.
///
/// # Errors
/// When the database fails.
pub async fn mails_over(
    conn: &mut PgConnection,
    episode: AlertEpisodeId,
    (subject, body): (&str, &str),
    due_at: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!("DELETE FROM alert_mails WHERE episode_id = $1 AND sent_at IS NULL", episode.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!(
        "INSERT INTO alert_mails (id, organisation_id, facility_id, episode_id, about, recipient, subject, body, due_at)
        SELECT gen_random_uuid(), t.organisation_id, t.facility_id, t.episode_id, 'over', t.recipient, $2, $3, $4
        FROM (SELECT DISTINCT organisation_id, facility_id, episode_id, recipient FROM alert_mails WHERE episode_id = $1) t
        ON CONFLICT (episode_id, about, recipient) DO NOTHING",
        episode.0,
        subject,
        body,
        due_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many people have the role at the organisation and may see the facility.
///
/// # Errors
/// When the database fails.
pub async fn recipients(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    tell: Role,
) -> Result<i64> {
    let found = sqlx::query_scalar!(
        r#"SELECT count(*) AS "count!" FROM memberships
        WHERE organisation_id = $1 AND role = $3 AND (facility_ids IS NULL OR $2 = ANY(facility_ids))"#,
        organisation.0,
        facility.0,
        tell.as_str()
    );
    Ok(found.fetch_one(conn).await?)
}

/// Whether this transaction is the one that looks after the facility's alerts; another server may be.
///
/// # Errors
/// When the database fails.
pub async fn claim(conn: &mut PgConnection, facility: FacilityId) -> Result<bool> {
    let ours = sqlx::query_scalar!(
        r#"SELECT pg_try_advisory_xact_lock(hashtext('alerts'), hashtext($1::text)) AS "ours!""#,
        facility.0.to_string()
    );
    Ok(ours.fetch_one(conn).await?)
}
