//! Rollup rows by channel, and what can be said of a point from them: coverage and gaps.

use chrono::{DateTime, TimeDelta, Utc};
use domain::counter::Meter;
use domain::intervals::read_out;
use domain::series::Gap;
use domain::summary::{Row, Summary};
use std::collections::BTreeMap;

/// Summaries of each channel, by time.
pub(super) type ByChannel = BTreeMap<u32, Vec<Summary>>;

/// Sorts rows out by channel.
pub(super) fn by_channel(rows: impl IntoIterator<Item = (DateTime<Utc>, Row)>) -> ByChannel {
    let mut channels = ByChannel::new();
    for (_, row) in rows {
        for (channel, summary) in row {
            channels.entry(channel).or_default().push(summary);
        }
    }
    channels
}

/// The instant of a reading.
pub(super) fn instant(t_ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(t_ms).unwrap_or(DateTime::UNIX_EPOCH)
}

/// Share of [from, to) between readings at most three intervals apart, 0 to 1; none where readings do not come by the
/// clock.
pub(super) fn coverage(
    meter: &Meter,
    rows: &[Summary],
    from: DateTime<Utc>,
    to: DateTime<Utc>,
) -> Option<f64> {
    let edges = [from.timestamp_millis(), to.timestamp_millis()];
    let covered = || read_out(meter, 0, rows, &edges).first().map_or(0.0, |interval| interval.coverage);
    meter.by_the_clock().then(covered)
}

/// Holes longer than three intervals in [from, to), clipped to it, by time; those that touch are one.
pub(super) fn gaps(meter: &Meter, rows: &[Summary], from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<Gap> {
    if !meter.by_the_clock() {
        return Vec::new();
    }
    let (from, to) = (from.timestamp_millis(), to.timestamp_millis());
    let mut found: Vec<(i64, i64, i64)> = Vec::new();
    let mut last = None;
    for row in rows {
        // Where nothing was ever read before, the hole has no start of its own.
        found.push((last.unwrap_or(i64::MIN), row.first.t, i64::MAX));
        found.push((row.first.t, row.last.t, row.gap_ms));
        last = Some(row.last.t);
    }
    found.push((last.unwrap_or(i64::MIN), to.max(last.unwrap_or(to)), i64::MAX));
    let mut gaps: Vec<(i64, i64, i64)> = Vec::new();
    for (start, end, missing) in found {
        let whole = missing == i64::MAX && end.saturating_sub(start) > meter.gap_ms();
        let (start, end) = (start.max(from), end.min(to));
        if end <= start || !(whole || (missing > 0 && missing != i64::MAX)) {
            continue;
        }
        let missing = missing.min(end - start);
        match gaps.last_mut() {
            Some(before) if before.1 >= start => (before.1, before.2) = (end, before.2 + missing),
            _ => gaps.push((start, end, missing)),
        }
    }
    gaps.into_iter()
        .map(|(start, end, missing)| Gap {
            start: instant(start),
            end: instant(end),
            missing_s: missing / 1_000,
        })
        .collect()
}

/// Whether a reading is older than three of its point's intervals.
pub(super) fn is_stale(age: TimeDelta, meter: &Meter) -> bool {
    meter.by_the_clock() && age.num_milliseconds() > meter.gap_ms()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::point::Kind;

    #[test]
    fn a_scale_without_a_harvest_is_neither_silent_nor_full_of_gaps() {
        let meter = |kind| Meter { kind, interval_ms: 60_000, modulus: None, rate_max: None, events: vec![] };
        let (from, to) = (instant(0), instant(86_400_000));
        let counter = meter(Kind::Counter);
        assert_eq!((coverage(&counter, &[], from, to), gaps(&counter, &[], from, to).len()), (Some(0.0), 1));
        assert!(is_stale(to - from, &counter));
        let scale = meter(Kind::Delta);
        assert_eq!((coverage(&scale, &[], from, to), gaps(&scale, &[], from, to).len()), (None, 0));
        assert!(!is_stale(to - from, &scale));
    }
}
