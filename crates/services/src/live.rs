//! Live fan-out within one process: committed readings in, coalesced frames out.
//!
//! A facility is held here only while somebody watches it. Its frames are encoded once, whoever watches, at most
//! two a second. The channel to each watcher is bounded: one that falls behind is told so and starts again from
//! a snapshot, so a slow browser costs nobody anything.

mod missed;
mod watch;

use domain::id::{FacilityId, GatewayId};
use domain::live::{Change, Delta, LivePoint, Message, Snapshot};
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::broadcast;
use tokio::time::Instant;

pub use missed::missed;
pub use watch::{snapshots, subscribe};

/// Shortest time between two frames of a facility, unless the hub is made with another.
pub const FRAME_INTERVAL: Duration = Duration::from_millis(500);

/// Frames a watcher may be behind before it has to start again.
const BACKLOG_FRAMES: usize = 8;

/// Readings of one gateway that have just been committed.
#[derive(Clone, Debug)]
pub struct FacilityUpdate {
    /// The facility.
    pub facility: FacilityId,
    /// The gateway whose channels the readings name.
    pub gateway: GatewayId,
    /// The newest reading of each channel.
    pub readings: Vec<LiveReading>,
}

/// One committed reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LiveReading {
    /// Channel of the gateway.
    pub channel: u32,
    /// When it was observed, ms since the Unix epoch.
    pub at_ms: i64,
    /// Raw value.
    pub raw: i64,
}

/// A point to watch, and the channel it comes from. Points fed by imports have none and never move.
#[derive(Clone, Debug)]
pub struct LiveSource {
    /// The point with its newest known reading.
    pub point: LivePoint,
    /// Gateway and channel.
    pub channel: Option<(GatewayId, u32)>,
}

/// A watcher's end: the state now, and every frame after it.
#[derive(Debug)]
pub struct Subscription {
    /// The encoded snapshot; `frames` continues exactly where it stops.
    pub snapshot: Vec<u8>,
    /// Encoded deltas. `Lagged` or `Closed` means: subscribe again.
    pub frames: broadcast::Receiver<Arc<[u8]>>,
}

/// All facilities being watched. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Hub {
    inner: Arc<Mutex<Inner>>,
    frame_interval: Duration,
}

impl Default for Hub {
    fn default() -> Self {
        Self::new(FRAME_INTERVAL)
    }
}

#[derive(Debug, Default)]
struct Inner {
    topics: u32,
    facilities: HashMap<FacilityId, Watched>,
}

#[derive(Debug)]
struct Watched {
    /// The state that everybody who has read all frames holds.
    sent: Snapshot,
    /// Position of each channel in `sent.points`.
    positions: HashMap<(GatewayId, u32), usize>,
    /// Newer readings that the next frame will carry: position → (raw, time).
    pending: BTreeMap<usize, (i64, i64)>,
    frames: broadcast::Sender<Arc<[u8]>>,
    next_frame_at: Instant,
    timer_running: bool,
}

impl Hub {
    /// A hub that sends at most one frame per facility in `frame_interval`.
    pub fn new(frame_interval: Duration) -> Self {
        Self { inner: Arc::default(), frame_interval }
    }

    /// Takes committed readings. Costs a hash look-up when nobody watches the facility.
    pub fn publish(&self, update: &FacilityUpdate) {
        let mut inner = self.lock();
        let Some(watched) = inner.facilities.get_mut(&update.facility) else { return };
        for reading in &update.readings {
            if let Some(&position) = watched.positions.get(&(update.gateway, reading.channel)) {
                watched.note(position, reading.raw, reading.at_ms);
            }
        }
        self.send_or_wait(&mut inner, update.facility);
    }

    /// Joins a facility that is already watched; none if nobody watches it yet.
    pub fn join(&self, facility: FacilityId) -> Option<Subscription> {
        self.lock().facilities.get(&facility).map(Watched::subscribe)
    }

