//! Why one month saved more than another: a waterfall of causes that adds up.

use crate::names::names;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// What changes savings from one month to another, in the order it is shown.
    Cause {
        /// Outdoor conditions.
        Weather = "weather", "Weather";
        /// Hours of light and the stage of the crop.
        Photoperiod = "photoperiod", "Light and crop stage";
        /// Area that is grown on.
        Production = "production", "Canopy";
        /// Prices.
        Tariff = "tariff", "Tariff";
        /// What the equipment needs and how it is run.
        Equipment = "equipment", "Equipment and operation";
        /// Days of the month, and how many of them are measured.
        Days = "days", "Days and coverage";
        /// What no cause accounts for.
        Unexplained = "unexplained", "Unexplained";
    }
}

/// The savings of a month and what contributed to them, all in one unit or currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// Baseline − actual of the month.
    pub savings: Decimal,
    /// What each cause adds to them, compared with anything that is the same for both months; a cause that comes twice
    /// counts with its sum.
    pub contributions: Vec<(Cause, Decimal)>,
}

/// A step of the waterfall.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Why.
    pub cause: Cause,
    /// How much it changes savings; above nothing, more is saved.
    pub amount: Decimal,
    /// Savings before the step: of the first month before the first step.
    pub before: Decimal,
    /// Savings after the step: of the second month after the last step.
    pub after: Decimal,
}

/// What changed savings between two months: a step for every cause named in either, zero or not, in the order of the
/// causes, and at last what they leave unexplained. The steps add up to the difference to the last digit.
///
/// A cause that one month does not name contributes nothing to it. So changes that were computed for the pair of months
/// may be given as the contributions of `to` alone. What is given as unexplained is computed anew.
pub fn explain(from: &Parts, to: &Parts) -> Vec<Step> {
    let mut running = from.savings;
    let mut step = |cause: Cause, amount: Decimal| {
        let before = running;
        running += amount;
        Step { cause, amount, before, after: running }
    };
    let explained = Cause::ALL.iter().filter(|cause| **cause != Cause::Unexplained);
    let mut steps: Vec<Step> = explained
        .filter_map(|cause| {
            let (old, new) = (total(from, *cause), total(to, *cause));
            let named = old.is_some() || new.is_some();
            named.then(|| step(*cause, new.unwrap_or_default() - old.unwrap_or_default()))
        })
        .collect();
    let explained: Decimal = steps.iter().map(|step| step.amount).sum();
    steps.push(step(Cause::Unexplained, to.savings - from.savings - explained));
    steps
}

/// All contributions of a cause; none where it is not named.
fn total(parts: &Parts, cause: Cause) -> Option<Decimal> {
    parts
        .contributions
        .iter()
        .filter(|(named, _)| *named == cause)
        .map(|(_, amount)| *amount)
        .reduce(|a, b| a + b)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(cents: i64, contributions: &[(Cause, i64)]) -> Parts {
        let money = |cents: i64| Decimal::new(cents, 2);
        let contributions = contributions.iter().map(|(cause, cents)| (*cause, money(*cents))).collect();
        Parts { savings: money(cents), contributions }
    }

    #[test]
    fn steps_lead_from_one_month_to_the_other() {
        let from =
            parts(100_000, &[(Cause::Tariff, 5_000), (Cause::Weather, 2_000), (Cause::Unexplained, 77)]);
        let to = parts(
            120_001,
            &[(Cause::Days, 3_000), (Cause::Weather, -1_000), (Cause::Tariff, 5_000), (Cause::Days, 4_000)],
        );
        let found = explain(&from, &to);
        let cents: Vec<_> = found.iter().map(|s| (s.cause, s.amount * Decimal::from(100))).collect();
        // By hand: −10 − 20 = −30; 50 − 50 = 0, kept; 30 + 40 = 70; 200.01 − (−30 + 0 + 70) = 160.01.
        let expected = [
            (Cause::Weather, -3_000),
            (Cause::Tariff, 0),
            (Cause::Days, 7_000),
            (Cause::Unexplained, 16_001),
        ];
        assert_eq!(cents, expected.map(|(cause, cents)| (cause, Decimal::from(cents))));
        assert_eq!((found[0].before, found[3].after), (from.savings, to.savings));
        assert!(found.windows(2).all(|pair| pair[0].after == pair[1].before));
        assert_eq!(explain(&from, &from).last().map(|s| s.amount), Some(Decimal::ZERO));
    }

    proptest! {
        #[test]
        fn steps_add_up(
            savings in (-99_999_i64..99_999, -99_999_i64..99_999),
            old in prop::collection::vec((0_usize..7, -9_999_i64..9_999), 0..9),
            new in prop::collection::vec((0_usize..7, -9_999_i64..9_999), 0..9),
        ) {
            let named = |list: &[(usize, i64)]| list.iter().map(|(n, c)| (Cause::ALL[*n], *c)).collect::<Vec<_>>();
            let (from, to) = (parts(savings.0, &named(&old)), parts(savings.1, &named(&new)));
            let found = explain(&from, &to);
            prop_assert_eq!(found.iter().map(|s| s.amount).sum::<Decimal>(), to.savings - from.savings);
            prop_assert!(found.is_sorted_by(|a, b| a.cause < b.cause));
            for (cause, _) in from.contributions.iter().chain(&to.contributions) {
                prop_assert!(found.iter().any(|s| s.cause == *cause));
            }
        }
    }
}
