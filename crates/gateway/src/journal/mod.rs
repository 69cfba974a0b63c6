//! The journal: every tick is on disk before it is sent, and leaves the disk only when the server has committed it.
//!
//! Records of one process start (a *boot*) are numbered 1, 2, 3, …; a number names an envelope, and an envelope is
//! one or more records (ticks). Segment files each hold records of one boot. Nothing here knows what a body means.

mod reader;
mod recovery;
mod segment;
mod state;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use state::State;

use crate::files::sync_folder;

pub use reader::{Cursor, Entry};

/// Disk space the journal may take unless told otherwise, bytes: four times what 200 points every 10 s need in 72 h.
pub const DEFAULT_MAX_BYTES: u64 = 256 << 20;
/// Smallest limit that leaves room for more than one segment, bytes.
pub const LEAST_MAX_BYTES: u64 = 64 << 10;

const SEGMENT_BYTES: u64 = 1 << 20;
const SAVE_EVERY: Duration = Duration::from_secs(30);

/// Why the journal could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process writes this journal; two writers would reuse sequence numbers.
    #[error("another gateway already uses {0}; stop it or choose another --data folder")]
    InUse(PathBuf),
    /// The folder cannot be read or written.
    #[error("cannot open the journal in {0}: {1}")]
    Io(PathBuf, #[source] io::Error),
}

/// Why a record was not accepted. It is not on disk, and its sequence number is still free.
#[derive(Debug, thiserror::Error)]
pub enum AppendError {
    /// The journal holds as much uncommitted data as it may.
    #[error("the journal is full ({0} bytes, none of them committed by the server)")]
    Full(u64),
    /// The body is larger than a record may be.
    #[error("a record of {0} bytes is too large")]
    TooLarge(usize),
    /// The disk refused.
    #[error("cannot write the journal: {0}")]
    Io(#[from] io::Error),
}

/// What a committed watermark did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trim {
    /// More envelopes than before are committed.
    Advanced,
    /// Nothing new.
    Unchanged,
    /// The server claims an envelope that this boot has not finished; ignored.
    Ahead,
}

/// How much the journal holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Depth {
    /// Envelopes on disk that the server has not committed.
    pub envelopes: u64,
    /// Bytes on disk.
    pub bytes: u64,
    /// Most bytes it may take.
    pub max_bytes: u64,
}

struct Segment {
    index: u64,
    boot: u64,
    first: u64,
    last: u64,
    len: u64,
}

/// An append-only store of records in one folder, owned by one process.
pub struct Journal {
    dir: PathBuf,
    max_bytes: u64,
    segment_bytes: u64,
    segments: VecDeque<Segment>,
    /// The file of the last segment while it takes records.
    active: Option<File>,
    /// The last write failed: bytes after the last record must go before another is written.
    torn: bool,
    /// The last append did not work.
    failed: bool,
    boot: u64,
    last_seq: u64,
    /// The last envelope may still get records.
    open: bool,
    next_index: u64,
    state: State,
    saved: Instant,
    reading: Option<(u64, File)>,
    _lock: File,
}

impl Journal {
    /// Opens the folder, keeps what is valid, and starts a new boot at `now_ms` (Unix time).
    ///
    /// # Errors
    /// When another process holds the folder, or it cannot be read or written.
    pub fn open(dir: &Path, max_bytes: u64, now_ms: i64) -> Result<Self, OpenError> {
        let failed = |error| OpenError::Io(dir.to_owned(), error);
        std::fs::create_dir_all(dir).map_err(failed)?;
        let lock = File::create(dir.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse(dir.to_owned())),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let max_bytes = max_bytes.max(LEAST_MAX_BYTES);
        let state = State::load(dir);
        let mut journal = Self {
            dir: dir.to_owned(),
            max_bytes,
            segment_bytes: SEGMENT_BYTES.min(max_bytes / 16),
            segments: VecDeque::new(),
            active: None,
            torn: false,
            failed: false,
            boot: 0,
            last_seq: 0,
            open: false,
            next_index: 1,
            state: State::default(),
            saved: Instant::now(),
            reading: None,
            _lock: lock,
        };
        journal.recover().map_err(failed)?;
        journal.state = state.unwrap_or_else(|| journal.assume_trimmed());
        journal.start_boot(now_ms);
        Ok(journal)
    }

