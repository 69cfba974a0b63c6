//! Readings of one series in order of time: registers differenced, doubles and overlaps settled or left out.

use super::codes::Codes;
use super::series::Remarks;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;

/// A reading in the series' unit and currency.
#[derive(Clone, Debug)]
pub(super) struct Scaled {
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    pub(super) value: Decimal,
    pub(super) cost: Option<Decimal>,
    pub(super) codes: Codes,
    pub(super) updated: Option<DateTime<Utc>>,
}

impl Scaled {
    fn says_the_same(&self, other: &Self) -> bool {
        (self.value, self.cost, self.codes) == (other.value, other.cost, other.codes)
    }
}

/// Amounts between successive register readings. A reading shows the register at the end of its period.
pub(super) fn difference(
    mut readings: Vec<Scaled>,
    left_out: &mut Remarks,
    remarks: &mut Remarks,
) -> Vec<Scaled> {
    // The span of a register reading is the instant at which it was read.
    for reading in &mut readings {
        reading.start = reading.end;
    }
    readings.sort_by_key(|r| (r.end, r.updated));
    let readings = newest_of_doubles(readings, left_out, remarks);
    let mut intervals = Vec::new();
    for pair in readings.windows(2) {
        let [before, after] = pair else { continue };
        let amount = after.value - before.value;
        if amount < Decimal::ZERO {
            let text =
                "The register fell: a reset, a rollover or a meter swap. The amount in between is unknown.";
            left_out.add("IntervalReading.value", text, Some(before.end));
            continue;
        }
        intervals.push(Scaled {
            start: before.end,
            value: amount.normalize(),
            codes: before.codes.union(after.codes),
            updated: before.updated.max(after.updated),
            ..after.clone()
        });
    }
    intervals
}

/// Ascending, without overlaps. Where readings contradict each other and `updated` does not say which is right, all
/// of them are left out: a hole is seen, a wrong amount is not.
pub(super) fn settle(
    mut readings: Vec<Scaled>,
    left_out: &mut Remarks,
    remarks: &mut Remarks,
) -> Vec<Scaled> {
    readings.retain(|reading| {
        let lasts = reading.end > reading.start;
        if !lasts {
            let text = "It lasts no time.";
            left_out.add("IntervalReading.timePeriod.duration", text, Some(reading.start));
        }
        lasts
    });
    readings.sort_by_key(|r| (r.start, r.end, r.updated));
    let readings = newest_of_doubles(readings, left_out, remarks);
    let mut settled: Vec<Scaled> = Vec::with_capacity(readings.len());
    let mut cluster: Vec<Scaled> = Vec::new();
    let mut cluster_end = DateTime::<Utc>::MIN_UTC;
    for reading in readings {
        if reading.start >= cluster_end {
            close(&mut cluster, &mut settled, left_out);
        }
        cluster_end = cluster_end.max(reading.end);
        cluster.push(reading);
    }
    close(&mut cluster, &mut settled, left_out);
    settled
}

fn close(cluster: &mut Vec<Scaled>, settled: &mut Vec<Scaled>, left_out: &mut Remarks) {
    if cluster.len() > 1 {
        for reading in cluster.drain(..) {
            let text = "It overlaps other readings of the series with another start or length.";
            left_out.add("IntervalReading.timePeriod", text, Some(reading.start));
        }
    }
    settled.append(cluster);
}

/// Of readings with the same time, sorted by `updated`, the newest, unless two different ones are equally new.
fn newest_of_doubles(readings: Vec<Scaled>, left_out: &mut Remarks, remarks: &mut Remarks) -> Vec<Scaled> {
    let mut result: Vec<Scaled> = Vec::with_capacity(readings.len());
    let mut rest = readings.into_iter().peekable();
    while let Some(first) = rest.next() {
        let at = (first.start, first.end);
        let mut newest = first;
        let mut contradicted = 0;
        while let Some(next) = rest.next_if(|r| (r.start, r.end) == at) {
            if next.says_the_same(&newest) {
                remarks.add(
                    "IntervalReading",
                    "The file holds it more than once; it counts once.",
                    Some(at.0),
                );
            } else if next.updated > newest.updated {
                remarks.add("entry.updated", "The file itself corrects an earlier value.", Some(at.0));
                contradicted = 0;
            } else {
                contradicted += 1;
            }
            newest = next;
        }
        if contradicted == 0 {
            result.push(newest);
            continue;
        }
        for _ in 0..=contradicted {
            let text = "The file holds different values for the same time and does not say which is later.";
            left_out.add("IntervalReading.value", text, Some(at.0));
        }
    }
    result
}
