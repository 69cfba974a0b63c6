//! How well a baseline model fits its own period.

use crate::stats;

/// Goodness of fit of totals per period (day or bill), as eemeter's `ModelMetrics` computes them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FitMetrics {
    /// Baseline periods used.
    pub n: usize,
    /// Coefficients besides the intercept.
    pub parameters: usize,
    /// Mean of the absolute observed totals, meter units per period.
    pub observed_mean: f64,
    /// Variance of the observed totals, divisor n.
    pub observed_variance: f64,
    /// Root of Σ residual² / (n − parameters). The intercept is not counted, as in eemeter.
    pub rmse_adjusted: f64,
    /// CV(RMSE): `rmse_adjusted` over the mean, a fraction.
    pub cv_rmse: f64,
    /// Normalised mean bias error: Σ (predicted − observed) / Σ observed, a fraction.
    pub nmbe: f64,
    /// Autocorrelation of the residuals at lag 1.
    pub autocorrelation: f64,
    /// Effective number of independent periods, n (1 − ρ) / (1 + ρ) (ASHRAE Guideline 14). Above n for negative ρ.
    pub n_prime: f64,
}

impl FitMetrics {
    /// Of observed and predicted totals in order of time.
    pub fn new(observed: &[f64], predicted: &[f64], parameters: usize) -> Self {
        let residuals: Vec<f64> = predicted.iter().zip(observed).map(|(p, o)| p - o).collect();
        let n = observed.len();
        let observed_mean = stats::sum(observed.iter().map(|v| v.abs())) / n as f64;
        let rmse_adjusted = (stats::sum_of_squares(&residuals) / (n as f64 - parameters as f64)).sqrt();
        let autocorrelation = stats::lag1_autocorrelation(&residuals);
        Self {
            n,
            parameters,
            observed_mean,
            observed_variance: stats::variance(observed),
            rmse_adjusted,
            cv_rmse: rmse_adjusted / observed_mean,
            nmbe: stats::sum(residuals.iter().copied()) / stats::sum(observed.iter().copied()),
            autocorrelation,
            n_prime: n as f64 * (1.0 - autocorrelation) / (1.0 + autocorrelation),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: residuals 1, 1, −1, −1: lag-1 pairs (1,1), (−1,1), (−1,−1), correlation 0.5.
    #[test]
    fn effective_periods_are_as_by_hand() {
        let observed = [10.0, 12.0, 9.0, 11.0];
        let predicted = [11.0, 13.0, 8.0, 10.0];
        let fit = FitMetrics::new(&observed, &predicted, 1);
        assert!((fit.autocorrelation - 0.5).abs() < 1e-12);
        assert!((fit.n_prime - 4.0 / 3.0).abs() < 1e-12);
        assert!((fit.rmse_adjusted - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((fit.cv_rmse - fit.rmse_adjusted / 10.5).abs() < 1e-12 && fit.nmbe.abs() < 1e-12);
    }
}
