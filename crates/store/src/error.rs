//! The one error of this crate.

/// What a caller can branch on; the rest is the database's own report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such row, or none in the scope of the transaction: the two are not told apart on purpose.
    #[error("not found")]
    NotFound,
    /// A constraint refused the row.
    #[error("refused by constraint {constraint}")]
    Conflict {
        /// Name of the constraint or unique index.
        constraint: String,
    },
    /// The database failed or cannot be reached.
    #[error("database: {0}")]
    Database(#[source] sqlx::Error),
    /// The schema could not be brought up to date.
    #[error("migration: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::Database(report) => match report.constraint() {
                Some(constraint) => Self::Conflict { constraint: constraint.to_owned() },
                None => Self::Database(error),
            },
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// Whether trying the same again later can succeed: the database is away, restarting, full or busy. Such work
    /// is not accepted yet, and not lost.
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => true,
            // Connection exceptions, rollbacks to retry (deadlock, serialisation), resources (disk full), operator
            // intervention (shutdown, cancel), system errors, and a standby that takes no writes.
            sqlx::Error::Database(report) => report.code().is_some_and(|code| {
                ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class)) || code == "25006"
            }),
            _ => false,
        }
    }
}
