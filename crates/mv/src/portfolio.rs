//! Savings of several facilities together.
//!
//! Errors of facilities are not independent where one vendor installs one measure in one climate with one method, so part
//! of each error is common to all. Independent parts add as squares and shrink against the sum; common parts add as they
//! are and do not.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::linalg::LeastSquares;
use crate::stats;
use crate::uncertainty::ols::transpose;

/// Days that a calendar month needs to be one.
const MONTH_DAYS_MIN: usize = 20;

/// Savings of one facility.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Member {
    /// Savings, meter units (of one kind for all: kWh, or money).
    pub savings: f64,
    /// Half-width of their interval, at the same confidence for all.
    pub band: f64,
}

/// Why facilities cannot be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PortfolioError {
    /// Nothing to add.
    #[error("there is no facility to add")]
    Empty,
    /// Not a number, or a negative half-width.
    #[error(
        "facility {0} (counted from 1) has savings or a half-width that is not a number, or a negative half-width"
    )]
    Amount(usize),
    /// Not a share.
    #[error("the common share of the variance has to be between 0 and 1")]
    Common,
}

/// The sum with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Portfolio {
    /// Facilities.
    pub n: usize,
    /// Sum of savings.
    pub savings: f64,
    /// Half-width of the sum.
    pub band: f64,
    /// What it would be if errors were independent: for comparison, not to be billed.
    pub independent_band: f64,
    /// Half-width over savings; none where savings are not positive.
    pub fsu: Option<f64>,
}

/// Adds facilities whose errors share `common`, the part of each variance that is the same error in all: the correlation
/// between any two. Var = (1 − common) Σ bᵢ² + common (Σ bᵢ)².
pub fn roll_up(members: &[Member], common: f64) -> Result<Portfolio, PortfolioError> {
    if members.is_empty() {
        return Err(PortfolioError::Empty);
    }
    if !(0.0..=1.0).contains(&common) {
        return Err(PortfolioError::Common);
    }
    let sound = |m: &Member| m.savings.is_finite() && m.band.is_finite() && m.band >= 0.0;
    if let Some(place) = members.iter().position(|m| !sound(m)) {
        return Err(PortfolioError::Amount(place + 1));
    }
    let savings = stats::sum(members.iter().map(|m| m.savings));
    let squares = stats::sum(members.iter().map(|m| m.band * m.band));
    let sum = stats::sum(members.iter().map(|m| m.band));
    let band = ((1.0 - common) * squares + common * sum * sum).sqrt();
    let fsu = (savings > 0.0).then_some(band / savings);
    Ok(Portfolio { n: members.len(), savings, band, independent_band: squares.sqrt(), fsu })
}

/// The common share that facilities without a measure show (placebo windows, control sites): the mean correlation of their
/// standardised errors over the same stretches, `errors[facility][stretch]`, never below 0. None for fewer than two
/// facilities or three stretches in common.
pub fn common_share(errors: &[Vec<f64>]) -> Option<f64> {
    let stretches = errors.iter().map(Vec::len).min().filter(|n| *n >= 3)?;
    let mut correlations = Vec::new();
    for (index, a) in errors.iter().enumerate() {
        for b in &errors[..index] {
            let correlation = stats::correlation(&a[..stretches], &b[..stretches]);
            correlations.extend(Some(correlation).filter(|c| c.is_finite()));
        }
    }
    (!correlations.is_empty()).then(|| stats::mean(&correlations).clamp(0.0, 1.0))
}

/// A baseline's days: the model's variables (the constant first) and use.
pub type Measured = (NaiveDate, Vec<f64>, f64);

