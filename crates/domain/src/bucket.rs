//! From envelopes to the row of a 5-minute bucket.

#[cfg(test)]
mod tests;

use crate::counter::{Meter, RAW_MAX, Reading};
use crate::envelope::Envelope;
use crate::point::PointSpec;
use crate::summary::{Row, fold};
use std::collections::HashMap;
use std::ops::RangeInclusive;

/// A channel of a gateway with the rules its readings are held to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    /// Number within the gateway.
    pub number: u32,
    /// Arithmetic of the point.
    pub meter: Meter,
    /// Plausible raw values; others go to the quarantine.
    pub valid: RangeInclusive<i64>,
}

impl Channel {
    /// The rules of a point.
    pub fn new(spec: &PointSpec, meter: Meter) -> Self {
        let low = spec.valid_min.unwrap_or(-RAW_MAX).max(-RAW_MAX);
        let high = spec.valid_max.unwrap_or(RAW_MAX).min(RAW_MAX);
        Self { number: spec.channel, meter, valid: low..=high }
    }
}

/// A reading outside what its point can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Implausible {
    /// The channel.
    pub channel: u32,
    /// The reading.
    pub reading: Reading,
    /// Whether it is too high; else it is too low.
    pub too_high: bool,
}

/// Decisions on single readings by channel, time and raw value: true lets one in, false keeps one out.
pub type Decisions = HashMap<(u32, i64, i64), bool>;

/// Folds buckets; keeps its buffers from one to the next.
#[derive(Debug, Default)]
pub struct Folder {
    scratch: Vec<Vec<Reading>>,
}

impl Folder {
    /// The row of [from, to): a function of the set of envelopes, whatever their order of arrival.
    ///
    /// `channels` ascend by number, `envelopes` by boot and sequence number; of two readings of a channel at the same
    /// time the first counts. Channels that are not listed are passed over.
    pub fn row<'e>(
        &mut self,
        channels: &[Channel],
        from: i64,
        to: i64,
        envelopes: impl IntoIterator<Item = &'e Envelope>,
        decisions: &Decisions,
    ) -> Row {
        self.scratch.iter_mut().for_each(Vec::clear);
        self.scratch.resize_with(channels.len(), Vec::new);
        for envelope in envelopes {
            let start = envelope.ticks.partition_point(|&t| t < from);
            let end = envelope.ticks.partition_point(|&t| t < to);
            if start == end {
                continue;
            }
            for (index, channel, values) in matched(channels, envelope) {
                let buffer = &mut self.scratch[index];
                let readings = envelope.ticks[start..end].iter().zip(&values[start..end]);
                for (t, v) in readings.filter_map(|(&t, &v)| Some((t, v?))) {
                    let decided =
                        if decisions.is_empty() { None } else { decisions.get(&(channel.number, t, v)) };
                    if *decided.unwrap_or(&channel.valid.contains(&v)) {
                        buffer.push(Reading { t, v });
                    }
                }
            }
        }
        let mut row = Row::new();
        for (channel, readings) in channels.iter().zip(&mut self.scratch) {
            if !readings.is_sorted_by(|a, b| a.t < b.t) {
                readings.sort_by_key(|r| r.t);
                readings.dedup_by_key(|r| r.t);
            }
            row.extend(fold(&channel.meter, readings).map(|summary| (channel.number, summary)));
        }
        row
    }
}

/// Readings of an envelope outside what their points can show.
pub fn implausible(channels: &[Channel], envelope: &Envelope) -> Vec<Implausible> {
    let mut found = Vec::new();
    for (_, channel, values) in matched(channels, envelope) {
        for (&t, &value) in envelope.ticks.iter().zip(values) {
            if let Some(v) = value.filter(|v| !channel.valid.contains(v)) {
                let too_high = v > *channel.valid.end();
                found.push(Implausible { channel: channel.number, reading: Reading { t, v }, too_high });
            }
        }
    }
    found
}

/// The first channel of an envelope that is not listed.
pub fn unknown_channel(channels: &[Channel], envelope: &Envelope) -> Option<u32> {
    let numbers = envelope.columns.iter().map(|c| c.channel);
    let known = |n: &u32| channels.binary_search_by_key(n, |c| c.number).is_ok();
    numbers.into_iter().find(|n| !known(n))
}

/// Columns with their channels; both lists ascend.
fn matched<'a>(
    channels: &'a [Channel],
    envelope: &'a Envelope,
) -> impl Iterator<Item = (usize, &'a Channel, &'a [Option<i64>])> {
    let mut index = 0;
    envelope.columns.iter().filter_map(move |column| {
        while channels.get(index).is_some_and(|c| c.number < column.channel) {
            index += 1;
        }
        let channel = channels.get(index).filter(|c| c.number == column.channel)?;
        Some((index, channel, column.values.as_slice()))
    })
}
