//! Signing: the verifier's name, second factor and the hash of what they saw; the platform's key over the record.

use super::{dossier_of, invited, review_of};
use crate::baselines::steps::{advance, locked};
use crate::second_factor::{self, Method};
use crate::{Context, Error, Result};
use chrono::SecondsFormat;
use domain::access::{Permission, Principal};
use domain::baseline::{Step, transition};
use domain::canonical;
use domain::id::BaselineId;
use domain::verification::Review;
use domain::verification::dossier::{Record, sections};
use serde_json::Value;
use store::Tx;
use store::baselines::Baseline;
use store::facilities::{self, Facility};
use store::verifications::{self as stored, Signature, Verification};

/// What a verifier hands in to sign.
#[derive(Clone, Debug)]
pub struct Signing {
    /// Their full name, typed.
    pub name: String,
    /// A code of their second factor.
    pub code: String,
    /// SHA-256 of the dossier on the page they looked at, hexadecimal.
    pub dossier_sha256: String,
}

/// Everything a signature needs but the second factor.
struct Ready {
    facility: Facility,
    baseline: Baseline,
    verification: Verification,
    review: Review,
    dossier: Value,
}

/// Signs and verifies a baseline.
///
/// # Errors
/// `Forbidden` without an open invitation, `NotFound` out of scope; `Invalid` for the name or the code; `Conflict` when the
/// baseline is not in verification, the review is not complete, or the dossier has changed since it was looked at;
/// `Unavailable` when the platform has no key.
pub async fn sign(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    signing: &Signing,
) -> Result<()> {
    let no_key = || Error::Unavailable("the platform has no signing key".to_owned());
    let signer = ctx.signer.clone().ok_or_else(no_key)?;
    let scope = caller.scope(Permission::VerifyBaselines)?;
    // Once before the code is looked at, so that none is used up in vain.
    let mut tx = ctx.db.begin(&scope).await?;
    ready(ctx, &mut tx, caller, facility, id, signing).await?;
    drop(tx);
    let method = second_factor::check(ctx, caller.user, &signing.code).await?;

    let mut tx = ctx.db.begin(&scope).await?;
    let ready = ready(ctx, &mut tx, caller, facility, id, signing).await?;
    let now = ctx.clock.now();
    let record =
        serde_json::to_value(record(ctx, caller, &ready, signing, method)).map_err(Error::internal)?;
    let record = canonical::text(&record);
    let signature = Signature {
        verification: ready.verification.id,
        dossier: canonical::text(&ready.dossier),
        signature: signer.sign(record.as_bytes()),
        public_key: signer.public_key().to_vec(),
        record,
        signed_at: now,
    };
    stored::signature_insert(&mut tx, &ready.baseline, &signature).await?;
    let note = format!("Signed by {}, SHA-256 {}.", collapsed(&signing.name), signing.dossier_sha256);
    advance(ctx, &mut tx, caller, (&ready.facility, &ready.baseline), Step::Verify, &note).await?;
    tx.commit().await?;
    Ok(())
}

/// Locks the baseline and checks everything but the second factor.
async fn ready(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
    signing: &Signing,
) -> Result<Ready> {
    let facility = facilities::by_slug(tx, facility).await?;
    let baseline = locked(tx, &facility, id).await?;
    let party = super::side(caller, &facility)?;
    let verification = invited(tx, caller, id, ctx.clock.now()).await?;
    transition(baseline.summary.state, Step::Verify, party, baseline.submitted_by)
        .map_err(|refused| Error::Conflict(refused.to_string()))?;
    if caller.name == verification.email {
        return Err(Error::field("name", "Your account has no name. Ask whoever invited you to add it."));
    }
    if collapsed(&signing.name) != collapsed(&caller.name) {
        return Err(Error::field("name", format!("Type your name as your account has it: {}.", caller.name)));
    }
    let review = review_of(tx, Some(&verification)).await?;
    let missing = review.missing();
    if !missing.is_empty() {
        return Err(Error::Conflict(missing.join(" ")));
    }
    let dossier = dossier_of(tx, &baseline, &review).await?;
    if canonical::sha256(&dossier) != signing.dossier_sha256 {
        return Err(Error::Conflict(
            "Something has changed since you opened the page. Look at it again, then sign.".to_owned(),
        ));
    }
    Ok(Ready { facility, baseline, verification, review, dossier })
}

fn record(ctx: &Context, caller: &Principal, ready: &Ready, signing: &Signing, method: Method) -> Record {
    Record {
        version: 1,
        dossier_sha256: canonical::sha256(&ready.dossier),
        sections: sections(&ready.dossier),
        baseline: ready.baseline.summary.id,
        baseline_version: ready.baseline.summary.version,
        facility: (ready.facility.slug.clone(), ready.facility.name.clone()),
        verifier_name: caller.name.clone(),
        verifier_email: ready.verification.email.clone(),
        verifier_organisation: ready.verification.firm_name.clone(),
        invited_by: (ready.verification.invited_by_name.clone(), ready.verification.invited_side),
        typed_name: collapsed(&signing.name),
        conflict_of_interest: ready.review.conflict.clone(),
        signed_at: ctx.clock.now().to_rfc3339_opts(SecondsFormat::Micros, true),
        second_factor: method.as_str().to_owned(),
        engine_version: ready.baseline.engine_version.clone(),
    }
}

/// One space between words, none around them.
fn collapsed(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}
