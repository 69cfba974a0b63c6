//! What the meter and the weather station said.

use chrono::NaiveDate;

/// One local day of a meter and its weather.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Day {
    /// Local date.
    pub date: NaiveDate,
    /// Energy used, in the meter's unit; none where it was not measured.
    pub usage: Option<f64>,
    /// Mean outdoor temperature, °F; none where too few hours were measured.
    pub temperature_f: Option<f64>,
}

impl Day {
    /// Usage and temperature where both are known.
    pub fn complete(&self) -> Option<(f64, f64)> {
        Some((self.usage?, self.temperature_f?))
    }
}

/// One utility bill: what was used from its start to the next bill's start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bill {
    /// First day.
    pub start: NaiveDate,
    /// First day of the next bill.
    pub end: NaiveDate,
    /// Energy used, in the meter's unit; none for a bill that was not read.
    pub usage: Option<f64>,
}

impl Bill {
    /// Length, days.
    pub fn days(&self) -> f64 {
        (self.end - self.start).num_days() as f64
    }
}

/// What the meter counts, as far as it changes the rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fuel {
    /// A reading of 0 is a missing one (CalTRACK 2.3.2).
    Electricity,
    /// A reading of 0 is a reading; there is no cooling (CalTRACK 3.2.1, eemeter's `fit_cdd=False`).
    Gas,
}

impl Fuel {
    /// The reading, or none where it stands for a missing one.
    pub fn reading(self, usage: Option<f64>) -> Option<f64> {
        usage.filter(|v| v.is_finite() && (self == Self::Gas || *v != 0.0))
    }
}
