//! The peak of a month, that demand is charged by: so far, and where it may end.

use super::{count, month_number};
use chrono::{Datelike, Days, NaiveDate};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The projection is from the daily peaks of so many days.
const RECENT_DAYS: u64 = 60;
/// Fewer known days project nothing.
const LEAST_DAYS: usize = 7;

/// The peak demand of a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demand {
    /// Highest so far, kW; none where no day of the month is known.
    pub month_peak: Option<Decimal>,
    /// The first local day that reached it.
    pub on: Option<NaiveDate>,
    /// Where the month's peak is as likely to end above as below, kW, never below `month_peak`; none where fewer than 7
    /// of the last 60 days are known.
    pub projected: Option<Decimal>,
}

/// The peak of the month of `today` from daily peaks in kW (of a day given twice, the higher one).
///
/// Today is not over: its peak so far is in `month_peak`, and it counts among the n days that remain. Their highest is
/// the median of the maximum of n draws from the daily peaks of the 60 days before today: the quantile at 0.5^(1/n), one
/// of these peaks. It takes days to be alike and independent, so it does not foresee what the last 60 days did not see.
pub fn demand(peaks: &[(NaiveDate, Decimal)], today: NaiveDate, days_in_month: u32) -> Demand {
    let mut by_day: BTreeMap<NaiveDate, Decimal> = BTreeMap::new();
    for (day, peak) in peaks.iter().filter(|(day, _)| *day <= today) {
        by_day.entry(*day).and_modify(|known| *known = (*known).max(*peak)).or_insert(*peak);
    }
    let of_month = by_day.iter().filter(|(day, _)| month_number(**day) == month_number(today));
    let highest = of_month.reduce(|best, next| if next.1 > best.1 { next } else { best });
    let month_peak = highest.map(|(_, peak)| *peak);
    let start = today.checked_sub_days(Days::new(RECENT_DAYS)).unwrap_or(today);
    let recent: Vec<Decimal> = by_day.range(start..today).map(|(_, peak)| *peak).collect();
    let remaining = (days_in_month + 1).saturating_sub(today.day()).max(1);
    let projected =
        highest_of(recent, remaining).map(|peak| month_peak.map_or(peak, |so_far| so_far.max(peak)));
    Demand { month_peak, on: highest.map(|(day, _)| *day), projected }
}

/// Median of the highest of `draws` days like the known ones.
fn highest_of(mut peaks: Vec<Decimal>, draws: u32) -> Option<Decimal> {
    if peaks.len() < LEAST_DAYS {
        return None;
    }
    peaks.sort_unstable();
    let quantile = 0.5_f64.powf(1.0 / f64::from(draws));
    // The lowest peak that at least this share of the days does not exceed.
    let reaches = |rank: usize| count(rank + 1) >= quantile * count(peaks.len());
    (0..peaks.len()).find(|rank| reaches(*rank)).and_then(|rank| peaks.get(rank)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn peaks(from: &str, kw: impl IntoIterator<Item = i64>) -> Vec<(NaiveDate, Decimal)> {
        let from: NaiveDate = from.parse().unwrap();
        from.iter_days().zip(kw.into_iter().map(Decimal::from)).collect()
    }

    #[test]
    fn the_rest_of_the_month_may_exceed_the_peak_so_far() {
        let today = "2026-06-21".parse().unwrap();
        // 20 days of May and 20 of June, 101 to 140 kW in a row, and today so far.
        let mut known = peaks("2026-05-12", 101..=141);
        known[40].1 = 30.into();
        known.push(("2026-06-22".parse().unwrap(), 999.into()));
        let found = demand(&known, today, 30);
        assert_eq!((found.month_peak, found.on), (Some(140.into()), Some("2026-06-20".parse().unwrap())));
        assert_eq!(found.projected, Some(140.into()));
        // By hand: without June's peaks but today's, 10 days remain: 0.5^(1/10) = 0.933, of 20 days the 19th (18.66).
        known.retain(|(day, _)| day.month() == 5 || *day == today);
        let found = demand(&known, today, 30);
        assert_eq!((found.month_peak, found.projected), (Some(30.into()), Some(119.into())));
        // On the last day, the median of 20: the 10th.
        let found = demand(&known, "2026-06-30".parse().unwrap(), 30);
        assert_eq!((found.month_peak, found.projected), (Some(30.into()), Some(110.into())));
    }

    #[test]
    fn a_week_of_the_last_sixty_days_is_needed() {
        let known = peaks("2026-05-01", [5, 9, 9, 4, 3, 2, 1]);
        let projected = |today: &str| demand(&known, today.parse().unwrap(), 31).projected;
        assert_eq!((projected("2026-05-07"), projected("2026-05-08")), (None, Some(9.into())));
        // 60 days before 30 June is 1 May.
        assert!(projected("2026-06-30").is_some() && projected("2026-07-01").is_none());
        let first = demand(&known, "2026-05-07".parse().unwrap(), 31);
        assert_eq!((first.month_peak, first.on), (Some(9.into()), Some("2026-05-02".parse().unwrap())));
        assert_eq!(demand(&[], "2026-05-07".parse().unwrap(), 31).month_peak, None);
    }

    proptest! {
        #[test]
        fn projections_are_peaks_that_occurred(kw in prop::collection::vec(0_i64..900, 7..90), days in 28_u32..=31) {
            let known = peaks("2026-03-01", kw.iter().copied());
            let today = known[known.len() - 1].0 + Days::new(1);
            let found = demand(&known, today, days);
            let projected = found.projected.unwrap();
            prop_assert!(known.iter().any(|(_, peak)| *peak == projected));
            prop_assert!(found.month_peak.is_none_or(|peak| peak <= projected));
        }
    }
}
