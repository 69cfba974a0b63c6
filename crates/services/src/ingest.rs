//! Ingest: from an envelope on the wire to committed rollups.
//!
//! `listen` takes messages from the broker and commits them in groups; `accept` is one such transaction, `checks` says
//! what may enter, `refresh` brings the rollups up to date, `watermarks` finds through where a gateway may trim its journal.
//! `history` takes files instead of messages, `rebuild` makes rollups anew from the envelopes.
//!
//! What holds, whatever is sent twice, late, out of order or interrupted:
//! - an envelope is kept once, and its readings are in the rollups once;
//! - every rollup row is the one that the kept envelopes give when read in order;
//! - a gateway hears a watermark only after the commit.

mod accept;
mod checks;
mod history;
mod known;
mod listen;
mod rebuild;
mod refresh;
mod watermarks;

pub(crate) use accept::enter;
pub use accept::{Accepted, Counts, accept};
pub use history::import_history;
pub use known::Registry;
pub use listen::{Ingestor, State};
pub(crate) use rebuild::rebuild_in;
pub use rebuild::{Difference, rebuild, verify};

use chrono::{DateTime, Utc};
use domain::id::GatewayId;

/// An envelope as it came in.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// Whose it is: from the topic or the command line, never from the body.
    pub gateway: GatewayId,
    /// The envelope's bytes.
    pub payload: Vec<u8>,
    /// Server time of arrival.
    pub received_at: DateTime<Utc>,
}

/// Which reading times may enter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// At most 45 days late and five minutes early, as gateways send.
    Live,
    /// Any past since 2000: history files and what operations release.
    History,
}
