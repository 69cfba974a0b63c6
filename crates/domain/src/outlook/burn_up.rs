//! A running month against what the days before it let expect.

use super::spread::{NORMAL_P90, mean, variance};
use super::{Day, by_day, count, float, month_number};
use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The expectation is from at most so many known days.
const MOST_DAYS: usize = 90;
/// Fewer known days let nothing expect.
const LEAST_DAYS: usize = 14;
/// Days are never taken to be more alike than this.
const MOST_ALIKE: f64 = 0.9;

/// The savings of a month, added up by day. Every list has one item for each day of the month that it reaches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BurnUp {
    /// Savings from the first of the month to the end of each day; none after the last day given. A missing day carries
    /// the sum forward.
    pub actual: Vec<Option<Decimal>>,
    /// Which of the days up to the last one given add nothing because they are not known.
    pub missing: Vec<bool>,
    /// P10, mean and P90 of the sum that the days before the month let expect; none where fewer than 14 are known.
    pub expected: Option<Vec<(f64, f64, f64)>>,
}

/// Adds up the month of the earliest of `month_days`, whose last day given is the last that is over, and compares it
/// with the last up to 90 known days of `before`. Days that do not belong there are left out.
///
/// After n days n times their mean is expected. The band of 80 % has the variance n·(1+n/N)·s²·(1+ρ)/(1−ρ): s² is the
/// variance of the N known days, ρ their autocorrelation from one day to the next, between 0 and 0.9 (Wilks, Statistical
/// Methods in the Atmospheric Sciences, 5.2.4), and n/N the part of the error of their mean.
pub fn burn_up(month_days: &[Day], before: &[Day], days_in_month: u32) -> BurnUp {
    let days = by_day(month_days);
    let begun = days.keys().next().map(|day| month_number(*day));
    let last = days.keys().rev().find(|day| Some(month_number(**day)) == begun).map_or(0, Datelike::day);
    let (mut sum, mut actual, mut missing) = (Decimal::ZERO, Vec::new(), Vec::new());
    for number in 1..=days_in_month {
        let over = number <= last;
        let of_day = |day: &&Day| day.day.day() == number && Some(month_number(day.day)) == begun;
        let savings = days.values().find(of_day).and_then(|day| day.savings);
        sum += savings.unwrap_or_default();
        actual.push(over.then_some(sum));
        missing.push(over && savings.is_none());
    }
    BurnUp { actual, missing, expected: expected(&known_before(before, begun), days_in_month) }
}

/// The last known days before the month.
fn known_before(before: &[Day], month: Option<i32>) -> BTreeMap<NaiveDate, f64> {
    let earlier = |day: &NaiveDate| month.is_none_or(|month| month_number(*day) < month);
    let days = by_day(before);
    let known = days.into_values().filter_map(|day| Some((day.day, float(day.savings?))));
    known.rev().filter(|(day, _)| earlier(day)).take(MOST_DAYS).collect()
}

fn expected(known: &BTreeMap<NaiveDate, f64>, days_in_month: u32) -> Option<Vec<(f64, f64, f64)>> {
    if known.len() < LEAST_DAYS {
        return None;
    }
    let values: Vec<f64> = known.values().copied().collect();
    let (mean, alike) = (mean(&values), alike(known));
    let per_day = variance(&values) * (1.0 + alike) / (1.0 - alike);
    let after = |n: u32| {
        let n = f64::from(n);
        let half = NORMAL_P90 * (n * (1.0 + n / count(values.len())) * per_day).sqrt();
        (n * mean - half, n * mean, n * mean + half)
    };
    Some((1..=days_in_month).map(after).collect())
}

