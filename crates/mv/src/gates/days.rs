//! Rules for daily data.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate};

use super::Limits;
use crate::finding::{Finding, Findings};
use crate::reading::Fuel;
use crate::series::{DriverDay, Period, Series};
use crate::stats;

/// Checks length, coverage and values of the baseline, and what the reporting period lacks.
pub fn check(days: &[DriverDay], fuel: Fuel, limits: &Limits, findings: &mut Findings) {
    let baseline: Vec<&DriverDay> = days.iter().filter(|d| d.period == Period::Baseline).collect();
    let reporting: Vec<&DriverDay> = days.iter().filter(|d| d.period == Period::Reporting).collect();
    length(&baseline, limits, findings);
    coverage(&baseline, limits, findings);
    months(&baseline, limits, findings);
    values(&baseline, fuel, findings);
    order(&baseline, &reporting, findings);
    incomplete_reporting(&reporting, findings);
}

/// Days of electricity at exactly 0, which are taken as missing.
pub fn zeros(series: &Series, fuel: Fuel, findings: &mut Findings) {
    if fuel == Fuel::Gas || !series.is_daily() {
        return;
    }
    let zero: Vec<NaiveDate> =
        series.rows.iter().filter(|r| r.usage == Some(0.0)).map(|r| r.start.date()).collect();
    if !zero.is_empty() {
        let message = format!("{} days of 0 kWh are taken as not measured (CalTRACK 2.3.2).", zero.len());
        let what =
            "Check the meter on these days. For a gas meter pass the unit therm, for which 0 is a reading.";
        findings.warn(Finding::new("zero_usage", message, what).about(zero));
    }
}

fn span_days(days: &[&DriverDay]) -> i64 {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) => (last.day.date - first.day.date).num_days() + 1,
        _ => 0,
    }
}

fn length(baseline: &[&DriverDay], limits: &Limits, findings: &mut Findings) {
    let found = span_days(baseline);
    if found < limits.baseline_days_min {
        let min = limits.baseline_days_min;
        let message = format!("The baseline spans {found} days; it needs {min} (CalTRACK 2.2.1: a year).");
        let what = "Add earlier days until the baseline covers every season.";
        findings.refuse(Finding::new("baseline_length", message, what));
    } else if found > limits.baseline_days_max {
        let message = format!("The baseline spans {found} days; CalTRACK takes the 365 before the measure.");
        let what = "Keep all if the facility did not change; else leave out the earliest days.";
        findings.warn(Finding::new("baseline_longer_than_a_year", message, what));
    }
}

/// Days between first and last that fail a test, listed or not.
fn lacking(days: &[&DriverDay], has: impl Fn(&DriverDay) -> bool) -> Vec<NaiveDate> {
    let good: BTreeMap<NaiveDate, bool> = days.iter().map(|d| (d.day.date, has(d))).collect();
    let (Some(first), Some(last)) = (days.first(), days.last()) else { return Vec::new() };
    first
        .day
        .date
        .iter_days()
        .take_while(|date| *date <= last.day.date)
        .filter(|date| !good.get(date).copied().unwrap_or(false))
        .collect()
}

fn coverage(baseline: &[&DriverDay], limits: &Limits, findings: &mut Findings) {
    let total = span_days(baseline);
    // 37 days of a year, as CalTRACK says.
    let allowed = (total as f64 * (1.0 - limits.coverage_min) - 1e-9).ceil();
    let mut check = |rule, what: &str, to_do, has: fn(&DriverDay) -> bool| {
        let missing = lacking(baseline, has);
        if missing.len() as f64 > allowed {
            let message = format!(
                "{} baseline days have no {what}; at most {allowed:.0} of {total} may lack it (CalTRACK 2.2.1.2).",
                missing.len()
            );
            findings.refuse(Finding::new(rule, message, to_do).about(missing));
        } else if !missing.is_empty() {
            let message = format!("{} baseline days have no {what} and are left out.", missing.len());
            findings.warn(Finding::new(rule, message, to_do).about(missing));
        }
    };
    let meter = "Read the meter's memory or import the utility's interval data for these days.";
    check("baseline_usage_missing", "meter reading", meter, |d| d.day.usage.is_some());
    let weather = "Import the weather station's record or take the next nearest station for these days.";
    check("baseline_temperature_missing", "temperature", weather, |d| d.day.temperature_f.is_some());
    let both = lacking(baseline, |d| d.day.complete().is_some());
    if both.len() as f64 > allowed {
        let message =
            format!("{} baseline days lack reading or temperature; at most {allowed:.0} may.", both.len());
        let what = "Fill readings or temperatures, whichever is easier, on these days.";
        findings.refuse(Finding::new("baseline_days_missing", message, what).about(both));
    }
}

