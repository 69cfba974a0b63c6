//! The last half hour of a live value, as a line that grows while one looks at it.

use super::plot::{Hue, Mark, Plot, Series, Slot};
use crate::format;
use chrono::{DateTime, TimeDelta};
use domain::local_clock::LocalClock;
use domain::series::SeriesInterval;
use std::collections::BTreeMap;

/// Seconds in a slot.
pub const SLOT_S: i64 = 10;
/// Slots in the plot: half an hour.
const SLOTS: i64 = 180;

/// A sample: ms since the Unix epoch, and a value in the unit of the plot.
pub type Sample = (i64, f64);

/// Means of intervals as samples in every slot they cover, so that the line starts with what is stored.
pub fn history(intervals: &[SeriesInterval]) -> Vec<Sample> {
    let mut samples = Vec::new();
    for interval in intervals.iter().filter(|i| !i.partial) {
        let Some(value) = interval.value.map(format::float) else { continue };
        let mut at = interval.start.timestamp();
        while at < interval.end.timestamp() {
            samples.push((at * 1_000, value));
            at += SLOT_S;
        }
    }
    samples
}

/// Adds a sample, and drops those that have left the plot.
pub fn push(samples: &mut Vec<Sample>, sample: Sample) {
    let last = samples.last().map_or(0, |s| s.0);
    if sample.0 <= last {
        return;
    }
    samples.push(sample);
    let oldest = sample.0 - SLOTS * SLOT_S * 1_000;
    if samples.first().is_some_and(|s| s.0 < oldest - 60_000) {
        samples.retain(|s| s.0 >= oldest);
    }
}

/// Adds samples that were missed, each in its place; one that is there already is not doubled.
pub fn fill(samples: &mut Vec<Sample>, missed: impl IntoIterator<Item = Sample>) {
    // Of two at one time the later stays, which is the reading and not the mean it is part of.
    let mut all: BTreeMap<i64, f64> = samples.drain(..).collect();
    all.extend(missed);
    samples.extend(all);
}

/// The half hour before `now_s`; each slot shows its last sample.
pub fn plot(samples: &[Sample], now_s: i64, clock: &LocalClock, name: &str, unit: &str) -> Plot {
    let end = now_s.div_euclid(SLOT_S) + 1;
    let start = end - SLOTS;
    let mut values = vec![None; usize::try_from(SLOTS).unwrap_or(0)];
    for (at_ms, value) in samples {
        let slot = at_ms.div_euclid(1_000 * SLOT_S) - start;
        if let Some(place) = usize::try_from(slot).ok().and_then(|i| values.get_mut(i)) {
            *place = Some(*value);
        }
    }
    let slot = |i: i64| {
        let at = DateTime::UNIX_EPOCH + TimeDelta::seconds((start + i) * SLOT_S);
        let local = clock.local(at);
        let second = (start + i) * SLOT_S % 60;
        Slot {
            label: format!("{}:{second:02}", format::clock(local)),
            tick: ((start + i) * SLOT_S % 300 == 0).then(|| format::clock(local)),
        }
    };
    Plot {
        axis: format!("{name}, {unit}"),
        unit: unit.to_owned(),
        slots: (0..SLOTS).map(slot).collect(),
        series: vec![Series {
            name: name.to_owned(),
            hue: Hue::Actual,
            mark: Mark::Line,
            values,
            estimated: vec![],
        }],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_sample_is_at_the_right_end_and_silence_is_a_gap() {
        let clock = LocalClock::by_name("UTC", DateTime::UNIX_EPOCH, DateTime::UNIX_EPOCH);
        let mut samples = Vec::new();
        for second in [1_000, 1_004, 1_031] {
            push(&mut samples, (second * 1_000, second as f64));
        }
        push(&mut samples, (1_000_000, 0.0)); // older than the newest: ignored
        let plot = plot(&samples, 1_033, &clock, "Power", "kW");
        let tail = &plot.series[0].values[176..];
        assert_eq!(tail, [Some(1_004.0), None, None, Some(1_031.0)]);
        assert_eq!(plot.slots[179].label, "00:17:10");
    }

    #[test]
    fn what_was_missed_is_filled_in_once_and_in_order() {
        let mut samples = vec![(1_000, 1.0), (2_000, 2.0), (9_000, 9.0)];
        fill(&mut samples, [(2_000, 2.5), (4_000, 4.0), (3_000, 3.0), (9_000, 9.0)]);
        assert_eq!(samples, [(1_000, 1.0), (2_000, 2.5), (3_000, 3.0), (4_000, 4.0), (9_000, 9.0)]);
        push(&mut samples, (10_000, 10.0));
        assert_eq!(samples.last(), Some(&(10_000, 10.0)));
    }
}
