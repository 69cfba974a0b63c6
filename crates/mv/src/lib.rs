//! Measurement and verification of savings: baselines, counterfactuals, savings and their uncertainty.
//!
//! Pure: no IO, no clock, no randomness (seeds are passed in), no function of the platform's mathematics library, and
//! sums in a fixed order, so that server, browser and an auditor's laptop print the same digits. `docs/MV.md` tells
//! methods and formulas; the facts behind them are cited where they are used.
//!
//! Signs: savings = counterfactual − observed, positive when less was used than the baseline model expects.
//! Residuals are predicted − observed. Temperatures are °F, the unit of CalTRACK's balance points.

pub mod adjust;
pub mod assess;
pub mod assessment;
pub mod baseline;
pub mod caltrack;
pub mod cea;
pub mod degree_days;
pub mod finding;
pub mod gates;
pub mod linalg;
pub mod live;
pub mod metrics;
pub mod normalised;
pub mod nre;
pub mod portfolio;
pub mod reading;
pub mod reconcile;
pub mod series;
pub mod stats;
pub mod student;
pub mod towt;
pub mod uncertainty;
pub mod yield_guard;

/// Version of the engine, printed with every result and pinned by a verified baseline. It changes whenever a number can.
pub const ENGINE_VERSION: &str = "0.2.0";
