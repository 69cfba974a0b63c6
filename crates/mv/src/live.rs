//! Savings to date, moved by one interval at a time.
//!
//! Totals are whole millionths of a meter unit (of a kWh: mWh), so that they do not depend on the order of intervals, a
//! corrected interval is exactly the old one out and the new one in, and ten years cost no more than a month.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::assessment::Interval;
use crate::uncertainty::hac::ErrorModel;

/// Millionths in a unit.
const MICRO: f64 = 1e6;
/// What an amount has to stay below: every sum that is not further off is exact.
const AMOUNT_MAX: f64 = 9e15;
/// How the interval of [`Running::figure`] is made.
pub const METHOD: &str = "Newey-West prediction variance";

/// Why an interval cannot be counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CountError {
    /// Not a number, or beyond what can be summed exactly.
    #[error("an amount is not a number or is beyond 9 000 000 000 meter units: check its unit")]
    Amount,
    /// Variables of another model.
    #[error("the interval has variables of another model: compute it with the model of these totals")]
    Variables,
}

/// What one day, or a part of it, adds. Keep it beside the interval, to take it out when a correction comes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contribution {
    /// Millionths of a meter unit.
    counterfactual: i64,
    observed: i64,
    /// Millionths of a day.
    days: i64,
    /// The model's variables, the constant first, in millionths.
    variables: Vec<i64>,
}

impl Contribution {
    /// Of a day (`share` 1) or the part `share` of it: its counterfactual and observed amounts in meter units, and the
    /// variables of the **whole** day as [`crate::baseline::Model::variables`] tells them.
    pub fn new(
        counterfactual: f64,
        observed: f64,
        share: f64,
        variables: &[f64],
    ) -> Result<Self, CountError> {
        Ok(Self {
            counterfactual: micro(counterfactual)?,
            observed: micro(observed)?,
            days: micro(share)?,
            variables: variables.iter().map(|v| micro(v * share)).collect::<Result<_, _>>()?,
        })
    }
}

/// An amount in whole millionths; half a millionth goes away from zero.
fn micro(value: f64) -> Result<i64, CountError> {
    let scaled = (value * MICRO).round();
    if scaled.abs() < AMOUNT_MAX {
        #[expect(clippy::cast_possible_truncation, reason = "whole, and within the range just checked")]
        return Ok(scaled as i64);
    }
    Err(CountError::Amount)
}

/// Savings to date with all that their interval needs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Intervals counted.
    pub intervals: u64,
    counterfactual: i64,
    observed: i64,
    days: i64,
    variables: Vec<i64>,
}

/// Savings to date. Energies in meter units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Days counted; parts of a day count in part.
    pub days: f64,
    /// What the baseline model expects.
    pub counterfactual: f64,
    /// What was measured.
    pub observed: f64,
    /// Counterfactual − observed.
    pub savings: f64,
    /// Savings over counterfactual; none where nothing is expected.
    pub savings_fraction: Option<f64>,
    /// Two-sided, on savings; none without a day.
    pub interval: Option<Interval>,
}

