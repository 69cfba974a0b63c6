//! The error the edges (pages, HTTP routes, command line) branch on.

/// One field of a form that cannot be accepted, and why.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct FieldError {
    /// Name of the field as the form sends it.
    pub field: String,
    /// What to do about it, as a sentence.
    pub message: String,
}

/// Why a use case did not happen. Nothing of it was committed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It does not exist, or the caller may not know that it does.
    #[error("not found")]
    NotFound,
    /// The caller's role does not allow it.
    #[error("your role does not allow this")]
    Forbidden,
    /// The input cannot be accepted as it is.
    #[error("{}", .0.iter().map(|e| e.message.as_str()).collect::<Vec<_>>().join(" "))]
    Invalid(Vec<FieldError>),
    /// It contradicts the present state; the text says what to do.
    #[error("{0}")]
    Conflict(String),
    /// A needed service is away; trying again later can succeed.
    #[error("not available at the moment: {0}")]
    Unavailable(String),
    /// Too many attempts.
    #[error("too many attempts; try again in {retry_after_s} seconds")]
    TooManyRequests {
        /// Seconds until the next attempt is looked at.
        retry_after_s: u64,
    },
    /// A fault of ours, with its cause for the log.
    #[error("internal error: {0}")]
    Internal(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// An error of a single form field.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![FieldError { field: field.to_owned(), message: message.into() }])
    }

    /// A fault of ours with its cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Internal(cause.into())
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NotFound => Self::NotFound,
            store::Error::Conflict { constraint } => {
                Self::Conflict(format!("This contradicts what is stored already ({constraint})."))
            }
            error if error.is_transient() => Self::Unavailable("the database".to_owned()),
            error => Self::internal(error),
        }
    }
}

impl From<domain::access::Forbidden> for Error {
    fn from(_: domain::access::Forbidden) -> Self {
        Self::Forbidden
    }
}
