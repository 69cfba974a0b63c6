//! What the baseline pages show and what is stored beside a baseline.

use super::{BaselineSource, BaselineState, MetricType, Party, Step};
use crate::id::{BaselineId, UtilitySeriesId};
use crate::utility::SeriesSummary;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Something a rule of the engine has found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Remark {
    /// Name of the rule, e.g. `baseline_length`.
    pub rule: String,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub what_to_do: String,
}

/// Range of a driver in the baseline period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriverRange {
    /// Name of the driver.
    pub name: String,
    /// Lowest value of a day.
    pub low: f64,
    /// Highest value of a day.
    pub high: f64,
    /// Days on which it is known.
    pub days: u32,
}

/// A prediction of days that were left out of the fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placebo {
    /// Stretches that were left out, one after the other.
    pub periods: u32,
    /// Mean of predicted − observed over observed, a fraction: the savings that are seen where there were none.
    pub bias: f64,
    /// Share of them whose stated interval holds the truth; none where there are too few.
    pub coverage: Option<f64>,
}

/// Savings since the baseline period that a model leads to, in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Days with everything the model needs.
    pub days: u32,
    /// What was measured on them.
    pub observed: f64,
    /// What the model expects for them.
    pub counterfactual: f64,
    /// Counterfactual − observed.
    pub savings: f64,
    /// Lower and upper end of the interval on savings.
    pub interval: Option<(f64, f64)>,
    /// Confidence of the interval, a fraction.
    pub confidence: f64,
}

/// A model fitted to the baseline period, beside others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// Method, e.g. `cea-daily`.
    pub method: String,
    /// Terms of the model.
    pub form: String,
    /// Whether no rule was broken.
    pub qualified: bool,
    /// Rules that were broken.
    pub refusals: Vec<Remark>,
    /// What a reviewer should look at.
    pub warnings: Vec<Remark>,
    /// Days it was fitted to.
    pub n: u32,
    /// Effective number of independent ones.
    pub n_prime: Option<f64>,
    /// Adjusted R².
    pub r2_adj: Option<f64>,
    /// CV(RMSE), a fraction.
    pub cv_rmse: Option<f64>,
    /// Normalised mean bias error, a fraction.
    pub nmbe: Option<f64>,
    /// Names and values of the coefficients.
    pub coefficients: Vec<(String, f64)>,
    /// Ranges of its drivers.
    pub coverage: Vec<DriverRange>,
    /// Prediction of days left out.
    pub placebo: Option<Placebo>,
    /// Savings so far by this model.
    pub outcome: Option<Outcome>,
    /// The model as the engine writes it; none when none could be fitted.
    pub model: Option<serde_json::Value>,
}

/// One line of the list of baselines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineSummary {
    /// The baseline.
    pub id: BaselineId,
    /// Of what.
    pub metric_type: MetricType,
    /// Counts up within facility and metric type.
    pub version: u32,
    /// The utility's series it was fitted to; none for the facility's main meters.
    pub series: Option<UtilitySeriesId>,
    /// What it rests on.
    pub source: BaselineSource,
    /// First day.
    pub period_start: NaiveDate,
    /// Day after the last.
    pub period_end: NaiveDate,
    /// First day on which savings count.
    pub effective_from: NaiveDate,
    /// Mean per day.
    pub baseline_value: Option<Decimal>,
    /// Unit of it.
    pub unit: String,
    /// Method that was picked.
    pub method: Option<String>,
    /// Where it stands.
    pub state: BaselineState,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Who made it.
    pub created_by: String,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepTaken {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// On whose behalf; none for background work.
    pub party: Option<Party>,
    /// What was done: a step's name, `create` or `choose`.
    pub step: String,
    /// Where that led.
    pub state_after: BaselineState,
    /// Reason given.
    pub note: String,
}

/// A day of the fit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FitDay {
    /// The day.
    pub day: NaiveDate,
    /// Before `period_end`.
    pub baseline: bool,
    /// What was measured.
    pub observed: Option<f64>,
    /// What the model expects.
    pub predicted: Option<f64>,
    /// Mean outdoor temperature, °C.
    pub temperature_c: Option<f64>,
}

/// The page of a baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// The baseline.
    pub summary: BaselineSummary,
    /// Name of the series it was fitted to, where that is a utility's.
    pub series_name: Option<String>,
    /// Why this candidate was picked.
    pub reason: Option<String>,
    /// Models fitted side by side.
    pub candidates: Vec<Candidate>,
    /// Index of the one whose days are shown.
    pub shown: u32,
    /// Its days.
    pub days: Vec<FitDay>,
    /// The way so far, oldest first.
    pub steps: Vec<StepTaken>,
    /// Steps that the reader may take now.
    pub may: Vec<Step>,
    /// Whether the reader may pick another candidate.
    pub may_choose: bool,
    /// The reader's side.
    pub party: Option<Party>,
    /// Version of the engine that fitted it, and of the one that runs now.
    pub engine: (String, String),
    /// What another engine makes of the picked candidate; none while the one that fitted it runs.
    pub newer: Option<NewerEngine>,
    /// SHA-256 of the inputs, hexadecimal.
    pub inputs_sha256: String,
}

/// The picked candidate as the engine that runs fits it to the frozen inputs. Nothing is computed with it: it shows what an
/// amendment would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewerEngine {
    /// The candidate.
    pub candidate: Candidate,
    /// What the pinned model and this one expect of the frozen days with known conditions, in the baseline's unit.
    pub expected: (f64, f64),
}

/// The list of baselines of a facility.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselinesView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// By metric type, newest first.
    pub baselines: Vec<BaselineSummary>,
    /// First and last local day with readings; none before the first.
    pub data: Option<(NaiveDate, NaiveDate)>,
    /// The utility's series that one can be fitted to, with the metric they count.
    pub series: Vec<(MetricType, SeriesSummary)>,
    /// Whether the reader may fit one.
    pub may_fit: bool,
}
