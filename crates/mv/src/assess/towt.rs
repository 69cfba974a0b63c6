//! Hourly TOWT.

use std::collections::BTreeMap;

use chrono::{NaiveDate, Timelike};

use super::Settings;
use super::caltrack::{no_model, temperature_range};
use crate::assessment::{Assessment, ModelSummary};
use crate::finding::{Finding, Findings};
use crate::gates;
use crate::metrics::FitMetrics;
use crate::series::{Period, Series, bridge};
use crate::stats;
use crate::towt::fit::{Model, Segments, fit};
use crate::towt::{Hour, schedule::Schedule};
use crate::uncertainty::{bootstrap, g14};

/// Monthly bias above which a month speaks against one model for the year, a fraction.
const MONTH_BIAS: f64 = 0.01;
/// Days in a block of the error model: a week.
const BLOCK_DAYS: usize = 7;

/// TOWT over hourly or finer readings, with the hours of light where a schedule is known.
pub fn assess_towt(series: &Series, schedule: Option<&Schedule>, settings: &Settings) -> Assessment {
    let mut findings = Findings::default();
    let mut assessment = Assessment::new("towt");
    if series.step_minutes() > 60 {
        let message = format!("Rows are {} minutes apart; TOWT needs hours or less.", series.step_minutes());
        let what = "Import interval data, or use a daily method.";
        findings.refuse(Finding::new("not_hourly", message, what));
        return assessment.close(findings);
    }
    let days = series.days(settings.fuel, 0);
    gates::days::check(&days, settings.fuel, &settings.limits, &mut findings);
    temperature_range(&days, settings, &mut findings);
    let hours = |period| hours(series, period, schedule);
    let (baseline, reporting) = (hours(Period::Baseline), hours(Period::Reporting));
    schedule_gaps(schedule, &baseline, &mut findings);
    let Some((model, segments)) = choose(&baseline) else { return no_model(assessment, findings) };
    let (dates, observed, predicted) = both(&model, &baseline);
    let metrics = FitMetrics::new(&observed, &predicted, model.parameters);
    gates::fit::check(&metrics, &settings.limits, &mut findings);

    let (reporting_dates, used, expected) = both(&model, &reporting);
    let reporting_days = by_day(&reporting_dates, &used).len();
    let residuals: Vec<f64> = predicted.iter().zip(&observed).map(|(p, o)| p - o).collect();
    let daily = by_day(&dates, &residuals);
    let level = reporting_days as f64 / daily.len() as f64;
    let draws = settings.draws();
    let influence = vec![level; daily.len()];
    let band = bootstrap::band(&daily, &influence, reporting_days, BLOCK_DAYS, draws, settings.confidence);

    let lit = if schedule.is_some() { "photoperiod" } else { "inferred occupancy" };
    let form = match segments {
        Segments::Monthly => format!("towt, twelve months, {lit}"),
        Segments::Annual => format!("towt, one year, {lit}"),
    };
    let coefficients = BTreeMap::from([("parameters".to_owned(), model.parameters as f64)]);
    assessment.model = Some(ModelSummary { form, coefficients, ..ModelSummary::default() });
    let spread = stats::variance(&observed) * observed.len() as f64;
    let (n, p) = (observed.len() as f64, model.parameters as f64);
    let r2 = 1.0 - stats::sum_of_squares(&residuals) / (n - p) / (spread / (n - 1.0));
    assessment.set_fit(&metrics, r2);
    assessment.set_totals(&used, &expected);
    assessment.set_fsu(g14::fsu_band(
        &metrics,
        g14::Interval::Hourly,
        used.len() as f64,
        settings.confidence,
    ));
    assessment.bill_on(
        band.or(assessment.fsu_band),
        settings.confidence,
        "moving-block bootstrap, blocks of 7 days",
    );
    assessment.close(findings)
}

