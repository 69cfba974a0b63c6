//! Alerts: rules of a facility, their episodes, and who is told. docs/ALERTS.md

mod evaluate;
mod savings;
mod words;

pub use evaluate::{evaluate, send_due};

use crate::audit::{self, Actor, Entry};
use crate::{Context, Error, Result};
use chrono::TimeDelta;
use domain::access::{OrganisationKind, Permission, Principal, Scope};
use domain::alerts::view::{AlertsView, EpisodeRow, Firing, RuleRow};
use domain::alerts::{Kind, NewRule, Rule};
use domain::baseline::MetricType;
use domain::id::{AlertEpisodeId, AlertRuleId};
use domain::point::Kind as PointKind;
use serde_json::json;
use store::alerts as stored;
use store::facilities::{self, Facility};
use store::points::{self, Point};
use store::{Tx, zones};
use words::Named;

/// Episodes that are over, as a page lists them.
const PAST: i64 = 100;
/// Open episodes at once: one for each rule.
const OPEN: i64 = 1_000;
/// Rules of one facility.
const RULES: usize = 200;
/// Longest note, in characters.
const NOTE: usize = 1_000;

/// Rules and episodes of a facility.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn view(ctx: &Context, scope: &Scope, facility: &str) -> Result<AlertsView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let named = named(&mut tx, &facility).await?;
    let open = open(&mut tx, &facility, &named).await?;
    let past = stored::episodes(&mut tx, facility.id, false, PAST).await?;
    let past = past.iter().map(|e| episode(&named, e)).collect();
    let rule = |rule: Rule| {
        let (subject, unit) = named.of(&rule.new);
        RuleRow { says: words::says(&rule.new, subject, unit), rule }
    };
    let rules = stored::rules(&mut tx, facility.id).await?.into_iter().map(rule).collect();
    Ok(AlertsView {
        open,
        past,
        rules,
        points: named.points(),
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
        as_of: ctx.clock.now(),
    })
}

fn episode(named: &Named, e: &stored::Episode) -> EpisodeRow {
    let (subject, unit) = named.of(&e.new);
    EpisodeRow {
        id: e.id,
        says: words::says(&e.new, subject, unit),
        data_loss: e.new.kind == Kind::Silent,
        critical: e.new.critical,
        since: e.standing.since,
        fired_at: e.standing.fired_at,
        value: e.value.map(|value| (value, unit.to_owned())),
        stale: e.standing.stale,
        acknowledged: e.acknowledged.clone(),
        closed_at: e.closed_at,
        mails: e.mails,
    }
}

/// Open episodes: those that fired first, critical before others, then by age.
async fn open(tx: &mut Tx<'_>, facility: &Facility, named: &Named) -> Result<Vec<EpisodeRow>> {
    let all = stored::episodes(tx, facility.id, true, OPEN).await?;
    let mut open: Vec<EpisodeRow> = all.iter().map(|e| episode(named, e)).collect();
    open.sort_by_key(|e| (e.fired_at.is_none(), !e.critical, e.since));
    Ok(open)
}

/// How many alerts are firing at the facilities in scope.
///
/// # Errors
/// When the database fails.
pub async fn count(ctx: &Context, scope: &Scope) -> Result<u32> {
    let mut tx = ctx.db.begin(scope).await?;
    let all: i64 = stored::firing(&mut tx).await?.iter().map(|(_, n)| n).sum();
    Ok(u32::try_from(all).unwrap_or(u32::MAX))
}

/// What is firing at the facilities in scope; facilities where nothing is are left out.
///
/// # Errors
/// When the database fails.
pub async fn firing(ctx: &Context, scope: &Scope) -> Result<Vec<Firing>> {
    let mut tx = ctx.db.begin(scope).await?;
    let mut all = Vec::new();
    for (slug, _) in stored::firing(&mut tx).await? {
        let facility = facilities::by_slug(&mut tx, &slug).await?;
        let named = named(&mut tx, &facility).await?;
        let mut open = open(&mut tx, &facility, &named).await?;
        open.retain(|e| e.fired_at.is_some());
        all.push(Firing {
            time_zone: facility.time_zone.name().to_owned(),
            facility_slug: facility.slug,
            facility_name: facility.name,
            open,
        });
    }
    Ok(all)
}

