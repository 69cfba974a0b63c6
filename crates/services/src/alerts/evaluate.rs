//! Looking at every rule, and sending what there is to be said. Several servers may do both at the same time.

use super::savings::saved;
use super::{named, words};
use crate::telemetry::watched;
use crate::{Context, Result, webhooks};
use chrono::{DateTime, Days, TimeDelta, TimeZone, Utc};
use domain::access::{Role, Scope};
use domain::alerts::{Change, NewRule, Rule, Seen, Verdict, step};
use domain::id::AlertEpisodeId;
use domain::webhooks::EventType;
use integrations::mail::Mail;
use rust_decimal::Decimal;
use serde_json::json;
use store::alerts::{self as stored, Episode, NewMail};
use store::facilities::{self, Facility};
use store::{Db, Tx};

/// Open episodes of a facility: one for each rule.
const OPEN: i64 = 1_000;
/// Mails sent in one go.
const MAILS: i64 = 50;
/// How long a server has to send a mail before another one may.
const LEASE: TimeDelta = TimeDelta::minutes(2);
/// Longest pause between tries.
const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);

/// Looks at the rules of every facility. A facility that fails does not keep the others from being looked at.
///
/// # Errors
/// When the database fails for all of them.
pub async fn evaluate(ctx: &Context) -> Result<()> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let all = stored::watched(&mut tx).await?;
    drop(tx);
    for slug in all {
        if let Err(error) = facility(ctx, &slug).await {
            tracing::error!(facility = slug, %error, "alerts could not be evaluated; they are again soon");
        }
    }
    Ok(())
}

async fn facility(ctx: &Context, slug: &str) -> Result<()> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let facility = facilities::by_slug(&mut tx, slug).await?;
    if !stored::claim(&mut tx, facility.id).await? {
        return Ok(());
    }
    let (points, whole) = watched(&mut tx, facility.clone(), now).await?;
    let names = named(&mut tx, &facility).await?;
    let open = stored::episodes(&mut tx, facility.id, true, OPEN).await?;
    for rule in stored::rules(&mut tx, facility.id).await? {
        let nothing = Seen { value: None, at: None, stale: true };
        let seen = match (rule.new.kind.days_of_savings(), rule.new.point) {
            (Some(days), _) => saved(&mut tx, &facility, days, now).await?,
            (None, None) => whole,
            (None, Some(point)) => points.get(&point).copied().unwrap_or(nothing),
        };
        let episode = open.iter().find(|episode| episode.rule == rule.id);
        let (subject, unit) = names.of(&rule.new);
        let said = Said { ctx, facility: &facility, says: words::says(&rule.new, subject, unit), unit, now };
        one(&mut tx, &said, &rule, episode, seen).await?;
    }
    Ok(tx.commit().await?)
}

/// What mails about a rule say.
struct Said<'a> {
    ctx: &'a Context,
    facility: &'a Facility,
    says: String,
    unit: &'a str,
    now: DateTime<Utc>,
}

async fn one(
    tx: &mut Tx<'_>,
    said: &Said<'_>,
    rule: &Rule,
    episode: Option<&Episode>,
    seen: Seen,
) -> Result<()> {
    let (now, place) = (said.now, (said.facility.organisation, said.facility.id));
    let verdict = rule.new.judge(&seen, episode.is_some(), now);
    match (step(rule, episode.map(|e| &e.standing), verdict, now), episode) {
        (Change::Begin(since), _) => {
            let id = AlertEpisodeId(uuid::Uuid::now_v7());
            stored::episode_begin(tx, place, id, rule.id, since).await?;
            if rule.new.pending().is_zero() {
                fire(tx, said, &rule.new, id, seen.value).await?;
            }
        }
        (Change::Fire, Some(episode)) => fire(tx, said, &rule.new, episode.id, seen.value).await?,
        (Change::Stale(stale), Some(episode)) => stored::episode_stale(tx, episode.id, stale).await?,
        (Change::End, Some(episode)) => {
            if episode.standing.fired_at.is_some() {
                let subject = format!("Over: {}: {}", said.facility.name, said.says);
                let text = said.text("This is over:", None);
                stored::mails_over(tx, episode.id, (&subject, &text), said.due(&rule.new)).await?;
                said.hook(tx, EventType::AlertOver, episode.id).await?;
            }
            stored::episode_end(tx, episode.id, now).await?;
        }
        (Change::Stay, Some(episode)) if verdict != Verdict::Good => {
            escalate(tx, said, &rule.new, episode).await?;
        }
        _ => {}
    }
    Ok(())
}

async fn fire(
    tx: &mut Tx<'_>,
    said: &Said<'_>,
    new: &NewRule,
    id: AlertEpisodeId,
    value: Option<Decimal>,
) -> Result<()> {
    stored::episode_fire(tx, id, said.now, value.filter(|_| new.threshold.is_some())).await?;
    said.hook(tx, EventType::AlertFired, id).await?;
    said.tell(tx, new, (id, "fired", new.tell), value).await
}

