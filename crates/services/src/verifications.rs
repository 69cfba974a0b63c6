//! Verification of baselines: inviting a verifier, what they write down, what they sign.

pub mod invite;
pub mod review;
pub mod sign;
mod view;

pub use view::{dossier, view};

use crate::{Error, Result};
use chrono::{DateTime, Utc};
use domain::access::{Permission, Principal};
use domain::baseline::Party;
use domain::id::BaselineId;
use domain::verification::dossier::{self as signed, Parts};
use domain::verification::{Checked, Item, Review};
use store::Tx;
use store::baselines::{self, Baseline};
use store::facilities::Facility;
use store::verifications::{self as stored, Verification};

/// Whether a person holds a permission at this very facility.
fn may_at(caller: &Principal, permission: Permission, facility: &Facility) -> bool {
    caller.scope(permission).is_ok_and(|scope| {
        scope.whole_organisations().contains(&facility.organisation)
            || scope.facilities().contains(&facility.id)
    })
}

/// The side the caller is on.
fn side(caller: &Principal, facility: &Facility) -> Result<Party> {
    Party::of(caller, facility.organisation, facility.id).ok_or(Error::NotFound)
}

/// The caller's open invitation for a baseline; engagement for the facility alone verifies nothing.
///
/// # Errors
/// `Forbidden` without one.
pub(crate) async fn invited(
    tx: &mut Tx<'_>,
    caller: &Principal,
    baseline: BaselineId,
    now: DateTime<Utc>,
) -> Result<Verification> {
    let all = stored::list(tx, baseline).await?;
    all.into_iter().find(|v| v.user == caller.user && v.is_open(now)).ok_or(Error::Forbidden)
}

/// What a verifier has written down so far; everything open without a verification.
async fn review_of(tx: &mut Tx<'_>, verification: Option<&Verification>) -> Result<Review> {
    let answers = match verification {
        Some(verification) => stored::answers(tx, verification.id).await?,
        None => vec![],
    };
    let checked = |item: &Item| {
        let kept = answers.iter().find(|a| a.item == *item).cloned();
        kept.unwrap_or(Checked { item: *item, answer: None, note: String::new() })
    };
    Ok(Review {
        checklist: Item::ALL.iter().map(checked).collect(),
        conflict: verification.map(|v| v.conflict.clone()).unwrap_or_default(),
    })
}

/// The dossier as it stands.
async fn dossier_of(tx: &mut Tx<'_>, baseline: &Baseline, review: &Review) -> Result<serde_json::Value> {
    let steps = baselines::steps(tx, baseline.summary.id).await?;
    let comments = stored::comments(tx, baseline.summary.id).await?;
    let parts = Parts {
        summary: &baseline.summary,
        candidates: &baseline.candidates,
        reason: baseline.reason.as_deref(),
        profile: &baseline.profile,
        engine_version: &baseline.engine_version,
        inputs_sha256: &hex::encode(&baseline.inputs_sha256),
        steps: &steps,
        comments: &comments,
        review,
    };
    signed::dossier(&parts).map_err(Error::internal)
}
