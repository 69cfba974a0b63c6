//! The result of measuring savings: the same shape for every method, and the one that travels.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::baseline::Model;
use crate::finding::{Finding, Findings};
use crate::metrics::FitMetrics;

/// Savings of a reporting period against a baseline model. Energies in meter units; fractions are not percent.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Assessment {
    /// Method that was used, e.g. `caltrack-daily`.
    pub method: String,
    /// The baseline model; none when none could be fitted.
    pub model: Option<ModelSummary>,
    /// Whether the savings may be billed: no rule was broken.
    pub qualified: bool,
    /// Rules that were broken.
    pub disqualifications: Vec<Finding>,
    /// What a reviewer should look at.
    pub warnings: Vec<Finding>,
    /// Baseline periods the model was fitted to.
    pub n: Option<usize>,
    /// Effective number of independent ones.
    pub n_prime: Option<f64>,
    /// Adjusted R².
    pub r2_adj: Option<f64>,
    /// CV(RMSE), a fraction.
    pub cv_rmse: Option<f64>,
    /// Normalised mean bias error, a fraction.
    pub nmbe: Option<f64>,
    /// Observed use over reporting rows that have all they need.
    pub observed_reporting: Option<f64>,
    /// What the baseline model expects for the same rows: the adjusted baseline.
    pub counterfactual_reporting: Option<f64>,
    /// Counterfactual − observed: avoided energy use.
    pub savings: Option<f64>,
    /// Savings over counterfactual.
    pub savings_fraction: Option<f64>,
    /// The interval that is billed on.
    pub interval: Option<Interval>,
    /// G14 fractional savings uncertainty; none when savings are not positive.
    pub fsu: Option<f64>,
    /// Its half-width in meter units.
    pub fsu_band: Option<f64>,
    /// Half-width by exact prediction variance of least squares.
    pub ols_band: Option<f64>,
    /// Candidates of non-routine events.
    pub nre_candidates: Vec<NreCandidate>,
    /// Whether savings are adjusted for them.
    pub nre_removed: bool,
    /// The model itself, to predict other days with; only of daily methods.
    #[serde(skip)]
    pub predictor: Option<Model>,
    /// Stretches of the baseline left out of the fit: summed predicted − observed, and their days.
    #[serde(skip)]
    pub left_out: Vec<(f64, usize)>,
}

/// The baseline model in short.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelSummary {
    /// Which terms it has.
    pub form: String,
    /// °F.
    pub heating_balance_point: Option<f64>,
    /// °F.
    pub cooling_balance_point: Option<f64>,
    /// By name; slopes of degree days are per °F and day.
    pub coefficients: BTreeMap<String, f64>,
}

/// An interval on savings.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// Lower end, meter units.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided confidence, a fraction.
    pub confidence: f64,
    /// How it was made.
    pub method: &'static str,
}

/// Days on which use differed from the model in a way that the measure may not explain.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct NreCandidate {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
    /// Observed above what is usual for the reporting period, meter units per day.
    pub kwh_per_day: f64,
}

impl Assessment {
    /// Nothing but the name of the method.
    pub fn new(method: &str) -> Self {
        Self { method: method.into(), ..Self::default() }
    }

    /// Takes over the baseline fit.
    pub fn set_fit(&mut self, fit: &FitMetrics, r2_adjusted: f64) {
        self.n = Some(fit.n);
        self.n_prime = Some(fit.n_prime).filter(|v| v.is_finite());
        self.r2_adj = Some(r2_adjusted).filter(|v| v.is_finite());
        self.cv_rmse = Some(fit.cv_rmse).filter(|v| v.is_finite());
        self.nmbe = Some(fit.nmbe).filter(|v| v.is_finite());
    }

    /// Takes over the totals of rows that have both values; nothing when there is none.
    pub fn set_totals(&mut self, observed: &[f64], counterfactual: &[f64]) {
        if observed.is_empty() {
            return;
        }
        let observed = crate::stats::sum(observed.iter().copied());
        let expected = crate::stats::sum(counterfactual.iter().copied());
        self.observed_reporting = Some(observed);
        self.counterfactual_reporting = Some(expected);
        self.savings = Some(expected - observed);
        self.savings_fraction = Some((expected - observed) / expected).filter(|v| v.is_finite());
    }

    /// Takes over the G14 band. The ratio to savings is published only where savings are positive.
    pub fn set_fsu(&mut self, band: Option<f64>) {
        self.fsu_band = band;
        self.fsu = match (band, self.savings) {
            (Some(band), Some(savings)) if savings > 0.0 => Some(band / savings),
            _ => None,
        };
    }

    /// Names the interval that is billed.
    pub fn bill_on(&mut self, band: Option<f64>, confidence: f64, method: &'static str) {
        if let (Some(band), Some(savings)) = (band, self.savings) {
            self.interval = Some(Interval { low: savings - band, high: savings + band, confidence, method });
        }
    }

    /// Takes over what was found and decides whether the result qualifies.
    pub fn close(mut self, mut findings: Findings) -> Self {
        if self.savings.is_none() {
            let what = "Fill readings, temperatures and drivers of the reporting period.";
            let message = "No reporting interval has all it needs, so there are no savings to tell.".into();
            findings.refuse(Finding::new("no_savings", message, what));
        }
        self.qualified = findings.disqualifications.is_empty();
        self.disqualifications = findings.disqualifications;
        self.warnings = findings.warnings;
        self
    }
}
