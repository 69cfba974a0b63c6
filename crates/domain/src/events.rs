//! Non-routine events: changes that neither weather nor production explains and that no measure made, agreed between both
//! parties before savings are adjusted for them (IPMVP application guide on non-routine events and adjustments, 2020).

pub mod view;

use crate::baseline::{MetricType, Party};
use crate::id::EventId;
use crate::names::names;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Longest time an agreed event adjusts savings, days: what lasts longer belongs into a new baseline.
pub const DAYS_MAX: i64 = 366;

names! {
    /// Where an event stands.
    EventState {
        /// Described; nobody has put a figure on it.
        Draft = "draft", "Draft";
        /// One side has put a figure on it; the other has to answer.
        Proposed = "proposed", "Proposed";
        /// Both sides agree: savings are adjusted until it expires.
        Agreed = "agreed", "Agreed";
        /// The other side does not agree; new figures may be proposed.
        Refused = "refused", "Refused";
        /// Taken back by the side that brought it up.
        Withdrawn = "withdrawn", "Withdrawn";
    }
}

names! {
    /// A step on an event's way.
    EventStep {
        /// Put figures on it.
        Propose = "propose", "Propose these figures";
        /// Agree to the figures of the other side.
        Agree = "agree", "Agree to these figures";
        /// Do not agree to them.
        Refuse = "refuse", "Refuse";
        /// Take it back.
        Withdraw = "withdraw", "Withdraw";
    }
}

names! {
    /// How an event is quantified, in order of preference.
    EventMethod {
        /// A sub-meter measured it.
        SubMeter = "sub_meter", "A sub-meter measured it";
        /// The baseline's model with a variable that is 1 during the event.
        Indicator = "indicator", "The model, with an indicator of its days";
        /// An engineering estimate.
        Estimate = "estimate", "An engineering estimate";
        /// Its days are left out.
        Exclusion = "exclusion", "Its days are left out";
    }
}

/// What an event comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// How they were found.
    pub method: EventMethod,
    /// Above usual, the metric's unit per day; positive raised use, and taking it out raises savings.
    pub per_day: Decimal,
    /// Half-width of its two-sided 90 % interval.
    pub half_width: Decimal,
    /// In words, with the reason.
    pub how: String,
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Identifier.
    pub id: EventId,
    /// What it changed.
    pub metric_type: MetricType,
    /// What happened, in a few words.
    pub title: String,
    /// First local day.
    pub start: NaiveDate,
    /// Local day after the last; none while it lasts.
    pub until: Option<NaiveDate>,
    /// Local day from which it adjusts nothing any more.
    pub expires_on: NaiveDate,
    /// Where it stands.
    pub state: EventState,
    /// The side that brought it up, and since figures were proposed the side that did.
    pub proposed_by: Party,
    /// The figures that are agreed or proposed.
    pub figures: Option<Figures>,
    /// When it was brought up.
    pub created_at: DateTime<Utc>,
    /// Who brought it up.
    pub created_by: String,
}

impl Event {
    /// The local days that it covers until it expires, half-open.
    pub fn days(&self) -> Range<NaiveDate> {
        self.start..self.until.map_or(self.expires_on, |until| until.min(self.expires_on))
    }

    /// The local days whose savings it adjusts; none unless both sides agree.
    pub fn adjusts(&self) -> Option<Range<NaiveDate>> {
        (self.state == EventState::Agreed).then(|| self.days())
    }

    /// What is wrong with its days: the field, and a sentence.
    ///
    /// # Errors
    /// The first of them.
    pub fn check_days(
        start: NaiveDate,
        until: Option<NaiveDate>,
        expires_on: NaiveDate,
    ) -> Result<(), (&'static str, String)> {
        if until.is_some_and(|until| until <= start) {
            return Err(("until", "The event ends after its first day.".to_owned()));
        }
        if expires_on <= start {
            return Err(("expires_on", "It adjusts at least its first day.".to_owned()));
        }
        if expires_on > start + TimeDelta::days(DAYS_MAX) {
            return Err((
                "expires_on",
                format!("It adjusts at most {DAYS_MAX} days; what lasts longer belongs into a new baseline."),
            ));
        }
        Ok(())
    }
}