/// Autocorrelation from one calendar day to the next, 0 to 0.9: mean product of the deviations of known neighbours by
/// mean square of all deviations.
fn alike(known: &BTreeMap<NaiveDate, f64>) -> f64 {
    let values: Vec<f64> = known.values().copied().collect();
    let all = mean(&values);
    let next = |(day, value): (&NaiveDate, &f64)| {
        let next = known.get(&(*day + Days::new(1)))?;
        Some((value - all) * (next - all))
    };
    let products: Vec<f64> = known.iter().filter_map(next).collect();
    let square = values.iter().map(|v| (v - all).powi(2)).sum::<f64>() / count(values.len().max(1));
    if square > 0.0 { (mean(&products) / square).clamp(0.0, MOST_ALIKE) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn days(from: &str, values: &[Option<i64>]) -> Vec<Day> {
        let from: NaiveDate = from.parse().unwrap();
        let day = |(day, value): (NaiveDate, &Option<i64>)| Day {
            day,
            savings: value.map(Decimal::from),
            coverage: 1.0,
        };
        from.iter_days().zip(values).map(day).collect()
    }

    #[test]
    fn missing_days_carry_the_sum_forward() {
        let month = days("2026-06-01", &[None, Some(4), None, Some(-1), None]);
        let found = burn_up(&month, &[], 30);
        assert_eq!(found.actual[..5], [0, 4, 4, 3, 3].map(|n| Some(Decimal::from(n))));
        assert!(found.actual.len() == 30 && found.actual[5..].iter().all(Option::is_none));
        assert_eq!(found.missing[..6], [true, false, true, false, true, false]);
        assert_eq!(found.expected, None);
        assert!(burn_up(&[], &[], 28).actual.iter().all(Option::is_none));
    }

    #[test]
    fn days_before_let_expect_a_band() {
        let before = days("2026-05-18", &[4, 4, 8, 8, 4, 4, 8, 8, 4, 4, 8, 8, 4, 4].map(Some));
        let month = days("2026-06-01", &[Some(6)]);
        let found = burn_up(&month, &before, 30).expected.unwrap();
        // By hand: 14 days of mean 80/14 = 40/7, as 8 fours and 6 eights. Deviations −12/7 and 16/7: squares add up to
        // (8·144 + 6·256)/49 = 384/7, so s² = 384/91. Of 13 pairs 4 are of fours, 3 of eights and 6 mixed:
        // (4·144 + 3·256 − 6·192)/49 = 192/49, so ρ = (192/49/13)/(384/98) = 1/13, and (1+ρ)/(1−ρ) = 14/12.
        // The error of the mean of 14 days over 30 adds 30/14 of the scatter.
        let half = 1.281_552 * (30.0 * (1.0 + 30.0 / 14.0) * 384.0 / 91.0 * 14.0 / 12.0_f64).sqrt();
        let (low, mid, high) = found[29];
        assert!((mid - 30.0 * 40.0 / 7.0).abs() < 1e-9);
        assert!((mid - low - half).abs() < 1e-4 && (high - mid - half).abs() < 1e-4, "{low} {high} {half}");
        // Days of the month itself and a day less are no expectation.
        assert_eq!(burn_up(&month, &before[1..], 30).expected, None);
        assert_eq!(burn_up(&before, &before, 31).expected, None);
    }

    #[test]
    fn only_the_last_ninety_known_days_count() {
        let mut values = vec![Some(1_000); 50];
        values.extend([Some(5); 90]);
        values.extend([None; 7]);
        let before = days("2026-01-01", &values);
        let found = burn_up(&days("2026-06-01", &[Some(5)]), &before, 30).expected.unwrap();
        assert_eq!((found[0], found[29]), ((5.0, 5.0, 5.0), (150.0, 150.0, 150.0)));
        // Days alike: a rise is as alike as is allowed, a change every day not at all.
        let of = |values: &[i64]| {
            let some: Vec<Option<i64>> = values.iter().copied().map(Some).collect();
            alike(&known_before(&days("2026-01-01", &some), None))
        };
        assert_eq!((of(&(0..90).collect::<Vec<_>>()), of(&[1, 2].repeat(20))), (MOST_ALIKE, 0.0));
    }

    proptest! {
        #[test]
        fn the_band_holds_its_middle_and_widens(values in prop::collection::vec(prop::option::of(-500_i64..500), 14..120)) {
            let before = days("2025-01-01", &values);
            let found = burn_up(&days("2026-01-01", &[Some(1)]), &before, 31).expected;
            prop_assert_eq!(found.is_some(), values.iter().flatten().count() >= LEAST_DAYS);
            let widths: Vec<f64> = found.into_iter().flatten().map(|(low, mid, high)| {
                assert!(low <= mid && mid <= high);
                high - low
            }).collect();
            prop_assert!(widths.is_sorted());
        }
    }
}
