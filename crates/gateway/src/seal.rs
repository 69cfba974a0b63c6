//! From journal records to the bytes of an envelope. A function of the journal only, so that an envelope sent twice
//! is the same twice.

use std::collections::BTreeMap;

use domain::envelope::{Column, DecodeError, Envelope};

use crate::journal::Entry;

/// The readings of one tick, before they have a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// Reading time by the device clock, ms since 1970.
    pub at_ms: i64,
    /// Device clock when the tick was complete, ms since 1970.
    pub closed_ms: i64,
    /// Version of the point map the channels belong to.
    pub map_version: u32,
    /// Raw values by channel; a channel without a new reading is not in it.
    pub values: BTreeMap<u32, i64>,
}

/// The body of a journal record: an envelope of one tick.
pub(crate) fn record(tick: &Tick, boot: u64, seq: u64) -> Vec<u8> {
    let columns =
        tick.values.iter().map(|(&channel, &raw)| Column { channel, values: vec![Some(raw)] }).collect();
    Envelope {
        map_version: tick.map_version,
        boot,
        seq,
        sent_at_ms: tick.closed_ms,
        ticks: vec![tick.at_ms],
        columns,
    }
    .encode()
}

/// The bytes to send for a journal entry: its ticks in one envelope, or no reading at all for a lost one.
///
/// # Errors
/// When a record is no envelope. The journal checks what it reads, so this is a fault of the program.
pub fn envelope(entry: &Entry) -> Result<Vec<u8>, DecodeError> {
    let mut merged: Option<Envelope> = None;
    let mut columns: BTreeMap<u32, Vec<Option<i64>>> = BTreeMap::new();
    for body in &entry.records {
        let part = Envelope::decode(body)?;
        let whole = merged.get_or_insert_with(|| Envelope {
            boot: entry.boot,
            seq: entry.seq,
            ticks: Vec::new(),
            columns: Vec::new(),
            ..part
        });
        whole.sent_at_ms = part.sent_at_ms;
        let before = whole.ticks.len();
        whole.ticks.extend_from_slice(&part.ticks);
        if entry.lost {
            break;
        }
        for column in part.columns {
            let values = columns.entry(column.channel).or_default();
            values.resize(before, None);
            values.extend(column.values);
        }
    }
    let mut whole = merged.ok_or(DecodeError::Invalid("a journal entry without records"))?;
    let ticks = whole.ticks.len();
    whole.columns = columns
        .into_iter()
        .map(|(channel, mut values)| {
            values.resize(ticks, None);
            Column { channel, values }
        })
        .collect();
    whole.check()?;
    Ok(whole.encode())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(at_ms: i64, values: &[(u32, i64)]) -> Tick {
        Tick { at_ms, closed_ms: at_ms + 3, map_version: 7, values: values.iter().copied().collect() }
    }

    fn entry(ticks: &[Tick], lost: bool) -> Entry {
        Entry { boot: 9, seq: 4, records: ticks.iter().map(|t| record(t, 9, 4)).collect(), lost }
    }

    #[test]
    fn ticks_merge_with_gaps_where_a_channel_was_absent() {
        let ticks =
            [tick(1000, &[(1, 10), (5, -3)]), tick(2000, &[(2, 20)]), tick(3000, &[(1, 11), (2, 21)])];
        let sent = Envelope::decode(&envelope(&entry(&ticks, false)).unwrap()).unwrap();
        assert_eq!((sent.boot, sent.seq, sent.map_version, sent.sent_at_ms), (9, 4, 7, 3003));
        assert_eq!(sent.ticks, [1000, 2000, 3000]);
        let column = |channel, values: [Option<i64>; 3]| Column { channel, values: values.to_vec() };
        assert_eq!(
            sent.columns,
            [
                column(1, [Some(10), None, Some(11)]),
                column(2, [None, Some(20), Some(21)]),
                column(5, [Some(-3), None, None]),
            ]
        );
    }

    #[test]
    fn a_single_tick_is_sent_as_it_was_written() {
        let one = entry(&[tick(1000, &[(1, 10)])], false);
        assert_eq!(envelope(&one).unwrap(), one.records[0]);
    }

    #[test]
    fn a_lost_envelope_keeps_its_number_and_says_nothing() {
        let sent = Envelope::decode(&envelope(&entry(&[tick(1000, &[(1, 10)])], true)).unwrap()).unwrap();
        assert_eq!((sent.boot, sent.seq, sent.samples()), (9, 4, 0));
        assert!(sent.columns.is_empty());
    }
}
