//! A fitted baseline that can be kept, read back to the same bits, and asked what a day would have used.

pub mod coverage;
pub mod fitted;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::caltrack::{self, daily};
use crate::cea::Row;
use crate::cea::driver::ExogenousDriver;
use crate::cea::search::Candidate;
use crate::cea::term::{Meaning, Term};
use crate::stats;

/// A daily baseline model. Its form on the wire is stable: what was signed once can be evaluated for ever.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Model {
    /// Degree days.
    Caltrack(caltrack::Model),
    /// Canopy, photons called for and weather.
    Cea {
        /// Base load, meter units per day.
        base: f64,
        /// Names of the drivers, in the order that terms refer to.
        drivers: Vec<String>,
        /// Variables with their slopes.
        terms: Vec<(Term, f64)>,
    },
    /// The same every day, because the parties say so: nothing was fitted, so it has no error that could be estimated.
    Stated {
        /// Meter units per day.
        per_day: f64,
    },
}

/// Why a day cannot be predicted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Lacking {
    /// No outdoor temperature.
    #[error("the day has no outdoor temperature")]
    Temperature,
    /// A driver that the model needs.
    #[error("the day has no {0}")]
    Driver(String),
}

impl Model {
    /// The chosen candidate of the driver-adjusted method; terms without a slope are left out.
    pub fn cea(candidate: &Candidate, drivers: &[ExogenousDriver]) -> Self {
        let terms = candidate.terms.iter().copied().zip(candidate.slopes.iter().copied());
        Self::Cea {
            base: candidate.base,
            drivers: drivers.iter().map(|d| d.name.clone()).collect(),
            terms: terms.filter(|(_, slope)| *slope != 0.0).collect(),
        }
    }

    /// Names of the drivers it needs.
    pub fn drivers(&self) -> &[String] {
        match self {
            Self::Stated { .. } | Self::Caltrack(_) => &[],
            Self::Cea { drivers, .. } => drivers,
        }
    }

    /// What the facility would have used on a day, meter units. `driver` tells a driver by its name.
    ///
    /// # Errors
    /// Where the temperature or a driver is not known.
    pub fn predict(
        &self,
        temperature_f: Option<f64>,
        driver: impl Fn(&str) -> Option<f64>,
    ) -> Result<f64, Lacking> {
        Ok(self.evaluate(&self.variables(temperature_f, driver)?))
    }

    /// The variables of a day that the model multiplies with its coefficients, the constant first.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn variables(
        &self,
        temperature_f: Option<f64>,
        driver: impl Fn(&str) -> Option<f64>,
    ) -> Result<Vec<f64>, Lacking> {
        if let Self::Stated { .. } = self {
            return Ok(vec![1.0]);
        }
        let temperature_f = temperature_f.ok_or(Lacking::Temperature)?;
        match self {
            Self::Stated { .. } => Ok(vec![1.0]),
            Self::Caltrack(model) => Ok(daily::row(model, temperature_f)),
            Self::Cea { drivers, terms, .. } => {
                let value = |name: &String| driver(name).ok_or_else(|| Lacking::Driver(name.clone()));
                let values: Vec<f64> = drivers.iter().map(value).collect::<Result<_, _>>()?;
                let row = Row { date: NaiveDate::MIN, usage: 0.0, temperature_f, drivers: values };
                // A name that was accepted once is accepted again.
                let declared: Vec<ExogenousDriver> =
                    drivers.iter().filter_map(|name| ExogenousDriver::declare(name).ok()).collect();
                let meaning = Meaning::of(&declared);
                let terms = terms.iter().map(|(term, _)| term.value(&row, &meaning));
                Ok(std::iter::once(1.0).chain(terms).collect())
            }
        }
    }

    /// Usage at these variables, meter units, added in their order.
    pub fn evaluate(&self, variables: &[f64]) -> f64 {
        let coefficients: Vec<f64> = match self {
            Self::Stated { per_day } => vec![*per_day],
            Self::Caltrack(model) => {
                let slopes = model.heating.iter().chain(&model.cooling).map(|term| term.slope);
                std::iter::once(model.base).chain(slopes).collect()
            }
            Self::Cea { base, terms, .. } => {
                std::iter::once(*base).chain(terms.iter().map(|(_, slope)| *slope)).collect()
            }
        };
        stats::dot(&coefficients, variables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_read_back_to_the_same_bits() {
        let model = Model::Cea {
            base: 0.1 + 0.2,
            drivers: vec!["canopy_m2".into(), "ppf_mol".into()],
            terms: vec![(Term::Driver(1), 1.0 / 3.0), (Term::CoolingCanopy(65), 1e-17), (Term::Canopy, 2.5)],
        };
        let text = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<Model>(&text).unwrap(), model);
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(serde_json::from_value::<Model>(value).unwrap(), model);
    }

    #[test]
    fn what_lacks_is_named() {
        let model = Model::Cea {
            base: 10.0,
            drivers: vec!["canopy_m2".into(), "ppf_mol".into()],
            terms: vec![(Term::Driver(1), 0.5), (Term::Cooling(65), 2.0)],
        };
        let driver = |name: &str| (name != "canopy_m2").then_some(100.0);
        assert_eq!(model.predict(None, driver), Err(Lacking::Temperature));
        assert_eq!(model.predict(Some(70.0), driver), Err(Lacking::Driver("canopy_m2".into())));
        assert_eq!(model.predict(Some(70.0), |_| Some(100.0)), Ok(10.0 + 50.0 + 2.0 * 5.0));
        let weather_only = Model::Caltrack(caltrack::Model {
            base: 3.0,
            heating: None,
            cooling: Some(caltrack::Term { balance_point: 60, slope: 2.0 }),
        });
        assert_eq!(weather_only.predict(Some(65.0), |_| None), Ok(13.0));
        assert_eq!(Model::Stated { per_day: 410.5 }.predict(None, |_| None), Ok(410.5));
    }
}
