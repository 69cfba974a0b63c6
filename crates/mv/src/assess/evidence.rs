//! What stands beside a method's own interval: an error that knows the residuals' memory, and what the whole method finds
//! where there was no measure.

use chrono::{NaiveDate, TimeDelta};
use serde::Serialize;

use super::Settings;
use super::known::{self, Known};
use crate::assessment::Assessment;
use crate::series::{Period, Series};
use crate::stats;
use crate::uncertainty::hac::ErrorModel;

/// A year, and the shortest baseline that one can be held out of.
const YEAR_DAYS: i64 = 365;
const TWO_YEARS_DAYS: i64 = 694;
/// A crop cycle of nine weeks, held out of shorter baselines.
const CYCLE_DAYS: i64 = 63;
/// From one window to the next.
const STEP_DAYS: i64 = 30;
/// Share of a window's days that has to be measured.
const MEASURED_MIN: f64 = 0.5;

/// Reported beside an assessment.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// Half-width of the savings' interval by Newey and West, meter units; only of daily methods.
    pub hac_band: Option<f64>,
    /// Windows of the baseline taken for a reporting period; none where the baseline is too short.
    pub placebo_windows: Option<Windows>,
}

/// The method fitted without each of several windows of the baseline, and its savings there: the truth is 0.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Windows {
    /// Windows assessed. They overlap, so that they are not as many independent trials.
    pub n: usize,
    /// Length of each, days.
    pub days: i64,
    /// Mean of savings over counterfactual, a fraction with its sign.
    pub mean_error: f64,
    /// The one furthest from 0.
    pub worst_error: f64,
    /// Share of windows whose billed interval holds 0; to be compared with its confidence.
    pub coverage: f64,
}

/// Gathers evidence for what `assess` says of a series.
pub fn gather(
    series: &Series,
    settings: &Settings,
    assessment: &Assessment,
    assess: impl Fn(&Series) -> Assessment,
) -> Evidence {
    Evidence {
        hac_band: hac_band(series, settings, assessment),
        placebo_windows: placebo_windows(series, assess),
    }
}

fn hac_band(series: &Series, settings: &Settings, assessment: &Assessment) -> Option<f64> {
    let model = assessment.predictor.as_ref()?;
    let (before, after): (Vec<Known>, Vec<Known>) =
        known::days(series, settings.fuel, model).into_iter().partition(|day| day.period == Period::Baseline);
    let residuals: Vec<f64> = before.iter().map(|day| day.expected - day.usage).collect();
    let variables = |days: Vec<Known>| days.into_iter().map(|day| day.variables).collect::<Vec<_>>();
    let (before, after) = (variables(before), variables(after));
    let sums = super::caltrack::total(&after);
    ErrorModel::new(&before, &residuals)?.band(&sums, after.len() as f64, settings.confidence)
}

/// Rolling windows: years where the baseline has two, else crop cycles; the rest of the baseline is fitted each time.
pub fn placebo_windows(series: &Series, assess: impl Fn(&Series) -> Assessment) -> Option<Windows> {
    let date = |row: &crate::series::Reading| row.start.date();
    let baseline: Vec<_> = series.rows.iter().filter(|r| r.period == Period::Baseline).cloned().collect();
    let (first, last) = (date(baseline.first()?), date(baseline.last()?));
    let span = (last - first).num_days() + 1;
    let days = if span >= TWO_YEARS_DAYS { YEAR_DAYS } else { CYCLE_DAYS };
    let mut held_out = Series { drivers: series.drivers.clone(), rows: baseline };
    let mut errors = Vec::new();
    let mut holds_zero = 0.0;
    for offset in (0..).map(|n| n * STEP_DAYS).take_while(|offset| offset + days <= span) {
        let from = first + TimeDelta::days(offset);
        mark(&mut held_out, from, from + TimeDelta::days(days));
        let found = assess(&held_out);
        let measured = held_out.rows.iter().filter(|r| r.period == Period::Reporting && r.usage.is_some());
        let listed = held_out.rows.iter().filter(|r| r.period == Period::Reporting);
        if (measured.count() as f64) < MEASURED_MIN * listed.count() as f64 {
            continue;
        }
        if let (Some(error), Some(interval)) = (found.savings_fraction, &found.interval) {
            errors.push(error);
            holds_zero += f64::from(u8::from(interval.low <= 0.0 && interval.high >= 0.0));
        }
    }
    let worst_error = errors.iter().copied().reduce(|a, b| if b.abs() > a.abs() { b } else { a })?;
    let n = errors.len();
    Some(Windows { n, days, mean_error: stats::mean(&errors), worst_error, coverage: holds_zero / n as f64 })
}

/// Takes the rows of [from, to) for the reporting period and the others for the baseline.
fn mark(series: &mut Series, from: NaiveDate, to: NaiveDate) {
    for row in &mut series.rows {
        let inside = row.start.date() >= from && row.start.date() < to;
        row.period = if inside { Period::Reporting } else { Period::Baseline };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assessment::Interval;
    use crate::series::Reading;

    fn days(count: usize) -> Series {
        let first: NaiveDate = "2024-01-01".parse().unwrap();
        let row = |(n, date): (usize, NaiveDate)| Reading {
            start: date.and_time(chrono::NaiveTime::MIN),
            period: if n < count { Period::Baseline } else { Period::Reporting },
            usage: (n != 40).then_some(100.0),
            temperature_f: Some(60.0),
            drivers: vec![],
        };
        Series { drivers: vec![], rows: first.iter_days().take(count + 10).enumerate().map(row).collect() }
    }

    /// A method that is wrong by a hundredth of the window's first day of the year.
    fn method(series: &Series) -> Assessment {
        use chrono::Datelike;
        let held = || series.rows.iter().filter(|r| r.period == Period::Reporting);
        let day = f64::from(held().next().unwrap().start.ordinal0());
        assert_eq!(
            held().count() + series.rows.iter().filter(|r| r.period == Period::Baseline).count(),
            series.rows.len()
        );
        Assessment {
            savings_fraction: Some(day / 1e4),
            interval: Some(Interval { low: day - 100.0, high: day + 100.0, confidence: 0.9, method: "test" }),
            ..Assessment::new("test")
        }
    }

    /// By hand: windows of 63 days begin on days 0, 30, … 300 of 365; four of eleven begin on or before day 100.
    #[test]
    fn windows_of_a_year_are_as_by_hand() {
        let found = placebo_windows(&days(365), method).unwrap();
        assert_eq!((found.n, found.days), (11, 63));
        assert!((found.mean_error - 0.015).abs() < 1e-12 && (found.worst_error - 0.03).abs() < 1e-12);
        assert!((found.coverage - 4.0 / 11.0).abs() < 1e-12);
        assert_eq!(placebo_windows(&days(60), method), None);
    }

    #[test]
    fn whole_years_are_held_out_of_two_and_more() {
        let found = placebo_windows(&days(730), method).unwrap();
        assert_eq!((found.n, found.days), (13, 365));
    }
}
