//! Baselines: what they are of, where they stand, and who may move them on.

pub mod view;

use crate::access::{OrganisationKind, Principal};
use crate::id::{FacilityId, OrganisationId};
use crate::names::names;

#[cfg(test)]
mod tests;

names! {
    /// What a baseline, and a day's performance, is of.
    MetricType {
        /// kWh of the main meters.
        Electricity = "electricity", "Electricity";
        /// kWh of gas.
        Gas = "gas", "Gas";
        /// m³.
        Water = "water", "Water";
        /// Highest quarter hour of the day, kW.
        PeakDemand = "peak_demand", "Peak demand";
        /// Harvested, kg.
        Yield = "yield", "Yield";
    }
}

impl MetricType {
    /// Unit of a day's value.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Electricity | Self::Gas => "kWh",
            Self::Water => "m³",
            Self::PeakDemand => "kW",
            Self::Yield => "kg",
        }
    }
}

names! {
    /// What a baseline rests on.
    BaselineSource {
        /// Models fitted to what the facility's own meters measured.
        Meters = "meters", "Meters of the facility";
        /// Models fitted to daily rows that a request brought along.
        Given = "given", "Rows given in a request";
        /// A value that the parties state; nothing was fitted.
        Stated = "stated", "Stated value";
    }
}

names! {
    /// Where a baseline stands.
    BaselineState {
        /// Fitted; candidates are compared.
        Draft = "draft", "Draft";
        /// One candidate was picked and handed in for verification.
        Submitted = "submitted", "Submitted";
        /// A verifier is looking at it.
        InVerification = "in_verification", "In verification";
        /// A verifier has signed it.
        Verified = "verified", "Verified";
        /// A verifier wants something changed first.
        ChangesRequested = "changes_requested", "Changes requested";
        /// A verifier refused it. It stays as it is; a new one takes its place.
        Rejected = "rejected", "Rejected";
        /// Savings are measured against it.
        Active = "active", "Active";
        /// A later one is active.
        Superseded = "superseded", "Superseded";
    }
}

names! {
    /// On whose behalf somebody acts at a facility.
    Party {
        /// Is paid a share of the savings.
        Vendor = "vendor", "Vendor";
        /// Pays it.
        Customer = "customer", "Customer";
        /// Neither: attests.
        Verifier = "verifier", "Verifier";
    }
}

impl Party {
    /// The side a person is on at a facility of `organisation`; none for strangers. Who is on a paying or paid side
    /// is never a verifier, whatever else they hold.
    pub fn of(person: &Principal, organisation: OrganisationId, facility: FacilityId) -> Option<Self> {
        let kinds = person
            .grants
            .iter()
            .filter(|g| g.organisation == organisation)
            .filter(|g| g.facilities.as_ref().is_none_or(|named| named.contains(&facility)))
            .map(|g| g.role.kind());
        let rank = |kind: &OrganisationKind| match kind {
            OrganisationKind::Vendor => 0,
            OrganisationKind::Customer => 1,
            OrganisationKind::Verifier => 2,
        };
        kinds.min_by_key(rank).map(|kind| match kind {
            OrganisationKind::Vendor => Self::Vendor,
            OrganisationKind::Customer => Self::Customer,
            OrganisationKind::Verifier => Self::Verifier,
        })
    }
}

names! {
    /// A step on a baseline's way.
    Step {
        /// Hand the picked candidate in.
        Submit = "submit", "Submit for verification";
        /// Take it back before a verifier began.
        Withdraw = "withdraw", "Withdraw";
        /// A verifier begins.
        Begin = "begin", "Begin verification";
        /// A verifier signs.
        Verify = "verify", "Sign and verify";
        /// A verifier asks for changes.
        RequestChanges = "request_changes", "Request changes";
        /// A verifier refuses.
        Reject = "reject", "Reject";
        /// Work on it again after changes were requested.
        Rework = "rework", "Work on it again";
        /// The other party accepts it: savings count from now on.
        Activate = "activate", "Accept and activate";
        /// A later baseline took its place; done by activating that one, never by hand.
        Supersede = "supersede", "Supersede";
    }
}

/// Why a step is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not from this state.
    #[error("A baseline that is {} cannot take the step “{}”.", .0.label().to_lowercase(), .1.label())]
    State(BaselineState, Step),
    /// Not by this side.
    #[error("“{}” is not for the {} to do.", .1.label(), .0.label().to_lowercase())]
    Party(Party, Step),
    /// The side that submitted may not accept as well.
    #[error("The {} submitted this baseline, so the other side has to accept it.", .0.label().to_lowercase())]
    OwnSide(Party),
}

/// The one way from state to state. `submitted_by` is the side that handed it in, none before.
///
/// # Errors
/// [`Refused`] says why the step is not possible.
pub fn transition(
    state: BaselineState,
    step: Step,
    party: Party,
    submitted_by: Option<Party>,
) -> Result<BaselineState, Refused> {
    use BaselineState as S;
    use Step as T;
    let next = match (state, step) {
        (S::Draft, T::Submit) => S::Submitted,
        (S::Submitted, T::Withdraw) | (S::ChangesRequested, T::Rework) => S::Draft,
        (S::Submitted, T::Begin) => S::InVerification,
        (S::InVerification, T::Verify) => S::Verified,
        (S::Submitted | S::InVerification, T::RequestChanges) => S::ChangesRequested,
        (S::Submitted | S::InVerification, T::Reject) => S::Rejected,
        (S::Verified, T::Activate) => S::Active,
        (S::Active, T::Supersede) => S::Superseded,
        _ => return Err(Refused::State(state, step)),
    };
    let by_verifier = matches!(step, T::Begin | T::Verify | T::RequestChanges | T::Reject);
    if by_verifier != (party == Party::Verifier) {
        return Err(Refused::Party(party, step));
    }
    if step == T::Activate && submitted_by.is_none_or(|side| side == party) {
        return Err(Refused::OwnSide(party));
    }
    Ok(next)
}
