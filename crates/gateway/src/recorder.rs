//! Puts ticks into the journal, and keeps them in memory for a while when the disk does not take them.

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::clock::wall_ms;
use crate::journal::{AppendError, Journal};
use crate::seal::{self, Tick};
use crate::status::Status;

/// Ticks kept in memory while the disk refuses: two hours of one every 10 s.
const MOST_WAITING: usize = 720;
/// An envelope is closed at this many record bytes even when it could take more ticks.
const MOST_BYTES: usize = 512 << 10;

/// The journal, shared by the recorder (writes) and the uplink (reads and trims).
#[derive(Clone)]
pub(crate) struct Shared {
    journal: Arc<Mutex<Journal>>,
    /// Told when there may be something new to send.
    pub(crate) grown: Arc<Notify>,
}

impl Shared {
    pub(crate) fn new(journal: Journal) -> Self {
        Self { journal: Arc::new(Mutex::new(journal)), grown: Arc::new(Notify::new()) }
    }

    /// Runs `work` on the journal, with the other tasks of this thread moved away: disks block.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Journal) -> T) -> T {
        tokio::task::block_in_place(|| work(&mut self.lock()))
    }

    fn lock(&self) -> MutexGuard<'_, Journal> {
        self.journal.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Waiting {
    tick: Tick,
    new_boot: bool,
}

pub(crate) struct Recorder {
    shared: Shared,
    status: Arc<Status>,
    waiting: VecDeque<Waiting>,
    /// A refused tick was to start a new boot; the next one does.
    boot_due: bool,
    /// Map version, ticks and bytes of the envelope that is being filled.
    filling: Option<(u32, u32, usize)>,
}

impl Recorder {
    pub(crate) fn new(shared: Shared, status: Arc<Status>) -> Self {
        Self { shared, status, waiting: VecDeque::new(), boot_due: false, filling: None }
    }

    /// Takes a tick; it is on disk on return, or waits in memory, or is counted as refused.
    pub(crate) fn push(&mut self, tick: Tick, new_boot: bool, ticks_per_envelope: u32) {
        let (at_ms, readings) = (tick.at_ms, tick.values.len());
        let new_boot = std::mem::take(&mut self.boot_due) || new_boot;
        self.waiting.push_back(Waiting { tick, new_boot });
        let problem = self.flush(ticks_per_envelope).err();
        let refused = self.waiting.len() > MOST_WAITING;
        if refused {
            self.boot_due = self.waiting.pop_back().is_some_and(|w| w.new_boot);
        }
        let mut report = self.status.edit();
        report.last_tick_ms = Some(at_ms);
        report.last_tick_readings = readings;
        report.waiting_ticks = self.waiting.len();
        report.refused_ticks += u64::from(refused);
        match (&problem, &report.disk_problem) {
            (Some(error), None) => {
                tracing::error!(%error, "readings wait in memory until the disk takes them");
            }
            (None, Some(_)) => {
                tracing::info!(refused = report.refused_ticks, "the disk takes readings again");
            }
            _ => {}
        }
        report.disk_problem = problem.map(|e| e.to_string());
        if refused {
            tracing::error!(total = report.refused_ticks, "a tick is given up: no room on disk or in memory");
        }
    }

    fn flush(&mut self, ticks_per_envelope: u32) -> Result<(), AppendError> {
        while let Some(next) = self.waiting.front() {
            let (count, bytes) = match self.filling {
                Some((version, count, bytes)) if version == next.tick.map_version && !next.new_boot => {
                    (count, bytes)
                }
                _ => (0, 0),
            };
            let mut size = 0;
            let closed = self.shared.with(|journal| {
                if next.new_boot {
                    journal.start_boot(wall_ms());
                    self.status.edit().boot = journal.boot().to_string();
                } else if count == 0 {
                    journal.seal();
                }
                // The record is at most as long as its readings: 5 bytes of channel, 10 of value each, and a header.
                let last =
                    count + 1 >= ticks_per_envelope || bytes + next.tick.values.len() * 16 + 64 > MOST_BYTES;
                journal.append(last, |boot, seq| {
                    let body = seal::record(&next.tick, boot, seq);
                    size = body.len();
                    body
                })?;
                Ok::<bool, AppendError>(last)
            });
            let closed = match closed {
                Ok(closed) => closed,
                Err(error) => {
                    // The boot is started; the retry must not start another.
                    if let Some(next) = self.waiting.front_mut() {
                        next.new_boot = false;
                    }
                    // Send what there is: room comes only from what the server commits.
                    self.close_envelope();
                    return Err(error);
                }
            };
            self.filling = (!closed).then_some((next.tick.map_version, count + 1, bytes + size));
            self.waiting.pop_front();
            self.shared.grown.notify_one();
        }
        Ok(())
    }

    /// Closes the envelope that is being filled, so that it can be sent.
    pub(crate) fn close_envelope(&mut self) {
        self.filling = None;
        self.shared.with(Journal::seal);
        self.shared.grown.notify_one();
    }
}
