//! Reading a series out: bucket summaries become half-open intervals in physical units.
//!
//! What a counter used between the last reading before a boundary and the first one after it is split at the boundary in
//! proportion to time, with cumulated integers: the parts add up to the whole exactly, so adjacent intervals telescope, and
//! an hour is the sum of its quarters to the last digit.

#[cfg(test)]
mod tests;

use crate::counter::{Amount, Meter};
use crate::point::Kind;
use crate::quality::Quality;
use crate::summary::Summary;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Below this share of covered time a gauge's mean is an estimate.
const GAUGE_COVERAGE_MIN: f64 = 0.5;
/// Decimals of a mean beyond those of the readings.
const MEAN_DECIMALS: u32 = 2;

/// One interval of a series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Start, inclusive.
    pub start: DateTime<Utc>,
    /// End, exclusive.
    pub end: DateTime<Utc>,
    /// Counters and deltas: what was used. Gauges: the mean of the readings. In the metric's unit; none is unknown, not zero.
    pub value: Option<Decimal>,
    /// Gauges: smallest reading.
    pub min: Option<Decimal>,
    /// Gauges: largest reading.
    pub max: Option<Decimal>,
    /// Last reading (of a counter: the register).
    pub last: Option<Decimal>,
    /// How far the value can be trusted.
    pub quality: Quality,
    /// Share of the interval between readings close enough together, 0 to 1.
    pub coverage: f64,
}

/// Sums of one interval while the series is walked through.
#[derive(Clone, Debug, Default)]
struct Sums {
    amount: Amount,
    /// Time covered, time bridged over a gap, and time in which the use is not known; ms.
    covered_ms: i64,
    bridged_ms: i64,
    unknown_ms: i64,
    /// Gauge statistics and the last reading.
    n: i64,
    sum: i64,
    range: Option<(i64, i64)>,
    last: Option<i64>,
    lost_some: bool,
}

/// The intervals between successive `edges` (ms since 1970, ascending).
///
/// `rows` are the channel's summaries by time, none of which straddles an edge. They should reach a row beyond the edges
/// on either side where there is one: what was used across the outer edges is split with the neighbour.
///
/// A gap, readings more than three intervals apart, is bridged: the use in it is real but its course is `Estimated`. Where a register
/// was reset or rose faster than it can, the interval is `Questionable` and holds what is known. Where
/// nothing is known it is `Missing`. An interval that data only begins or ends in keeps its quality with a low coverage.
pub fn read_out(meter: &Meter, decimals: u8, rows: &[Summary], edges: &[i64]) -> Vec<Interval> {
    let mut sums = vec![Sums::default(); edges.len().saturating_sub(1)];
    for row in rows {
        if let Some(sums) = holding(edges, row.first.t).and_then(|i| sums.get_mut(i)) {
            add_row(sums, row);
        }
    }
    for pair in rows.windows(2) {
        add_link(meter, &pair[0], &pair[1], edges, &mut sums);
    }
    edges
        .windows(2)
        .zip(sums)
        .filter_map(|(edge, sums)| finish(meter, decimals, edge[0], edge[1], &sums))
        .collect()
}

/// Index of the interval that holds an instant.
fn holding(edges: &[i64], t: i64) -> Option<usize> {
    edges.partition_point(|&edge| edge <= t).checked_sub(1)
}

fn add_row(sums: &mut Sums, row: &Summary) {
    sums.amount = sums.amount.plus(row.rise);
    sums.covered_ms += row.covered_ms;
    sums.bridged_ms += row.gap_ms;
    sums.unknown_ms += row.unknown_ms;
    sums.n += i64::from(row.n);
    sums.sum = sums.sum.saturating_add(row.sum);
    let (low, high) = sums.range.unwrap_or((row.min, row.max));
    sums.range = Some((low.min(row.min), high.max(row.max)));
    sums.last = Some(row.last.v);
    sums.lost_some |= row.anomalies.lost_some();
}

/// Splits what lies between two successive rows over the intervals it touches.
fn add_link(meter: &Meter, earlier: &Summary, later: &Summary, edges: &[i64], sums: &mut [Sums]) {
    let (a, b) = (earlier.last, later.first);
    let elapsed = b.t - a.t;
    if elapsed <= 0 {
        return;
    }
    let known = meter.step(a, b).amount();
    let until = |amount: Amount, t: i64| {
        let share = i128::from(amount.value) * i128::from(t - a.t) / i128::from(elapsed);
        i64::try_from(share).unwrap_or(amount.value)
    };
    let first = holding(edges, a.t).unwrap_or(0);
    for (index, edge) in edges.windows(2).enumerate().skip(first) {
        let (from, to) = (edge[0].max(a.t), edge[1].min(b.t));
        if edge[0] >= b.t {
            break;
        }
        if to <= from {
            continue;
        }
        let sums = &mut sums[index];
        match known {
            Some(amount) => {
                let part = until(amount, to) - until(amount, from);
                sums.amount = sums.amount.plus(Amount { value: part, scale: amount.scale });
                if elapsed <= meter.gap_ms() {
                    sums.covered_ms += to - from;
                } else {
                    sums.bridged_ms += to - from;
                }
            }
            None => {
                sums.unknown_ms += to - from;
                sums.lost_some = true;
            }
        }
    }
}

fn finish(meter: &Meter, decimals: u8, start: i64, end: i64, sums: &Sums) -> Option<Interval> {
    let physical = |raw: i64, scale: u8| Decimal::from_i128_with_scale(i128::from(raw), u32::from(scale));
    let raw = |v: i64| physical(v, decimals);
    #[expect(clippy::cast_precision_loss, reason = "lengths of intervals are far below 2^52 ms")]
    let coverage = (sums.covered_ms as f64 / (end - start).max(1) as f64).clamp(0.0, 1.0);
    let gauge = meter.kind == Kind::Gauge;
    let (value, quality) = if gauge {
        (mean(sums, decimals), gauge_quality(sums, coverage))
    } else {
        let known = sums.covered_ms + sums.bridged_ms > 0;
        let value = known
            .then(|| physical(sums.amount.value, decimals.saturating_add(sums.amount.scale)).normalize());
        (value, usage_quality(sums, known))
    };
    let range = sums.range.filter(|_| gauge);
    Some(Interval {
        start: DateTime::from_timestamp_millis(start)?,
        end: DateTime::from_timestamp_millis(end)?,
        value,
        min: range.map(|(low, _)| raw(low)),
        max: range.map(|(_, high)| raw(high)),
        last: sums.last.map(raw),
        quality,
        coverage,
    })
}

fn mean(sums: &Sums, decimals: u8) -> Option<Decimal> {
    let sum = Decimal::from_i128_with_scale(i128::from(sums.sum), u32::from(decimals));
    sum.checked_div(Decimal::from(sums.n))
        .map(|mean| mean.round_dp(u32::from(decimals) + MEAN_DECIMALS).normalize())
}

fn gauge_quality(sums: &Sums, coverage: f64) -> Quality {
    match sums.n {
        0 => Quality::Missing,
        _ if coverage < GAUGE_COVERAGE_MIN => Quality::Estimated,
        _ => Quality::Measured,
    }
}

fn usage_quality(sums: &Sums, known: bool) -> Quality {
    match () {
        () if !known => Quality::Missing,
        () if sums.lost_some => Quality::Questionable,
        () if sums.bridged_ms > 0 => Quality::Estimated,
        () => Quality::Measured,
    }
}
