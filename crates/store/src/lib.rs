//! The only crate with SQL: PostgreSQL tables, row-level security, migrations. One file per noun.
//!
//! - A function takes `&mut PgConnection` of a transaction that its caller opened with [`Db::begin`]; nothing in
//!   this crate begins or commits, so a use case stays one transaction.
//! - [`Db::begin`] takes a [`domain::access::Scope`]; a person's is the proof that a permission was checked. It becomes settings of
//!   the transaction that row-level security reads: a query that forgets a condition still sees no foreign row.
//!
//! # Tests against a database
//!
//! `sqlx::test` makes a database for each test, runs the migrations and hands over the options to reach it
//! (`sqlx` has to be a dev-dependency of the crate under test):
//!
//! ```ignore
//! #[sqlx::test(migrator = "store::MIGRATOR")]
//! async fn a_test(pool: PgPoolOptions, connect: PgConnectOptions) {
//!     let db = store::Db::from_options(pool, connect);
//!     let mut tx = db.begin(&Scope::system()).await.unwrap();
//! }
//! ```

pub mod alerts;
pub mod audit;
pub mod baselines;
pub mod bundles;
mod column;
mod db;
pub mod envelopes;
mod error;
pub mod events;
pub mod facilities;
pub mod gateways;
pub mod imports;
pub mod jobs;
pub mod links;
pub mod meter_events;
pub mod notes;
pub mod organisations;
pub mod points;
pub mod production;
pub mod quarantine;
pub mod reports;
pub mod rollups;
pub mod savings;
pub mod schedules;
pub mod second_factors;
pub mod senders;
pub mod sessions;
pub mod tariffs;
pub mod templates;
pub mod tokens;
pub mod users;
pub mod utility;
pub mod verifications;
pub mod watermarks;
pub mod weather;
pub mod weather_drafts;
pub mod webhooks;
pub mod zones;

use column::column;
pub use db::{Db, Tx};
pub use error::Error;

/// What store functions return.
pub type Result<T> = std::result::Result<T, Error>;

/// Every migration, in order.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");
