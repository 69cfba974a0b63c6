//! The verification page and the dossier as a file.

use super::invite::takes_verifiers;
use super::review::{is_under_review, takes_part};
use super::{dossier_of, invited, may_at, review_of};
use crate::signer::{self, check};
use crate::{Context, Error, Result, second_factor};
use domain::access::{Permission, Principal, Scope};
use domain::baseline::{Party, Step, transition};
use domain::canonical;
use domain::id::BaselineId;
use domain::verification::dossier::{SignedDossier, changed_since, sections};
use domain::verification::{Invitation, Signed, VerificationView};
use store::Tx;
use store::baselines::{self, Baseline};
use store::facilities;
use store::verifications::{self as stored, Signature, Verification};

/// The verification page of a baseline.
///
/// # Errors
/// `Forbidden` without [`Permission::ViewFacility`], `NotFound` out of scope.
pub async fn view(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
) -> Result<VerificationView> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = baselines::get(&mut tx, facility.id, id).await?;
    let (now, state) = (ctx.clock.now(), baseline.summary.state);
    let party = Party::of(caller, facility.organisation, facility.id);
    let all = stored::list(&mut tx, id).await?;
    let mine = all.iter().find(|v| v.user == caller.user && v.is_open(now));
    let is_verifier = party == Some(Party::Verifier);
    let signature = stored::signature(&mut tx, id).await?;
    let under = signature.as_ref().and_then(|s| all.iter().find(|v| v.id == s.verification));
    let review = review_of(&mut tx, under.or(mine).or(all.first())).await?;
    let dossier = dossier_of(&mut tx, &baseline, &review).await?;
    let signed = signature.map(|signature| signed(ctx, &signature, &dossier)).transpose()?;
    let may_manage =
        !is_verifier && party.is_some() && may_at(caller, Permission::ManageBaselines, &facility);
    let verifies = is_verifier && mine.is_some();
    let by_verifier = [Step::Begin, Step::RequestChanges, Step::Reject, Step::Verify];
    let possible =
        |step: &Step| transition(state, *step, Party::Verifier, baseline.submitted_by).is_ok() && verifies;
    let view = VerificationView {
        facility_slug: facility.slug.clone(),
        facility_name: facility.name.clone(),
        time_zone: facility.time_zone.name().to_owned(),
        steps: baselines::steps(&mut tx, id).await?,
        comments: stored::comments(&mut tx, id).await?,
        party,
        invitations: all
            .iter()
            .map(|v| invitation(v, now, may_manage && party == Some(v.invited_side)))
            .collect(),
        firms: None,
        may_comment: takes_part(caller, &facility) && (!is_verifier || verifies),
        may_review: verifies && is_under_review(state),
        may: by_verifier.into_iter().filter(possible).collect(),
        missing: review.missing(),
        second_factor: false,
        dossier_sha256: canonical::sha256(&dossier),
        sections: sections(&dossier).into_iter().collect(),
        signed,
        review,
        summary: baseline.summary,
    };
    drop(tx);
    let firms = if may_manage && takes_verifiers(state) {
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        Some(stored::firms(&mut tx, facility.id).await?)
    } else {
        None
    };
    let second_factor = verifies && second_factor::is_on(ctx, caller.user).await?;
    Ok(VerificationView { firms, second_factor, ..view })
}

/// The dossier as a file: the signed one with its signature, or before that as it stands.
///
/// # Errors
/// `Forbidden` without [`Permission::ViewFacility`], `NotFound` out of scope.
pub async fn dossier(
    ctx: &Context,
    caller: &Principal,
    facility: &str,
    id: BaselineId,
) -> Result<SignedDossier> {
    let mut tx = ctx.db.begin(&caller.scope(Permission::ViewFacility)?).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let baseline = baselines::get(&mut tx, facility.id, id).await?;
    if let Some(signature) = stored::signature(&mut tx, id).await? {
        return file(&signature, Some(baseline.inputs));
    }
    let dossier = unsigned(ctx, &mut tx, caller, &baseline).await?;
    Ok(SignedDossier {
        dossier,
        record: None,
        signature: None,
        public_key: None,
        inputs: Some(baseline.inputs),
    })
}

async fn unsigned(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    baseline: &Baseline,
) -> Result<serde_json::Value> {
    let id = baseline.summary.id;
    let mine = match invited(tx, caller, id, ctx.clock.now()).await {
        Ok(mine) => Some(mine),
        Err(Error::Forbidden) => stored::list(tx, id).await?.into_iter().next(),
        Err(error) => return Err(error),
    };
    let review = review_of(tx, mine.as_ref()).await?;
    dossier_of(tx, baseline, &review).await
}

fn file(signature: &Signature, inputs: Option<String>) -> Result<SignedDossier> {
    Ok(SignedDossier {
        dossier: serde_json::from_str(&signature.dossier).map_err(Error::internal)?,
        record: Some(serde_json::from_str(&signature.record).map_err(Error::internal)?),
        signature: Some(hex::encode(&signature.signature)),
        public_key: Some(hex::encode(&signature.public_key)),
        inputs,
    })
}

/// The signature, checked against itself and against what is stored now.
fn signed(ctx: &Context, signature: &Signature, now: &serde_json::Value) -> Result<Signed> {
    let file = file(signature, None)?;
    let checked = check(&file, ctx.signer.as_ref().map(signer::Signer::public_key));
    let mut faults = checked.faults;
    faults.extend(changed_since(&file.dossier, now));
    let record = checked.record.map(|r| (r.verifier_name, r.verifier_email, r.verifier_organisation));
    Ok(Signed {
        at: signature.signed_at,
        by: record.unwrap_or_default(),
        dossier_sha256: canonical::sha256(&file.dossier),
        public_key: hex::encode(&signature.public_key),
        faults,
    })
}

fn invitation(v: &Verification, now: chrono::DateTime<chrono::Utc>, may_withdraw: bool) -> Invitation {
    Invitation {
        id: v.id,
        firm: v.firm_name.clone(),
        email: v.email.clone(),
        invited_by: v.invited_by_name.clone(),
        invited_side: v.invited_side,
        created_at: v.created_at,
        expires_at: v.expires_at,
        withdrawn_at: v.withdrawn_at,
        open: v.is_open(now),
        may_withdraw: may_withdraw && v.is_open(now),
    }
}
