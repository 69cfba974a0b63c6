//! The months ahead: a projection of monthly savings with its uncertainty, and how it would have done so far.

use super::spread::{mean, t_p90, variance};
use super::{Month, count, first_of, float, month_number};
use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

#[cfg(test)]
mod tests;

/// A month counts from this coverage on.
const LEAST_COVERAGE: f64 = 0.9;
/// Fewer months tell nothing of their spread.
const LEAST_MONTHS: usize = 3;
/// The level is the mean of at most so many months.
const LEVEL_MONTHS: usize = 6;
/// Weight of the same month of an earlier year; the level has the rest.
///
/// That month knows the season, but it is a single value and its level may be outdated; the level is current and a mean,
/// but knows no season. With one or two years of months nobody can tell which errs more, and then equal weights are
/// hard to beat: Clemen, Combining forecasts, Int. J. Forecasting 5 (1989); Smith & Wallis, Oxf. Bull. Econ. Stat. 71
/// (2009).
const LAST_YEAR: f64 = 0.5;
/// The spread of the months counts as much as so many errors of the back-test.
const SPREAD_COUNTS: f64 = 3.0;
/// Errors from before tell of a time that knew no season yet.
const RECENT_ERRORS: usize = 12;
/// The fan is at most so many times as wide as for the first month: savings return to what the building and its season
/// give, they do not wander off.
const WIDEST: f64 = 2.0;
/// At most so many months are projected.
const LONGEST: usize = 24;

/// A projected month: savings of the whole month at full coverage, in the unit of the history.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct FanMonth {
    /// First day.
    pub first: NaiveDate,
    /// Nine of ten such months save more.
    pub p10: f64,
    /// The projection itself.
    pub p50: f64,
    /// One of ten such months saves more.
    pub p90: f64,
}

/// How the same method would have done: every month was projected from the months before it only.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Backtest {
    /// Months that had at least three months before them.
    pub n: usize,
    /// Mean distance between projected and measured, in the unit of the history; 0 where `n` is 0.
    pub mean_abs_error: f64,
    /// The same in percent of the mean measured month, both without their signs; none where nothing was saved or `n` is
    /// 0. Not the mean of each month's percentage, which a month close to nothing would govern.
    pub mean_abs_percent: Option<f64>,
    /// Share of the months within P10 to P90 as it would have been drawn then, 0 to 1; 0.8 is meant. None where `n` is 0.
    pub coverage_p10_p90: Option<f64>,
}

/// A projection by month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fan {
    /// Consecutive months, from the one after the last whole month on: a running month is projected as a whole.
    pub months: Vec<FanMonth>,
    /// How it was done, for people.
    pub method: String,
    /// How it would have done so far.
    pub backtest: Backtest,
}

/// Why there is no projection: too few months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error(
    "A projection needs {LEAST_MONTHS} whole months with data for at least 90 % of their time; so far there {}. \
     Not counted: {partial} begun or broken off, {thin} with too little data.",
    match usable { 0 => "is none".to_owned(), 1 => "is 1".to_owned(), n => format!("are {n}") }
)]
pub struct Reason {
    /// Months that count.
    pub usable: usize,
    /// Months that are not whole.
    pub partial: usize,
    /// Whole months that lack data.
    pub thin: usize,
}

/// A month that counts.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Its number.
    month: i32,
    /// Its days.
    days: f64,
    /// Savings per day at full coverage.
    per_day: f64,
}

/// A month projected from those before it, per day.
struct Guess {
    mid: f64,
    /// Standard deviation of its error, and the degrees of freedom that it is known with.
    deviation: f64,
    degrees: usize,
}

impl Guess {
    /// From the middle to P10 and to P90.
    fn half_width(&self) -> f64 {
        t_p90(self.degrees) * self.deviation
    }
}

/// Projects `horizon` months (at most 24) from the whole months with a coverage of at least 0.9, scaled to full coverage.
///
/// Per day, a month is expected to save half what the same month of the latest known year did and half the mean of the
/// last up to six months; that mean alone where no such month is known. The fan is Student's t around it. Its deviation
/// is of the last up to twelve errors of the back-test and the spread of the last up to six months, which counts as
/// three errors: alone before there are any, a floor under them afterwards. It widens with the square root of the months
/// ahead, at most to twice. The order of the months does not matter.
///
/// What is not known cannot be in the fan: in its first year a strong season makes it too narrow. In simulations of such
/// years with a season of half the mean it held 6 of 10 next months, from the second year on 8 or more.
pub fn project(months: &[Month], horizon: usize) -> Result<Fan, Reason> {
    let rates = usable(months);
    let whole: Vec<i32> = months.iter().filter(|m| m.complete).map(|m| month_number(m.first)).collect();
    let (Some(end), true) = (whole.iter().max(), rates.len() >= LEAST_MONTHS) else {
        let partial = months.len() - whole.len();
        let usable = rates.len();
        return Err(Reason { usable, partial, thin: whole.len().saturating_sub(usable) });
    };
    let errors = errors(&rates);
    let projected = (1..).take(horizon.min(LONGEST)).filter_map(|ahead| {
        let first = first_of(end + ahead)?;
        let guess = guess(&rates, &errors, end + ahead);
        let days = f64::from(first.num_days_in_month());
        let (mid, half) = (guess.mid * days, guess.half_width() * days);
        Some(FanMonth { first, p10: mid - half, p50: mid, p90: mid + half })
    });
    let months: Vec<FanMonth> = projected.collect();
    let method = method(&rates, &months);
    Ok(Fan { months, method, backtest: backtest(&rates, &errors) })
}

