//! The whole server, from the request to the database. One binary, so that it is linked once.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a helper cannot do fails its test")]

#[path = "../../../crates/services/tests/it/baseline.rs"]
mod baseline;
mod cross_site;
mod figures;
mod jobs;
mod live;
mod portal;
mod rest;
mod schemathesis;
mod signing_in;
mod tables;
mod tenancy;
mod verification;
mod verify;
