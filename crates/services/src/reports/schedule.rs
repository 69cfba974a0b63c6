//! Reports that are made by themselves, month by month, and the mails that tell of them.

use super::{NewReport, create};
use crate::audit::{self, Actor, Entry};
use crate::jobs::acting;
use crate::{Context, Error, Result};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use domain::access::{OrganisationKind, Permission, Principal, Role, Scope};
use domain::id::TemplateId;
use domain::local_time::{day_of, day_start};
use domain::report::Style;
use domain::report::view::ScheduleRow;
use integrations::mail::Mail;
use serde_json::json;
use store::schedules::{self as stored, Due};
use store::{facilities, templates};
use uuid::Uuid;

/// How long a server has to make a report before another one may.
const LEASE: TimeDelta = TimeDelta::minutes(10);
/// Until a report that could not be made, or a mail that was not taken, is tried again.
const AGAIN: TimeDelta = TimeDelta::hours(1);
/// Time of day at which a report is made: the night's readings are in.
const MORNING: TimeDelta = TimeDelta::hours(6);

/// Has a report made every month, of the month before, from the next one on.
///
/// # Errors
/// `Forbidden`; `NotFound` for a facility out of scope; `Invalid` names the field.
pub async fn schedule(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    (day, tell, style): (u32, Vec<Role>, Style),
    template: Option<TemplateId>,
) -> Result<Uuid> {
    if !(1..=28).contains(&day) {
        return Err(Error::field("day", "Choose a day that every month has: 1 to 28."));
    }
    if tell.is_empty() || tell.iter().any(|role| role.kind() != OrganisationKind::Customer) {
        return Err(Error::field("tell", "Choose who is to be told: at least one role."));
    }
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let template = match template {
        Some(id) => Some((id, templates::get(&mut tx, facility.organisation, id).await?.name)),
        None => None,
    };
    let today = day_of(facility.time_zone, ctx.clock.now());
    // This month's, which is complete on that day of the next one.
    let next_month = today.with_day(1).unwrap_or(today);
    let new = ScheduleRow {
        id: Uuid::now_v7(),
        day,
        tell,
        style,
        template,
        next_month,
        due_at: due(facility.time_zone, next_month, day),
        error: None,
        created_by: caller.name.clone(),
    };
    let place = (facility.organisation, facility.id);
    stored::insert(&mut tx, place, &new, caller.user, ctx.clock.now()).await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action: "report.scheduled",
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({ "schedule": new.id, "day": day, "tell": new.tell, "template": new.template.map(|(id, _)| id) }),
    };
    audit::record(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(new.id)
}

/// Takes a schedule away; reports that were made stay.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn unschedule(ctx: &Context, caller: &Principal, facility: &str, id: Uuid) -> Result<()> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    stored::delete(&mut tx, facility.id, id).await?;
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action: "report.unscheduled",
        subject: format!("facility:{}", facility.slug),
        facility: Some(facility.id),
        detail: json!({ "schedule": id }),
    };
    audit::record(&mut tx, ctx.clock.now(), entry).await?;
    Ok(tx.commit().await?)
}

/// Six in the morning of that day in the month after.
fn due(zone: Tz, month: NaiveDate, day: u32) -> DateTime<Utc> {
    let after = month.checked_add_months(Months::new(1)).unwrap_or(month);
    day_start(zone, after + Days::new(u64::from(day.max(1)) - 1)) + MORNING
}

/// Makes one report that is due and tells of it. Whether there was one. A failure is kept with the schedule, where its page shows it.
///
/// # Errors
/// When the database fails.
pub async fn run_due(ctx: &Context) -> Result<bool> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let taken = stored::take(&mut tx, now, now + LEASE).await?;
    tx.commit().await?;
    let Some(due) = taken else { return Ok(false) };
    if let Err(error) = run(ctx, &due).await {
        let text = match &error {
            Error::Forbidden | Error::NotFound => {
                format!("{} may not see this facility any more. Set it up anew.", due.by_name)
            }
            Error::Internal(_) => "It could not be made; it is tried again in an hour.".to_owned(),
            error => error.to_string(),
        };
        tracing::warn!(facility = due.slug, %error, "a scheduled report did not work out; it is tried again");
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        stored::failed(&mut tx, due.id, &text, now + AGAIN).await?;
        tx.commit().await?;
    }
    Ok(true)
}

async fn run(ctx: &Context, due: &Due) -> Result<()> {
    let report = match due.report {
        Some(report) => report,
        None => {
            let maker = acting(ctx, due.by, &due.by_name).await?;
            let until = due.month.checked_add_months(Months::new(1)).unwrap_or(due.month);
            let new = NewReport { from: due.month, until, style: due.style, choices: due.choices.clone() };
            let (made, _) = create(ctx, &maker, &due.slug, &new).await?;
            let mut tx = ctx.db.begin(&Scope::system()).await?;
            stored::made(&mut tx, due.id, made.id).await?;
            tx.commit().await?;
            made.id
        }
    };
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let facility = facilities::by_slug(&mut tx, &due.slug).await?;
    let people = stored::recipients(&mut tx, (facility.organisation, facility.id), &due.tell).await?;
    drop(tx);
    let month = due.month.format("%Y-%m");
    let subject = format!("Report of {month}: {}", facility.name);
    let text = format!(
        "The performance report of {month} is made:\n{}/f/{}/reports/{report}\n\nIt is there as PDF, Excel, CSV and signed bundle, for those who may see the facility.\n",
        ctx.origin, due.slug
    );
    for to in people.into_iter().filter(|to| !due.told.contains(to)) {
        let mail = Mail { to: to.clone(), subject: subject.clone(), text: text.clone() };
        let sent = ctx.mailer.send(&mail).await;
        sent.map_err(|error| Error::Unavailable(format!("the mail server ({error})")))?;
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        stored::told(&mut tx, due.id, &to).await?;
        tx.commit().await?;
    }
    let next = due.month.checked_add_months(Months::new(1)).unwrap_or(due.month);
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    stored::done(&mut tx, due.id, next, self::due(facility.time_zone, next, due.day)).await?;
    Ok(tx.commit().await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_due_in_the_morning_of_the_day_after_the_month() {
        let zone: Tz = "America/Denver".parse().unwrap();
        let due = |month: &str, day| due(zone, month.parse().unwrap(), day).to_rfc3339();
        assert_eq!(due("2026-01-01", 2), "2026-02-02T13:00:00+00:00");
        assert_eq!(due("2026-12-01", 1), "2027-01-01T13:00:00+00:00");
    }
}
