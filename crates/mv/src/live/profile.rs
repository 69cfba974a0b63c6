//! How a day's counterfactual is spread over its quarter hours: by the baseline's use at each local quarter hour, with
//! light and without.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::stats;

/// Quarter hours of a day of 24 hours.
pub const QUARTERS: usize = 96;

/// A quarter hour of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarter {
    /// By the local clock, 0 for midnight to 95. On the day when clocks go back some are there twice.
    pub of_day: usize,
    /// Whether lights are on; false without a schedule.
    pub lit: bool,
}

/// Mean use in each quarter hour, meter units per quarter hour, without and with light.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Profile {
    dark: Vec<f64>,
    lit: Vec<f64>,
}

/// Why a day cannot be spread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a quarter hour of the day is {0}; 0 to 95 are known")]
pub struct NoSuchQuarter(pub usize);

impl Profile {
    /// From the baseline's readings. A quarter hour not seen in a state takes the mean of that state; a state not seen, the
    /// use of the other one. Negative and unknown readings do not count; without any, all quarter hours are equal.
    pub fn of(readings: impl IntoIterator<Item = (Quarter, f64)>) -> Self {
        let mut sums = [[(0.0_f64, 0.0_f64); QUARTERS]; 2];
        for (quarter, used) in readings {
            let slot = sums[usize::from(quarter.lit)].get_mut(quarter.of_day);
            if let Some((sum, count)) = slot.filter(|_| used.is_finite() && used >= 0.0) {
                *sum += used;
                *count += 1.0;
            }
        }
        let means = |state: &[(f64, f64); QUARTERS]| {
            let known: Vec<Option<f64>> = state.iter().map(|(s, n)| (*n > 0.0).then(|| s / n)).collect();
            let usual = stats::mean(&known.iter().copied().flatten().collect::<Vec<_>>());
            usual.is_finite().then(|| known.iter().map(|v| v.unwrap_or(usual)).collect::<Vec<f64>>())
        };
        let (dark, lit) = (means(&sums[0]), means(&sums[1]));
        let even = vec![1.0; QUARTERS];
        let either = dark.clone().or_else(|| lit.clone()).unwrap_or(even);
        Self { dark: dark.unwrap_or_else(|| either.clone()), lit: lit.unwrap_or(either) }
    }

    /// Weights of a day's quarter hours, in its order: 92 or 100 of them where clocks change. They need not add up to 1;
    /// all 0 where the baseline used nothing then, which a spread takes as equal.
    pub fn weights(&self, day: &[Quarter]) -> Result<Vec<f64>, NoSuchQuarter> {
        let weight = |quarter: &Quarter| {
            let state = if quarter.lit { &self.lit } else { &self.dark };
            state.get(quarter.of_day).copied().ok_or(NoSuchQuarter(quarter.of_day))
        };
        day.iter().map(weight).collect()
    }
}

/// Parts of `total` in proportion to weights, each in whole millionths of a meter unit; they add up to `total` rounded to
/// millionths. Equal where no weight is positive.
pub fn spread(total: f64, weights: &[f64]) -> Vec<f64> {
    let even = vec![1.0; weights.len()];
    let positive = weights.iter().any(|w| *w > 0.0) && weights.iter().all(|w| w.is_finite() && *w >= 0.0);
    let weights = if positive { weights } else { &even };
    let all = stats::sum(weights.iter().copied());
    let (mut passed, mut before) = (0.0, 0.0);
    let mut parts = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        passed += weight;
        let share = if index + 1 == weights.len() { 1.0 } else { passed / all };
        // Whole numbers below 2⁵³, whose differences are exact.
        let until = (total * share * super::MICRO).round();
        parts.push((until - before) / super::MICRO);
        before = until;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Lights from 18:00 to 06:00 use 3, the rest 1.
    fn profile() -> Profile {
        let lit = |q: usize| !(24..72).contains(&q);
        let used = |q: usize| if lit(q) { 3.0 } else { 1.0 };
        Profile::of((0..QUARTERS).map(|q| (Quarter { of_day: q, lit: lit(q) }, used(q))))
    }

    #[test]
    fn light_moves_use_with_it() {
        let day = [Quarter { of_day: 40, lit: false }, Quarter { of_day: 40, lit: true }];
        assert_eq!(profile().weights(&day), Ok(vec![1.0, 3.0]), "10:00 was never lit: the mean of lit hours");
        let wrong = [Quarter { of_day: 96, lit: false }];
        assert_eq!(profile().weights(&wrong), Err(NoSuchQuarter(96)));
        assert_eq!(Profile::of([]).weights(&day), Ok(vec![1.0, 1.0]));
    }

    #[test]
    fn a_day_of_23_hours_is_spread_wholly() {
        let day: Vec<Quarter> =
            (0..96).filter(|q| !(8..12).contains(q)).map(|q| Quarter { of_day: q, lit: false }).collect();
        let parts = spread(92.0, &profile().weights(&day).unwrap());
        assert_eq!(parts.len(), 92);
        assert!(parts.iter().all(|p| (p - 1.0).abs() < 1.1) && (stats::sum(parts) - 92.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn parts_add_up(total in -1e6_f64..1e6, weights in prop::collection::vec(0.0_f64..10.0, 1..100)) {
            let micro = |v: f64| (v * 1e6).round();
            let parts = spread(total, &weights);
            prop_assert_eq!(parts.iter().map(|p| micro(*p)).sum::<f64>(), micro(total));
        }
    }
}