    /// Reads every segment and keeps its valid prefix; cuts the torn tail of the newest.
    fn recover(&mut self) -> io::Result<()> {
        let mut indices: Vec<u64> = Vec::new();
        for entry in std::fs::read_dir(&self.dir)? {
            let name = entry?.file_name();
            indices.extend(
                name.to_str().and_then(|n| n.strip_suffix(".seg")).and_then(|n| n.parse::<u64>().ok()),
            );
        }
        indices.sort_unstable();
        let newest = indices.last().copied();
        for index in indices {
            let path = self.path(index);
            let bytes = std::fs::read(&path)?;
            let scan = recovery::scan(&bytes);
            let lost = bytes.len() as u64 - scan.len;
            if lost > 0 {
                let newest = Some(index) == newest;
                tracing::warn!(
                    segment = index,
                    lost_bytes = lost,
                    newest,
                    "journal segment ends in bytes that are no record"
                );
            }
            if scan.boot == 0 {
                std::fs::remove_file(&path)?;
                continue;
            }
            if lost > 0 && Some(index) == newest {
                let file = OpenOptions::new().write(true).open(&path)?;
                file.set_len(scan.len)?;
                file.sync_all()?;
            }
            self.segments.push_back(Segment {
                index,
                boot: scan.boot,
                first: scan.first,
                last: scan.last,
                len: scan.len,
            });
        }
        self.next_index = newest.unwrap_or(0) + 1;
        Ok(())
    }

    /// Without a state file: records before the first of each boot were trimmed, so they were committed.
    fn assume_trimmed(&self) -> State {
        let mut state = State::default();
        for segment in self.segments.iter().rev() {
            state.watermarks.insert(segment.boot, segment.first - 1);
        }
        state
    }

    /// Starts a new boot: later records are numbered from 1 again under an identifier never used before here.
    pub fn start_boot(&mut self, now_ms: i64) {
        let used = self.segments.iter().map(|s| s.boot).max().unwrap_or(0);
        let used = used.max(self.state.last_boot).max(self.boot);
        let now = u64::try_from(now_ms).unwrap_or(0);
        let candidate = (now << 16 | u64::from(rand::random::<u16>())) & (u64::MAX >> 1);
        // A clock that went back (or a box without one) must not bring an old boot back.
        self.boot = candidate.max(used + 1);
        self.last_seq = 0;
        self.open = false;
        self.active = None;
    }

    /// The boot that new records belong to.
    pub fn boot(&self) -> u64 {
        self.boot
    }

    /// Adds a record to the current envelope and makes it durable. `build` gets the record's boot and sequence
    /// number. With `last`, the envelope is complete and may be sent.
    ///
    /// # Errors
    /// When the record is not durable; the caller keeps the data and may try again.
    pub fn append(&mut self, last: bool, build: impl FnOnce(u64, u64) -> Vec<u8>) -> Result<(), AppendError> {
        let seq = if self.open { self.last_seq } else { self.last_seq + 1 };
        let body = build(self.boot, seq);
        if body.len() > segment::MAX_BODY {
            return Err(AppendError::TooLarge(body.len()));
        }
        let mut bytes = Vec::with_capacity(segment::HEADER + body.len());
        segment::encode(self.boot, seq, last, &body, &mut bytes);
        let total = self.depth().bytes;
        if total + (bytes.len() + segment::MAGIC.len()) as u64 > self.max_bytes {
            return Err(AppendError::Full(total));
        }
        let written = self.make_writable(seq).and_then(|()| self.write(&bytes));
        self.failed = written.is_err();
        written?;
        if let Some(active) = self.segments.back_mut() {
            active.last = seq;
            active.len += bytes.len() as u64;
        }
        self.last_seq = seq;
        self.open = !last;
        Ok(())
    }

    /// Completes the current envelope, if it has any record.
    pub fn seal(&mut self) {
        self.open = false;
    }

    /// Cuts the rest of a failed write; moves to a new segment where one is due.
    fn make_writable(&mut self, seq: u64) -> io::Result<()> {
        let committed = self.segments.back().is_some_and(|s| s.last <= self.state.watermark(s.boot));
        if self.failed && committed && !self.open {
            // The disk has no room, and the server has all of this segment: give its room back before the usual time.
            self.active = None;
            self.torn = false;
            self.trim()?;
        }
        if self.torn
            && let (Some(file), Some(active)) = (&self.active, self.segments.back())
        {
            file.set_len(active.len)?;
            file.sync_all()?;
        }
        self.torn = false;
        let full = self.segments.back().is_some_and(|s| s.len >= self.segment_bytes);
        if self.active.is_none() || (full && !self.open) {
            self.roll(seq)?;
        }
        Ok(())
    }

