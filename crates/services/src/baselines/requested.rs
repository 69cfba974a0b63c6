//! Baselines as the REST interface asks for them, with a token.

use super::fit::draft;
use super::new::NewBaseline;
use crate::audit::Actor;
use crate::tokens::Bearer;
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Permission, Principal};
use domain::baseline::MetricType;
use domain::id::BaselineId;
use std::fmt;
use std::str::FromStr;
use store::baselines::{self as stored, Baseline};
use store::facilities::{self, Facility};
use store::{Tx, tokens};

/// For this long the same request with the same key gets the same answer.
const REMEMBERED: TimeDelta = TimeDelta::hours(24);
/// Longest key.
const KEY: usize = 255;

/// A request that does its work once, however often it is sent.
#[derive(Clone, Copy, Debug)]
pub struct Once<'a> {
    /// The sender's name for it.
    pub key: &'a str,
    /// Of its body.
    pub body_sha256: [u8; 32],
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The body, as `render` wrote it when the baseline was made.
    pub body: String,
    /// Whether it is the answer to an earlier request with the same key.
    pub repeated: bool,
}

/// Makes a draft and returns what `render` says of it.
///
/// # Errors
/// `Forbidden` when the token or its maker may not, `NotFound` for a facility out of scope, `Invalid` names the field, also
/// for a key that was used with another body; `Conflict` when the same key is being worked on.
pub async fn create(
    ctx: &Context,
    bearer: &Bearer,
    facility: &str,
    new: &NewBaseline,
    once: Option<Once<'_>>,
    render: fn(&Facility, &Baseline) -> String,
) -> Result<Answer> {
    let maker = bearer.may(domain::tokens::ApiScope::BaselinesWrite)?;
    let mut tx = ctx.db.begin(&maker.scope(Permission::ManageBaselines)?).await?;
    match made(ctx, &mut tx, (bearer, maker), facility, new, once, render).await {
        Ok(answer) => {
            tx.commit().await?;
            Ok(answer)
        }
        Err(error) => {
            // The key is free before the sender reads the refusal, so that the mended request does not meet its own lock.
            tx.rollback().await?;
            Err(error)
        }
    }
}

async fn made(
    ctx: &Context,
    tx: &mut Tx<'_>,
    (bearer, maker): (&Bearer, &Principal),
    facility: &str,
    new: &NewBaseline,
    once: Option<Once<'_>>,
    render: fn(&Facility, &Baseline) -> String,
) -> Result<Answer> {
    let facility = facilities::by_slug(tx, facility).await?;
    if let Some(once) = once
        && let Some(body) = answered(ctx, tx, bearer, once).await?
    {
        return Ok(Answer { body, repeated: true });
    }
    let note = format!("With the token “{}”.", bearer.name);
    let baseline = draft(ctx, tx, Actor::Person(maker), &facility, new, &note).await?;
    let body = render(&facility, &baseline);
    if let Some(Once { key, body_sha256 }) = once {
        let place = (facility.organisation, facility.id);
        let answer = (&body_sha256, body.as_str());
        tokens::request_insert(tx, (bearer.token, key), place, answer, ctx.clock.now()).await?;
    }
    Ok(Answer { body, repeated: false })
}

/// The answer that the same request was given before.
async fn answered(ctx: &Context, tx: &mut Tx<'_>, bearer: &Bearer, once: Once<'_>) -> Result<Option<String>> {
    if once.key.is_empty() || once.key.len() > KEY {
        return Err(Error::field("Idempotency-Key", format!("A key has 1 to {KEY} characters.")));
    }
    if !tokens::request_hold(tx, bearer.token, once.key).await? {
        return Err(Error::Conflict("A request with this Idempotency-Key is being worked on.".to_owned()));
    }
    let since = ctx.clock.now() - REMEMBERED;
    match tokens::request_answered(tx, bearer.token, once.key, since).await? {
        Some((body, answer)) if body == once.body_sha256 => Ok(Some(answer)),
        Some(_) => Err(Error::field(
            "Idempotency-Key",
            "This key was used with another body. A new request takes a new key.",
        )),
        None => Ok(None),
    }
}

/// Where a page of baselines ends. In text, `microseconds-id`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    at: DateTime<Utc>,
    id: BaselineId,
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.at.timestamp_micros(), self.id)
    }
}

impl FromStr for Cursor {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        let parse = || {
            let (at, id) = text.split_once('-')?;
            let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
            Some(Self { at, id: id.parse().ok()? })
        };
        parse().ok_or_else(|| Error::field("cursor", "Take the cursor from next_cursor of the page before."))
    }
}

/// Which baselines to list.
#[derive(Clone, Copy, Debug)]
pub struct Filter<'a> {
    /// Of this facility.
    pub facility: &'a str,
    /// Of one metric.
    pub metric: Option<MetricType>,
    /// After the end of another page.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

/// A page of baselines, without their candidates.
#[derive(Clone, Debug)]
pub struct Page {
    /// The facility.
    pub facility: Facility,
    /// Newest first.
    pub baselines: Vec<Baseline>,
    /// Where the next page begins; none at the end.
    pub next: Option<Cursor>,
}

/// Baselines of a facility, newest first.
///
/// # Errors
/// `Forbidden` when the token or its maker may not, `NotFound` for a facility out of scope.
pub async fn page(ctx: &Context, bearer: &Bearer, filter: &Filter<'_>) -> Result<Page> {
    let maker = bearer.may(domain::tokens::ApiScope::BaselinesRead)?;
    let mut tx = ctx.db.begin(&maker.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, filter.facility).await?;
    let after = filter.after.map(|cursor| (cursor.at, cursor.id));
    let limit = i64::from(filter.limit);
    let mut baselines = stored::page(&mut tx, facility.id, filter.metric, after, limit + 1).await?;
    let more = baselines.len() > filter.limit as usize;
    baselines.truncate(filter.limit as usize);
    let next = baselines.last().filter(|_| more);
    let next = next.map(|last| Cursor { at: last.summary.created_at, id: last.summary.id });
    Ok(Page { facility, baselines, next })
}

/// One baseline with its facility.
///
/// # Errors
/// `Forbidden` when the token or its maker may not, `NotFound` out of scope.
pub async fn find(ctx: &Context, bearer: &Bearer, id: BaselineId) -> Result<(Facility, Baseline)> {
    let maker = bearer.may(domain::tokens::ApiScope::BaselinesRead)?;
    let mut tx = ctx.db.begin(&maker.scope(Permission::ViewFacility)?).await?;
    let slug = stored::facility_slug(&mut tx, id).await?;
    let facility = facilities::by_slug(&mut tx, &slug).await?;
    let baseline = stored::get(&mut tx, facility.id, id).await?;
    Ok((facility, baseline))
}
