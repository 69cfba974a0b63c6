//! Baselines: what they are of, where they stand, and who may move them on.

pub mod view;

use crate::access::{OrganisationKind, Principal};
use crate::id::{FacilityId, OrganisationId};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// Implements `ALL`, the wire name and its inverse.
macro_rules! names {
    ($type:ident: $($variant:ident => $name:literal),+ $(,)?) => {
        impl $type {
            /// Every one.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name used in the database and on the wire.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $name),+
                }
            }

            /// The one with this wire name.
            pub fn parse(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str() == name)
            }
        }
    };
}

/// What a baseline, and a day's performance, is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MetricType {
    /// kWh of the main meters.
    Electricity,
    /// kWh of gas.
    Gas,
    /// m³.
    Water,
    /// Highest quarter hour of the day, kW.
    PeakDemand,
    /// Harvested, kg.
    Yield,
}

names!(MetricType: Electricity => "electricity", Gas => "gas", Water => "water", PeakDemand => "peak_demand", Yield => "yield");

impl MetricType {
    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Electricity => "Electricity",
            Self::Gas => "Gas",
            Self::Water => "Water",
            Self::PeakDemand => "Peak demand",
            Self::Yield => "Yield",
        }
    }

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

/// Where a baseline stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BaselineState {
    /// Fitted; candidates are compared.
    Draft,
    /// One candidate was picked and handed in for verification.
    Submitted,
    /// A verifier is looking at it.
    InVerification,
    /// A verifier has signed it.
    Verified,
    /// A verifier wants something changed first.
    ChangesRequested,
    /// A verifier refused it. It stays as it is; a new one takes its place.
    Rejected,
    /// Savings are measured against it.
    Active,
    /// A later one is active.
    Superseded,
}

names!(BaselineState:
    Draft => "draft", Submitted => "submitted", InVerification => "in_verification", Verified => "verified",
    ChangesRequested => "changes_requested", Rejected => "rejected", Active => "active", Superseded => "superseded",
);

impl BaselineState {
    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Submitted => "Submitted",
            Self::InVerification => "In verification",
            Self::Verified => "Verified",
            Self::ChangesRequested => "Changes requested",
            Self::Rejected => "Rejected",
            Self::Active => "Active",
            Self::Superseded => "Superseded",
        }
    }
}

/// On whose behalf somebody acts at a facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// Is paid a share of the savings.
    Vendor,
    /// Pays it.
    Customer,
    /// Neither: attests.
    Verifier,
}

names!(Party: Vendor => "vendor", Customer => "customer", Verifier => "verifier");

impl Party {
    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Vendor => "Vendor",
            Self::Customer => "Customer",
            Self::Verifier => "Verifier",
        }
    }

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

/// A step on a baseline's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Hand the picked candidate in.
    Submit,
    /// Take it back before a verifier began.
    Withdraw,
    /// A verifier begins.
    Begin,
    /// A verifier signs.
    Verify,
    /// A verifier asks for changes.
    RequestChanges,
    /// A verifier refuses.
    Reject,
    /// Work on it again after changes were requested.
    Rework,
    /// The other party accepts it: savings count from now on.
    Activate,
    /// A later baseline took its place; done by activating that one, never by hand.
    Supersede,
}

names!(Step:
    Submit => "submit", Withdraw => "withdraw", Begin => "begin", Verify => "verify", RequestChanges => "request_changes",
    Reject => "reject", Rework => "rework", Activate => "activate", Supersede => "supersede",
);

impl Step {
    /// Human name for buttons.
    pub fn label(self) -> &'static str {
        match self {
            Self::Submit => "Submit for verification",
            Self::Withdraw => "Withdraw",
            Self::Begin => "Begin verification",
            Self::Verify => "Sign and verify",
            Self::RequestChanges => "Request changes",
            Self::Reject => "Reject",
            Self::Rework => "Work on it again",
            Self::Activate => "Accept and activate",
            Self::Supersede => "Supersede",
        }
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
