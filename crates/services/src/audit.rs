//! The audit trail: recording, listing and checking it.

use crate::{Context, Error, Result};
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use domain::access::{Permission, Principal, Scope};
use domain::audit::{Broken, Chain, Event, Hash, Record};
use domain::id::{FacilityId, OrganisationId};
use std::fmt;
use std::str::FromStr;
use store::audit::{AuditFilter, audit_append, audit_chain, audit_page};
use store::organisations::{facility_choices, organisations_visible};

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// A person who is signed in.
    Person(&'a Principal),
    /// Background work or the command line, by its name.
    Background(&'a str),
}

/// What is to be recorded.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// In whose chain: the organisation the subject belongs to.
    pub organisation: OrganisationId,
    /// Who did it.
    pub actor: Actor<'a>,
    /// `noun.verb`, e.g. `import.confirmed`.
    pub action: &'static str,
    /// What it was done to, e.g. `facility:cedar-flower`.
    pub subject: String,
    /// The facility it concerns; who is limited to single facilities sees only events of those.
    pub facility: Option<FacilityId>,
    /// Particulars, customer-visible: before and after, counts, the reason.
    pub detail: serde_json::Value,
}

/// Records what the transaction does, in the same transaction: both are committed or neither.
///
/// The organisation's chain stays locked until then, so record last and commit soon.
///
/// # Errors
/// When the organisation is outside the scope of the transaction, or the database fails.
pub async fn record(tx: &mut store::Tx<'_>, at: DateTime<Utc>, entry: Entry<'_>) -> Result<()> {
    let (actor_id, actor) = match entry.actor {
        Actor::Person(person) => (Some(person.user), person.name.clone()),
        Actor::Background(name) => (None, name.to_owned()),
    };
    let event = Event {
        organisation: entry.organisation,
        height: 0,
        at,
        actor_id,
        actor,
        action: entry.action.to_owned(),
        subject: entry.subject,
        facility: entry.facility,
        detail: entry.detail.to_string(),
    };
    audit_append(tx, event).await?;
    Ok(())
}

/// Where a page of the trail ends. In text, `microseconds-height-organisation`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: DateTime<Utc>,
    height: u64,
    organisation: OrganisationId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}", self.at.timestamp_micros(), self.height, self.organisation)
    }
}

impl FromStr for Cursor {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let mut parts = text.splitn(3, '-');
            let at = DateTime::from_timestamp_micros(parts.next()?.parse().ok()?)?;
            let height = parts.next()?.parse().ok()?;
            Some(Self { at, height, organisation: parts.next()?.parse().ok()? })
        };
        parse().ok_or_else(|| Error::field("before", "This page of the trail does not exist."))
    }
}

/// Which events to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one organisation.
    pub organisation: Option<OrganisationId>,
    /// Of one person's doing, by part of their name.
    pub actor: Option<String>,
    /// The action, or its noun alone, e.g. `import`.
    pub action: Option<String>,
    /// What it was done to.
    pub subject: Option<String>,
    /// Concerning one facility.
    pub facility: Option<FacilityId>,
    /// First day, UTC.
    pub from: Option<NaiveDate>,
    /// Last day, UTC.
    pub to: Option<NaiveDate>,
    /// Older than the end of another page.
    pub before: Option<Cursor>,
}

/// A page of the trail.
#[derive(Clone, Debug)]
pub struct Page {
    /// Newest first.
    pub records: Vec<Record>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
    /// Organisations whose trail the caller may see, by name.
    pub organisations: Vec<(OrganisationId, String)>,
    /// Facilities that the caller may see, by name.
    pub facilities: Vec<(FacilityId, String)>,
}

/// Events per page.
pub const PAGE: usize = 100;

/// The trail as the caller may see it.
///
/// # Errors
/// `Forbidden` without [`Permission::ViewActivity`].
pub async fn page(ctx: &Context, caller: &Principal, filter: &Filter) -> Result<Page> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewActivity)?).await?;
    let stored = AuditFilter {
        organisation: filter.organisation,
        actor: filter.actor.clone(),
        action: filter.action.clone(),
        subject: filter.subject.clone(),
        facility: filter.facility,
        from: filter.from.map(midnight),
        until: filter.to.and_then(|day| day.succ_opt()).map(midnight),
        before: filter.before.map(|c| (c.at, c.organisation, c.height)),
    };
    let mut records = audit_page(&mut tx, &stored, PAGE as i64 + 1).await?;
    let more = records.len() > PAGE;
    records.truncate(PAGE);
    let next = records.last().filter(|_| more).map(|last| Cursor {
        at: last.event.at,
        height: last.event.height,
        organisation: last.event.organisation,
    });
    let organisations = organisations_visible(&mut tx).await?.into_iter().map(|o| (o.id, o.name)).collect();
    let facilities = facility_choices(&mut tx).await?.into_iter().map(|(_, id, name)| (id, name)).collect();
    Ok(Page { records, next, organisations, facilities })
}

fn midnight(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

/// Checks the chains that the caller may see, or the one of `organisation`.
///
/// # Errors
/// `Forbidden` without [`Permission::ViewActivity`].
pub async fn check(
    ctx: &Context,
    caller: &Principal,
    organisation: Option<OrganisationId>,
) -> Result<Vec<Checked>> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewActivity)?).await?;
    let mut all = organisations_visible(&mut tx).await?;
    drop(tx);
    all.retain(|one| organisation.is_none_or(|id| one.id == id));
    let mut checked = Vec::with_capacity(all.len());
    for one in &all {
        checked.push(verify(ctx, one, None).await?);
    }
    Ok(checked)
}

/// What checking an organisation's chain has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Its name.
    pub name: String,
    /// Height and hash of the last record, to be kept outside for the next check; or the first broken record.
    pub outcome: std::result::Result<(u64, Hash), Broken>,
}

/// Checks the chain of one organisation. `expected` is a height and hash kept from an earlier check.
///
/// # Errors
/// When the database fails; a broken chain is an outcome.
pub async fn verify(
    ctx: &Context,
    organisation: &store::organisations::Organisation,
    expected: Option<(u64, Hash)>,
) -> Result<Checked> {
    const BATCH: i64 = 5_000;
    let mut chain = Chain::new(organisation.id, expected);
    let mut after = i64::MIN;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let outcome = loop {
        let records = audit_chain(&mut tx, organisation.id, after, BATCH).await?;
        if let Some(broken) = records.iter().find_map(|record| chain.push(record).err()) {
            break Err(broken);
        }
        match records.last() {
            Some(last) => after = i64::try_from(last.event.height).map_err(Error::internal)?,
            None => break chain.finish(),
        }
    };
    Ok(Checked { organisation: organisation.id, name: organisation.name.clone(), outcome })
}
