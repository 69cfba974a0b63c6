//! Rules for the fit and for how far the model is stretched.

use chrono::NaiveDate;

use super::Limits;
use crate::finding::{Finding, Findings};
use crate::metrics::FitMetrics;

/// Checks scatter and bias of the baseline fit.
pub fn check(fit: &FitMetrics, limits: &Limits, findings: &mut Findings) {
    let percent = 100.0 * fit.cv_rmse;
    if !fit.cv_rmse.is_finite() {
        let message = format!(
            "{} periods are too few for {} coefficients: the fit cannot be judged.",
            fit.n, fit.parameters
        );
        findings.refuse(Finding::new("too_few_periods", message, "Add baseline data."));
        return;
    }
    if fit.cv_rmse > limits.cv_rmse_max {
        let message =
            format!("CV(RMSE) is {percent:.1} %; at most {:.0} % is accepted.", 100.0 * limits.cv_rmse_max);
        let what = "Add drivers that explain the use (canopy, photons called for), or find what changed in the baseline.";
        findings.refuse(Finding::new("cv_rmse", message, what));
    } else if fit.cv_rmse > limits.cv_rmse_doubtful {
        let message = format!(
            "CV(RMSE) is {percent:.1} %, above {:.0} % of Guideline 14.",
            100.0 * limits.cv_rmse_doubtful
        );
        let what = "Expect a wide interval; drivers of production usually narrow it.";
        findings.warn(Finding::new("cv_rmse_high", message, what));
    }
    if fit.nmbe.abs() > limits.nmbe_doubtful {
        let message =
            format!("The model is {:+.3} % off over its own baseline (limit 0.005 %).", 100.0 * fit.nmbe);
        let what = "Small where bills weigh unequally; else a physical sign was enforced against the data: check the drivers' units.";
        findings.warn(Finding::new("bias", message, what));
    }
}

/// Checks whether a variable leaves the range it had in the baseline by more than the limit; `reporting` are values
/// with their days, ascending.
pub fn range(
    name: &str,
    baseline: &[f64],
    reporting: &[(NaiveDate, f64)],
    limits: &Limits,
    findings: &mut Findings,
) {
    let low = baseline.iter().copied().fold(f64::INFINITY, f64::min);
    let high = baseline.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !(low.is_finite() && high.is_finite()) {
        return;
    }
    let margin = limits.extrapolation * (high - low);
    let outside = |v: f64| v < low - margin - 1e-9 || v > high + margin + 1e-9;
    let days: Vec<NaiveDate> = reporting.iter().filter(|(_, v)| outside(*v)).map(|(day, _)| *day).collect();
    if !days.is_empty() {
        let message = format!(
            "{name} is outside its baseline range {low:.1} to {high:.1} by more than 10 % of it on {} days.",
            days.len()
        );
        let what =
            "The model extrapolates there: agree on these days, or rebuild the baseline with a wider range.";
        findings.warn(Finding::new("extrapolation", message, what).about(days));
    }
}
