//! Baselines of a facility: fitting, picking, showing, and the way to a verified one. docs/BASELINES.md

mod fit;
pub(crate) mod inputs;
pub(crate) mod measured;
mod new;
mod requested;
mod show;
pub mod steps;

pub use fit::{choose, fit};
pub use new::{Material, NewBaseline, Row, given};
pub use requested::{Answer, Cursor, Filter, Once, Page, create, find, page};
pub use show::{inputs_csv, list, view};
pub use steps::take_step;
