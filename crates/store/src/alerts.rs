//! Alerts: rules, episodes, and the mails about them.

use crate::{Error, Result, column};
use chrono::{DateTime, NaiveTime, Timelike, Utc};
use domain::access::Role;
use domain::alerts::{Escalation, Kind, NewRule, Quiet, Rule, Standing};
use domain::id::{AlertEpisodeId, AlertRuleId, FacilityId, OrganisationId};
use rust_decimal::Decimal;
use sqlx::PgConnection;
use uuid::Uuid;

mod mails;

pub use mails::{
    DueMail, NewMail, claim, mail_failed, mail_insert, mail_sent, mails_due, mails_over, recipients,
};

struct RuleRow {
    id: Uuid,
    kind: String,
    point_id: Option<Uuid>,
    threshold: Option<Decimal>,
    minutes: i32,
    critical: bool,
    tell: String,
    then_tell: Option<String>,
    then_after: Option<i32>,
    quiet_from: Option<i32>,
    quiet_until: Option<i32>,
    paused_until: Option<DateTime<Utc>>,
    created_by_name: String,
}

fn time(minutes: i32) -> NaiveTime {
    NaiveTime::from_num_seconds_from_midnight_opt(minutes.unsigned_abs() * 60, 0).unwrap_or_default()
}

fn minutes(time: NaiveTime) -> i32 {
    (time.num_seconds_from_midnight() / 60).cast_signed()
}

impl TryFrom<RuleRow> for Rule {
    type Error = Error;
    fn try_from(r: RuleRow) -> Result<Self> {
        let role = |text: &str| column("alert_rules.tell", text, Role::parse);
        let then = match (r.then_tell.as_deref(), r.then_after) {
            (Some(tell), Some(after)) => Some(Escalation { tell: role(tell)?, after: after.unsigned_abs() }),
            _ => None,
        };
        let new = NewRule {
            kind: column("alert_rules.kind", &r.kind, Kind::parse)?,
            point: r.point_id.map(Into::into),
            threshold: r.threshold,
            minutes: r.minutes.unsigned_abs(),
            critical: r.critical,
            tell: role(&r.tell)?,
            then,
            quiet: r.quiet_from.zip(r.quiet_until).map(|(a, b)| Quiet { from: time(a), until: time(b) }),
        };
        Ok(Self { id: r.id.into(), new, paused_until: r.paused_until, created_by: r.created_by_name })
    }
}

