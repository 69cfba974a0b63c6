//! Exact prediction variance of least squares, with the noise widened for autocorrelation.

use crate::linalg::LeastSquares;
use crate::{metrics::FitMetrics, student};

/// A regression of usage per day.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Solved on the baseline's periods.
    pub solved: LeastSquares,
    /// Number of periods.
    pub n: usize,
}

/// Rows as columns.
pub fn transpose(rows: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let width = rows.first().map_or(0, Vec::len);
    (0..width).map(|column| rows.iter().map(|row| row[column]).collect()).collect()
}

/// Half-width of the interval of summed counterfactual − observed over `days` reporting days whose variables sum to
/// `row`: t √(s² x₀'(X'X)⁻¹x₀ + s² · days · n/n′).
///
/// Unlike Guideline 14 it widens when the reporting period's weather leaves that of the baseline. A negative
/// autocorrelation does not narrow it.
pub fn band(rows: &Rows, fit: &FitMetrics, row: &[f64], days: f64, confidence: f64) -> Option<f64> {
    if row.is_empty() {
        return None;
    }
    let free = rows.n as f64 - rows.solved.rank as f64;
    let t = student::two_sided_t(confidence, free)?;
    let variance = rows.solved.residual_squares / free;
    let inflation = (fit.n as f64 / fit.n_prime).max(1.0);
    let model = variance * rows.solved.leverage(row) * inflation;
    let noise = variance * days * inflation;
    Some(t * (model + noise).sqrt()).filter(|band| band.is_finite())
}
