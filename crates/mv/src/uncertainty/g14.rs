//! ASHRAE Guideline 14 fractional savings uncertainty with the polynomial of Sun and Baltazar (2013), as eemeter 3.2.0.

use crate::{metrics::FitMetrics, student};

/// How often the baseline was read: decides the polynomial K.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interval {
    /// Days.
    Daily,
    /// Bills.
    Billing,
    /// Hours.
    Hourly,
}

impl Interval {
    /// K for `months` of the **reporting** period; for hours the constant 1.26 of Guideline 14.
    pub fn polynomial(self, months: f64) -> f64 {
        let (a, b, c) = match self {
            Self::Hourly => (0.0, 0.0, 1.26),
            Self::Daily => (-0.000_24, 0.035_35, 1.002_86),
            Self::Billing => (-0.000_22, 0.033_06, 0.940_54),
        };
        a * months * months + b * months + c
    }

    /// Months a reporting period of `m` periods counts as: 30 days each; for bills m is months already.
    fn months(self, m: f64) -> f64 {
        match self {
            Self::Daily => m / 30.0,
            Self::Billing => m,
            Self::Hourly => m / 720.0,
        }
    }
}

/// Half-width of the savings' interval: E · t · K · CV · √((n/n′)(1 + 2/n′)/m).
///
/// E is the energy of the baseline period (eemeter's choice), t has n − parameters degrees of freedom, m is the number
/// of reporting periods with both values (for bills: months between first and last date, rounded). None where n′ or
/// a degree of freedom is not positive.
pub fn fsu_band(fit: &FitMetrics, interval: Interval, m: f64, confidence: f64) -> Option<f64> {
    let n = fit.n as f64;
    if !(m > 0.0 && fit.n_prime > 0.0 && fit.n_prime.is_finite() && fit.observed_mean > 0.0) {
        return None;
    }
    let t = student::two_sided_t(confidence, n - fit.parameters as f64)?;
    let k = interval.polynomial(interval.months(m));
    let spread = ((n / fit.n_prime) * (1.0 + 2.0 / fit.n_prime) / m).sqrt();
    Some(fit.observed_mean * n * t * k * fit.cv_rmse * spread).filter(|band| band.is_finite())
}

/// eemeter's "OLS error band", which treats every model as one of a single variable: kept to compare with, not billed.
pub fn one_variable_ols_band(fit: &FitMetrics, m: f64, reporting_mean: f64, confidence: f64) -> Option<f64> {
    let n = fit.n as f64;
    let t = student::two_sided_t(confidence, n - fit.parameters as f64)?;
    let shift = fit.observed_mean - reporting_mean;
    let model = t * fit.rmse_adjusted * m / n.sqrt() * (1.0 + shift * shift / fit.observed_variance).sqrt();
    let noise = t * fit.rmse_adjusted * (m * n / fit.n_prime).sqrt();
    Some((model * model + noise * noise).sqrt()).filter(|band| band.is_finite())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand for 12 months of daily data, n = 365, ρ = 0.5, CV = 10 %.
    #[test]
    fn the_band_is_as_by_hand() {
        let fit = FitMetrics {
            n: 365,
            parameters: 2,
            observed_mean: 100.0,
            observed_variance: 25.0,
            rmse_adjusted: 10.0,
            cv_rmse: 0.1,
            nmbe: 0.0,
            autocorrelation: 0.5,
            n_prime: 365.0 / 3.0,
        };
        let months = 365.0 / 30.0;
        let k = -0.000_24 * months * months + 0.035_35 * months + 1.002_86;
        let t = 1.649_061_7;
        let expected = 36_500.0 * t * k * 0.1 * (3.0 * (1.0 + 2.0 * 3.0 / 365.0) / 365.0_f64).sqrt();
        let band = fsu_band(&fit, Interval::Daily, 365.0, 0.9).unwrap();
        assert!((band / expected - 1.0).abs() < 1e-6, "{band} is not {expected}");
        assert_eq!(fsu_band(&fit, Interval::Daily, 0.0, 0.9), None);
    }
}
