//! Errors of a regression whose residuals remember and spread unequally (heteroskedasticity and autocorrelation
//! consistent): Newey and West 1987 with Bartlett weights, the number of lags from Andrews 1991 for a first-order memory.

use serde::{Deserialize, Serialize};

use crate::linalg::LeastSquares;
use crate::{stats, student};

/// Fewest lags: a week, which any facility remembers.
const LAGS_MIN: usize = 7;
/// Most lags, as a share of the periods: beyond it sums of residuals say nothing.
const LAGS_SHARE: usize = 4;

/// What a fit leaves unknown, kept so that the error of any later sum can be told without the baseline's data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ErrorModel {
    /// Baseline periods.
    pub n: usize,
    /// Degrees of freedom.
    pub free: f64,
    /// Lags that were summed.
    pub lags: usize,
    /// Covariance of the coefficients, the constant first, row by row.
    pub covariance: Vec<Vec<f64>>,
    /// Variance that each further period adds to a long sum, meter units².
    pub long_run_variance: f64,
}

/// Lags for residuals with autocorrelation `rho` at lag 1: Andrews' 1.1447 (α n)^⅓ with α = 4ρ² / (1 − ρ²)².
pub fn lags(rho: f64, n: usize) -> usize {
    let rho = if rho.is_finite() { rho.clamp(-0.97, 0.97) } else { 0.0 };
    let free = 1.0 - rho * rho;
    let wanted = 1.1447 * libm::cbrt(4.0 * rho * rho / (free * free) * n as f64);
    let most = (n / LAGS_SHARE).max(1);
    // A count, so that no number is cut: the first lag that reaches what is wanted.
    (LAGS_MIN..most).find(|lag| *lag as f64 >= wanted).unwrap_or(most)
}

impl ErrorModel {
    /// Of a fit's variables (the constant first) and residuals in order of time. None without a degree of freedom.
    pub fn new(variables: &[Vec<f64>], residuals: &[f64]) -> Option<Self> {
        let n = residuals.len();
        let width = variables.first()?.len();
        let solved = LeastSquares::solve(&super::ols::transpose(variables), residuals, None);
        let free = n as f64 - solved.rank as f64;
        if free < 1.0 {
            return None;
        }
        let lags = lags(stats::lag1_autocorrelation(residuals), n);
        // By how much each coefficient moves with each period's residual.
        let scores: Vec<Vec<f64>> = (0..width)
            .map(|column| {
                let mut unit = vec![0.0; width];
                unit[column] = 1.0;
                let influence = solved.influence(&unit, variables);
                influence.iter().zip(residuals).map(|(i, e)| i * e).collect()
            })
            .collect();
        // The correction for few periods, as usual for this estimator.
        let scale = n as f64 / free;
        let covariance =
            scores.iter().map(|a| scores.iter().map(|b| scale * long_run(a, b, lags)).collect()).collect();
        let long_run_variance = scale * long_run(residuals, residuals, lags) / n as f64;
        Some(Self { n, free, lags, covariance, long_run_variance })
    }

    /// Half-width for the sum over `periods` periods (a part of one counts in part) whose variables sum to `sums`.
    pub fn band(&self, sums: &[f64], periods: f64, confidence: f64) -> Option<f64> {
        let noise = self.long_run_variance * periods;
        (periods > 0.0).then(|| self.half_width(sums, noise, confidence))?
    }

    /// Half-width for the **mean** of the sum whose variables are `sums`: without the scatter of single periods.
    pub fn mean_band(&self, sums: &[f64], confidence: f64) -> Option<f64> {
        self.half_width(sums, 0.0, confidence)
    }

    fn half_width(&self, sums: &[f64], noise: f64, confidence: f64) -> Option<f64> {
        if sums.len() != self.covariance.len() {
            return None;
        }
        let moved: Vec<f64> = self.covariance.iter().map(|row| stats::dot(row, sums)).collect();
        let variance = stats::dot(&moved, sums).max(0.0) + noise;
        let t = student::two_sided_t(confidence, self.free)?;
        Some(t * variance.sqrt()).filter(|band| band.is_finite())
    }
}

/// Σ a·b at lag 0 plus, with weights falling to 0 after `lags`, the products with either one later.
fn long_run(a: &[f64], b: &[f64], lags: usize) -> f64 {
    let mut total = stats::dot(a, b);
    for lag in 1..=lags.min(a.len().saturating_sub(1)) {
        let weight = 1.0 - lag as f64 / (lags as f64 + 1.0);
        total += weight * (stats::dot(&a[lag..], b) + stats::dot(a, &b[lag..]));
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: residuals 1, −1, 1, −1 about a mean; lag 1 (weight ½) gives 4 + ½ · 2 · (−3) = 1.
    #[test]
    fn sums_of_products_are_as_by_hand() {
        let e = [1.0, -1.0, 1.0, -1.0];
        assert!((long_run(&e, &e, 0) - 4.0).abs() < 1e-15);
        assert!((long_run(&e, &e, 1) - 1.0).abs() < 1e-15);
    }

    /// By hand for ρ = 0.5 and a year: α = 1 / 0.5625, 1.1447 · 648.9^⅓ = 9.91.
    #[test]
    fn memory_asks_for_lags() {
        assert_eq!(lags(0.5, 365), 10);
        assert_eq!(lags(0.0, 365), 7);
        assert_eq!(lags(0.99, 200), 50, "never more than a quarter");
        assert_eq!(lags(f64::NAN, 8), 2);
    }

    /// A mean of white noise: the coefficient's variance is that of the noise over n.
    #[test]
    fn white_noise_gives_the_variance_of_the_textbook() {
        let noise: Vec<f64> =
            (0..5000_u64).map(|i| ((i * 7919 + i * i * 104_729) % 1009) as f64 / 1009.0).collect();
        let mean = stats::mean(&noise);
        let residuals: Vec<f64> = noise.iter().map(|v| v - mean).collect();
        let model = ErrorModel::new(&vec![vec![1.0]; 5000], &residuals).unwrap();
        let variance = stats::variance(&residuals);
        assert!((model.long_run_variance / variance - 1.0).abs() < 0.25, "{model:?}");
        assert!((model.covariance[0][0] / (variance / 5000.0) - 1.0).abs() < 0.25, "{model:?}");
        let band = model.band(&[100.0], 100.0, 0.9).unwrap();
        let by_hand = 1.645 * (variance * 100.0 * (1.0 + 100.0 / 5000.0)).sqrt();
        assert!((band / by_hand - 1.0).abs() < 0.15, "{band} {by_hand}");
        assert_eq!(model.band(&[1.0, 2.0], 1.0, 0.9), None);
    }
}
