//! Green Button files: NAESB ESPI resources in an Atom feed. docs/GREEN_BUTTON.md says what is read and what is refused.
//!
//! [`parse`] streams: XML events ([`walk`]) become entries ([`feed`]), entries are joined by their links ([`link`]),
//! and each metered series is checked and scaled ([`series`]). Nothing of ESPI leaves this module.

mod codes;
mod feed;
mod input;
mod link;
mod number;
mod overlap;
mod refusal;
mod series;
mod statement;
mod walk;

pub use input::Limits;

use domain::utility::{Refusal, UtilityFile};
use std::io::BufRead;

/// Why a file gives nothing.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file as a whole is refused.
    #[error("{}: {} {}", .0.element, .0.reason, .0.advice)]
    Refused(Box<Refusal>),
    /// It could not be read from where it is.
    #[error("reading the file: {0}")]
    Io(#[source] std::io::Error),
}

/// Reads a Green Button file. Series that cannot be trusted are listed in [`UtilityFile::refusals`]; they do not stop
/// the others.
///
/// # Errors
/// When the file as a whole is refused (no XML, no Atom feed, a document type, beyond a limit) or cannot be read.
pub fn parse(input: impl BufRead, limits: &Limits) -> Result<UtilityFile, Error> {
    let feed = feed::read(input, limits)?;
    link::join(&feed)
}

#[cfg(test)]
mod tests;
