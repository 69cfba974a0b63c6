//! The REST interface: who asks, what they send, what they are told. Its routes are in `routes/rest.rs`. docs/API.md

pub mod answers;
pub mod bearer;
pub mod document;
pub mod figures;
pub mod guide;
pub mod problem;
pub mod reports;
pub mod requests;
