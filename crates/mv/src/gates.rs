//! Rules that data and fit have to meet before a saving may be billed: CalTRACK 2.2 and 2.3, opendsm's sufficiency
//! criteria, and fit limits in the spirit of ASHRAE Guideline 14. Each names itself, the days, and what to do.

pub mod bills;
pub mod days;
pub mod fit;

/// Limits that a contract may tighten.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Shortest baseline, days from first to last.
    pub baseline_days_min: i64,
    /// Longest that CalTRACK takes.
    pub baseline_days_max: i64,
    /// Share of days that need usage, temperature and both.
    pub coverage_min: f64,
    /// CV(RMSE) above which the baseline is refused, a fraction.
    pub cv_rmse_max: f64,
    /// CV(RMSE) above which it is questioned: 25 % of Guideline 14's prescriptive path.
    pub cv_rmse_doubtful: f64,
    /// Bias above which it is questioned: 0.005 %, "net determination bias" of Guideline 14.
    pub nmbe_doubtful: f64,
    /// How far a driver or the temperature may leave its baseline range, as a share of that range.
    pub extrapolation: f64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            baseline_days_min: 329,
            baseline_days_max: 366,
            coverage_min: 0.9,
            cv_rmse_max: 1.0,
            cv_rmse_doubtful: 0.25,
            nmbe_doubtful: 0.000_05,
            extrapolation: 0.1,
        }
    }
}
