//! The packed form of a bucket's summaries, the `payload` of a rollup row.
//!
//! Version 1: version byte, number of channels, then for each channel ascending: channels skipped, a byte of flags, and the
//! fields the flags announce as (signed) varints. Times are relative to the start of the bucket, values to the first one. Most
//! channels of a row share their times with the channel before, so those are written only when they differ.

use super::{Anomalies, Summary};
use crate::counter::{Amount, Reading};
use crate::varint::{DecodeError, Reader, put_signed, put_unsigned};

/// Summaries of one bucket, ascending by channel.
pub type Row = Vec<(u32, Summary)>;

const VERSION: u8 = 1;
const CHANNELS_MAX: u64 = 65_536;

/// Count and times differ from the channel before.
const TIMES: u8 = 1;
/// Sum, smallest and largest value follow.
const GAUGE: u8 = 2;
/// The rise is not simply last minus first.
const RISE: u8 = 4;
/// Not all of the time between first and last is covered, or something went wrong.
const UNEVEN: u8 = 8;

/// Packs a row. `bucket_ms` is the start of the bucket.
pub fn encode_row(bucket_ms: i64, row: &[(u32, Summary)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + 14 * row.len());
    out.push(VERSION);
    put_unsigned(&mut out, row.len() as u64);
    let (mut next, mut times) = (0u64, (0u32, 0i64, 0i64));
    for (channel, s) in row {
        put_unsigned(&mut out, u64::from(*channel).wrapping_sub(next));
        next = u64::from(*channel) + 1;
        let own_times = (s.n, s.first.t - bucket_ms, s.last.t - bucket_ms);
        let gauge = (s.sum, s.min, s.max) != (0, 0, 0);
        let simple_rise = s.rise == Amount { value: s.last.v - s.first.v, scale: 0 };
        let even = s.covered_ms == s.last.t - s.first.t
            && (s.gap_ms, s.unknown_ms, s.anomalies) == (0, 0, Anomalies::default());
        out.push(
            (u8::from(own_times != times) * TIMES)
                | (u8::from(gauge) * GAUGE)
                | (u8::from(!gauge && !simple_rise) * RISE)
                | (u8::from(!even) * UNEVEN),
        );
        if own_times != times {
            put_unsigned(&mut out, u64::from(s.n));
            put_signed(&mut out, own_times.1);
            put_signed(&mut out, own_times.2.wrapping_sub(own_times.1));
            times = own_times;
        }
        put_signed(&mut out, s.first.v);
        put_signed(&mut out, s.last.v - s.first.v);
        if gauge {
            put_signed(&mut out, s.sum.wrapping_sub(s.first.v.wrapping_mul(i64::from(s.n))));
            put_signed(&mut out, s.min - s.first.v);
            put_signed(&mut out, s.max - s.first.v);
        } else if !simple_rise {
            put_signed(&mut out, s.rise.value);
            out.push(s.rise.scale);
        }
        if !even {
            for time in [s.covered_ms, s.gap_ms, s.unknown_ms] {
                put_signed(&mut out, time);
            }
            let a = s.anomalies;
            for count in [a.rollovers, a.spikes, a.resets, a.implausible, a.unknown] {
                put_unsigned(&mut out, u64::from(count));
            }
        }
    }
    out
}

/// Unpacks a row.
pub fn decode_row(bucket_ms: i64, bytes: &[u8]) -> Result<Row, DecodeError> {
    let mut reader = Reader::new(bytes);
    match reader.bytes(1)?[0] {
        VERSION => {}
        version => return Err(DecodeError::Version(version)),
    }
    let count = reader.unsigned()?;
    // Every channel takes at least four bytes.
    if count > CHANNELS_MAX || count > reader.rest().len() as u64 {
        return Err(DecodeError::Invalid("too many channels in a row"));
    }
    let mut row = Vec::with_capacity(usize::try_from(count).unwrap_or(0));
    let (mut next, mut times) = (0u64, (0u32, 0i64, 0i64));
    for _ in 0..count {
        let channel = next.checked_add(reader.unsigned()?).and_then(|c| u32::try_from(c).ok());
        let channel = channel.ok_or(DecodeError::Invalid("channel is out of range"))?;
        next = u64::from(channel) + 1;
        let flags = reader.bytes(1)?[0];
        if flags & TIMES != 0 {
            let n = small(&mut reader)?;
            let first = reader.signed()?;
            times = (n, first, first.wrapping_add(reader.signed()?));
        }
        row.push((channel, read_summary(&mut reader, bucket_ms, flags, times)?));
    }
    reader.finish()?;
    Ok(row)
}

fn read_summary(
    reader: &mut Reader<'_>,
    bucket_ms: i64,
    flags: u8,
    (n, first_t, last_t): (u32, i64, i64),
) -> Result<Summary, DecodeError> {
    let v = reader.signed()?;
    let first = Reading { t: bucket_ms.wrapping_add(first_t), v };
    let last = Reading { t: bucket_ms.wrapping_add(last_t), v: v.wrapping_add(reader.signed()?) };
    let mut summary = Summary {
        n,
        first,
        last,
        sum: 0,
        min: 0,
        max: 0,
        rise: Amount { value: last.v.wrapping_sub(v), scale: 0 },
        covered_ms: last.t.wrapping_sub(first.t),
        gap_ms: 0,
        unknown_ms: 0,
        anomalies: Anomalies::default(),
    };
    if flags & GAUGE != 0 {
        summary.sum = reader.signed()?.wrapping_add(v.wrapping_mul(i64::from(n)));
        summary.min = v.wrapping_add(reader.signed()?);
        summary.max = v.wrapping_add(reader.signed()?);
        summary.rise = Amount::default();
    } else if flags & RISE != 0 {
        summary.rise = Amount { value: reader.signed()?, scale: reader.bytes(1)?[0] };
    }
    if flags & UNEVEN != 0 {
        summary.covered_ms = reader.signed()?;
        summary.gap_ms = reader.signed()?;
        summary.unknown_ms = reader.signed()?;
        let a = &mut summary.anomalies;
        for count in [&mut a.rollovers, &mut a.spikes, &mut a.resets, &mut a.implausible, &mut a.unknown] {
            *count = small(reader)?;
        }
    }
    Ok(summary)
}

fn small(reader: &mut Reader<'_>) -> Result<u32, DecodeError> {
    u32::try_from(reader.unsigned()?).map_err(|_| DecodeError::Invalid("count is longer than 32 bits"))
}