/// Tells the next ones where nobody has taken it on.
async fn escalate(tx: &mut Tx<'_>, said: &Said<'_>, new: &NewRule, episode: &Episode) -> Result<()> {
    let (Some(then), Some(fired)) = (new.then, episode.standing.fired_at) else { return Ok(()) };
    let late = said.now - fired >= TimeDelta::minutes(then.after.into());
    if !late || episode.acknowledged.is_some() {
        return Ok(());
    }
    said.tell(tx, new, (episode.id, "escalated", then.tell), episode.value).await
}

impl Said<'_> {
    /// Programs are told at once: quiet hours are for people.
    async fn hook(&self, tx: &mut Tx<'_>, event: EventType, episode: AlertEpisodeId) -> Result<()> {
        let told = json!({ "facility": self.facility.slug, "alert": episode, "says": self.says });
        webhooks::emit(tx, self.facility.organisation, event, (&told, self.now)).await
    }

    async fn tell(
        &self,
        tx: &mut Tx<'_>,
        new: &NewRule,
        (episode, about, tell): (AlertEpisodeId, &str, Role),
        value: Option<Decimal>,
    ) -> Result<()> {
        let head = if new.critical { "Critical" } else { "Alert" };
        let subject = format!("{head}: {}: {}", self.facility.name, self.says);
        let first = match about {
            "escalated" => "Nobody has acknowledged this:",
            _ => "This is so:",
        };
        let body = self.text(first, value.filter(|_| new.threshold.is_some()));
        let mail = NewMail { episode, about, tell, subject: &subject, body: &body, due_at: self.due(new) };
        stored::mail_insert(tx, (self.facility.organisation, self.facility.id), &mail).await?;
        Ok(())
    }

    fn text(&self, first: &str, value: Option<Decimal>) -> String {
        let value =
            value.map_or_else(String::new, |v| format!("The value is {} {}.\n", v.normalize(), self.unit));
        let local = self.now.with_timezone(&self.facility.time_zone).format("%Y-%m-%d %H:%M %Z");
        format!(
            "{first}\n\n    {}\n\n{value}Seen at {local}, {}.\n\nAcknowledge it, pause the rule or change it:\n{}/f/{}/alerts\n",
            self.says, self.facility.name, self.ctx.origin, self.facility.slug
        )
    }

    /// Now, or when the quiet hours end.
    fn due(&self, new: &NewRule) -> DateTime<Utc> {
        let zone = self.facility.time_zone;
        let local = self.now.with_timezone(&zone).naive_local();
        let Some(quiet) = new.quiet.filter(|quiet| !new.critical && quiet.holds(local.time())) else {
            return self.now;
        };
        let day = if local.time() < quiet.until { local.date() } else { local.date() + Days::new(1) };
        // A time that the clock passes over in spring is taken an hour later.
        let end = zone.from_local_datetime(&day.and_time(quiet.until)).earliest();
        let later =
            || zone.from_local_datetime(&(day.and_time(quiet.until) + TimeDelta::hours(1))).earliest();
        end.or_else(later).map_or(self.now, |end| end.with_timezone(&Utc))
    }
}

/// Sends mails that are due. One that the mail server does not take is tried again after 1, 2, 4 … minutes, an hour at most.
/// Returns how many were taken.
///
/// # Errors
/// When the database fails.
pub async fn send_due(ctx: &Context) -> Result<usize> {
    let now = ctx.clock.now();
    let due = {
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let due = stored::mails_due(&mut tx, now, now + LEASE, MAILS).await?;
        tx.commit().await?;
        due
    };
    let mut sent = 0;
    for mail in due {
        let (to, subject, text) = (mail.recipient, mail.subject, mail.body);
        let outcome = ctx.mailer.send(&Mail { to, subject, text }).await;
        let tries = u32::try_from(mail.tries).unwrap_or(1).clamp(1, 7) - 1;
        let again = ctx.clock.now() + TimeDelta::minutes(1_i64 << tries).min(PAUSE_MAX);
        sent += usize::from(outcome.is_ok());
        noted(&ctx.db, mail.id, outcome.err().map(|error| error.to_string()), (ctx.clock.now(), again))
            .await?;
    }
    Ok(sent)
}

async fn noted(
    db: &Db,
    mail: uuid::Uuid,
    error: Option<String>,
    (now, again): (DateTime<Utc>, DateTime<Utc>),
) -> Result<()> {
    let mut tx = db.begin(&Scope::system()).await?;
    match error {
        None => stored::mail_sent(&mut tx, mail, now).await?,
        Some(error) => {
            tracing::warn!(%mail, error, "a mail about an alert was not taken; it is tried again");
            stored::mail_failed(&mut tx, mail, &error, again).await?;
        }
    }
    Ok(tx.commit().await?)
}
