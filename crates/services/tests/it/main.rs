//! Use cases against a real PostgreSQL and a real broker. One binary, so that the library is linked once.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "what a helper cannot do fails its test")]

mod accounts;
mod alerts;
mod audit;
mod baseline;
mod baselines;
mod broker;
mod bundle;
mod dashboard;
mod events;
mod facilities;
mod faults;
mod gateways;
mod imports;
mod ingest;
mod jobs;
mod meter_events;
mod people;
mod permutations;
mod production;
mod quarantine;
mod schedules;
mod sessions;
mod support;
mod tables;
mod tariffs;
mod telemetry;
mod templates;
mod tokens;
mod uploaded;
mod verification;
mod weather;
mod webhooks;
mod world;