/// The months that count, in their order; of a month that is given twice, the one with more coverage, then savings.
fn usable(months: &[Month]) -> Vec<Rate> {
    let counts = |m: &&Month| m.complete && m.days > 0 && m.coverage >= LEAST_COVERAGE && m.savings.is_some();
    let mut sorted: Vec<&Month> = months.iter().filter(counts).collect();
    sorted.sort_by(|a, b| {
        let better = b.coverage.total_cmp(&a.coverage).then(b.savings.cmp(&a.savings));
        month_number(a.first).cmp(&month_number(b.first)).then(better)
    });
    sorted.dedup_by_key(|m| month_number(m.first));
    let rate = |m: &Month| {
        let days = f64::from(m.days);
        let per_day = float(m.savings.unwrap_or_default()) / (m.coverage.min(1.0) * days);
        Rate { month: month_number(m.first), days, per_day }
    };
    sorted.into_iter().map(rate).collect()
}

/// The latest earlier year's same calendar month.
fn last_year(rates: &[Rate], month: i32) -> Option<f64> {
    rates.iter().rev().find(|r| r.month < month && (month - r.month) % 12 == 0).map(|r| r.per_day)
}

/// The last months, that make the level.
fn recent(rates: &[Rate]) -> Vec<f64> {
    rates.iter().rev().take(LEVEL_MONTHS).map(|r| r.per_day).collect()
}

fn expected(rates: &[Rate], month: i32) -> f64 {
    let level = mean(&recent(rates));
    last_year(rates, month).map_or(level, |known| LAST_YEAR * known + (1.0 - LAST_YEAR) * level)
}

/// How much wider the fan is for this month than for the first one after `rates`.
fn widening(rates: &[Rate], month: i32) -> f64 {
    let ahead = rates.last().map_or(1, |last| (month - last.month).max(1));
    f64::from(ahead).sqrt().min(WIDEST)
}

/// Errors of every month that has enough months before it, per day, as if it had been the first one ahead.
fn errors(rates: &[Rate]) -> Vec<f64> {
    let error = |at: usize| {
        let (before, month) = (&rates[..at], rates[at].month);
        (rates[at].per_day - expected(before, month)) / widening(before, month)
    };
    (LEAST_MONTHS..rates.len()).map(error).collect()
}

/// A month after `rates`, whose errors so far are `errors`.
fn guess(rates: &[Rate], errors: &[f64], month: i32) -> Guess {
    let recent = recent(rates);
    // A further month errs by its own spread and by that of the mean.
    let spread = variance(&recent) * (1.0 + 1.0 / count(recent.len().max(1)));
    let errors = &errors[errors.len().saturating_sub(RECENT_ERRORS)..];
    let squares: f64 = errors.iter().map(|e| e * e).sum();
    let variance = (squares + SPREAD_COUNTS * spread) / (count(errors.len()) + SPREAD_COUNTS);
    Guess {
        mid: expected(rates, month),
        deviation: variance.sqrt() * widening(rates, month),
        // At least three months make the spread.
        degrees: errors.len() + LEAST_MONTHS - 1,
    }
}

fn backtest(rates: &[Rate], errors: &[f64]) -> Backtest {
    let (mut missed, mut measured, mut within) = (0.0, 0.0, 0);
    for (index, rate) in rates.iter().skip(LEAST_MONTHS).enumerate() {
        let guess = guess(&rates[..index + LEAST_MONTHS], &errors[..index], rate.month);
        let error = (rate.per_day - guess.mid).abs();
        missed += error * rate.days;
        measured += (rate.per_day * rate.days).abs();
        within += usize::from(error <= guess.half_width());
    }
    let n = errors.len();
    Backtest {
        n,
        mean_abs_error: missed / count(n.max(1)),
        mean_abs_percent: (measured > 0.0).then(|| 100.0 * missed / measured),
        coverage_p10_p90: (n > 0).then(|| count(within) / count(n)),
    }
}

fn method(rates: &[Rate], projected: &[FanMonth]) -> String {
    let seasonal = projected.iter().filter(|m| last_year(rates, month_number(m.first)).is_some()).count();
    let level = format!("the mean of the last {} months", rates.len().min(LEVEL_MONTHS));
    let mid = match seasonal {
        0 => format!("Per day, {level}; no season is known yet"),
        n if n == projected.len() => format!("Per day, half the same month a year before and half {level}"),
        _ => format!("Per day, half the same month a year before, where it is known, and half {level}"),
    };
    format!(
        "{mid}. The fan is meant to hold 8 of 10 months; it is drawn from earlier errors and from how much months differ."
    )
}
