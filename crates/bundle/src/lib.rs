//! Statement bundles: a performance report with everything it rests on, as one signed archive, and checking such an
//! archive with nothing but the file. docs/BUNDLE.md
//!
//! Pure: no IO, no clock. Signing and checking signatures are the caller's, since servers and browsers have other libraries.

pub mod archive;
mod check;
pub mod content;
mod manifest;

#[cfg(test)]
mod tests;

pub use archive::File;
pub use check::{Check, Report, check};
pub use manifest::{Entry, Manifest, seal};