impl Running {
    /// Totals of these contributions: the same as adding them one by one in any order.
    pub fn of<'a>(all: impl IntoIterator<Item = &'a Contribution>) -> Result<Self, CountError> {
        all.into_iter().try_fold(Self::default(), |mut totals, one| totals.add(one).map(|()| totals))
    }

    /// Counts one more.
    pub fn add(&mut self, one: &Contribution) -> Result<(), CountError> {
        *self = self.moved(one, 1)?;
        Ok(())
    }

    /// Takes one out that was counted.
    pub fn remove(&mut self, one: &Contribution) -> Result<(), CountError> {
        *self = self.moved(one, -1)?;
        Ok(())
    }

    /// Puts a corrected interval in the place of the one that was counted. On an error nothing has changed.
    pub fn replace(&mut self, old: &Contribution, new: &Contribution) -> Result<(), CountError> {
        *self = self.moved(old, -1)?.moved(new, 1)?;
        Ok(())
    }

    fn moved(&self, one: &Contribution, sign: i64) -> Result<Self, CountError> {
        let sum = |a: i64, b: i64| a.checked_add(sign * b).ok_or(CountError::Amount);
        let intervals = self.intervals.checked_add_signed(sign).ok_or(CountError::Amount)?;
        let width = one.variables.len();
        let known = if self.variables.is_empty() { vec![0; width] } else { self.variables.clone() };
        if known.len() != width {
            return Err(CountError::Variables);
        }
        Ok(Self {
            intervals,
            counterfactual: sum(self.counterfactual, one.counterfactual)?,
            observed: sum(self.observed, one.observed)?,
            days: sum(self.days, one.days)?,
            variables: known
                .iter()
                .zip(&one.variables)
                .map(|(a, b)| sum(*a, *b))
                .collect::<Result<_, _>>()?,
        })
    }

    /// Savings to date with their interval at `confidence`.
    pub fn figure(&self, errors: Option<&ErrorModel>, confidence: f64) -> Figure {
        let units = |micro: i64| micro as f64 / MICRO;
        let (days, counterfactual) = (units(self.days), units(self.counterfactual));
        let savings = units(self.counterfactual - self.observed);
        let sums: Vec<f64> = self.variables.iter().map(|v| units(*v)).collect();
        let band = errors.and_then(|errors| errors.band(&sums, days, confidence));
        Figure {
            days,
            counterfactual,
            observed: units(self.observed),
            savings,
            savings_fraction: Some(savings / counterfactual).filter(|v| v.is_finite()),
            interval: band.map(|band| Interval {
                low: savings - band,
                high: savings + band,
                confidence,
                method: METHOD,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn errors() -> ErrorModel {
        let variables: Vec<Vec<f64>> = (0..60).map(|i| vec![1.0, f64::from(i % 7)]).collect();
        let residuals: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 11) - 5.0).collect();
        ErrorModel::new(&variables, &residuals).unwrap()
    }

    #[test]
    fn totals_are_as_by_hand() {
        let day = Contribution::new(100.5, 80.25, 1.0, &[1.0, 12.0]).unwrap();
        let quarter = Contribution::new(1.000_000_4, 0.5, 0.25, &[1.0, 8.0]).unwrap();
        let running = Running::of([&day, &quarter]).unwrap();
        let figure = running.figure(Some(&errors()), 0.9);
        assert_eq!((figure.days, figure.counterfactual, figure.observed), (1.25, 101.5, 80.75));
        assert_eq!(figure.savings, 20.75);
        let band = errors().band(&[1.25, 14.0], 1.25, 0.9).unwrap();
        assert_eq!(figure.interval.unwrap().high, 20.75 + band);
        assert_eq!(Running::default().figure(Some(&errors()), 0.9).interval, None);
    }

    #[test]
    fn what_cannot_be_summed_exactly_is_refused() {
        assert_eq!(Contribution::new(f64::NAN, 1.0, 1.0, &[]), Err(CountError::Amount));
        assert_eq!(Contribution::new(1e10, 1.0, 1.0, &[]), Err(CountError::Amount));
        let one = Contribution::new(1.0, 1.0, 1.0, &[1.0]).unwrap();
        let other = Contribution::new(1.0, 1.0, 1.0, &[1.0, 2.0]).unwrap();
        let mut running = Running::of([&one]).unwrap();
        assert_eq!(running.add(&other), Err(CountError::Variables));
        assert_eq!(running, Running::of([&one]).unwrap());
        assert_eq!(Running::default().remove(&one), Err(CountError::Amount));
    }

    proptest! {
        /// One by one, at once, in another order, and after a correction of a correction: the same bits.
        #[test]
        fn increments_are_the_batch(
            values in prop::collection::vec((0.0_f64..1e6, -1e4_f64..1e6, 0.0_f64..1e5), 2..80),
            late in any::<prop::sample::Index>(),
        ) {
            let all: Vec<Contribution> =
                values.iter().map(|(c, o, x)| Contribution::new(*c, *o, 1.0, &[1.0, *x]).unwrap()).collect();
            let batch = Running::of(&all).unwrap();
            let mut running = Running::default();
            all.iter().for_each(|one| running.add(one).unwrap());
            prop_assert_eq!(&running, &batch);
            prop_assert_eq!(&Running::of(all.iter().rev()).unwrap(), &batch);
            let old = late.get(&all);
            let wrong = Contribution::new(1.0 / 3.0, 1e5 / 7.0, 1.0, &[1.0, 0.1]).unwrap();
            running.replace(old, &wrong).unwrap();
            prop_assert_ne!(&running, &batch);
            running.replace(&wrong, old).unwrap();
            let bits = |r: &Running| serde_json::to_string(&r.figure(Some(&errors()), 0.9)).unwrap();
            prop_assert_eq!(bits(&running), bits(&batch));
        }
    }
}