/// Why a step is not possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Not from this state.
    #[error("An event that is {} cannot take the step “{}”.", .0.label().to_lowercase(), .1.label())]
    State(EventState, EventStep),
    /// Not by this side.
    #[error("“{}” is not for the {} to do.", .1.label(), .0.label().to_lowercase())]
    Party(Party, EventStep),
    /// The side that proposed may not agree as well.
    #[error("The {} proposed these figures, so the other side has to answer.", .0.label().to_lowercase())]
    OwnSide(Party),
}

/// The one way from state to state. `proposed_by` is the side of [`Event::proposed_by`].
///
/// # Errors
/// [`Refused`] says why the step is not possible.
pub fn transition(
    state: EventState,
    step: EventStep,
    party: Party,
    proposed_by: Party,
) -> Result<EventState, Refused> {
    use EventState as S;
    if party == Party::Verifier {
        return Err(Refused::Party(party, step));
    }
    let other = || if party == proposed_by { Err(Refused::OwnSide(party)) } else { Ok(()) };
    match (state, step) {
        // New figures are a new question to the other side, whatever it said before.
        (S::Draft | S::Proposed | S::Refused, EventStep::Propose) => Ok(S::Proposed),
        (S::Proposed, EventStep::Agree) => other().map(|()| S::Agreed),
        (S::Proposed, EventStep::Refuse) => other().map(|()| S::Refused),
        (S::Draft | S::Proposed | S::Refused, EventStep::Withdraw) if party == proposed_by => {
            Ok(S::Withdrawn)
        }
        (S::Draft | S::Proposed | S::Refused, EventStep::Withdraw) => Err(Refused::Party(party, step)),
        _ => Err(Refused::State(state, step)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_have_to_want_the_same_figures() {
        use EventState as S;
        use EventStep as T;
        let (vendor, customer) = (Party::Vendor, Party::Customer);
        assert_eq!(transition(S::Draft, T::Propose, vendor, vendor), Ok(S::Proposed));
        assert_eq!(transition(S::Proposed, T::Agree, vendor, vendor), Err(Refused::OwnSide(vendor)));
        assert_eq!(transition(S::Proposed, T::Agree, customer, vendor), Ok(S::Agreed));
        // The customer answers with figures of their own: now the vendor has to agree.
        assert_eq!(transition(S::Proposed, T::Propose, customer, vendor), Ok(S::Proposed));
        assert_eq!(transition(S::Proposed, T::Agree, customer, customer), Err(Refused::OwnSide(customer)));
        assert_eq!(transition(S::Refused, T::Propose, vendor, vendor), Ok(S::Proposed));
        assert!(transition(S::Proposed, T::Withdraw, customer, vendor).is_err());
    }

    #[test]
    fn what_is_settled_stays_and_verifiers_only_look() {
        for state in [EventState::Agreed, EventState::Withdrawn] {
            for &step in EventStep::ALL {
                for party in [Party::Vendor, Party::Customer] {
                    assert_eq!(
                        transition(state, step, party, Party::Vendor),
                        Err(Refused::State(state, step))
                    );
                }
            }
        }
        for &state in EventState::ALL {
            for &step in EventStep::ALL {
                assert!(transition(state, step, Party::Verifier, Party::Vendor).is_err());
            }
        }
    }

    #[test]
    fn an_event_adjusts_until_it_ends_or_expires() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let mut event = Event {
            id: uuid::Uuid::nil().into(),
            metric_type: MetricType::Electricity,
            title: "A new chiller".to_owned(),
            start: day("2026-03-01"),
            until: None,
            expires_on: day("2026-06-01"),
            state: EventState::Proposed,
            proposed_by: Party::Vendor,
            figures: None,
            created_at: DateTime::UNIX_EPOCH,
            created_by: "A".to_owned(),
        };
        assert_eq!(event.adjusts(), None);
        event.state = EventState::Agreed;
        assert_eq!(event.adjusts(), Some(day("2026-03-01")..day("2026-06-01")));
        event.until = Some(day("2026-04-01"));
        assert_eq!(event.adjusts(), Some(day("2026-03-01")..day("2026-04-01")));
        assert!(Event::check_days(day("2026-03-01"), None, day("2027-03-02")).is_ok());
        assert_eq!(
            Event::check_days(day("2026-03-01"), None, day("2027-03-03")).unwrap_err().0,
            "expires_on"
        );
        assert_eq!(
            Event::check_days(day("2026-03-01"), Some(day("2026-03-01")), day("2026-04-01")).unwrap_err().0,
            "until"
        );
    }
}
