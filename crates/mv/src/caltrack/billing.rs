//! The billing method: least squares on bills, weighted by their days.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Model;
use super::search::{Choice, Periods, Rules, search};
use crate::degree_days::{BALANCE_POINTS, cooling, heating};
use crate::linalg::LeastSquares;
use crate::metrics::FitMetrics;
use crate::reading::{Bill, Fuel};
use crate::uncertainty::ols::{Rows, transpose};

/// Share of a bill's days that need a temperature (CalTRACK 2.2.3.2).
pub const COVERAGE_MIN: f64 = 0.9;

/// Mean temperature of each local day, °F.
pub type Temperatures = BTreeMap<NaiveDate, f64>;

/// Which days of a bill the **fit** takes its degree days from. Predictions always use all days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FitDays {
    /// The first 35 days, as eemeter's `create_caltrack_billing_design_matrix` does: of a bimonthly bill it sees only
    /// the first half. For exact agreement with eemeter.
    First35,
    /// All days, as CalTRACK 3.3 reads.
    All,
}

/// A fitted billing baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The chosen model and the candidates.
    pub choice: Choice,
    /// How it fits; totals of bills.
    pub fit: FitMetrics,
    /// Observed totals of the bills it was fitted to, meter units.
    pub observed: Vec<f64>,
    /// What the model says for the same bills.
    pub predicted: Vec<f64>,
    bills: Vec<Prepared>,
}

/// A bill with its temperatures.
#[derive(Clone, Debug)]
struct Prepared {
    usage: f64,
    days: f64,
    temperatures: Vec<f64>,
}

/// The days of `bill` that have a temperature, if they are enough; `limit` is the number of days looked at.
fn covered(bill: &Bill, temperatures: &Temperatures, limit: Option<u64>) -> Option<Vec<f64>> {
    let end = limit.and_then(|days| bill.start.checked_add_days(chrono::Days::new(days)));
    let end = end.map_or(bill.end, |end| end.min(bill.end));
    let found: Vec<f64> = temperatures.range(bill.start..end).map(|(_, t)| *t).collect();
    let looked_at = (end - bill.start).num_days() as f64;
    (!found.is_empty() && found.len() as f64 >= COVERAGE_MIN * looked_at).then_some(found)
}

/// Mean degree days per day.
fn mean_of(temperatures: &[f64], degree_days: fn(f64, i32) -> f64, balance: i32) -> f64 {
    crate::stats::sum(temperatures.iter().map(|t| degree_days(*t, balance))) / temperatures.len() as f64
}

/// Fits the bills that were read and whose temperatures are known; none when there are none.
pub fn fit(bills: &[Bill], temperatures: &Temperatures, fuel: Fuel, fit_days: FitDays) -> Option<Baseline> {
    let limit = (fit_days == FitDays::First35).then_some(35);
    let prepare = |bill: &Bill| {
        let usage = bill.usage.filter(|v| v.is_finite())?;
        Some(Prepared { usage, days: bill.days(), temperatures: covered(bill, temperatures, limit)? })
    };
    let bills: Vec<Prepared> = bills.iter().filter_map(prepare).collect();
    let column = |degree_days: fn(f64, i32) -> f64| {
        let of = |b: i32| bills.iter().map(|p| mean_of(&p.temperatures, degree_days, b)).collect();
        BALANCE_POINTS.map(of).collect()
    };
    let periods = Periods {
        usage: bills.iter().map(|p| p.usage / p.days).collect(),
        weights: bills.iter().map(|p| p.temperatures.len() as f64).collect(),
        heating: column(heating),
        cooling: column(cooling),
    };
    let choice = search(&periods, Rules { non_zero_min: 0, cooling: fuel != Fuel::Gas })?;
    let observed: Vec<f64> = bills.iter().map(|p| p.usage).collect();
    let predicted: Vec<f64> = bills.iter().map(|p| total(&choice.model, p.days, &p.temperatures)).collect();
    let fit = FitMetrics::new(&observed, &predicted, choice.model.parameters());
    Some(Baseline { choice, fit, observed, predicted, bills })
}

/// Usage over `days`, whose degree days are those of the days with a temperature, scaled up.
fn total(model: &Model, days: f64, temperatures: &[f64]) -> f64 {
    let scaled = |degree_days: fn(f64, i32) -> f64| move |b| mean_of(temperatures, degree_days, b) * days;
    model.usage(days, scaled(heating), scaled(cooling))
}

/// Usage the model expects on a bill, meter units; none where its temperatures are not known well enough.
pub fn usage(model: &Model, bill: &Bill, temperatures: &Temperatures) -> Option<f64> {
    Some(total(model, bill.days(), &covered(bill, temperatures, None)?))
}

/// The variables of a bill summed over its days, the constant first.
pub fn row(model: &Model, bill: &Bill, temperatures: &Temperatures) -> Option<Vec<f64>> {
    let found = covered(bill, temperatures, None)?;
    Some(per_day(model, &found).into_iter().map(|v| v * bill.days()).collect())
}

fn per_day(model: &Model, temperatures: &[f64]) -> Vec<f64> {
    let heating = model.heating.map(|term| mean_of(temperatures, heating, term.balance_point));
    let cooling = model.cooling.map(|term| mean_of(temperatures, cooling, term.balance_point));
    std::iter::once(1.0).chain(heating).chain(cooling).collect()
}

/// Months between the first and the last date of the reporting bills, as eemeter counts them for G14: days / 30, rounded
/// half to even.
pub fn months(bills: &[Bill]) -> f64 {
    match (bills.first(), bills.last()) {
        (Some(first), Some(last)) => ((last.end - first.start).num_days() as f64 / 30.0).round_ties_even(),
        _ => 0.0,
    }
}

impl Baseline {
    /// The regression behind the model, for its prediction variance.
    pub fn rows(&self) -> Rows {
        let rows: Vec<Vec<f64>> =
            self.bills.iter().map(|p| per_day(&self.choice.model, &p.temperatures)).collect();
        let usage: Vec<f64> = self.bills.iter().map(|p| p.usage / p.days).collect();
        let weights: Vec<f64> = self.bills.iter().map(|p| p.temperatures.len() as f64).collect();
        Rows { solved: LeastSquares::solve(&transpose(&rows), &usage, Some(&weights)), n: usage.len() }
    }
}