/// The year's model unless more than two months are biased under it (mv: one annual model is the simpler claim).
fn choose(baseline: &[Hour]) -> Option<(Model, Segments)> {
    let annual = fit(baseline, Segments::Annual)?;
    let mut months = [(0.0, 0.0); 12];
    for hour in baseline {
        if let (Some(usage), Some(expected)) = (hour.usage, annual.predict(hour)) {
            months[hour.month()].0 += expected - usage;
            months[hour.month()].1 += usage;
        }
    }
    let biased = months.iter().filter(|(error, usage)| error.abs() > MONTH_BIAS * usage.abs()).count();
    let whole = months.iter().all(|(_, usage)| *usage != 0.0);
    if biased <= 2 || !whole {
        return Some((annual, Segments::Annual));
    }
    Some((fit(baseline, Segments::Monthly)?, Segments::Monthly))
}

/// Hours of a period; finer readings are summed, an hour with a part missing is missing.
fn hours(series: &Series, period: Period, schedule: Option<&Schedule>) -> Vec<Hour> {
    let temperatures = bridge(&series.rows);
    let rows: Vec<(Hour, usize)> = series
        .rows
        .iter()
        .zip(temperatures)
        .filter(|(row, _)| row.period == period)
        .map(|(row, temperature)| {
            let at = row.start.with_minute(0).and_then(|t| t.with_second(0)).unwrap_or(row.start);
            let hour = Hour {
                at,
                usage: row.usage.filter(|v| v.is_finite()),
                temperature_f: temperature,
                light: schedule.and_then(|s| s.light(at)),
            };
            (hour, 1)
        })
        .collect();
    let step = series.step_minutes();
    if step >= 60 {
        return rows.into_iter().map(|(hour, _)| hour).collect();
    }
    let parts = usize::try_from(60 / step).unwrap_or(1);
    rows.chunk_by(|a, b| a.0.at == b.0.at).filter_map(|chunk| joined(chunk, parts)).collect()
}

fn joined(chunk: &[(Hour, usize)], parts: usize) -> Option<Hour> {
    let first = chunk.first()?.0;
    let usage: Vec<f64> = chunk.iter().filter_map(|(hour, _)| hour.usage).collect();
    let temperatures: Vec<f64> = chunk.iter().filter_map(|(hour, _)| hour.temperature_f).collect();
    Some(Hour {
        usage: (usage.len() == chunk.len() && chunk.len() >= parts).then(|| stats::sum(usage)),
        temperature_f: (!temperatures.is_empty()).then(|| stats::mean(&temperatures)),
        ..first
    })
}

/// Dates, usage and prediction of the hours that have both.
fn both(model: &Model, hours: &[Hour]) -> (Vec<NaiveDate>, Vec<f64>, Vec<f64>) {
    let (mut dates, mut usage, mut predicted) = (Vec::new(), Vec::new(), Vec::new());
    for hour in hours {
        if let (Some(used), Some(expected)) = (hour.usage, model.predict(hour)) {
            dates.push(hour.at.date());
            usage.push(used);
            predicted.push(expected);
        }
    }
    (dates, usage, predicted)
}

fn by_day(dates: &[NaiveDate], values: &[f64]) -> Vec<f64> {
    let mut days: BTreeMap<NaiveDate, f64> = BTreeMap::new();
    dates.iter().zip(values).for_each(|(date, value)| *days.entry(*date).or_default() += value);
    days.into_values().collect()
}

fn schedule_gaps(schedule: Option<&Schedule>, baseline: &[Hour], findings: &mut Findings) {
    if schedule.is_none() {
        let what = "Pass the facility's hours of light with --schedule; lights decide more than weekdays.";
        let message = "Occupied hours are inferred from use.".into();
        findings.warn(Finding::new("occupancy_inferred", message, what));
    } else if baseline.iter().any(|hour| hour.light.is_none()) {
        let what = "Begin the schedule with the first day of the baseline.";
        let message = "The schedule begins after the baseline; hours before it are left out.".into();
        findings.warn(Finding::new("schedule_incomplete", message, what));
    }
}
