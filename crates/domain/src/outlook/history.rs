//! Savings by calendar month.

use super::{Day, by_day, first_of, month_number};
use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The savings of a calendar month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Month {
    /// First day.
    pub first: NaiveDate,
    /// Baseline − actual over the known days, as measured: not scaled to the days that are missing. None if no day is
    /// known.
    pub savings: Option<Decimal>,
    /// Share of the month's `days` that the savings are of, 0 to 1; a day without savings counts as nothing.
    pub coverage: f64,
    /// Calendar days of the month from the first known day of the record to its end: what `coverage` is a share of.
    pub days: u32,
    /// Whether these are all days of the month. They may still lack data: that is `coverage`.
    pub complete: bool,
}

/// The record by month: consecutive months from the one of the first day with savings to the one of the last day given,
/// those without any day in between included. Empty where no savings are known.
///
/// The last day given ends the record even if its savings are not known: to the caller it is over.
pub fn months(days: &[Day]) -> Vec<Month> {
    let days = by_day(days);
    let start = days.values().find(|day| day.savings.is_some()).map(|day| day.day);
    let (Some(start), Some(end)) = (start, days.keys().next_back().copied()) else {
        return Vec::new();
    };
    (month_number(start)..=month_number(end))
        .filter_map(first_of)
        .map(|first| month(&days, first, start, end))
        .collect()
}

/// The month that begins on `first`, of a record from `start` to `end`, both included.
fn month(days: &BTreeMap<NaiveDate, Day>, first: NaiveDate, start: NaiveDate, end: NaiveDate) -> Month {
    let length = u32::from(first.num_days_in_month());
    let last = first.with_day(length).unwrap_or(first);
    let (from, to) = (first.max(start), last.min(end));
    let within = to.day() + 1 - from.day();
    let known: Vec<&Day> = days.range(from..=to).map(|(_, day)| day).collect();
    Month {
        first,
        savings: known.iter().filter_map(|day| day.savings).reduce(|a, b| a + b),
        coverage: known.iter().map(|day| day.covered()).sum::<f64>() / f64::from(within),
        days: within,
        complete: within == length,
    }
}

/// For each month the savings of the twelve months that end with it; none where one of them has no value, or where the
/// record is not that long.
pub fn rolling_12(months: &[Month]) -> Vec<Option<Decimal>> {
    let year = |end: usize| months.get((end + 1).checked_sub(12)?..=end)?.iter().map(|m| m.savings).sum();
    (0..months.len()).map(year).collect()
}

/// For each month the savings of all months up to it; a month without a value adds nothing.
pub fn cumulative(months: &[Month]) -> Vec<Decimal> {
    let add = |sum: &mut Decimal, month: &Month| {
        *sum += month.savings.unwrap_or_default();
        Some(*sum)
    };
    months.iter().scan(Decimal::ZERO, add).collect()
}

#[cfg(test)]
mod tests {
    use super::super::count;
    use super::*;
    use proptest::prelude::*;

    fn day(on: &str, savings: Option<i64>, coverage: f64) -> Day {
        Day { day: on.parse().unwrap(), savings: savings.map(Decimal::from), coverage }
    }

    #[test]
    fn months_follow_each_other_from_the_first_known_day() {
        let days = [
            // Not known yet: the record begins on 20 January.
            day("2026-01-10", None, 0.0),
            day("2026-04-02", Some(-5), 0.5),
            day("2026-01-20", Some(10), 1.0),
            day("2026-01-31", Some(20), 0.5),
            day("2026-04-04", None, 0.9),
            // Given twice: the better one counts.
            day("2026-03-31", Some(1), 0.1),
            day("2026-03-31", Some(7), 0.8),
        ];
        let found = months(&days);
        let figures: Vec<_> =
            found.iter().map(|m| (m.first.month(), m.savings, m.days, m.complete)).collect();
        let some = |n: i64| Some(Decimal::from(n));
        assert_eq!(
            figures,
            [(1, some(30), 12, false), (2, None, 28, true), (3, some(7), 31, true), (4, some(-5), 4, false)]
        );
        // By hand: 1.5 of 12 days, none of 28, 0.8 of 31, 0.5 of 4; the day without savings counts as nothing.
        for (month, expected) in found.iter().zip([0.125, 0.0, 0.8 / 31.0, 0.125]) {
            assert!((month.coverage - expected).abs() < 1e-12, "{month:?}");
        }
        assert_eq!(cumulative(&found), [30, 30, 37, 32].map(Decimal::from));
        assert_eq!(rolling_12(&found), [None; 4]);
        assert_eq!(months(&[day("2026-01-10", None, 0.0)]), []);
        assert_eq!(months(&[day("2026-02-28", Some(1), f64::NAN)])[0].coverage, 0.0);
    }

    #[test]
    fn a_year_needs_all_of_its_months() {
        let days: Vec<Day> = (0..14)
            .filter_map(|n| first_of(24_300 + n))
            .zip(1_i64..)
            .map(|(first, n)| Day { day: first, savings: Some(n.into()), coverage: 1.0 })
            .collect();
        let mut found = months(&days);
        // By hand: 1 + … + 12 = 78, then a month leaves with n and one comes with n + 12.
        assert_eq!(rolling_12(&found)[10..], [None, Some(78.into()), Some(90.into()), Some(102.into())]);
        found[1].savings = None;
        assert_eq!(rolling_12(&found)[11..], [None, None, Some(102.into())]);
    }

    proptest! {
        #[test]
        fn nothing_is_lost(values in prop::collection::vec(prop::option::of(-9_999_i64..9_999), 1..200)) {
            let start: NaiveDate = "2027-11-17".parse().unwrap();
            let days: Vec<Day> = start
                .iter_days()
                .zip(&values)
                .map(|(day, value)| Day { day, savings: value.map(|v| Decimal::new(v, 2)), coverage: 1.0 })
                .collect();
            let found = months(&days);
            let all: Decimal = days.iter().filter_map(|d| d.savings).sum();
            prop_assert_eq!(cumulative(&found).last().copied().unwrap_or_default(), all);
            let covered: f64 = found.iter().map(|m| m.coverage * f64::from(m.days)).sum();
            let known = values.iter().flatten().count();
            prop_assert!((covered - count(known)).abs() < 1e-9);
            let inner = found.len().saturating_sub(1).max(1);
            prop_assert!(found.get(1..inner).unwrap_or_default().iter().all(|m| m.complete));
            let backwards: Vec<Day> = days.into_iter().rev().collect();
            prop_assert_eq!(months(&backwards), found);
        }
    }
}
