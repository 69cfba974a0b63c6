//! Use cases: transaction, domain rules, store and integrations. Knows nothing of HTTP or HTML. One file per noun.

pub mod context;
pub mod error;
pub mod live;

pub use context::{Clock, Context};
pub use error::{Error, FieldError};

/// What use cases return.
pub type Result<T> = std::result::Result<T, Error>;
