//! The journal's small state file: how far the server has committed, and the greatest boot whose records are gone.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::files;

const NAME: &str = "journal.json";

/// Persisted beside the segments, always before a segment is deleted.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// The greatest boot of a deleted segment.
    pub(super) last_boot: u64,
    /// For each boot with records on disk: all up to this sequence number are committed by the server.
    pub(super) watermarks: BTreeMap<u64, u64>,
}

impl State {
    /// The stored state, or `None` where there is none that can be read.
    pub(super) fn load(dir: &Path) -> Option<Self> {
        let bytes = std::fs::read(dir.join(NAME)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Replaces the stored state.
    ///
    /// # Errors
    /// Whatever the file system says; the old state is then still in place.
    pub(super) fn save(&self, dir: &Path) -> io::Result<()> {
        let bytes = serde_json::to_vec(self).map_err(io::Error::other)?;
        files::replace(&dir.join(NAME), &bytes)
    }

    pub(super) fn watermark(&self, boot: u64) -> u64 {
        self.watermarks.get(&boot).copied().unwrap_or(0)
    }
}
