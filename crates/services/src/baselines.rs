//! Baselines of a facility: fitting, picking, showing, and the way to a verified one. docs/BASELINES.md

mod fit;
pub(crate) mod inputs;
pub(crate) mod measured;
mod show;
pub mod steps;

pub use fit::{NewBaseline, choose, fit};
pub use show::{inputs_csv, list, view};
pub use steps::take_step;