    fn roll(&mut self, seq: u64) -> io::Result<()> {
        let path = self.path(self.next_index);
        let file = File::create(&path)?;
        file.write_all_at(&segment::MAGIC, 0)?;
        file.sync_all()?;
        sync_folder(&self.dir)?;
        let len = segment::MAGIC.len() as u64;
        self.segments.push_back(Segment {
            index: self.next_index,
            boot: self.boot,
            first: seq,
            last: seq - 1,
            len,
        });
        self.next_index += 1;
        self.active = Some(file);
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (Some(file), Some(active)) = (&self.active, self.segments.back()) else {
            return Err(io::Error::other("no open segment"));
        };
        let written = file.write_all_at(bytes, active.len).and_then(|()| file.sync_data());
        self.torn = written.is_err();
        written
    }

    /// Takes the server's word that every envelope of `boot` up to `seq` is committed, and deletes the segments that
    /// hold nothing else. This is the only thing that deletes data.
    ///
    /// # Errors
    /// When a segment cannot be deleted; the watermark counts all the same.
    pub fn committed(&mut self, boot: u64, seq: u64) -> io::Result<Trim> {
        let Some(last) = self.segments.iter().filter(|s| s.boot == boot).map(|s| s.last).max() else {
            return Ok(Trim::Unchanged);
        };
        let current = boot == self.boot;
        let finished = last - u64::from(current && self.open);
        if current && seq > finished {
            return Ok(Trim::Ahead);
        }
        // Of an older boot, the end may have been lost here after the server had it.
        let seq = seq.min(finished);
        if seq <= self.state.watermark(boot) {
            return Ok(Trim::Unchanged);
        }
        self.state.watermarks.insert(boot, seq);
        self.trim()?;
        Ok(Trim::Advanced)
    }

    fn trim(&mut self) -> io::Result<()> {
        let last_index = self.active.is_some().then(|| self.segments.back().map(|s| s.index)).flatten();
        let done = |s: &Segment| Some(s.index) != last_index && s.last <= self.state.watermark(s.boot);
        let removable: Vec<u64> = self.segments.iter().filter(|s| done(s)).map(|s| s.index).collect();
        if removable.is_empty() && self.saved.elapsed() < SAVE_EVERY {
            return Ok(());
        }
        let gone = self.segments.iter().filter(|s| removable.contains(&s.index)).map(|s| s.boot).max();
        self.state.last_boot = self.state.last_boot.max(gone.unwrap_or(0));
        // On a full disk this fails, and deleting is what helps. Losing it costs a few repeated envelopes after a restart.
        if let Err(error) = self.save() {
            tracing::warn!(%error, "cannot store the committed watermark");
        }
        for index in removable {
            // An open file keeps its room on disk.
            self.reading.take_if(|(open, _)| *open == index);
            std::fs::remove_file(self.path(index))?;
            self.segments.retain(|s| s.index != index);
        }
        Ok(())
    }

    /// Stores the watermarks now; otherwise they are stored when a segment goes and twice a minute.
    ///
    /// # Errors
    /// Whatever the file system says.
    pub fn save(&mut self) -> io::Result<()> {
        let boot = self.boot;
        let segments = &self.segments;
        self.state.watermarks.retain(|b, _| *b == boot || segments.iter().any(|s| s.boot == *b));
        self.saved = Instant::now();
        self.state.save(&self.dir)
    }

    /// What is on disk now.
    pub fn depth(&self) -> Depth {
        let waiting = |s: &Segment| s.last - s.last.min(self.state.watermark(s.boot)).max(s.first - 1);
        Depth {
            envelopes: self.segments.iter().map(waiting).sum(),
            bytes: self.segments.iter().map(|s| s.len).sum(),
            max_bytes: self.max_bytes,
        }
    }

    fn path(&self, index: u64) -> PathBuf {
        self.dir.join(format!("{index:020}.seg"))
    }
}
