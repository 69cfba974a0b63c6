//! The only crate that speaks foreign protocols. No type of a protocol leaves it.

pub mod mail;
