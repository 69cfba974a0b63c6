//! Driver-adjusted daily model for controlled-environment agriculture: canopy, photons called for and weather.
//!
//! `usage = base + Σ canopy by stage + photons called for + CDD + HDD + chosen interactions`, slopes ≥ 0 where physics
//! says so, balance points on a grid, interactions chosen by BIC and kept only if months left out of the fit are
//! predicted better with them (the placebo check). Grid and linear algebra only.

pub mod driver;
pub mod nnls;
pub mod production;
pub mod search;
pub mod term;

use chrono::NaiveDate;

/// A day with everything a model may use.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Local date.
    pub date: NaiveDate,
    /// Usage, meter units.
    pub usage: f64,
    /// Mean outdoor temperature, °F.
    pub temperature_f: f64,
    /// One value per driver.
    pub drivers: Vec<f64>,
}
