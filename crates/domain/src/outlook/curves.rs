//! The hours of the day side by side, and the load by how long it lasts.

use super::count;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Hours of a day on the clock.
const HOURS: usize = 24;

/// A value for each hour of each day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grid {
    /// Consecutive local days, from the first with a value to the last.
    pub days: Vec<NaiveDate>,
    /// For each of these days the sums by hour of the local clock; none where nothing is known, and in the hour that is
    /// skipped in spring.
    pub cells: Vec<[Option<Decimal>; HOURS]>,
}

/// Adds up values by local day and hour of the local clock, 0 to 23. The hour that comes twice in autumn is the sum of
/// both; values of other hours are left out.
pub fn heat_map(intervals: &[(NaiveDate, u32, Decimal)]) -> Grid {
    let mut rows: BTreeMap<NaiveDate, [Option<Decimal>; HOURS]> = BTreeMap::new();
    for (day, hour, value) in intervals {
        let Some(hour) = usize::try_from(*hour).ok().filter(|hour| *hour < HOURS) else { continue };
        let cell = &mut rows.entry(*day).or_insert([None; HOURS])[hour];
        *cell = Some(cell.unwrap_or_default() + value);
    }
    let (Some(first), Some(last)) = (rows.keys().next(), rows.keys().next_back()) else {
        return Grid::default();
    };
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| day <= last).collect();
    let cells = days.iter().map(|day| rows.get(day).copied().unwrap_or([None; HOURS])).collect();
    Grid { days, cells }
}

/// The load duration curve of equally long intervals: pairs of the share of time, 0 for the highest load to 1 for the
/// lowest, and the load in kW, which never rises.
///
/// At most `points` of them at even distances, the highest and the lowest always (with one point, the highest only).
/// Values that are no numbers are left out.
pub fn load_duration(kw: &[f64], points: usize) -> Vec<(f64, f64)> {
    let mut sorted: Vec<f64> = kw.iter().copied().filter(|value| value.is_finite()).collect();
    sorted.sort_by(|a, b| b.total_cmp(a));
    let last = sorted.len().saturating_sub(1);
    let gaps = points.min(sorted.len()).saturating_sub(1).max(1);
    // Rounded to the nearest rank without multiplying large numbers.
    let rank = |point: usize| point * (last / gaps) + (point * (last % gaps) + gaps / 2) / gaps;
    (0..points.min(sorted.len()))
        .filter_map(|point| {
            let at = rank(point);
            Some((count(at) / count(last.max(1)), *sorted.get(at)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_clock_change_neither_loses_nor_invents_an_hour() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let value = |n: i64| Decimal::new(n, 1);
        let (autumn, spring) = (day("2026-10-25"), day("2026-10-27"));
        let grid = heat_map(&[
            (spring, 1, value(10)),
            (spring, 3, value(30)),
            (autumn, 2, value(15)),
            (autumn, 2, value(25)),
            (autumn, 24, value(99)),
            (autumn, 0, value(-5)),
        ]);
        assert_eq!(grid.days, [autumn, day("2026-10-26"), spring]);
        assert_eq!(grid.cells[0][..4], [Some(value(-5)), None, Some(value(40)), None]);
        assert_eq!(grid.cells[1], [None; HOURS]);
        assert_eq!(grid.cells[2][1..4], [Some(value(10)), None, Some(value(30))]);
        assert_eq!(heat_map(&[]), Grid::default());
    }

    #[test]
    fn the_curve_falls_from_the_highest_to_the_lowest() {
        let kw = [3.0, 9.0, 1.0, f64::NAN, 7.0, 5.0];
        assert_eq!(load_duration(&kw, 3), [(0.0, 9.0), (0.5, 5.0), (1.0, 1.0)]);
        assert_eq!(load_duration(&kw, 9).len(), 5);
        assert_eq!(load_duration(&kw, 2), [(0.0, 9.0), (1.0, 1.0)]);
        assert_eq!(load_duration(&kw, 1), [(0.0, 9.0)]);
        assert_eq!(load_duration(&[4.0], 5), [(0.0, 4.0)]);
        assert!(load_duration(&kw, 0).is_empty() && load_duration(&[], 5).is_empty());
    }

    proptest! {
        #[test]
        fn curves_are_monotone_and_keep_their_ends(
            kw in prop::collection::vec(-50.0..500.0_f64, 1..300), points in 2_usize..80,
        ) {
            let found = load_duration(&kw, points);
            prop_assert_eq!(found.len(), points.min(kw.len()));
            prop_assert!(found.is_sorted_by(|a, b| a.0 < b.0 && a.1 >= b.1));
            let highest = kw.iter().copied().fold(f64::MIN, f64::max);
            let lowest = kw.iter().copied().fold(f64::MAX, f64::min);
            prop_assert_eq!((found[0].1, found[found.len() - 1].1), (highest, lowest));
        }
    }
}
