//! From readings to an assessment: one function per method.

pub mod caltrack;

use crate::gates::Limits;
use crate::reading::Fuel;

/// What all methods need to know besides the data.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What the meter counts.
    pub fuel: Fuel,
    /// Two-sided confidence of every interval, e.g. 0.9.
    pub confidence: f64,
    /// Limits of the gates.
    pub limits: Limits,
}

impl Settings {
    /// With the limits of the methods themselves.
    pub fn new(fuel: Fuel, confidence: f64) -> Self {
        Self { fuel, confidence, limits: Limits::default() }
    }
}
