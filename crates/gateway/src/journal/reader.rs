//! Reading envelopes back, oldest first.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::Journal;
use super::segment::{HEADER, Header, MAGIC, header, record};

/// A place in the journal. The default is the beginning.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cursor {
    segment: u64,
    offset: u64,
    /// Boot and number of the envelope that comes next.
    expected: Option<(u64, u64)>,
}

/// A complete envelope as it lies in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The process start it belongs to.
    pub boot: u64,
    /// Its number within the boot.
    pub seq: u64,
    /// The bodies of its records, in order. For a lost envelope, those of the next one that is readable.
    pub records: Vec<Vec<u8>>,
    /// The envelope's own records were damaged on disk. Its number must still reach the server, or the watermark
    /// would stay below it for ever.
    pub lost: bool,
}

/// An envelope in a segment, and where it ends.
struct Found {
    seq: u64,
    records: Vec<Vec<u8>>,
    end: u64,
}

impl Journal {
    /// The next complete envelope that the server has not committed, or `None` when there is none yet.
    ///
    /// # Errors
    /// When a segment cannot be read.
    pub fn next(&mut self, cursor: &mut Cursor) -> io::Result<Option<Entry>> {
        loop {
            let last = self.segments.back().map(|s| s.index);
            let Some(at) = self.segments.iter().find(|s| s.index >= cursor.segment) else {
                return Ok(None);
            };
            let (index, boot, len, newest) =
                (at.index, at.boot, at.len, Some(at.index) == last && self.active.is_some());
            if index != cursor.segment {
                cursor.segment = index;
                cursor.offset = MAGIC.len() as u64;
            }
            let unfinished = (newest && self.open).then_some(self.last_seq);
            let found = self.envelope_at(index, cursor.offset, len, unfinished)?;
            let Some(Found { seq, records, end }) = found else {
                if newest {
                    return Ok(None);
                }
                cursor.segment = index + 1;
                cursor.offset = MAGIC.len() as u64;
                continue;
            };
            if seq <= self.state.watermark(boot) {
                cursor.offset = end;
                continue;
            }
            let expected = match cursor.expected {
                Some((b, s)) if b == boot => s.max(self.state.watermark(boot) + 1),
                _ => self.state.watermark(boot) + 1,
            };
            let lost = expected < seq;
            if !lost {
                cursor.offset = end;
            }
            let seq = seq.min(expected);
            cursor.expected = Some((boot, seq + 1));
            return Ok(Some(Entry { boot, seq, records, lost }));
        }
    }

    /// The envelope at `offset`; `None` at the end of what is complete.
    fn envelope_at(
        &mut self,
        index: u64,
        mut offset: u64,
        len: u64,
        unfinished: Option<u64>,
    ) -> io::Result<Option<Found>> {
        let mut seq = None;
        let mut records = Vec::new();
        while offset < len {
            let Some((header, body)) = self.record_at(index, offset, len)? else {
                tracing::error!(
                    segment = index,
                    offset,
                    "a journal record changed on disk; what follows in its segment is lost"
                );
                break;
            };
            if seq.is_some_and(|s| s != header.seq) {
                break;
            }
            seq = Some(header.seq);
            records.push(body);
            offset += (HEADER + header.body) as u64;
            if header.last {
                break;
            }
        }
        Ok(seq.filter(|s| Some(*s) != unfinished).map(|seq| Found { seq, records, end: offset }))
    }

    fn record_at(&mut self, index: u64, offset: u64, len: u64) -> io::Result<Option<(Header, Vec<u8>)>> {
        let file = match self.reading.take() {
            Some((open, file)) if open == index => file,
            _ => File::open(self.path(index))?,
        };
        let (_, file) = self.reading.insert((index, file));
        let mut bytes = vec![0; HEADER];
        if offset + HEADER as u64 > len {
            return Ok(None);
        }
        file.read_exact_at(&mut bytes, offset)?;
        let Some(header) = header(&bytes) else { return Ok(None) };
        if offset + (HEADER + header.body) as u64 > len {
            return Ok(None);
        }
        bytes.resize(HEADER + header.body, 0);
        file.read_exact_at(&mut bytes[HEADER..], offset + HEADER as u64)?;
        Ok(record(&bytes).map(|(header, body)| (header, body.to_vec())))
    }
}
