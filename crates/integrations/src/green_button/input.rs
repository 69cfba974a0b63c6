//! Bounds on what is read: total size, and size of a single token, before anything is allocated for it.

use std::io::{self, BufRead, Read};
use std::time::Duration;

/// How much of a file is looked at before it is refused.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Size of the file.
    pub bytes: u64,
    /// Size of one tag, text or comment.
    pub token: usize,
    /// Depth of nested elements.
    pub depth: usize,
    /// Number of Atom entries.
    pub entries: usize,
    /// Number of interval readings.
    pub readings: usize,
    /// Time it may take.
    pub time: Duration,
}

impl Default for Limits {
    /// 64 MiB, 64 KiB per token, depth 32, 100 000 entries, 250 000 readings (7 years of quarter-hours), 30 s.
    fn default() -> Self {
        Self {
            bytes: 64 << 20,
            token: 64 << 10,
            depth: 32,
            entries: 100_000,
            readings: 250_000,
            time: Duration::from_secs(30),
        }
    }
}

/// The bound that was hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bound {
    Bytes,
    Token,
}

/// A reader that fails instead of handing on more than it may.
pub(super) struct Bounded<R> {
    inner: R,
    file_left: u64,
    token: usize,
    token_left: usize,
    hit: Option<Bound>,
}

impl<R> Bounded<R> {
    pub(super) fn new(inner: R, limits: &Limits) -> Self {
        Self { inner, file_left: limits.bytes, token: limits.token, token_left: limits.token, hit: None }
    }

    /// The next token may have its full size again.
    pub(super) fn next_token(&mut self) {
        self.token_left = self.token;
    }

    pub(super) fn hit(&self) -> Option<Bound> {
        self.hit
    }
}

impl<R: BufRead> BufRead for Bounded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let bytes = self.inner.fill_buf()?;
        if bytes.is_empty() {
            return Ok(bytes);
        }
        if self.file_left == 0 || self.token_left == 0 {
            self.hit = Some(if self.file_left == 0 { Bound::Bytes } else { Bound::Token });
            return Err(io::Error::other("limit"));
        }
        let most = self.token_left.min(usize::try_from(self.file_left).unwrap_or(usize::MAX));
        Ok(bytes.get(..most).unwrap_or(bytes))
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.file_left = self.file_left.saturating_sub(amount as u64);
        self.token_left = self.token_left.saturating_sub(amount);
    }
}

impl<R: BufRead> Read for Bounded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let taken = bytes.len().min(out.len());
        if let (Some(to), Some(from)) = (out.get_mut(..taken), bytes.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.consume(taken);
        Ok(taken)
    }
}
