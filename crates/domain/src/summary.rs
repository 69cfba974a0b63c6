//! Summaries: what is kept of a channel's readings in one bucket of time.
//!
//! A summary depends on the readings inside its bucket only. [`fold`] makes the 5-minute one; wider ones are
//! [`Summary::merge`]d from narrower ones, which is associative. So a row comes out the same bit for bit whatever
//! the order in which readings arrived, and can be rebuilt. What is used between the last reading of a bucket and the first
//! of the next belongs to neither: `intervals` splits it when a series is read.

mod row;
#[cfg(test)]
mod tests;

pub use row::{Row, decode_row, encode_row};

use crate::counter::{Amount, Meter, Reading, Step};
use crate::point::Kind;

/// Readings of one channel in one bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Readings used, at least one.
    pub n: u32,
    /// Earliest reading.
    pub first: Reading,
    /// Latest reading.
    pub last: Reading,
    /// Gauges: sum, smallest and largest raw value. Zero for counters and deltas.
    pub sum: i64,
    /// See `sum`.
    pub min: i64,
    /// See `sum`.
    pub max: i64,
    /// Counters and deltas: what was used between `first` and `last`, as far as it is known.
    pub rise: Amount,
    /// Time between readings at most three intervals apart, ms.
    pub covered_ms: i64,
    /// Time between readings further apart, ms. A rise in it is real, its course is not known.
    pub gap_ms: i64,
    /// Time between readings of a counter or delta whose rise is not known, ms.
    pub unknown_ms: i64,
    /// What went wrong.
    pub anomalies: Anomalies,
}

/// Counts of what went wrong between the readings of a bucket.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Anomalies {
    /// Registers that wrapped; the rise is exact.
    pub rollovers: u32,
    /// Single readings that contradict both neighbours and were left out; the rise is exact.
    pub spikes: u32,
    /// Registers that fell.
    pub resets: u32,
    /// Rises faster than the meter can.
    pub implausible: u32,
    /// Rises that cannot be known: several wraps possible, or a swap nobody read.
    pub unknown: u32,
}

impl Anomalies {
    /// Whether some of what was used is not in the rise.
    pub fn lost_some(self) -> bool {
        self.resets + self.implausible + self.unknown > 0
    }

    fn count(&mut self, step: Step) {
        match step {
            Step::Rise(_) => {}
            Step::Rollover(_) => self.rollovers += 1,
            Step::Reset => self.resets += 1,
            Step::Implausible => self.implausible += 1,
            Step::Unknown => self.unknown += 1,
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            rollovers: self.rollovers + other.rollovers,
            spikes: self.spikes + other.spikes,
            resets: self.resets + other.resets,
            implausible: self.implausible + other.implausible,
            unknown: self.unknown + other.unknown,
        }
    }
}

impl Summary {
    /// A single reading.
    pub fn of(meter: &Meter, reading: Reading) -> Self {
        let raw = if meter.kind == Kind::Gauge { reading.v } else { 0 };
        Self {
            n: 1,
            first: reading,
            last: reading,
            sum: raw,
            min: raw,
            max: raw,
            rise: Amount::default(),
            covered_ms: 0,
            gap_ms: 0,
            unknown_ms: 0,
            anomalies: Anomalies::default(),
        }
    }

    /// Both together; `self` is the earlier one.
    #[must_use]
    pub fn merge(&self, later: &Self, meter: &Meter) -> Self {
        let mut both = *self;
        both.link(meter.step(self.last, later.first), later.first.t - self.last.t, meter);
        both.n += later.n;
        both.last = later.last;
        both.sum = both.sum.saturating_add(later.sum);
        both.min = both.min.min(later.min);
        both.max = both.max.max(later.max);
        both.rise = both.rise.plus(later.rise);
        both.covered_ms += later.covered_ms;
        both.gap_ms += later.gap_ms;
        both.unknown_ms += later.unknown_ms;
        both.anomalies = both.anomalies.plus(later.anomalies);
        both
    }

    fn link(&mut self, step: Step, elapsed_ms: i64, meter: &Meter) {
        match step.amount() {
            Some(amount) => {
                self.rise = self.rise.plus(amount);
                let bin = if elapsed_ms <= meter.gap_ms() { &mut self.covered_ms } else { &mut self.gap_ms };
                *bin += elapsed_ms;
            }
            None => self.unknown_ms += elapsed_ms,
        }
        self.anomalies.count(step);
    }

    fn push(&mut self, reading: Reading, step: Step, meter: &Meter) {
        self.link(step, reading.t - self.last.t, meter);
        self.n += 1;
        self.last = reading;
        if meter.kind == Kind::Gauge {
            self.sum = self.sum.saturating_add(reading.v);
            self.min = self.min.min(reading.v);
            self.max = self.max.max(reading.v);
        }
    }
}

/// The summary of a bucket's readings, strictly ascending by time; none when there are none.
///
/// A counter's reading is left out as a spike when the step to or from it makes no sense while the step from its
/// predecessor straight to its successor does.
pub fn fold(meter: &Meter, readings: &[Reading]) -> Option<Summary> {
    let (&first, rest) = readings.split_first()?;
    let mut summary = Summary::of(meter, first);
    if meter.kind != Kind::Counter {
        for &reading in rest {
            let step = meter.step(summary.last, reading);
            summary.push(reading, step, meter);
        }
        return Some(summary);
    }
    let mut following = rest.first().map(|&r| meter.step(first, r));
    let mut rest = rest.iter().copied().peekable();
    while let (Some(reading), Some(step)) = (rest.next(), following) {
        following = rest.peek().map(|&next| meter.step(reading, next));
        if let (Some(&next), Some(onward)) = (rest.peek(), following)
            && (step.amount().is_none() || onward.amount().is_none())
        {
            let across = meter.step(summary.last, next);
            if across.amount().is_some() {
                summary.anomalies.spikes += 1;
                following = Some(across);
                continue;
            }
        }
        summary.push(reading, step, meter);
    }
    Some(summary)
}

/// Merges rows of successive narrower buckets into the row of the wider one that holds them.
/// `meter` gives the rules of a channel; channels it does not know are dropped.
pub fn merge_rows<'m>(rows: &[&Row], meter: impl Fn(u32) -> Option<&'m Meter>) -> Row {
    let mut merged: Row = Vec::new();
    for row in rows {
        let mut at = 0;
        for (channel, summary) in *row {
            while merged.get(at).is_some_and(|(c, _)| c < channel) {
                at += 1;
            }
            let Some(rules) = meter(*channel) else { continue };
            match merged.get_mut(at) {
                Some((c, earlier)) if c == channel => *earlier = earlier.merge(summary, rules),
                _ => merged.insert(at, (*channel, *summary)),
            }
        }
    }
    merged
}