/// Every calendar month of the baseline needs its temperatures (opendsm's criteria).
fn months(baseline: &[&DriverDay], limits: &Limits, findings: &mut Findings) {
    let mut months: BTreeMap<(i32, u32), (f64, f64)> = BTreeMap::new();
    let missing = lacking(baseline, |d| d.day.temperature_f.is_some());
    for day in baseline {
        months.entry((day.day.date.year(), day.day.date.month())).or_default().0 += 1.0;
    }
    for date in &missing {
        months.entry((date.year(), date.month())).or_default().1 += 1.0;
    }
    for ((year, month), (listed, lacks)) in months {
        if lacks / listed.max(lacks) > 1.0 - limits.coverage_min + 1e-9 && lacks >= 4.0 {
            let message = format!(
                "{lacks:.0} days of {year}-{month:02} have no temperature; 90 % of a month need one."
            );
            let what = "Import the weather station's record for this month.";
            let days = missing.iter().copied().filter(|d| d.year() == year && d.month() == month);
            findings.refuse(Finding::new("month_temperature_missing", message, what).about(days));
        }
    }
}

fn values(baseline: &[&DriverDay], fuel: Fuel, findings: &mut Findings) {
    let negative: Vec<NaiveDate> =
        baseline.iter().filter(|d| d.day.usage.is_some_and(|u| u < 0.0)).map(|d| d.day.date).collect();
    if !negative.is_empty() {
        let message = match fuel {
            Fuel::Gas => format!("{} days of negative gas use.", negative.len()),
            Fuel::Electricity => {
                format!(
                    "{} days of negative use: the meter may net generation (CalTRACK 2.3.5).",
                    negative.len()
                )
            }
        };
        let what = "Use gross consumption, or end the period where net metering began.";
        findings.refuse(Finding::new("negative_usage", message, what).about(negative));
    }
    let usage: Vec<f64> = baseline.iter().filter_map(|d| d.day.usage).collect();
    let (middle, low, high) =
        (stats::median(&usage), stats::quantile(&usage, 0.25), stats::quantile(&usage, 0.75));
    let limit = middle + 3.0 * (high - low);
    let extreme: Vec<NaiveDate> =
        baseline.iter().filter(|d| d.day.usage.is_some_and(|u| u > limit)).map(|d| d.day.date).collect();
    if !extreme.is_empty() {
        let message = format!(
            "{} days above {limit:.1} (median + 3 interquartile ranges, CalTRACK 2.3.6).",
            extreme.len()
        );
        let what = "Look at these days; correct them at the source if the meter erred, else keep them.";
        findings.warn(Finding::new("extreme_values", message, what).about(extreme));
    }
}

fn order(baseline: &[&DriverDay], reporting: &[&DriverDay], findings: &mut Findings) {
    let (Some(last), Some(first)) = (baseline.last(), reporting.first()) else { return };
    if last.day.date >= first.day.date {
        let message = format!("The baseline ends on {}, after reporting began.", last.day.date);
        let what =
            "Check the period column: everything before the measure is baseline, everything after reporting.";
        findings.refuse(Finding::new("periods_overlap", message, what));
    }
}

fn incomplete_reporting(reporting: &[&DriverDay], findings: &mut Findings) {
    if reporting.is_empty() {
        let what = "Add rows with the period reporting.";
        findings.refuse(Finding::new("no_reporting_data", "There are no reporting days.".into(), what));
        return;
    }
    let missing = lacking(reporting, |d| d.day.complete().is_some());
    if !missing.is_empty() {
        let message = format!(
            "{} reporting days lack reading or temperature: no savings are counted on them.",
            missing.len()
        );
        let what = "Fill them; savings of days without data are never estimated here.";
        findings.warn(Finding::new("reporting_days_missing", message, what).about(missing));
    }
}
