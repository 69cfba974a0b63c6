//! Comments, checklist and conflict statement: what is written down before a baseline is signed.

use super::{invited, may_at, side};
use crate::audit::{Actor, Entry, record};
use crate::baselines::steps::locked;
use crate::{Context, Error, Result};
use chrono::NaiveDate;
use domain::access::{Permission, Principal};
use domain::baseline::{BaselineState, Party};
use domain::id::{BaselineId, CommentId};
use domain::verification::{Comment, Review};
use serde_json::json;
use store::Tx;
use store::baselines::{self, Baseline};
use store::facilities::{self, Facility};
use store::verifications as stored;

/// Longest text of a comment, a note or a statement, characters.
const TEXT: usize = 4_000;

/// Whether the caller takes part in the talk about baselines of this facility, invitation aside.
pub(super) fn takes_part(caller: &Principal, facility: &Facility) -> bool {
    [Permission::VerifyBaselines, Permission::ManageBaselines, Permission::AcceptBaselines]
        .into_iter()
        .any(|permission| may_at(caller, permission, facility))
}

/// Whether a verifier may still write into the review.
pub(super) fn is_under_review(state: BaselineState) -> bool {
    use BaselineState as S;
    matches!(state, S::Submitted | S::InVerification | S::ChangesRequested | S::Draft)
}

/// A comment as it is handed in.
#[derive(Clone, Debug, Default)]
pub struct NewComment {
    /// The one it answers.
    pub parent: Option<CommentId>,
    /// What.
    pub text: String,
    /// First local day it speaks of; without one it is about the baseline as a whole.
    pub from: Option<NaiveDate>,
    /// Last local day, included; none for the first alone.
    pub last: Option<NaiveDate>,
}

/// Adds a comment, or an answer to one.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Invalid` for an empty or long text, or days that do not fit.
pub async fn comment(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    new: &NewComment,
) -> Result<CommentId> {
    let text = written("text", &new.text)?;
    if text.is_empty() {
        return Err(Error::field("text", "Write what you want to say."));
    }
    let (mut tx, facility, baseline, party) = talk(ctx, caller, facility, id).await?;
    let days = match new.parent {
        Some(parent) => {
            let all = stored::comments(&mut tx, id).await?;
            if !all.iter().any(|c| c.id == parent && c.parent.is_none()) {
                return Err(Error::NotFound);
            }
            None
        }
        None => days(new.from, new.last)?,
    };
    let comment = Comment {
        id: CommentId(uuid::Uuid::now_v7()),
        parent: new.parent,
        at: ctx.clock.now(),
        by: caller.name.clone(),
        party,
        text,
        days,
        resolved: None,
    };
    stored::comment_insert(&mut tx, &baseline, caller.user, &comment).await?;
    let detail = json!({
        "facility": facility.slug, "version": baseline.summary.version, "comment": comment.id, "answers": comment.parent,
        "party": party, "from_day": days.map(|d| d.0), "until_day": days.map(|d| d.1), "text": comment.text,
    });
    audit(ctx, &mut tx, caller, (&facility, &baseline), "baseline.commented", detail).await?;
    tx.commit().await?;
    Ok(comment.id)
}

/// Marks a comment as settled, or as open again. The side that wrote it decides.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Conflict` for another side.
pub async fn resolve(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    comment: CommentId,
    settled: bool,
) -> Result<()> {
    let (mut tx, facility, baseline, party) = talk(ctx, caller, facility, id).await?;
    let all = stored::comments(&mut tx, id).await?;
    let found = all.iter().find(|c| c.id == comment && c.parent.is_none()).ok_or(Error::NotFound)?;
    if found.party != party {
        let who = found.party.label().to_lowercase();
        return Err(Error::Conflict(format!("The {who} wrote this, so the {who} says when it is settled.")));
    }
    let now = ctx.clock.now();
    stored::comment_resolve(&mut tx, comment, settled.then_some((now, caller.name.as_str()))).await?;
    let action = if settled { "baseline.comment_settled" } else { "baseline.comment_reopened" };
    let detail =
        json!({ "facility": facility.slug, "version": baseline.summary.version, "comment": comment });
    audit(ctx, &mut tx, caller, (&facility, &baseline), action, detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Keeps a verifier's draft of checklist and conflict statement.
///
/// # Errors
/// `Forbidden` without an open invitation, `NotFound`; `Invalid` for long texts; `Conflict` once it is signed or refused.
pub async fn save(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    review: &Review,
) -> Result<()> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::VerifyBaselines)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    // Nothing of it changes while it is being signed.
    let baseline = locked(&mut tx, &facility, id).await?;
    let now = ctx.clock.now();
    let verification = invited(&mut tx, caller, id, now).await?;
    if !is_under_review(baseline.summary.state) {
        return Err(Error::Conflict("The verification has ended; its checklist stays as it is.".to_owned()));
    }
    for checked in &review.checklist {
        let checked =
            domain::verification::Checked { note: written("note", &checked.note)?, ..checked.clone() };
        stored::set_answer(&mut tx, &baseline, verification.id, &checked, now).await?;
    }
    let conflict = domain::verification::Conflict {
        none: review.conflict.none,
        text: written("conflict", &review.conflict.text)?,
    };
    stored::set_conflict(&mut tx, verification.id, &conflict).await?;
    let answered = review.checklist.iter().filter(|c| c.answer.is_some()).count();
    let detail = json!({
        "facility": facility.slug, "version": baseline.summary.version, "answered": answered, "conflict": conflict,
    });
    audit(ctx, &mut tx, caller, (&facility, &baseline), "verification.review_saved", detail).await?;
    tx.commit().await?;
    Ok(())
}

/// Trimmed, and not longer than is kept.
fn written(field: &str, text: &str) -> Result<String> {
    // Browsers send line ends of their own.
    let text = text.trim().replace("\r\n", "\n");
    if text.chars().count() > TEXT {
        return Err(Error::field(field, format!("Keep it to {TEXT} characters.")));
    }
    Ok(text)
}

/// The days as a half-open interval.
fn days(from: Option<NaiveDate>, last: Option<NaiveDate>) -> Result<Option<(NaiveDate, NaiveDate)>> {
    let (from, last) = match (from, last) {
        (None, None) => return Ok(None),
        (None, Some(_)) => return Err(Error::field("from", "Give the first day as well.")),
        (Some(from), last) => (from, last.unwrap_or(from)),
    };
    let until = last.succ_opt().filter(|until| *until > from);
    let until = until.ok_or_else(|| Error::field("last", "The last day is before the first."))?;
    Ok(Some((from, until)))
}

/// A transaction in which the caller may say something about the baseline.
async fn talk(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
) -> Result<(Tx<'static>, Facility, Baseline, Party)> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = baselines::get(&mut tx, facility.id, id).await?;
    let party = side(caller, &facility)?;
    if !takes_part(caller, &facility) {
        return Err(Error::Forbidden);
    }
    if party == Party::Verifier {
        invited(&mut tx, caller, id, ctx.clock.now()).await?;
    }
    Ok((tx, facility, baseline, party))
}

async fn audit(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    (facility, baseline): (&Facility, &Baseline),
    action: &'static str,
    detail: serde_json::Value,
) -> Result<()> {
    let entry = Entry {
        organisation: facility.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("baseline:{}", baseline.summary.id),
        facility: Some(facility.id),
        detail,
    };
    record(tx, ctx.clock.now(), entry).await
}
