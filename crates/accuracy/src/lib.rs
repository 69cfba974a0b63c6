//! Facilities with known truth, and how far an engine's savings are from it.
//!
//! The generator knows nothing of the engine: it simulates growing rooms and glasshouses in steps of fifteen minutes
//! with non-linear equipment, once with the old equipment and once with the new, and writes what a meter would have
//! seen. The engine is asked through its command line.

mod calendar;
mod case;
mod engine;
mod equipment;
mod facility;
mod glass;
mod leaf;
mod plan;
mod random;
mod report;
mod room;
mod run;
mod weather;

pub use case::Case;
pub use engine::{Answer, Engine, Method};
pub use report::{Outcome, Summary, evaluate, table};
pub use run::{Row, Run, Truth};
