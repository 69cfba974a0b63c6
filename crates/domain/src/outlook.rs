//! What the record of a facility says about the months behind it and the months ahead.
//!
//! Savings are baseline − actual: above nothing is saved, below nothing is used beyond the baseline. The functions take
//! a metric's own unit or money alike and give back what they were given. All of it is arithmetic on what was recorded;
//! nothing here is part of a verified figure.

mod burn_up;
mod curves;
mod demand;
mod history;
mod project;
mod spread;
mod waterfall;

pub use burn_up::{BurnUp, burn_up};
pub use curves::{Grid, heat_map, load_duration};
pub use demand::{Demand, demand};
pub use history::{Month, cumulative, months, rolling_12};
pub use project::{Backtest, Fan, FanMonth, Reason, project};
pub use waterfall::{Cause, Parts, Step, explain};

use chrono::{Datelike, NaiveDate};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The savings of a local day.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// Local day.
    pub day: NaiveDate,
    /// Baseline − actual; none is unknown, not zero.
    pub savings: Option<Decimal>,
    /// Share of the day that has both values, 0 to 1.
    pub coverage: f64,
}

impl Day {
    /// Share of the day that the savings are of: nothing where they are not known.
    fn covered(&self) -> f64 {
        if self.savings.is_some() && self.coverage.is_finite() { self.coverage.clamp(0.0, 1.0) } else { 0.0 }
    }
}

/// The days in their order. Of a day that is given twice, the one with more coverage counts, then the one with more
/// savings, so that the order they are given in does not matter.
fn by_day(days: &[Day]) -> BTreeMap<NaiveDate, Day> {
    let mut sorted = days.to_vec();
    sorted.sort_by(|a, b| a.covered().total_cmp(&b.covered()).then(a.savings.cmp(&b.savings)));
    sorted.into_iter().map(|day| (day.day, day)).collect()
}

/// Months since the beginning of the calendar: consecutive months are consecutive numbers.
fn month_number(day: NaiveDate) -> i32 {
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or(0)
}

/// First day of the month with this number; none beyond the calendar.
fn first_of(month: i32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(month.div_euclid(12), u32::try_from(month.rem_euclid(12)).ok()? + 1, 1)
}

fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(0.0)
}

/// Counts here are far below 2^52.
#[allow(clippy::cast_precision_loss)]
fn count(n: usize) -> f64 {
    n as f64
}
