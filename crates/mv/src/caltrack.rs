//! CalTRACK 2.0 daily and billing methods, with the results of eemeter 3.2.0.
//!
//! Candidates `usage per day = base + heating · HDD + cooling · CDD` are fitted for every pair of balance points from
//! 30 to 90 °F; those with a negative coefficient are out; the highest adjusted R² wins (CalTRACK 3.2–3.4). Version 2.0
//! of the methods has no p-value rule.

pub mod billing;
pub mod daily;
pub mod search;

use serde::{Deserialize, Serialize};

/// Terms a chosen model has besides its base load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The mean.
    InterceptOnly,
    /// Heating.
    HddOnly,
    /// Cooling.
    CddOnly,
    /// Both.
    CddHdd,
}

impl Form {
    /// Name as eemeter prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::InterceptOnly => "intercept_only",
            Self::HddOnly => "hdd_only",
            Self::CddOnly => "cdd_only",
            Self::CddHdd => "cdd_hdd",
        }
    }
}

/// A degree-day term.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Term {
    /// Balance point, °F.
    pub balance_point: i32,
    /// Meter units per °F and day.
    pub slope: f64,
}

/// A baseline model of usage per day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// Base load, meter units per day.
    pub base: f64,
    /// Usage below its balance point.
    pub heating: Option<Term>,
    /// Usage above its balance point.
    pub cooling: Option<Term>,
}

impl Model {
    /// Which terms it has.
    pub fn form(&self) -> Form {
        match (self.heating, self.cooling) {
            (None, None) => Form::InterceptOnly,
            (Some(_), None) => Form::HddOnly,
            (None, Some(_)) => Form::CddOnly,
            (Some(_), Some(_)) => Form::CddHdd,
        }
    }

    /// Coefficients besides the base load.
    pub fn parameters(&self) -> usize {
        usize::from(self.heating.is_some()) + usize::from(self.cooling.is_some())
    }

    /// Usage over `days` with the degree days that `heating` and `cooling` tell for a balance point, meter units.
    pub fn usage(&self, days: f64, heating: impl Fn(i32) -> f64, cooling: impl Fn(i32) -> f64) -> f64 {
        let part = |term: Option<Term>, degree_days: &dyn Fn(i32) -> f64| {
            term.map_or(0.0, |term| term.slope * degree_days(term.balance_point))
        };
        self.base * days + part(self.heating, &heating) + part(self.cooling, &cooling)
    }
}
