//! The envelope: one gateway message of readings, packed. `docs/ENVELOPE.md` gives the layout byte by byte.

#[cfg(test)]
mod tests;

pub use crate::varint::DecodeError;
use crate::varint::{Reader, put_signed, put_unsigned};

/// The layout this build writes, and the only one it reads.
pub const VERSION: u8 = 1;
/// Largest encoded envelope, bytes.
pub const BYTES_MAX: usize = 1 << 20;
/// Most channels in one envelope.
pub const CHANNELS_MAX: usize = 4_096;
/// Most ticks in one envelope.
pub const TICKS_MAX: usize = 65_536;
/// Most cells (channels × ticks, absent ones included): bounds what a small message can make a reader allocate.
pub const CELLS_MAX: usize = 1 << 20;

const CRC_BYTES: usize = 4;
const FLAG_REGULAR: u8 = 1;
const FLAG_ABSENT: u8 = 2;

/// Readings of one gateway at one or more ticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// Version of the point map the channels belong to.
    pub map_version: u32,
    /// Start of the gateway process; at most 63 bits.
    pub boot: u64,
    /// Number of the envelope within its boot, from 1; at most 63 bits.
    pub seq: u64,
    /// Device clock when the envelope was closed, ms since 1970.
    pub sent_at_ms: i64,
    /// Reading times by the device clock, ms since 1970, strictly ascending; at least one.
    pub ticks: Vec<i64>,
    /// One per channel, ascending by channel.
    pub columns: Vec<Column>,
}

/// The readings of one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Channel of the point map.
    pub channel: u32,
    /// Raw value at each tick; none where the point had nothing new.
    pub values: Vec<Option<i64>>,
}

/// What stands before the readings: enough to acknowledge or to skip an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Layout version.
    pub version: u8,
    /// Version of the point map.
    pub map_version: u32,
    /// Start of the gateway process.
    pub boot: u64,
    /// Number of the envelope within its boot.
    pub seq: u64,
    /// Device clock when the envelope was closed, ms since 1970.
    pub sent_at_ms: i64,
    /// Number of ticks, at least one.
    pub ticks: usize,
    /// Time of the first tick, ms since 1970.
    pub first_ms: i64,
}

impl Envelope {
    /// Number of readings present.
    pub fn samples(&self) -> usize {
        self.columns.iter().map(|c| c.values.iter().flatten().count()).sum()
    }

    /// Checks the rules of the layout (order, lengths, limits). Bytes of an envelope that breaks one are refused
    /// by every reader, so writers check what they build from input they do not control.
    pub fn check(&self) -> Result<(), DecodeError> {
        check_limits(self.ticks.len(), self.columns.len())?;
        if self.boot > i64::MAX.cast_unsigned() || self.seq > i64::MAX.cast_unsigned() || self.seq == 0 {
            return Err(DecodeError::Invalid("boot or sequence number is out of range"));
        }
        if !self.ticks.is_sorted_by(|a, b| a < b) {
            return Err(DecodeError::Invalid("ticks are not ascending"));
        }
        if !self.columns.is_sorted_by(|a, b| a.channel < b.channel) {
            return Err(DecodeError::Invalid("channels are not ascending"));
        }
        if self.columns.iter().any(|c| c.values.len() != self.ticks.len()) {
            return Err(DecodeError::Invalid("a column does not have one value per tick"));
        }
        Ok(())
    }