async fn named(tx: &mut Tx<'_>, facility: &Facility) -> Result<Named> {
    let all = points::of_facility(tx, facility.id).await?;
    Ok(Named::new(&facility.name, all, zones::list(tx, facility.id).await?))
}

/// A person who may, with the facility.
async fn managed<'a>(ctx: &'a Context, caller: &Principal, facility: &str) -> Result<(Tx<'a>, Facility)> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ManageAlerts)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    Ok((tx, facility))
}

/// Writes a rule, or one that exists anew.
///
/// # Errors
/// `Forbidden`; `NotFound` for a facility out of scope or a rule that is not its; `Invalid` names the slot.
pub async fn write(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: Option<AlertRuleId>,
    new: NewRule,
) -> Result<AlertRuleId> {
    let (mut tx, facility) = managed(ctx, caller, facility).await?;
    let all = points::of_facility(&mut tx, facility.id).await?;
    let point = new.point.map(|id| all.iter().find(|p| p.id == id && p.retired_at.is_none()));
    check(&new, point)?;
    let electricity = MetricType::Electricity;
    if new.kind.days_of_savings().is_some()
        && store::baselines::active(&mut tx, facility.id, electricity).await?.is_none()
    {
        let text = "There is no active electricity baseline here, so there are no savings to watch.";
        return Err(Error::field("kind", text));
    }
    let place = (facility.organisation, facility.id);
    somebody(ctx, place, &new).await?;
    let known = stored::rules(&mut tx, facility.id).await?;
    let before = id.map(|id| known.iter().find(|rule| rule.id == id).cloned().ok_or(Error::NotFound));
    let before = before.transpose()?;
    if before.is_none() && known.len() >= RULES {
        return Err(Error::Conflict(format!("A facility has at most {RULES} rules. Take one away first.")));
    }
    let id = id.unwrap_or_else(|| AlertRuleId(uuid::Uuid::now_v7()));
    let rule = Rule { id, new, paused_until: None, created_by: caller.name.clone() };
    stored::rule_upsert(&mut tx, place, &rule, ctx.clock.now()).await?;
    let detail = json!({ "before": before.map(|rule| rule.new), "after": rule.new });
    let action = if detail["before"].is_null() { "alert_rule.written" } else { "alert_rule.changed" };
    record(ctx, &mut tx, caller, &facility, (action, id, detail)).await?;
    tx.commit().await?;
    Ok(id)
}

/// What a rule has to have.
fn check(new: &NewRule, point: Option<Option<&Point>>) -> Result<()> {
    if point.is_some_and(|point| point.is_none()) {
        return Err(Error::field("point", "There is no such point in service here."));
    }
    if !(1..=10_080).contains(&new.minutes) {
        return Err(Error::field("minutes", "Say how many minutes it has to last: 1 to 10,080."));
    }
    if new.then.is_some_and(|then| !(1..=10_080).contains(&then.after)) {
        return Err(Error::field("then_after", "Say after how many minutes: 1 to 10,080."));
    }
    let customers = |role: domain::access::Role| role.kind() == OrganisationKind::Customer;
    if !customers(new.tell) || new.then.is_some_and(|then| !customers(then.tell)) {
        return Err(Error::field("tell", "Choose a role of the facility's organisation."));
    }
    match (new.kind, point.flatten(), new.threshold) {
        (Kind::Silent, _, None) => Ok(()),
        (Kind::Silent, ..) => Err(Error::field("threshold", "Silence has no threshold.")),
        (kind, Some(_), _) if kind.days_of_savings().is_some() => {
            Err(Error::field("point", "Savings are of the whole facility. Choose it instead of a point."))
        }
        (kind, None, Some(percent)) if kind.days_of_savings().is_some() => {
            let usual = percent.abs() <= rust_decimal::Decimal::ONE_HUNDRED;
            let wrong = || Error::field("threshold", "Say % of the baseline, between -100 and 100.");
            usual.then_some(()).ok_or_else(wrong)
        }
        (kind, None, None) if kind.days_of_savings().is_some() => {
            Err(Error::field("threshold", "Say the % of the baseline, such as 10."))
        }
        (_, None, _) => Err(Error::field("point", "Choose the point whose value is meant.")),
        (_, Some(point), _) if point.spec.kind != PointKind::Gauge => Err(Error::field(
            "point",
            "This point counts up; a rule about its value would fire for ever. Choose its power instead.",
        )),
        (_, _, None) => Err(Error::field("threshold", "Say the value, such as 30.")),
        _ => Ok(()),
    }
}

