//! Charts of savings: the meter against the baseline, per day and per quarter hour.

use super::plot::{Hue, Mark, Plot, Series, slots};
use super::series::decimal;
use crate::components::data_table::Data;
use crate::format;
use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use domain::local_clock::LocalClock;
use domain::range::Granularity;
use domain::savings::{FigureState, Performance, SavingsInterval};
use rust_decimal::Decimal;

fn bars(name: &str, values: Vec<Option<f64>>, estimated: Vec<bool>) -> Series {
    Series { name: name.to_owned(), hue: Hue::Actual, mark: Mark::Bar, values, estimated }
}

fn dashed(values: Vec<Option<f64>>) -> Series {
    let name = "Adjusted baseline".to_owned();
    Series { name, hue: Hue::Baseline, mark: Mark::Dashed, values, estimated: vec![] }
}

pub(super) fn float(value: Option<Decimal>) -> Option<f64> {
    value.map(format::float)
}

/// Begin of a local day.
pub(super) fn midnight(day: NaiveDate) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN)
}

/// Days of one metric.
pub fn days(days: &[&Performance], unit: &str) -> Plot {
    let local: Vec<_> = days
        .iter()
        .map(|p| (midnight(p.day), midnight(p.day.succ_opt().unwrap_or(p.day)), String::new()))
        .collect();
    let live = days.iter().map(|p| p.state == FigureState::Live || p.coverage < 0.999).collect();
    Plot {
        axis: format!("Per day, {unit}"),
        unit: unit.to_owned(),
        slots: slots(&local, Granularity::Day),
        series: vec![
            bars("Actual", days.iter().map(|p| float(p.actual_value)).collect(), live),
            dashed(days.iter().map(|p| float(p.baseline_value)).collect()),
        ],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// Quarter hours.
pub fn quarters(intervals: &[SavingsInterval], clock: &LocalClock, unit: &str) -> Plot {
    let local: Vec<_> = intervals
        .iter()
        .map(|i| (clock.local(i.start), clock.local(i.end), clock.name(i.start).to_owned()))
        .collect();
    let estimated = intervals.iter().map(|i| i.quality != domain::quality::Quality::Measured).collect();
    Plot {
        axis: format!("Per quarter hour, {unit}"),
        unit: unit.to_owned(),
        slots: slots(&local, Granularity::QuarterHour),
        series: vec![
            bars("Actual", intervals.iter().map(|i| float(i.actual)).collect(), estimated),
            dashed(intervals.iter().map(|i| float(i.counterfactual)).collect()),
        ],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// Quarter hours in rows with their sums.
pub fn quarter_table(intervals: &[SavingsInterval], clock: &LocalClock, unit: &str) -> Data {
    let cell = |v: Option<Decimal>| v.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v, 3));
    let both = || intervals.iter().filter(|i| i.avoided.is_some());
    let sum =
        |of: fn(&SavingsInterval) -> Option<Decimal>| decimal(both().filter_map(of).sum::<Decimal>(), 3);
    Data {
        caption: format!("Quarter hours, {unit}. Time: {}", clock.zone),
        columns: vec![
            "From".to_owned(),
            "To".to_owned(),
            format!("Actual, {unit}"),
            format!("Baseline, {unit}"),
            format!("Avoided, {unit}"),
            "Quality".to_owned(),
        ],
        rows: intervals
            .iter()
            .map(|i| {
                vec![
                    format!("{} {}", format::stamp(clock.local(i.start)), clock.name(i.start)),
                    format::clock(clock.local(i.end)),
                    cell(i.actual),
                    cell(i.counterfactual),
                    cell(i.avoided),
                    i.quality.label().to_owned(),
                ]
            })
            .collect(),
        totals: Some(vec![
            "Sum of those with both".to_owned(),
            String::new(),
            sum(|i| i.actual),
            sum(|i| i.counterfactual),
            sum(|i| i.avoided),
            String::new(),
        ]),
    }
}