    /// The packed bytes. Lossless for every envelope that passes [`Self::check`].
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 + 2 * self.ticks.len() * self.columns.len());
        out.push(VERSION);
        put_unsigned(&mut out, u64::from(self.map_version));
        put_unsigned(&mut out, self.boot);
        put_unsigned(&mut out, self.seq);
        put_signed(&mut out, self.sent_at_ms);
        put_unsigned(&mut out, self.ticks.len() as u64);
        put_signed(&mut out, self.ticks.first().copied().unwrap_or_default());

        let steps: Vec<u64> =
            self.ticks.windows(2).map(|w| w[1].wrapping_sub(w[0]).cast_unsigned()).collect();
        let regular = steps.windows(2).all(|w| w[0] == w[1]);
        let absent: Vec<bool> = self.columns.iter().map(|c| c.values.contains(&None)).collect();
        let any_absent = absent.contains(&true);
        out.push((u8::from(regular) * FLAG_REGULAR) | (u8::from(any_absent) * FLAG_ABSENT));
        let written = if regular { steps.len().min(1) } else { steps.len() };
        steps.iter().take(written).for_each(|&step| put_unsigned(&mut out, step));

        put_unsigned(&mut out, self.columns.len() as u64);
        put_channels(&mut out, &self.columns);
        if any_absent {
            put_bits(&mut out, absent.iter().copied());
        }
        for (column, &has_absent) in self.columns.iter().zip(&absent) {
            if has_absent {
                put_bits(&mut out, column.values.iter().map(Option::is_some));
            }
            let mut previous = 0i64;
            for &value in column.values.iter().flatten() {
                put_signed(&mut out, value.wrapping_sub(previous));
                previous = value;
            }
        }
        let crc = crc32c::crc32c(&out);
        out.extend_from_slice(&crc.to_le_bytes());
        out
    }

    /// Reads packed bytes. Limits are checked before anything is allocated for their sake.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let (header, mut reader) = open(bytes)?;
        let flags = reader.bytes(1)?[0];
        if flags & !(FLAG_REGULAR | FLAG_ABSENT) != 0 {
            return Err(DecodeError::Invalid("unknown flags"));
        }
        let ticks = read_ticks(&mut reader, header.first_ms, header.ticks, flags & FLAG_REGULAR != 0)?;
        let channels = read_channels(&mut reader, ticks.len())?;
        let absent_bits =
            if flags & FLAG_ABSENT == 0 { None } else { Some(read_bits(&mut reader, channels.len())?) };
        let mut columns = Vec::with_capacity(channels.len());
        for (index, channel) in channels.into_iter().enumerate() {
            let has_absent = absent_bits.is_some_and(|bits| bit(bits, index));
            columns.push(Column { channel, values: read_values(&mut reader, ticks.len(), has_absent)? });
        }
        reader.finish()?;
        let Header { map_version, boot, seq, sent_at_ms, .. } = header;
        Ok(Self { map_version, boot, seq, sent_at_ms, ticks, columns })
    }

    /// Reads only the header, after checking version, size and checksum of the whole.
    pub fn decode_header(bytes: &[u8]) -> Result<Header, DecodeError> {
        open(bytes).map(|(header, _)| header)
    }
}

fn check_limits(ticks: usize, channels: usize) -> Result<(), DecodeError> {
    if ticks == 0 {
        return Err(DecodeError::Invalid("an envelope needs at least one tick"));
    }
    if ticks > TICKS_MAX {
        return Err(DecodeError::Invalid("too many ticks"));
    }
    if channels > CHANNELS_MAX {
        return Err(DecodeError::Invalid("too many channels"));
    }
    if ticks * channels > CELLS_MAX {
        return Err(DecodeError::Invalid("too many cells"));
    }
    Ok(())
}

/// Checks size, version and checksum; returns the header and a reader that stands at the flags.
fn open(bytes: &[u8]) -> Result<(Header, Reader<'_>), DecodeError> {
    if bytes.len() > BYTES_MAX {
        return Err(DecodeError::Invalid("the envelope is larger than 1 MiB"));
    }
    let (body, crc) = bytes.split_last_chunk::<CRC_BYTES>().ok_or(DecodeError::Truncated)?;
    let version = *body.first().ok_or(DecodeError::Truncated)?;
    if version != VERSION {
        return Err(DecodeError::Version(version));
    }
    if crc32c::crc32c(body) != u32::from_le_bytes(*crc) {
        return Err(DecodeError::Checksum);
    }
    let mut reader = Reader::new(&body[1..]);
    let map_version = u32::try_from(reader.unsigned()?)
        .map_err(|_| DecodeError::Invalid("the map version is longer than 32 bits"))?;
    let (boot, seq) = (reader.unsigned()?, reader.unsigned()?);
    if boot > i64::MAX.cast_unsigned() || seq > i64::MAX.cast_unsigned() || seq == 0 {
        return Err(DecodeError::Invalid("boot or sequence number is out of range"));
    }
    let sent_at_ms = reader.signed()?;
    let ticks = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    check_limits(ticks, 0)?;
    let first_ms = reader.signed()?;
    Ok((Header { version, map_version, boot, seq, sent_at_ms, ticks, first_ms }, reader))
}

