//! Use cases: transaction, domain rules, store and integrations. Knows nothing of HTTP or HTML. One file per noun.

pub mod alerts;
pub mod audit;
pub mod baselines;
pub mod context;
pub mod error;
pub mod events;
pub mod exports;
pub mod facilities;
pub mod gateways;
pub mod imports;
pub mod ingest;
pub mod jobs;
pub mod links;
pub mod live;
pub mod meter_events;
pub mod notes;
pub mod organisations;
mod passwords;
pub mod people;
pub mod production;
pub mod quarantine;
pub mod reports;
pub mod savings;
pub mod second_factor;
pub mod sessions;
pub mod signer;
pub mod tariffs;
pub mod telemetry;
pub mod templates;
pub mod token;
pub mod tokens;
pub mod utility;
pub mod verifications;
pub mod weather;
pub mod webhooks;

pub use context::{Clock, Context};
pub use error::{Error, FieldError};

/// What use cases return.
pub type Result<T> = std::result::Result<T, Error>;
