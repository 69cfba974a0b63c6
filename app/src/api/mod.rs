//! Server functions: what the pages ask the server for. Each resolves the caller first and hands over to a use case.

pub mod activity;
pub mod alerts;
pub mod baselines;
pub mod events;
pub mod exports;
pub mod facilities;
pub mod imports;
pub mod ingest;
pub mod jobs;
pub mod live;
pub mod notes;
pub mod people;
pub mod production;
pub mod reports;
pub mod savings;
pub mod session;
pub mod tariff;
pub mod tokens;
pub mod utility;
pub mod verification;
pub mod verify;
pub mod weather;
pub mod webhooks;

use chrono::{DateTime, Utc};
use domain::local_clock::LocalClock;
use serde::{Deserialize, Serialize};

/// A read model with the facility's clock over the time it speaks of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Zoned<T> {
    /// What was asked for.
    pub view: T,
    /// For every time shown.
    pub clock: LocalClock,
}

impl<T> Zoned<T> {
    /// Adds the clock of `zone` between two instants.
    pub fn new(view: T, zone: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self { view, clock: LocalClock::by_name(zone, from, to) }
    }
}
