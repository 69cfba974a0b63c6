//! The only crate that speaks foreign protocols. No type of a protocol leaves it.

pub mod broker;
pub mod broker_admin;
pub mod green_button;
pub mod mail;
pub mod table;
pub mod weather;
pub mod webhook;
