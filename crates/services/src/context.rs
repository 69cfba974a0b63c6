//! What every use case needs: the database, the live hub, mail, the time and the public address.

use crate::live::Hub;
use crate::signer::Signer;
use chrono::{DateTime, TimeDelta, Utc};
use integrations::mail::Mailer;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use store::Db;

/// Cheap to clone; one per process.
#[derive(Clone, Debug)]
pub struct Context {
    /// The database.
    pub db: Db,
    /// Live fan-out to the browsers.
    pub live: Hub,
    /// Outgoing mail.
    pub mailer: Mailer,
    /// The time.
    pub clock: Clock,
    /// Where browsers reach this server, e.g. `https://portal.example.com`, without a slash at the end.
    pub origin: String,
    /// The key that signs verifications; without one none can be signed.
    pub signer: Option<Signer>,
    /// Whether ingest holds a session with the broker; part of readiness.
    pub broker_session: Arc<AtomicBool>,
}

/// The time: the system's, or one that tests move.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Stands still until moved; ms since the Unix epoch. Clones share it.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `at`, to the millisecond.
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::Fixed(Arc::new(AtomicI64::new(at.timestamp_millis())))
    }

    /// The time now, to the microsecond, which is what the database keeps.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Self::System => {
                let now = Utc::now();
                DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
            }
            Self::Fixed(ms) => {
                DateTime::from_timestamp_millis(ms.load(Ordering::SeqCst)).unwrap_or(DateTime::UNIX_EPOCH)
            }
        }
    }

    /// Moves a fixed clock forward; the system's clock does not move.
    pub fn advance(&self, by: TimeDelta) {
        if let Self::Fixed(ms) = self {
            ms.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
        }
    }
}