/// Rules in force of a facility, oldest first.
///
/// # Errors
/// When the database fails.
pub async fn rules(conn: &mut PgConnection, facility: FacilityId) -> Result<Vec<Rule>> {
    let rows = sqlx::query_as!(
        RuleRow,
        "SELECT id, kind, point_id, threshold, minutes, critical, tell, then_tell, then_after, quiet_from, quiet_until,
            paused_until, created_by_name
        FROM alert_rules WHERE facility_id = $1 AND deleted_at IS NULL ORDER BY created_at, id",
        facility.0
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(Rule::try_from).collect()
}

/// Slugs of facilities with rules in force, or with an episode that is open.
///
/// # Errors
/// When the database fails.
pub async fn watched(conn: &mut PgConnection) -> Result<Vec<String>> {
    let found = sqlx::query_scalar!(
        "SELECT slug FROM facilities f
        WHERE EXISTS (SELECT 1 FROM alert_rules r WHERE r.facility_id = f.id AND r.deleted_at IS NULL)
        ORDER BY slug"
    );
    Ok(found.fetch_all(conn).await?)
}

/// Keeps a rule; one that exists is written anew.
///
/// # Errors
/// When the database fails.
pub async fn rule_upsert(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    rule: &Rule,
    at: DateTime<Utc>,
) -> Result<()> {
    let new = &rule.new;
    sqlx::query!(
        "INSERT INTO alert_rules (id, organisation_id, facility_id, kind, point_id, threshold, minutes, critical, tell,
            then_tell, then_after, quiet_from, quiet_until, created_by_name, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        ON CONFLICT (id) DO UPDATE SET kind = EXCLUDED.kind, point_id = EXCLUDED.point_id, threshold = EXCLUDED.threshold,
            minutes = EXCLUDED.minutes, critical = EXCLUDED.critical, tell = EXCLUDED.tell, then_tell = EXCLUDED.then_tell,
            then_after = EXCLUDED.then_after, quiet_from = EXCLUDED.quiet_from, quiet_until = EXCLUDED.quiet_until",
        rule.id.0,
        organisation.0,
        facility.0,
        new.kind.as_str(),
        new.point.map(|p| p.0),
        new.threshold,
        new.minutes.cast_signed(),
        new.critical,
        new.tell.as_str(),
        new.then.map(|then| then.tell.as_str()),
        new.then.map(|then| then.after.cast_signed()),
        new.quiet.map(|quiet| minutes(quiet.from)),
        new.quiet.map(|quiet| minutes(quiet.until)),
        rule.created_by,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Pauses a rule of a facility until then, or lets it go on.
///
/// # Errors
/// [`Error::NotFound`] when there is no such rule in force.
pub async fn rule_pause(
    conn: &mut PgConnection,
    facility: FacilityId,
    rule: AlertRuleId,
    until: Option<DateTime<Utc>>,
) -> Result<()> {
    let found = sqlx::query!(
        "UPDATE alert_rules SET paused_until = $3 WHERE id = $1 AND facility_id = $2 AND deleted_at IS NULL",
        rule.0,
        facility.0,
        until
    )
    .execute(conn)
    .await?;
    if found.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Takes a rule of a facility away and ends its episode.
///
/// # Errors
/// [`Error::NotFound`] when there is no such rule in force.
pub async fn rule_delete(
    conn: &mut PgConnection,
    facility: FacilityId,
    rule: AlertRuleId,
    at: DateTime<Utc>,
) -> Result<()> {
    let found = sqlx::query!(
        "UPDATE alert_rules SET deleted_at = $3 WHERE id = $1 AND facility_id = $2 AND deleted_at IS NULL",
        rule.0,
        facility.0,
        at
    )
    .execute(&mut *conn)
    .await?;
    if found.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    sqlx::query!(
        "UPDATE alert_episodes SET closed_at = $2 WHERE rule_id = $1 AND closed_at IS NULL",
        rule.0,
        at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An episode as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Episode {
    /// Identifier.
    pub id: AlertEpisodeId,
    /// Its rule.
    pub rule: AlertRuleId,
    /// How it stands.
    pub standing: Standing,
    /// The value it fired with.
    pub value: Option<Decimal>,
    /// Who took it on, when, and what they said.
    pub acknowledged: Option<(String, DateTime<Utc>, String)>,
    /// When it was over.
    pub closed_at: Option<DateTime<Utc>>,
    /// What it is an episode of, also where the rule was taken away.
    pub new: NewRule,
    /// Mails sent, and mails waiting.
    pub mails: (i64, i64),
}

/// Episodes of a facility: the open ones, or the newest that fired and are over.
///
/// # Errors
/// When the database fails.
pub async fn episodes(
    conn: &mut PgConnection,
    facility: FacilityId,
    open: bool,
    limit: i64,
) -> Result<Vec<Episode>> {
    let rows = sqlx::query!(
        r#"SELECT e.id, e.rule_id, e.since, e.fired_at, e.value, e.stale, e.acknowledged_at, e.acknowledged_by, e.note, e.closed_at,
            r.kind, r.point_id, r.threshold, r.minutes, r.critical, r.tell, r.then_tell, r.then_after, r.quiet_from,
            r.quiet_until, r.paused_until, r.created_by_name,
            (SELECT count(*) FROM alert_mails m WHERE m.episode_id = e.id AND m.sent_at IS NOT NULL) AS "sent!",
            (SELECT count(*) FROM alert_mails m WHERE m.episode_id = e.id AND m.sent_at IS NULL) AS "waiting!"
        FROM alert_episodes e JOIN alert_rules r ON r.id = e.rule_id
        WHERE e.facility_id = $1 AND (e.closed_at IS NULL) = $2 AND ($2 OR e.fired_at IS NOT NULL)
        ORDER BY e.since DESC, e.id LIMIT $3"#,
        facility.0,
        open,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|r| {
            let rule = RuleRow {
                id: r.rule_id,
                kind: r.kind,
                point_id: r.point_id,
                threshold: r.threshold,
                minutes: r.minutes,
                critical: r.critical,
                tell: r.tell,
                then_tell: r.then_tell,
                then_after: r.then_after,
                quiet_from: r.quiet_from,
                quiet_until: r.quiet_until,
                paused_until: r.paused_until,
                created_by_name: r.created_by_name,
            };
            let by = r.acknowledged_by.zip(r.acknowledged_at);
            Ok(Episode {
                id: r.id.into(),
                rule: r.rule_id.into(),
                standing: Standing { since: r.since, fired_at: r.fired_at, stale: r.stale },
                value: r.value,
                acknowledged: by.map(|(by, at)| (by, at, r.note.unwrap_or_default())),
                closed_at: r.closed_at,
                new: Rule::try_from(rule)?.new,
                mails: (r.sent, r.waiting),
            })
        })
        .collect()
}

/// Facilities in scope where something is firing, by slug, and how many alerts each.
///
/// # Errors
/// When the database fails.
pub async fn firing(conn: &mut PgConnection) -> Result<Vec<(String, i64)>> {
    let rows = sqlx::query!(
        r#"SELECT f.slug, count(*) AS "n!" FROM alert_episodes e JOIN facilities f ON f.id = e.facility_id
        WHERE e.closed_at IS NULL AND e.fired_at IS NOT NULL GROUP BY f.slug ORDER BY f.slug"#
    );
    Ok(rows.fetch_all(conn).await?.into_iter().map(|r| (r.slug, r.n)).collect())
}

/// Begins an episode.
///
/// # Errors
/// When the database fails, also where the rule has an open one.
pub async fn episode_begin(
    conn: &mut PgConnection,
    (organisation, facility): (OrganisationId, FacilityId),
    id: AlertEpisodeId,
    rule: AlertRuleId,
    since: DateTime<Utc>,
) -> Result<()> {
    sqlx::query!(
        "INSERT INTO alert_episodes (id, organisation_id, facility_id, rule_id, since) VALUES ($1, $2, $3, $4, $5)",
        id.0,
        organisation.0,
        facility.0,
        rule.0,
        since
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// It has fired, with this value.
///
/// # Errors
/// When the database fails.
pub async fn episode_fire(
    conn: &mut PgConnection,
    id: AlertEpisodeId,
    at: DateTime<Utc>,
    value: Option<Decimal>,
) -> Result<()> {
    sqlx::query!("UPDATE alert_episodes SET fired_at = $2, value = $3 WHERE id = $1", id.0, at, value)
        .execute(conn)
        .await?;
    Ok(())
}

/// Whether its value can be seen.
///
/// # Errors
/// When the database fails.
pub async fn episode_stale(conn: &mut PgConnection, id: AlertEpisodeId, stale: bool) -> Result<()> {
    sqlx::query!("UPDATE alert_episodes SET stale = $2 WHERE id = $1", id.0, stale).execute(conn).await?;
    Ok(())
}

/// It is over. One that never fired leaves no trace.
///
/// # Errors
/// When the database fails.
pub async fn episode_end(conn: &mut PgConnection, id: AlertEpisodeId, at: DateTime<Utc>) -> Result<()> {
    sqlx::query!("DELETE FROM alert_episodes WHERE id = $1 AND fired_at IS NULL", id.0)
        .execute(&mut *conn)
        .await?;
    sqlx::query!("UPDATE alert_episodes SET closed_at = $2 WHERE id = $1", id.0, at).execute(conn).await?;
    Ok(())
}

/// Somebody takes an open episode of a facility on.
///
/// # Errors
/// [`Error::NotFound`] where there is none that fired and nobody has taken on.
pub async fn acknowledge(
    conn: &mut PgConnection,
    facility: FacilityId,
    id: AlertEpisodeId,
    (by, at, note): (&str, DateTime<Utc>, &str),
) -> Result<()> {
    let found = sqlx::query!(
        "UPDATE alert_episodes SET acknowledged_at = $3, acknowledged_by = $4, note = $5
        WHERE id = $1 AND facility_id = $2 AND fired_at IS NOT NULL AND closed_at IS NULL AND acknowledged_at IS NULL",
        id.0,
        facility.0,
        at,
        by,
        note
    )
    .execute(conn)
    .await?;
    if found.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}
