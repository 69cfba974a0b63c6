//! The cloud server: wiring only, no business rules. `serve`, `migrate` and `admin` in one binary.

pub mod admin;
mod alerts;
pub mod config;
mod jobs;
pub mod middleware;
mod reporting;
pub mod rest;
pub mod routes;
mod savings;
pub mod serve;
pub mod signing_key;
pub mod site;
pub mod telemetry;
mod weather;
mod webhooks;
