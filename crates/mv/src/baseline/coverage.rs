//! What the baseline has seen of each condition.

use serde::{Deserialize, Serialize};

use super::Model;
use super::fitted::DayRow;

/// Name of the outdoor temperature among the conditions.
pub const TEMPERATURE: &str = "temperature_f";
/// Name of the photons called for per m² of canopy: where both only moved together, their ratio decides.
pub const INTENSITY: &str = "ppf_mol_per_canopy_m2";
/// How far a condition may leave its range, as a share of the range.
const MARGIN: f64 = 0.1;

/// Range of a condition over the baseline's days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Coverage {
    /// Name of the driver, or [`TEMPERATURE`] or [`INTENSITY`].
    pub name: String,
    /// Lowest.
    pub low: f64,
    /// Highest.
    pub high: f64,
    /// Days on which it is known.
    pub days: usize,
}

/// A condition of a day outside of its range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Extrapolation {
    /// As [`Coverage::name`].
    pub name: String,
    /// Its value on the day.
    pub value: f64,
    /// The baseline's lowest.
    pub low: f64,
    /// The baseline's highest.
    pub high: f64,
}

/// Value of a condition on a day.
fn value(name: &str, day: &DayRow) -> Option<f64> {
    match name {
        TEMPERATURE => day.temperature_f,
        INTENSITY => {
            let canopy = crate::stats::sum(day.drivers.iter().filter(|(n, _)| is_canopy(n)).map(|(_, v)| *v));
            day.drivers.get("ppf_mol").filter(|_| canopy > 0.0).map(|photons| photons / canopy)
        }
        driver => day.drivers.get(driver).copied(),
    }
}

fn is_canopy(name: &str) -> bool {
    name == "canopy_m2" || (name.starts_with("canopy_") && name.ends_with("_m2"))
}

impl Coverage {
    /// Of the conditions that a model looks at.
    pub fn of(model: &Model, days: &[DayRow]) -> Vec<Self> {
        let names = std::iter::once(TEMPERATURE).chain(model.drivers().iter().map(String::as_str));
        let intensity = model.drivers().iter().any(|name| name == "ppf_mol").then_some(INTENSITY);
        let range = |name: &str| {
            let known: Vec<f64> = days.iter().filter_map(|day| value(name, day)).collect();
            let low = known.iter().copied().reduce(f64::min)?;
            let high = known.iter().copied().reduce(f64::max)?;
            Some(Self { name: name.into(), low, high, days: known.len() })
        };
        names.chain(intensity).filter_map(range).collect()
    }

    /// The day's value where it leaves the range by more than a tenth of it.
    pub fn beyond(&self, day: &DayRow) -> Option<Extrapolation> {
        let slack = MARGIN * (self.high - self.low) + 1e-9;
        let value = value(&self.name, day).filter(|v| *v < self.low - slack || *v > self.high + slack)?;
        Some(Extrapolation { name: self.name.clone(), value, low: self.low, high: self.high })
    }
}