/// What a model's variables err by in each calendar month that is left out of their fit: predicted − observed over observed,
/// by the month's first day. There was no measure, so it is savings that are none. Months with under 20 days, and days whose
/// month leaves nothing to fit, are not in it.
pub fn left_out_months(days: &[Measured]) -> BTreeMap<NaiveDate, f64> {
    let month = |day: NaiveDate| day.with_day(1).unwrap_or(day);
    let months: std::collections::BTreeSet<NaiveDate> = days.iter().map(|(day, ..)| month(*day)).collect();
    let error = |left: NaiveDate| {
        let (own, rest): (Vec<&Measured>, Vec<&Measured>) =
            days.iter().partition(|(day, ..)| month(*day) == left);
        let rows: Vec<Vec<f64>> = rest.iter().map(|(_, row, _)| row.clone()).collect();
        if own.len() < MONTH_DAYS_MIN || rows.len() <= rows.first()?.len() {
            return None;
        }
        let used: Vec<f64> = rest.iter().map(|(.., used)| *used).collect();
        let solved = LeastSquares::solve(&transpose(&rows), &used, None);
        let expected = stats::sum(own.iter().map(|(_, row, _)| stats::dot(row, &solved.coefficients)));
        let observed = stats::sum(own.iter().map(|(.., used)| *used));
        Some((left, (expected - observed) / observed)).filter(|(_, share)| share.is_finite())
    };
    months.into_iter().filter_map(error).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn member(savings: f64, band: f64) -> Member {
        Member { savings, band }
    }

    /// By hand: 100 ± 3 and 200 ± 4: ± 5 apart, ± 7 together, √(0.5 · 25 + 0.5 · 49) between.
    #[test]
    fn two_facilities_are_as_by_hand() {
        let two = [member(100.0, 3.0), member(200.0, 4.0)];
        assert_eq!(roll_up(&two, 0.0).unwrap().band, 5.0);
        assert_eq!(roll_up(&two, 1.0).unwrap().band, 7.0);
        let half = roll_up(&two, 0.5).unwrap();
        assert!((half.band - 37.0_f64.sqrt()).abs() < 1e-12 && half.independent_band == 5.0);
        assert!((half.fsu.unwrap() - half.band / 300.0).abs() < 1e-15);
        assert_eq!(roll_up(&[member(-1.0, 2.0)], 0.0).unwrap().fsu, None);
    }

    #[test]
    fn what_cannot_be_added_is_said() {
        assert_eq!(roll_up(&[], 0.1), Err(PortfolioError::Empty));
        assert_eq!(roll_up(&[member(1.0, 1.0)], 1.1), Err(PortfolioError::Common));
        assert_eq!(roll_up(&[member(1.0, 1.0), member(1.0, -1.0)], 0.1), Err(PortfolioError::Amount(2)));
    }

    /// By hand: the first two move together, the third against both: (1 − 1 − 1) / 3 is below 0.
    #[test]
    fn the_common_share_is_the_mean_correlation() {
        let (up, down) = (vec![1.0, 2.0, 3.0], vec![3.0, 2.0, 1.0]);
        assert!((common_share(&[up.clone(), up.clone()]).unwrap() - 1.0).abs() < 1e-12);
        assert_eq!(common_share(&[up.clone(), up.clone(), down]), Some(0.0));
        assert_eq!(common_share(&[up]), None);
    }

    /// By hand: 100 a day all year but 110 in March. Left out, March is predicted at 100: (100 − 110) / 110. Another month
    /// of n days is predicted at the mean of the rest, which holds March's 31 days of 10 more.
    #[test]
    fn months_left_out_err_as_by_hand() {
        let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        let day = |day: NaiveDate| (day, vec![1.0], if day.month() == 3 { 110.0 } else { 100.0 });
        let year: Vec<Measured> = first.iter_days().take(365).map(day).collect();
        let found = left_out_months(&year);
        let month = |m| found[&NaiveDate::from_ymd_opt(2025, m, 1).unwrap()];
        assert_eq!(found.len(), 12);
        assert!((month(3) + 10.0 / 110.0).abs() < 1e-12);
        assert!((month(2) - 31.0 * 10.0 / (365.0 - 28.0) / 100.0).abs() < 1e-12);
        assert_eq!(left_out_months(&year[..45]).len(), 1, "half a month is none");
        assert!(left_out_months(&year[..31]).is_empty(), "nothing is left to fit");
    }

    proptest! {
        /// More in common is never more certain, and the order of facilities is of no matter.
        #[test]
        fn common_errors_widen(bands in prop::collection::vec(0.0_f64..1e5, 1..20), a in 0.0_f64..1.0, b in 0.0_f64..1.0) {
            let members: Vec<Member> = bands.iter().map(|band| member(10.0, *band)).collect();
            let (low, high) = (a.min(b), a.max(b));
            let width = |common| roll_up(&members, common).unwrap().band;
            prop_assert!(width(low) <= width(high) * (1.0 + 1e-12) + 1e-9);
            let mut turned = members.clone();
            turned.reverse();
            prop_assert!((roll_up(&turned, a).unwrap().band - width(a)).abs() <= 1e-9 * (1.0 + width(a)));
        }
    }
}
