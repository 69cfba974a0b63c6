//! The live protocol: what travels on the `/live` websocket, the same code in the server and in the browser.
//!
//! A client sends [`Request`] as JSON. The server answers with a [`Message`]: first a snapshot of every point of
//! each facility asked for, then deltas with consecutive sequence numbers. A client that misses a number asks again
//! and gets a new snapshot. Frames are hints for the eye; server functions are the truth.

use crate::id::{FacilityId, PointId};
use crate::point::{EndUse, Metric};
use crate::varint::{DecodeError, Reader, put_signed, put_unsigned};
use serde::{Deserialize, Serialize};

/// Most points a delta may name; bounds what a decoder allocates.
const POINTS_MAX: usize = 65_536;

const TAG_SNAPSHOT: u8 = 0;
const TAG_DELTA: u8 = 1;
const TAG_REFUSED: u8 = 2;

/// Most facilities one socket may watch.
pub const FACILITIES_MAX: usize = 50;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Send these facilities' snapshots, then their deltas. Replaces an earlier subscription.
    Subscribe(Vec<FacilityId>),
}

/// One point with its newest reading.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LivePoint {
    /// The point.
    pub id: PointId,
    /// Its name in the facility.
    pub name: String,
    /// Slug of its zone; none for facility-wide points.
    pub zone: Option<String>,
    /// What it measures; the unit follows from it.
    pub metric: Metric,
    /// What its energy is used for.
    pub end_use: Option<EndUse>,
    /// Physical value = raw × 10^-decimals.
    pub decimals: u8,
    /// Expected time between readings, ms; a reading older than three times this is stale.
    pub interval_ms: u32,
    /// Newest raw value; none before the first reading.
    pub raw: Option<i64>,
    /// When that value was observed, ms since the Unix epoch.
    pub at_ms: i64,
}

impl LivePoint {
    /// The newest value in the metric's unit.
    pub fn value(&self) -> Option<rust_decimal::Decimal> {
        Some(rust_decimal::Decimal::new(self.raw?, u32::from(self.decimals)))
    }
}

/// All points of a facility at one sequence number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Snapshot {
    /// The facility.
    pub facility: FacilityId,
    /// Number by which this facility's deltas name it; valid on this connection.
    pub topic: u32,
    /// The next delta carries this number plus one.
    pub seq: u64,
    /// The points; deltas refer to them by position.
    pub points: Vec<LivePoint>,
}

/// One changed point of a delta.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Position in the snapshot's `points`.
    pub index: usize,
    /// New raw value minus the one before (minus zero where there was none).
    pub step: i64,
    /// When it was observed, ms since the Unix epoch.
    pub at_ms: i64,
}

/// What changed since the frame before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    /// Which snapshot it continues.
    pub topic: u32,
    /// One more than the frame before.
    pub seq: u64,
    /// Changed points in ascending position.
    pub changes: Vec<Change>,
}

/// One frame from the server.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Start or resynchronise.
    Snapshot(Snapshot),
    /// Advance by one.
    Delta(Delta),
    /// The subscription was refused; the text says why.
    Refused(String),
}

impl Message {
    /// The binary frame: a tag, then JSON for snapshots and refusals, packed integers for deltas.
    pub fn encode(&self) -> Vec<u8> {
        match self {
            Self::Snapshot(snapshot) => tagged_json(TAG_SNAPSHOT, snapshot),
            Self::Refused(reason) => tagged_json(TAG_REFUSED, reason),
            Self::Delta(delta) => encode_delta(delta),
        }
    }

    /// Reads a frame. Never panics; a frame that does not parse asks for a new snapshot.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (&tag, body) = bytes.split_first().ok_or(DecodeError::Truncated)?;
        match tag {
            TAG_SNAPSHOT => json(body).map(Self::Snapshot),
            TAG_REFUSED => json(body).map(Self::Refused),
            TAG_DELTA => decode_delta(body).map(Self::Delta),
            _ => Err(DecodeError::Invalid("unknown live frame tag")),
        }
    }
}

fn tagged_json<T: Serialize>(tag: u8, value: &T) -> Vec<u8> {
    let mut out = vec![tag];
    // Strings, numbers and lists always serialise; an empty body would be refused by the decoder.
    out.extend(serde_json::to_vec(value).unwrap_or_default());
    out
}

fn json<T: serde::de::DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    serde_json::from_slice(body).map_err(|_| DecodeError::Invalid("live frame is not the expected JSON"))
}

/// Times repeat within a tick, so each is sent as the difference from the change before; the first one is absolute.
fn encode_delta(delta: &Delta) -> Vec<u8> {
    let mut out = Vec::with_capacity(12 + delta.changes.len() * 4);
    out.push(TAG_DELTA);
    put_unsigned(&mut out, u64::from(delta.topic));
    put_unsigned(&mut out, delta.seq);
    put_unsigned(&mut out, delta.changes.len() as u64);
    let (mut index, mut at_ms) = (0, 0);
    for change in &delta.changes {
        // The lowest bit says whether the time differs, so that an unchanged time costs nothing.
        let moved = change.at_ms != at_ms;
        put_unsigned(&mut out, (((change.index - index) as u64) << 1) | u64::from(moved));
        if moved {
            put_signed(&mut out, change.at_ms.wrapping_sub(at_ms));
        }
        put_signed(&mut out, change.step);
        (index, at_ms) = (change.index, change.at_ms);
    }
    out
}

fn decode_delta(body: &[u8]) -> Result<Delta, DecodeError> {
    let mut reader = Reader::new(body);
    let topic =
        u32::try_from(reader.unsigned()?).map_err(|_| DecodeError::Invalid("live topic out of range"))?;
    let seq = reader.unsigned()?;
    let count = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    if count > POINTS_MAX {
        return Err(DecodeError::Invalid("live frame names too many points"));
    }
    let mut changes = Vec::with_capacity(count.min(body.len()));
    let (mut index, mut at_ms) = (0usize, 0i64);
    for _ in 0..count {
        let head = reader.unsigned()?;
        index = usize::try_from(head >> 1)
            .ok()
            .and_then(|gap| index.checked_add(gap))
            .filter(|&i| i < POINTS_MAX)
            .ok_or(DecodeError::Invalid("live frame names a point out of range"))?;
        if head & 1 == 1 {
            at_ms = at_ms.wrapping_add(reader.signed()?);
        }
        changes.push(Change { index, step: reader.signed()?, at_ms });
    }
    reader.finish()?;
    Ok(Delta { topic, seq, changes })
}

/// The snapshot and the delta do not fit together; ask for a new snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("live frames were missed")]
pub struct OutOfSync;

impl Snapshot {
    /// Advances by one delta.
    pub fn apply(&mut self, delta: &Delta) -> Result<(), OutOfSync> {
        let fits = delta.topic == self.topic
            && delta.seq == self.seq + 1
            && delta.changes.iter().all(|c| c.index < self.points.len());
        if !fits {
            return Err(OutOfSync);
        }
        for change in &delta.changes {
            let point = &mut self.points[change.index];
            point.raw = Some(point.raw.unwrap_or(0).wrapping_add(change.step));
            point.at_ms = change.at_ms;
        }
        self.seq = delta.seq;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
