//! Candidates of non-routine events: stretches of the reporting period whose savings differ from the rest in a way that
//! weather and production do not explain.
//!
//! Change points by PELT (Killick and others 2012) in the mean of observed against expected, a penalty of BIC type
//! widened for the memory of the residuals, at least seven days between changes. What is found is a question to both
//! parties (IPMVP guide on non-routine events, 2020), never an adjustment.

pub mod scan;

use chrono::NaiveDate;

use crate::assessment::NreCandidate;
use crate::metrics::FitMetrics;
use crate::stats;

/// Fewest days between changes.
const DAYS_MIN: usize = 7;
/// Penalty per change in units of σ² ln n.
const PENALTY: f64 = 3.0;
/// How far a stretch has to be from the rest, in standard errors of its mean.
const ERRORS_MIN: f64 = 4.0;
/// And as a share of usual use.
const SHARE_MIN: f64 = 0.04;

/// One day of the reporting period.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Savings {
    /// Local date.
    pub date: NaiveDate,
    /// Observed use, meter units.
    pub observed: f64,
    /// What a model expects; what is sought is where observed against expected changes.
    pub counterfactual: f64,
}

/// Stretches that stand out, in order of time. Days have to be in order of time.
pub fn candidates(days: &[Savings], fit: &FitMetrics) -> Vec<NreCandidate> {
    let days: Vec<&Savings> = days.iter().filter(|d| d.counterfactual > 0.0).collect();
    if days.len() < 2 * DAYS_MIN || !(fit.rmse_adjusted.is_finite() && fit.n_prime > 0.0) {
        return Vec::new();
    }
    let usual = stats::mean(&days.iter().map(|d| d.counterfactual).collect::<Vec<_>>());
    // A measure saves about the same share every day.
    let apart = |d: &&Savings| (d.observed / d.counterfactual - 1.0) * usual;
    let values: Vec<f64> = days.iter().map(apart).collect();
    let rho = if fit.autocorrelation.is_finite() { fit.autocorrelation.clamp(0.0, 0.95) } else { 0.0 };
    let inflation = (1.0 + rho) / (1.0 - rho);
    let scatter = (scatter(&values) / (1.0 - rho).sqrt()).max(1e-9 * usual);
    let variance = scatter * scatter * inflation;
    let ends = change_points(&values, PENALTY * variance * libm::log(values.len() as f64));
    let mut stretches: Vec<(usize, usize, f64)> = Vec::new();
    let mut from = 0;
    for to in ends {
        stretches.push((from, to, stats::mean(&values[from..to])));
        from = to;
    }
    let level = usual_level(&stretches);
    let stands_out = |(from, to, mean): &(usize, usize, f64)| {
        let error = (variance / (to - from) as f64).sqrt();
        (mean - level).abs() > (ERRORS_MIN * error).max(SHARE_MIN * usual)
    };
    stretches
        .iter()
        .filter(|stretch| stands_out(stretch))
        .map(|(from, to, mean)| NreCandidate {
            start: days[*from].date,
            end: days[to - 1].date,
            kwh_per_day: mean - level,
        })
        .collect()
}

/// Day-to-day scatter that a change of level does not inflate: from the median of absolute differences between days,
/// which for memory ρ are √(1 − ρ) too small. Divided by √2 for the difference of two, 0.6745 for the median of a normal distribution.
fn scatter(values: &[f64]) -> f64 {
    let steps: Vec<f64> = values.windows(2).map(|w| (w[1] - w[0]).abs()).collect();
    stats::median(&steps) / (0.674_489_75 * std::f64::consts::SQRT_2)
}

/// Mean of the stretch in which the middle day lies when stretches are ordered by their mean.
fn usual_level(stretches: &[(usize, usize, f64)]) -> f64 {
    let mut sorted = stretches.to_vec();
    sorted.sort_by(|a, b| a.2.total_cmp(&b.2));
    let days: usize = sorted.iter().map(|(from, to, _)| to - from).sum();
    let mut seen = 0;
    for (from, to, mean) in sorted {
        seen += to - from;
        if 2 * seen >= days {
            return mean;
        }
    }
    0.0
}

/// Ends (exclusive) of the stretches that minimise squared distance to each stretch's mean plus `penalty` per stretch.
fn change_points(values: &[f64], penalty: f64) -> Vec<usize> {
    let n = values.len();
    let (mut sums, mut squares) = (vec![0.0; n + 1], vec![0.0; n + 1]);
    for (i, v) in values.iter().enumerate() {
        sums[i + 1] = sums[i] + v;
        squares[i + 1] = squares[i] + v * v;
    }
    let cost = |from: usize, to: usize| {
        let sum: f64 = sums[to] - sums[from];
        squares[to] - squares[from] - sum * sum / (to - from) as f64
    };
    let mut best = vec![f64::INFINITY; n + 1];
    best[0] = -penalty;
    let mut before = vec![0; n + 1];
    let mut starts = vec![0];
    for to in DAYS_MIN..=n {
        if to >= 2 * DAYS_MIN {
            starts.push(to - DAYS_MIN);
        }
        for &from in &starts {
            let total = best[from] + cost(from, to) + penalty;
            if total < best[to] {
                best[to] = total;
                before[to] = from;
            }
        }
        // A start that has lost by more than a change could win back cannot win later.
        starts.retain(|from| best[*from] + cost(*from, to) <= best[to] + penalty);
    }
    let mut ends = Vec::new();
    let mut to = n;
    while to > 0 {
        ends.push(to);
        to = before[to];
    }
    ends.reverse();
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(extra: impl Fn(usize) -> f64) -> (Vec<Savings>, FitMetrics) {
        let first: NaiveDate = "2025-01-01".parse().unwrap();
        let noise = |i: usize| ((i * 7919) % 101) as f64 / 10.0 - 5.0;
        let baseline: Vec<f64> = (0..365).map(|i| 100.0 + noise(i)).collect();
        let fit = FitMetrics::new(&baseline, &vec![100.0; 365], 1);
        let day = |(i, date)| Savings { date, observed: 70.0 + noise(i) + extra(i), counterfactual: 100.0 };
        (first.iter_days().take(365).enumerate().map(day).collect(), fit)
    }

    #[test]
    fn a_load_of_ninety_days_is_found_with_dates_and_size() {
        let (days, fit) = days(|i| if (120..210).contains(&i) { 8.0 } else { 0.0 });
        let found = candidates(&days, &fit);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!((found[0].start - days[120].date).num_days().abs() <= 3, "{found:?}");
        assert!((found[0].end - days[209].date).num_days().abs() <= 3, "{found:?}");
        assert!((found[0].kwh_per_day - 8.0).abs() < 1.0);
    }

    #[test]
    fn a_steady_saving_is_no_event() {
        let (days, fit) = days(|_| 0.0);
        assert!(candidates(&days, &fit).is_empty());
    }
}
