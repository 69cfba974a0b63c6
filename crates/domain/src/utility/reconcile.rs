//! What a file changes in a series that is stored already.

use super::{Changes, Remark, UtilityInterval};
use crate::quality::Quality;

/// Intervals of a file, sorted out by what becomes of them. Indices are into the file's intervals.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconciliation {
    /// To be stored.
    pub new: Vec<usize>,
    /// To replace what is stored with the same start; the old value is to be kept.
    pub corrected: Vec<usize>,
    /// The same values with a later `updated`, which guards them against files in between.
    pub reaffirmed: Vec<usize>,
    /// Numbers of all of them.
    pub changes: Changes,
    /// Why some are not imported.
    pub conflicts: Vec<Remark>,
}

/// Compares a file with what is stored; both are ascending and without overlaps.
///
/// A later `updated` corrects. An earlier one, or none, never overwrites. An interval that overlaps stored ones with
/// other bounds would count the same energy twice, so it is not imported, unless it starts where the stored one does
/// and is a correction of it.
pub fn reconcile(stored: &[UtilityInterval], file: &[UtilityInterval]) -> Reconciliation {
    let mut result = Reconciliation::default();
    let (mut same_time, mut other_bounds) = (Vec::new(), Vec::new());
    let mut first = 0;
    for (index, interval) in file.iter().enumerate() {
        while stored.get(first).is_some_and(|s| s.end <= interval.start) {
            first += 1;
        }
        let overlapping = stored.iter().skip(first).take_while(|s| s.start < interval.end);
        let (one, more) = {
            let mut overlapping = overlapping;
            (overlapping.next(), overlapping.next().is_some())
        };
        let Some(old) = one else {
            result.new.push(index);
            continue;
        };
        if more || old.start != interval.start {
            other_bounds.push(index);
        } else if same(old, interval) {
            result.changes.same += 1;
            if interval.updated > old.updated {
                result.reaffirmed.push(index);
            }
        } else if interval.updated > old.updated {
            result.corrected.push(index);
        } else if interval.updated < old.updated {
            result.changes.older += 1;
        } else {
            same_time.push(index);
        }
    }
    result.changes.new = count(&result.new);
    result.changes.corrected = count(&result.corrected);
    result.changes.conflicting = count(&same_time) + count(&other_bounds);
    result.conflicts = conflicts(file, &same_time, &other_bounds);
    result
}

fn conflicts(file: &[UtilityInterval], same_time: &[usize], other_bounds: &[usize]) -> Vec<Remark> {
    let remark = |indices: &[usize], element: &str, text: &str| {
        indices.first().map(|first| Remark {
            element: element.to_owned(),
            text: text.to_owned(),
            readings: count(indices),
            first: file.get(*first).map(|i| i.start),
        })
    };
    [
        remark(
            same_time,
            "entry.updated",
            "The value differs from the stored one, but the file does not say that it is later; the stored value stays. \
             Ask the utility for an export that carries the time of the correction.",
        ),
        remark(
            other_bounds,
            "IntervalReading.timePeriod",
            "The interval overlaps a stored one with another start or length; importing both would count the same \
             consumption twice. The stored one stays.",
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn count(indices: &[usize]) -> u32 {
    u32::try_from(indices.len()).unwrap_or(u32::MAX)
}

fn same(a: &UtilityInterval, b: &UtilityInterval) -> bool {
    let key = |i: &UtilityInterval| -> (_, _, _, Quality) { (i.end, i.value, i.cost, i.quality) };
    key(a) == key(b) && a.codes == b.codes
}
