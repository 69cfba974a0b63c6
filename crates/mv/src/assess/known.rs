//! Days of which a model knows everything.

use chrono::NaiveDate;

use crate::baseline::Model;
use crate::reading::Fuel;
use crate::series::{DriverDay, Period, Series};

/// A measured day with the model's variables.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Local date.
    pub date: NaiveDate,
    /// Before or after the measure.
    pub period: Period,
    /// The model's variables, the constant first.
    pub variables: Vec<f64>,
    /// Usage, meter units.
    pub usage: f64,
    /// What the model expects.
    pub expected: f64,
}

/// The days of a series that have usage, temperature and every driver of the model.
pub fn days(series: &Series, fuel: Fuel, model: &Model) -> Vec<Known> {
    let known = |day: &DriverDay| {
        let driver = |name: &str| {
            let place = series.drivers.iter().position(|known| known == name)?;
            day.drivers.get(place).copied().flatten()
        };
        let (usage, temperature) = day.day.complete()?;
        let variables = model.variables(Some(temperature), driver).ok()?;
        let expected = model.evaluate(&variables);
        Some(Known { date: day.day.date, period: day.period, variables, usage, expected })
    };
    series.days(fuel, 0).iter().filter_map(known).collect()
}
