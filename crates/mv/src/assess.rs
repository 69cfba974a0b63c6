//! From readings to an assessment: one function per method.

pub mod caltrack;
pub mod cea;
pub mod evidence;
pub mod known;
pub mod towt;

use crate::gates::Limits;
use crate::reading::Fuel;
use crate::uncertainty::bootstrap::Draws;

/// What all methods need to know besides the data.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What the meter counts.
    pub fuel: Fuel,
    /// Two-sided confidence of every interval, e.g. 0.9.
    pub confidence: f64,
    /// Limits of the gates.
    pub limits: Limits,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// Draws of a bootstrap: the 90 % point of 2 000 is steady to about 2 % of itself.
const REPLICATES: usize = 2_000;

impl Settings {
    /// With the limits of the methods themselves.
    pub fn new(fuel: Fuel, confidence: f64) -> Self {
        Self { fuel, confidence, limits: Limits::default(), seed: 1 }
    }

    /// How a bootstrap is drawn.
    pub fn draws(&self) -> Draws {
        Draws { seed: self.seed, replicates: REPLICATES }
    }
}
