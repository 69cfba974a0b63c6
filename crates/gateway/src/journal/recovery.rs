//! What a segment still holds after a crash: the longest prefix of whole, checked, ordered records.

use super::segment::{HEADER, MAGIC, record};

/// The usable part of one segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Scan {
    /// Boot of every record; 0 when there is none.
    pub(super) boot: u64,
    /// First sequence number; 0 when there is none.
    pub(super) first: u64,
    /// Last sequence number; 0 when there is none.
    pub(super) last: u64,
    /// Bytes up to the end of the last usable record, the magic included; 0 when the magic is missing.
    pub(super) len: u64,
}

/// Finds the valid prefix of a segment. A record counts when its checksum holds and it continues the one before:
/// same boot, same or next sequence number. Never panics, whatever the bytes.
pub(super) fn scan(bytes: &[u8]) -> Scan {
    let mut found = Scan { boot: 0, first: 0, last: 0, len: 0 };
    if !bytes.starts_with(&MAGIC) {
        return found;
    }
    let mut at = MAGIC.len();
    while let Some((header, body)) = bytes.get(at..).and_then(record) {
        let continues = header.boot == found.boot
            && (header.seq == found.last || Some(header.seq) == found.last.checked_add(1));
        if found.boot != 0 && !continues {
            break;
        }
        if found.boot == 0 {
            found.boot = header.boot;
            found.first = header.seq;
        }
        found.last = header.seq;
        at += HEADER + body.len();
    }
    found.len = at as u64;
    found
}