fn read_ticks(
    reader: &mut Reader<'_>,
    first: i64,
    count: usize,
    regular: bool,
) -> Result<Vec<i64>, DecodeError> {
    // An irregular step takes at least a byte, so a short message cannot claim many.
    if !regular && reader.rest().len() < count - 1 {
        return Err(DecodeError::Truncated);
    }
    let mut ticks = Vec::with_capacity(count);
    ticks.push(first);
    let (mut last, mut step) = (first, None);
    for _ in 1..count {
        let step = match step {
            Some(step) if regular => step,
            _ => *step.insert(reader.unsigned()?),
        };
        last = last
            .checked_add_unsigned(step)
            .filter(|_| step > 0)
            .ok_or(DecodeError::Invalid("ticks are not ascending"))?;
        ticks.push(last);
    }
    Ok(ticks)
}

/// Channels as runs of consecutive numbers: (gap before the run, length of the run).
fn put_channels(out: &mut Vec<u8>, columns: &[Column]) {
    let mut next = 0u64;
    for run in columns.chunk_by(|a, b| b.channel.wrapping_sub(a.channel) == 1) {
        let first = u64::from(run[0].channel);
        put_unsigned(out, first.wrapping_sub(next));
        put_unsigned(out, run.len() as u64);
        next = first + run.len() as u64;
    }
}

fn read_channels(reader: &mut Reader<'_>, ticks: usize) -> Result<Vec<u32>, DecodeError> {
    let count = usize::try_from(reader.unsigned()?).unwrap_or(usize::MAX);
    check_limits(ticks, count)?;
    let mut channels = Vec::with_capacity(count);
    let mut next = 0u64;
    while channels.len() < count {
        let bad = DecodeError::Invalid("a run of channels is out of range");
        let first = next.checked_add(reader.unsigned()?).ok_or(bad)?;
        let length = reader.unsigned()?;
        next = first.checked_add(length).filter(|&end| end <= 1 << 32).ok_or(bad)?;
        if length == 0 || length > (count - channels.len()) as u64 {
            return Err(bad);
        }
        channels.extend((first..next).filter_map(|c| u32::try_from(c).ok()));
    }
    Ok(channels)
}

fn read_values(
    reader: &mut Reader<'_>,
    ticks: usize,
    has_absent: bool,
) -> Result<Vec<Option<i64>>, DecodeError> {
    let present = if has_absent { Some(read_bits(reader, ticks)?) } else { None };
    let mut values = Vec::with_capacity(ticks);
    let mut previous = 0i64;
    for index in 0..ticks {
        values.push(if present.is_none_or(|bits| bit(bits, index)) {
            previous = previous.wrapping_add(reader.signed()?);
            Some(previous)
        } else {
            None
        });
    }
    Ok(values)
}

fn put_bits(out: &mut Vec<u8>, bits: impl Iterator<Item = bool>) {
    let mut byte = 0u8;
    let mut filled = 0;
    for bit in bits {
        byte |= u8::from(bit) << filled;
        filled += 1;
        if filled == 8 {
            out.push(byte);
            (byte, filled) = (0, 0);
        }
    }
    if filled > 0 {
        out.push(byte);
    }
}

fn read_bits<'a>(reader: &mut Reader<'a>, count: usize) -> Result<&'a [u8], DecodeError> {
    reader.bytes(count.div_ceil(8))
}

fn bit(bits: &[u8], index: usize) -> bool {
    bits[index / 8] >> (index % 8) & 1 == 1
}
