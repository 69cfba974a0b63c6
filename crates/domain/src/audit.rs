//! The audit trail: what a record says, how it is hashed, and how a chain of records is checked.
//!
//! Each organisation has one chain. A record's hash covers its content and the hash of the record before it, so no
//! record can be changed, removed or moved without breaking every later one. A chain cut short at its end is whole in
//! itself; that is noticed against a height and hash that somebody kept from an earlier check.

use crate::id::{FacilityId, OrganisationId, UserId};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;

/// SHA-256 of a record. In text, 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// What the first record of a chain names as the one before it.
    pub const NONE: Self = Self([0; 32]);

    /// The hash in these bytes; none unless there are 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl std::str::FromStr for Hash {
    type Err = hex::FromHexError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes)?;
        Ok(Self(bytes))
    }
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Whose chain it belongs to.
    pub organisation: OrganisationId,
    /// Position in the chain, from 1 without holes.
    pub height: u64,
    /// When, to the microsecond.
    pub at: DateTime<Utc>,
    /// Who; none for background work.
    pub actor_id: Option<UserId>,
    /// Their name at the time, or the name of the background work.
    pub actor: String,
    /// `noun.verb`, e.g. `import.confirmed`.
    pub action: String,
    /// What it was done to, e.g. `facility:cedar-flower`.
    pub subject: String,
    /// The facility it concerns, if it is one.
    pub facility: Option<FacilityId>,
    /// Particulars as JSON text, kept and hashed to the byte.
    pub detail: String,
}

/// An event with its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// What happened.
    pub event: Event,
    /// Hash of the record before it.
    pub previous: Hash,
    /// Hash of this one.
    pub hash: Hash,
}

impl Record {
    /// Seals an event behind the record whose hash is `previous`.
    pub fn seal(event: Event, previous: Hash) -> Self {
        let hash = hash(&event, previous);
        Self { event, previous, hash }
    }
}

/// SHA-256 over a canonical form: a tag, then every field in a fixed order, numbers big-endian, texts with their
/// length before them, absent ids as a zero byte. The previous hash comes last.
fn hash(event: &Event, previous: Hash) -> Hash {
    let mut sha = Sha256::new();
    sha.update(b"gainshare audit 1\0");
    sha.update(event.organisation.0.as_bytes());
    sha.update(event.height.to_be_bytes());
    sha.update(event.at.timestamp_micros().to_be_bytes());
    for id in [event.actor_id.map(|id| id.0), event.facility.map(|id| id.0)] {
        sha.update([u8::from(id.is_some())]);
        sha.update(id.unwrap_or_default().as_bytes());
    }
    for text in [&event.actor, &event.action, &event.subject, &event.detail] {
        sha.update((text.len() as u64).to_be_bytes());
        sha.update(text.as_bytes());
    }
    sha.update(previous.0);
    Hash(sha.finalize().into())
}

/// Where a chain stops being whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("record {height} {fault}")]
pub struct Broken {
    /// The first record that is not as it was written.
    pub height: u64,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What is wrong with a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It is not there.
    #[error("is missing")]
    Missing,
    /// Its content is not what was hashed.
    #[error("was changed after it was written")]
    Changed,
    /// It follows another record than the one before it.
    #[error("does not follow the record before it")]
    Unlinked,
    /// It was replaced, with everything after it, since its hash was noted.
    #[error("has another hash than the one noted earlier")]
    Rewritten,
}

/// A check in progress: records go in by height, the first broken one comes out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chain {
    organisation: OrganisationId,
    height: u64,
    hash: Hash,
    expected: Option<(u64, Hash)>,
}

impl Chain {
    /// Begins before the first record. `expected` is a height and hash noted from an earlier check.
    pub fn new(organisation: OrganisationId, expected: Option<(u64, Hash)>) -> Self {
        Self { organisation, height: 0, hash: Hash::NONE, expected }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// The first record that is broken: this one, or one that should have come before it.
    pub fn push(&mut self, record: &Record) -> Result<(), Broken> {
        let height = self.height + 1;
        let broken = |fault| Err(Broken { height, fault });
        if record.event.height != height || record.event.organisation != self.organisation {
            return broken(Fault::Missing);
        }
        if hash(&record.event, record.previous) != record.hash {
            return broken(Fault::Changed);
        }
        if record.previous != self.hash {
            return broken(Fault::Unlinked);
        }
        if self.expected.is_some_and(|(at, hash)| at == height && hash != record.hash) {
            return broken(Fault::Rewritten);
        }
        (self.height, self.hash) = (height, record.hash);
        Ok(())
    }

    /// Ends the check and returns height and hash of the last record, to be noted for the next one.
    ///
    /// # Errors
    /// When the chain ends before the height that was expected.
    pub fn finish(self) -> Result<(u64, Hash), Broken> {
        match self.expected {
            Some((at, _)) if at > self.height => {
                Err(Broken { height: self.height + 1, fault: Fault::Missing })
            }
            _ => Ok((self.height, self.hash)),
        }
    }
}

#[cfg(test)]
mod tests;
