//! Candidates of a baseline from its frozen inputs.
//!
//! The server fits with this, `gainshare-mv verify` and the browser recompute with it, and [`compare`] says where two
//! results differ. Pure: a text of daily rows in, candidates out.

pub mod compare;
pub mod days;
mod fit;
pub mod normalised;
pub mod savings_day;

pub use compare::{Recomputed, dossier, recompute};
pub use days::{Day, Days};
pub use fit::{METHODS, Model, STATED, VERSION, fit, quantify, unusual};