    /// Starts watching a facility with these points, or joins those who already do. Values that a commit has made
    /// older than what is held are passed over, so it does not matter that they were read without a lock.
    pub fn open(&self, facility: FacilityId, sources: &[LiveSource]) -> Subscription {
        let mut inner = self.lock();
        if !inner.facilities.contains_key(&facility) {
            inner.topics += 1;
            let watched = Watched::new(facility, inner.topics, sources);
            inner.facilities.insert(facility, watched);
        }
        inner.facilities[&facility].subscribe()
    }

    /// Fills in newest values read from the database after [`Hub::open`].
    pub fn fill(&self, facility: FacilityId, sources: &[LiveSource]) {
        let mut inner = self.lock();
        let Some(watched) = inner.facilities.get_mut(&facility) else { return };
        for (source, raw) in sources.iter().filter_map(|s| Some((s, s.point.raw?))) {
            let position = source.channel.and_then(|channel| watched.positions.get(&channel));
            if let Some(&position) = position {
                watched.note(position, raw, source.point.at_ms);
            }
        }
        self.send_or_wait(&mut inner, facility);
    }

    /// Drops what is held of a facility because its points changed; its watchers subscribe again.
    pub fn forget(&self, facility: FacilityId) {
        self.lock().facilities.remove(&facility);
    }

    /// Sends what is pending now, or leaves it to the timer when the last frame was too recent.
    fn send_or_wait(&self, inner: &mut Inner, facility: FacilityId) {
        let Some(watched) = inner.facilities.get_mut(&facility) else { return };
        let now = Instant::now();
        if now >= watched.next_frame_at {
            watched.send(now + self.frame_interval);
            if watched.frames.receiver_count() == 0 {
                inner.facilities.remove(&facility);
            }
        } else if !watched.timer_running {
            watched.timer_running = true;
            let (hub, due) = (self.clone(), watched.next_frame_at);
            tokio::spawn(async move {
                tokio::time::sleep_until(due).await;
                let mut inner = hub.lock();
                if let Some(watched) = inner.facilities.get_mut(&facility) {
                    watched.timer_running = false;
                }
                hub.send_or_wait(&mut inner, facility);
            });
        }
    }

    /// The state is whole between any two statements that could panic, so a poisoned lock is still good.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    fn new(facility: FacilityId, topic: u32, sources: &[LiveSource]) -> Self {
        let positions = sources.iter().enumerate().filter_map(|(i, s)| Some((s.channel?, i))).collect();
        let points = sources.iter().map(|s| s.point.clone()).collect();
        Self {
            sent: Snapshot { facility, topic, seq: 0, points },
            positions,
            pending: BTreeMap::new(),
            frames: broadcast::Sender::new(BACKLOG_FRAMES),
            next_frame_at: Instant::now(),
            timer_running: false,
        }
    }

    fn subscribe(&self) -> Subscription {
        let snapshot = Message::Snapshot(self.sent.clone()).encode();
        Subscription { snapshot, frames: self.frames.subscribe() }
    }

    /// Keeps a reading for the next frame if it is newer than what is held: late data is no news.
    fn note(&mut self, position: usize, raw: i64, at_ms: i64) {
        let point = &self.sent.points[position];
        let held = self.pending.get(&position).map_or(point.raw.map(|_| point.at_ms), |p| Some(p.1));
        if held.is_none_or(|held| at_ms > held) {
            self.pending.insert(position, (raw, at_ms));
        }
    }

    fn send(&mut self, next_frame_at: Instant) {
        if self.pending.is_empty() {
            return;
        }
        let points = &self.sent.points;
        let change = |(index, (raw, at_ms)): (usize, (i64, i64))| Change {
            index,
            step: raw.wrapping_sub(points[index].raw.unwrap_or(0)),
            at_ms,
        };
        let changes = std::mem::take(&mut self.pending).into_iter().map(change).collect();
        let delta = Delta { topic: self.sent.topic, seq: self.sent.seq + 1, changes };
        // The delta is made from this very state, so it fits.
        let applied = self.sent.apply(&delta);
        debug_assert_eq!(applied, Ok(()));
        self.next_frame_at = next_frame_at;
        // Nobody listening is not an error: the facility is dropped by the caller.
        let _ = self.frames.send(Message::Delta(delta).encode().into());
    }
}

#[cfg(test)]
mod tests;
