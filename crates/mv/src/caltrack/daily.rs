//! The daily method: ordinary least squares on days.

use super::Model;
use super::search::{Choice, Periods, Rules, search};
use crate::degree_days::{BALANCE_POINTS, cooling, heating};
use crate::linalg::LeastSquares;
use crate::metrics::FitMetrics;
use crate::reading::{Day, Fuel};
use crate::uncertainty::ols::Rows;

/// Days with degree days that a candidate needs (CalTRACK 3.2.2.2.1).
const NON_ZERO_MIN: usize = 10;

/// A fitted daily baseline.
#[derive(Clone, Debug)]
pub struct Baseline {
    /// The chosen model and the candidates.
    pub choice: Choice,
    /// How it fits.
    pub fit: FitMetrics,
    /// Observed usage of the days it was fitted to, meter units.
    pub observed: Vec<f64>,
    /// What the model says for the same days.
    pub predicted: Vec<f64>,
    temperatures: Vec<f64>,
}

/// Fits the days that have both usage and temperature; none when there are none or usage is negative on average.
pub fn fit(days: &[Day], fuel: Fuel) -> Option<Baseline> {
    let complete = days.iter().filter_map(|day| Some((fuel.reading(day.usage)?, day.temperature_f?)));
    let (observed, temperatures): (Vec<f64>, Vec<f64>) = complete.unzip();
    let column = |degree_days: fn(f64, i32) -> f64| {
        BALANCE_POINTS.map(|b| temperatures.iter().map(|t| degree_days(*t, b)).collect()).collect()
    };
    let periods = Periods {
        weights: vec![1.0; observed.len()],
        heating: column(heating),
        cooling: column(cooling),
        usage: observed.clone(),
    };
    let choice = search(&periods, Rules { non_zero_min: NON_ZERO_MIN, cooling: fuel != Fuel::Gas })?;
    let predicted: Vec<f64> = temperatures.iter().map(|t| usage(&choice.model, *t)).collect();
    let fit = FitMetrics::new(&observed, &predicted, choice.model.parameters());
    Some(Baseline { choice, fit, observed, predicted, temperatures })
}

/// Usage of a day at a mean of `temperature` °F, meter units.
pub fn usage(model: &Model, temperature: f64) -> f64 {
    model.usage(1.0, |b| heating(temperature, b), |b| cooling(temperature, b))
}

/// The variables of a day, the constant first.
pub fn row(model: &Model, temperature: f64) -> Vec<f64> {
    let heating = model.heating.map(|term| heating(temperature, term.balance_point));
    let cooling = model.cooling.map(|term| cooling(temperature, term.balance_point));
    std::iter::once(1.0).chain(heating).chain(cooling).collect()
}

impl Baseline {
    /// The regression behind the model, for its prediction variance.
    pub fn rows(&self) -> Rows {
        let rows: Vec<Vec<f64>> = self.temperatures.iter().map(|t| row(&self.choice.model, *t)).collect();
        let columns = crate::uncertainty::ols::transpose(&rows);
        let solved = LeastSquares::solve(&columns, &self.observed, None);
        Rows { solved, n: self.observed.len() }
    }
}
