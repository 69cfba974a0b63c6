//! The cases: meters of the parity vectors with every method, and a made-up grow.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};
use mv::assess::{self, Settings, evidence};
use mv::assessment::Assessment;
use mv::baseline::fitted::{self, DayRow, Method, Request};
use mv::reading::{Bill, Fuel};
use mv::series::{Period, Reading, Series};
use serde_json::{Value, json};

/// Name and computation of a case.
pub type Case = (&'static str, fn() -> Value);

macro_rules! vector {
    ($name:literal) => {
        include_str!(concat!("../../mv/vectors/", $name, ".csv"))
    };
}

/// All cases.
pub const ALL: [Case; 8] = [
    ("caltrack-daily, electricity", || daily(vector!("il-electricity-cdd-hdd-daily"), Fuel::Electricity)),
    ("caltrack-daily, gas", || daily(vector!("il-gas-hdd-only-daily"), Fuel::Gas)),
    ("caltrack-daily, gaps", || daily(vector!("uk-electricity-hdd-only-hourly-sample-2"), Fuel::Electricity)),
    ("caltrack-billing", billing),
    ("towt", towt),
    ("cea-daily", cea),
    ("placebo windows", placebo),
    ("fitted baseline and savings to date", kept),
];

fn settings(fuel: Fuel) -> Settings {
    Settings::new(fuel, 0.9)
}

fn daily(text: &str, fuel: Fuel) -> Value {
    json!(assess::caltrack::assess_daily(&series(text), &settings(fuel)))
}

fn number(field: &str) -> Option<f64> {
    field.parse().ok()
}

/// Rows `start,period,observed,temperature` of a vector.
pub fn series(text: &str) -> Series {
    let celsius = text.lines().next().is_some_and(|header| header.ends_with("_c"));
    let row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [start, period, observed, temperature] = *fields.as_slice() else { return None };
        let date: NaiveDate = start.parse().ok()?;
        Some(Reading {
            start: date.and_time(NaiveTime::MIN),
            period: period_of(period),
            usage: number(observed),
            temperature_f: number(temperature).map(|t| if celsius { 32.0 + 1.8 * t } else { t }),
            drivers: vec![],
        })
    };
    Series { drivers: vec![], rows: text.lines().skip(1).filter_map(row).collect() }
}

fn period_of(name: &str) -> Period {
    if name.starts_with('b') { Period::Baseline } else { Period::Reporting }
}

fn billing() -> Value {
    let days = series(vector!("il-electricity-cdd-hdd-billing_monthly"));
    let before = bills(vector!("il-electricity-cdd-hdd-billing_monthly-baseline"));
    let after = bills(vector!("il-electricity-cdd-hdd-billing_monthly-reporting"));
    json!(assess::caltrack::assess_billing(&before, &after, &days, 0, &settings(Fuel::Electricity)))
}

fn bills(text: &str) -> Vec<Bill> {
    let reads = text.lines().skip(1).filter_map(|line| line.split_once(','));
    let reads: Vec<(NaiveDate, Option<f64>)> =
        reads.filter_map(|(start, value)| Some((start.parse().ok()?, number(value)))).collect();
    reads.windows(2).map(|pair| Bill { start: pair[0].0, end: pair[1].0, usage: pair[0].1 }).collect()
}

/// The hourly vector: two years without dates, begun on the first of 2016 and 2017.
pub fn hourly() -> Series {
    let text = vector!("il-electricity-cdd-hdd-hourly");
    let begun = |year| NaiveDate::from_ymd_opt(year, 1, 1).map(|date| date.and_time(NaiveTime::MIN));
    let mut counts = [0_i64; 2];
    let mut row = |line: &str| {
        let fields: Vec<&str> = line.split(',').collect();
        let [period, observed, temperature] = *fields.as_slice() else { return None };
        let period = period_of(period);
        let (count, year) = if period == Period::Baseline { (0, 2016) } else { (1, 2017) };
        let start: NaiveDateTime = begun(year)? + TimeDelta::hours(counts[count]);
        counts[count] += 1;
        let (usage, temperature_f) = (number(observed), number(temperature));
        Some(Reading { start, period, usage, temperature_f, drivers: vec![] })
    };
    let mut rows: Vec<Reading> = text.lines().skip(1).filter_map(&mut row).collect();
    rows.retain(|row| row.period == Period::Reporting || row.start.date().to_string().starts_with("2016"));
    Series { drivers: vec![], rows }
}

fn towt() -> Value {
    json!(assess::towt::assess_towt(&hourly(), None, &settings(Fuel::Electricity)))
}

/// Two years of a grow that saves an eighth of its lamps' energy in the second.
pub fn grow() -> Vec<DayRow> {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let day = |(n, date): (usize, NaiveDate)| {
        let at = n as f64;
        let season = libm::cos(at * std::f64::consts::TAU / 365.25);
        let temperature = 52.0 - 22.0 * season + 5.0 * libm::sin(at * 1.7);
        let canopy = 100.0 + 40.0 * libm::sin(at / 31.0);
        let photons = canopy * (30.0 + 4.0 * libm::sin(at / 11.0));
        let noise = 6.0 * libm::sin(at * 12.9898) + 3.0 * libm::sin(at / 4.0);
        let lamps = 0.4 * photons * if n < 365 { 1.0 } else { 0.875 };
        DayRow {
            date,
            observed: Some(200.0 + lamps + 3.0 * (temperature - 55.0).max(0.0) + noise),
            temperature_f: Some(temperature),
            drivers: BTreeMap::from([("canopy_m2".to_owned(), canopy), ("ppf_mol".to_owned(), photons)]),
        }
    };
    first.iter_days().take(730).enumerate().map(day).collect()
}

fn with_grow<T>(use_it: impl FnOnce(&Request<'_>, &[DayRow]) -> Option<T>) -> Option<T> {
    let (days, drivers) = (grow(), ["canopy_m2".to_owned(), "ppf_mol".to_owned()]);
    let (before, after) = days.split_at(365);
    let settings = settings(Fuel::Electricity);
    use_it(&Request { method: Method::CeaDaily, drivers: &drivers, days: before, settings }, after)
}

fn cea() -> Value {
    json!(with_grow(|request, after| fitted::assess(request, after).ok()))
}

fn placebo() -> Value {
    let series = series(vector!("il-electricity-cdd-hdd-daily"));
    let settings = settings(Fuel::Electricity);
    let assess = |series: &Series| -> Assessment { assess::caltrack::assess_daily(series, &settings) };
    json!(evidence::gather(&series, &settings, &assess(&series), assess))
}

fn kept() -> Value {
    json!(with_grow(|request, after| {
        let fitted = fitted::fit(request).ok()?;
        let savings = fitted.savings(after, 0.9);
        Some((fitted, savings))
    }))
}