/// A rule that would tell nobody is a false comfort.
async fn somebody(
    ctx: &Context,
    place: (domain::id::OrganisationId, domain::id::FacilityId),
    new: &NewRule,
) -> Result<()> {
    // Who may write rules need not see who the members are, so they are counted in the background's scope.
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let then = new.then.map(|then| ("then_tell", then.tell));
    for (field, role) in [Some(("tell", new.tell)), then].into_iter().flatten() {
        if stored::recipients(&mut tx, place, role).await? == 0 {
            let text = format!(
                "Nobody here has the role {}, so nobody would be told. Choose another.",
                role.label()
            );
            return Err(Error::field(field, text));
        }
    }
    Ok(())
}

/// Pauses a rule for so many hours; none lets it go on.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn pause(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    rule: AlertRuleId,
    hours: Option<u32>,
) -> Result<()> {
    let (mut tx, facility) = managed(ctx, caller, facility).await?;
    let until = hours.map(|hours| ctx.clock.now() + TimeDelta::hours(hours.clamp(1, 24 * 60).into()));
    stored::rule_pause(&mut tx, facility.id, rule, until).await?;
    record(ctx, &mut tx, caller, &facility, ("alert_rule.paused", rule, json!({ "until": until }))).await?;
    Ok(tx.commit().await?)
}

/// Takes a rule away; its episodes stay.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn delete(ctx: &Context, caller: &Principal, facility: &str, rule: AlertRuleId) -> Result<()> {
    let (mut tx, facility) = managed(ctx, caller, facility).await?;
    stored::rule_delete(&mut tx, facility.id, rule, ctx.clock.now()).await?;
    record(ctx, &mut tx, caller, &facility, ("alert_rule.deleted", rule, json!({}))).await?;
    Ok(tx.commit().await?)
}

/// Takes what fired on, with a word to the others; nobody else is told from then on.
///
/// # Errors
/// `Forbidden`, `NotFound` where it is over or somebody has; `Invalid` for a note that is too long.
pub async fn acknowledge(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    episode: AlertEpisodeId,
    note: &str,
) -> Result<()> {
    let note = note.trim();
    if note.chars().count() > NOTE {
        return Err(Error::field("note", format!("A note has at most {NOTE} characters.")));
    }
    let (mut tx, facility) = managed(ctx, caller, facility).await?;
    let said = (caller.name.as_str(), ctx.clock.now(), note);
    stored::acknowledge(&mut tx, facility.id, episode, said).await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action: "alert.acknowledged",
        subject: format!("alert:{episode}"),
        facility: Some(facility.id),
        detail: json!({ "note": note }),
    };
    audit::record(&mut tx, ctx.clock.now(), entry).await?;
    Ok(tx.commit().await?)
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    facility: &Facility,
    (action, rule, detail): (&'static str, AlertRuleId, serde_json::Value),
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("alert_rule:{rule}"),
        facility: Some(facility.id),
        detail,
    };
    audit::record(tx, ctx.clock.now(), entry).await
}
