//! Savings by the quarter hour and the day: how a day's counterfactual is spread, and what a day's figures are.

pub mod bases;
pub mod dashboard;
pub mod derivation;
pub mod equation;
pub mod insight;
pub mod portfolio;
pub mod quarter;
pub mod running;
pub mod view;

use crate::baseline::MetricType;
use crate::id::BaselineId;
use crate::names::names;
use crate::quality::Quality;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// Decimals of energies: Wh in kWh.
const DECIMALS: u32 = 3;
/// Quarter hours of a day of 24 hours.
pub const QUARTERS: usize = 96;

/// Spreads `total` over parts in proportion to `weights`, to the last digit: the parts add up to `total` rounded to Wh.
/// Cumulated sums are rounded, so no part is off by more than a Wh. Equal parts where no weight is positive.
pub fn spread(total: Decimal, weights: &[f64]) -> Vec<Decimal> {
    let rounded =
        |value: Decimal| value.round_dp_with_strategy(DECIMALS, RoundingStrategy::MidpointNearestEven);
    let weights: Vec<f64> =
        weights.iter().map(|w| if w.is_finite() && *w > 0.0 { *w } else { 0.0 }).collect();
    let all: f64 = weights.iter().sum();
    let last = weights.len();
    let (mut passed, mut before, mut parts) = (0.0, Decimal::ZERO, Vec::with_capacity(last));
    for (index, weight) in weights.iter().enumerate() {
        passed += weight;
        let whole = index + 1 == last;
        #[allow(clippy::cast_precision_loss)]
        let share = if all > 0.0 { passed / all } else { (index + 1) as f64 / last as f64 };
        let share =
            if whole { Decimal::ONE } else { Decimal::from_f64_retain(share).unwrap_or(Decimal::ONE) };
        let until = rounded(total * share);
        parts.push(until - before);
        before = until;
    }
    parts
}

/// Share of a day's use in each of the 96 local quarter hours, from values with their local quarter (0 to 95). Quarters
/// without a value get the mean of the others; the shares add up to one.
pub fn profile(values: impl IntoIterator<Item = (usize, f64)>) -> Vec<f64> {
    let mut sums = vec![(0.0_f64, 0_u32); QUARTERS];
    for (quarter, value) in values {
        if let Some((sum, n)) = sums.get_mut(quarter).filter(|_| value.is_finite() && value >= 0.0) {
            *sum += value;
            *n += 1;
        }
    }
    let means: Vec<Option<f64>> = sums.iter().map(|(sum, n)| (*n > 0).then(|| sum / f64::from(*n))).collect();
    let known: Vec<f64> = means.iter().copied().flatten().collect();
    let all: f64 = known.iter().sum();
    if all <= 0.0 {
        return vec![1.0 / 96.0; QUARTERS];
    }
    #[allow(clippy::cast_precision_loss)]
    let mean = all / known.len() as f64;
    let filled: Vec<f64> = means.into_iter().map(|value| value.unwrap_or(mean)).collect();
    let total: f64 = filled.iter().sum();
    filled.into_iter().map(|value| value / total).collect()
}

names! {
    /// How final a figure is.
    FigureState {
        /// The day is running; every closed quarter hour changes it.
        Live = "live", "Live";
        /// The day is over; late data may still change it, visibly.
        Provisional = "provisional", "Provisional";
    }
}

/// A quarter hour of savings, [start, end).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavingsInterval {
    /// Start.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
    /// What was measured, in the metric's unit; none is unknown, not zero.
    pub actual: Option<Decimal>,
    /// What the baseline model expects.
    pub counterfactual: Option<Decimal>,
    /// Counterfactual − actual.
    pub avoided: Option<Decimal>,
    /// Price per unit at that time, in the facility's currency; none without a tariff.
    pub price: Option<Decimal>,
    /// Avoided at that price.
    pub money: Option<Decimal>,
    /// How far `actual` can be trusted.
    pub quality: Quality,
}

/// The figures of a day and metric type.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Performance {
    /// Local day.
    pub day: NaiveDate,
    /// Of what.
    pub metric_type: MetricType,
    /// The baseline it is measured against; none for metrics that are only shown.
    pub baseline: Option<BaselineId>,
    /// What the baseline model expects, over the intervals that also have an actual value.
    pub baseline_value: Option<Decimal>,
    /// What was measured over them.
    pub actual_value: Option<Decimal>,
    /// Baseline − actual.
    pub savings_value: Option<Decimal>,
    /// Unit of these three.
    pub unit: String,
    /// What the baseline would have cost at the tariff in force.
    pub baseline_cost: Option<Decimal>,
    /// Savings at it; the baseline's cost less these is what was paid.
    pub cost_savings: Option<Decimal>,
    /// ISO 4217 code of it.
    pub currency: String,
    /// Share of the day that has both values, 0 to 1.
    pub coverage: f64,
    /// How final it is.
    pub state: FigureState,
    /// What a reader should know: `driver_missing`, `temperature_missing`, `extrapolation`, `no_tariff`, `estimated`.
    pub flags: Vec<String>,
    /// Counts up whenever the figures of a day that was over changed.
    pub revision: u32,
    /// When it was computed.
    pub computed_at: DateTime<Utc>,
}

/// A flag as a sentence.
pub fn in_words(flag: &str) -> String {
    match flag.split_once(": ") {
        Some(("driver_missing", name)) => format!("{name} is not known: extend the crop plan or the weather"),
        Some(("extrapolation", name)) => format!("{name} is outside of what the baseline has seen"),
        _ => match flag {
            "temperature_missing" => "The outdoor temperature is not known".to_owned(),
            "no_tariff" => "There is no tariff, so savings have no price yet".to_owned(),
            "estimated" => "Some quarter hours of the meter are estimated over a gap".to_owned(),
            other => other.to_owned(),
        },
    }
}
