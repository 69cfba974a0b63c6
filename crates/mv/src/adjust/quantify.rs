//! Sizes of events with their errors.

use chrono::NaiveDate;

use super::{AdjustError, Adjustment, Basis, Event};
use crate::assess::Settings;
use crate::assess::known::Known;
use crate::linalg::LeastSquares;
use crate::series::Period;
use crate::uncertainty::hac::ErrorModel;
use crate::uncertainty::ols;
use crate::{stats, student};

/// Fewest reporting days that tell what the measure does to each coefficient.
const OWN_SLOPES_DAYS: usize = 180;

/// Meter units in all days of an event, and the half-width.
#[derive(Clone, Copy, Debug)]
struct Size {
    kwh: f64,
    band: f64,
}

fn is_during(day: &Known, event: &Event) -> bool {
    day.period == Period::Reporting && (event.start..=event.end).contains(&day.date)
}

/// The events with their sizes, in their order.
pub(super) fn quantify(
    days: &[Known],
    settings: &Settings,
    events: &[Event],
) -> Result<Vec<Adjustment>, AdjustError> {
    // What is measured or estimated goes first, so that the others are told from days without it.
    let mut clean = days.to_vec();
    for event in events {
        if let Basis::SubMeter { kwh_per_day, .. } | Basis::Estimate { kwh_per_day, .. } = event.basis {
            let inside = clean.iter_mut().filter(|day| is_during(day, event));
            inside.for_each(|day| day.usage -= kwh_per_day);
        }
    }
    let is_excluded = |day: &Known| events.iter().any(|e| e.basis == Basis::Exclusion && is_during(day, e));
    let (excluded, mut kept): (Vec<Known>, Vec<Known>) = clean.into_iter().partition(is_excluded);
    let indicators = indicators(&kept, settings, events)?;
    for (event, per_day, _) in &indicators {
        kept.iter_mut().filter(|day| is_during(day, event)).for_each(|day| day.usage -= per_day);
    }
    let adjustment = |event: &Event| {
        let count = days.iter().filter(|day| is_during(day, event)).count();
        if count == 0 {
            return Err(AdjustError::NoDays(event.start));
        }
        let times = count as f64;
        let size = match event.basis {
            Basis::SubMeter { kwh_per_day, uncertainty } | Basis::Estimate { kwh_per_day, uncertainty } => {
                Some(Size { kwh: kwh_per_day * times, band: uncertainty * times })
            }
            Basis::Indicator => indicators
                .iter()
                .find(|(of, _, _)| of.start == event.start)
                .map(|(_, per_day, band)| Size { kwh: per_day * times, band: band * times }),
            Basis::Exclusion => {
                let during: Vec<&Known> = excluded.iter().filter(|day| is_during(day, event)).collect();
                beyond_the_others(&kept, &during, settings)
            }
        };
        let Size { kwh, band } = size.ok_or(AdjustError::NotIdentified(event.start))?;
        Ok(Adjustment {
            start: event.start,
            end: event.end,
            method: event.basis.name(),
            days: count,
            kwh_per_day: kwh / times,
            kwh,
            uncertainty: band,
        })
    };
    events.iter().map(adjustment).collect()
}

/// By how much days are above what the other reporting days expect of them.
fn beyond_the_others(kept: &[Known], days: &[&Known], settings: &Settings) -> Option<Size> {
    let others: Vec<&Known> = kept.iter().filter(|day| day.period == Period::Reporting).collect();
    let long = others.len() >= OWN_SLOPES_DAYS;
    let row = |day: &Known| if long { day.variables.clone() } else { vec![day.expected] };
    let rows: Vec<Vec<f64>> = others.iter().map(|day| row(day)).collect();
    let usage: Vec<f64> = others.iter().map(|day| day.usage).collect();
    let fit = Fit::new(&rows, &usage)?;
    let ahead: Vec<Vec<f64>> = days.iter().map(|day| row(day)).collect();
    let above = days.iter().zip(&ahead).map(|(day, row)| day.usage - stats::dot(row, &fit.coefficients));
    let sums: Vec<f64> = ols::transpose(&ahead).iter().map(|c| stats::sum(c.iter().copied())).collect();
    let band = fit.errors.band(&sums, days.len() as f64, settings.confidence)?;
    Some(Size { kwh: stats::sum(above), band })
}

/// kWh per day of each event with an indicator, and its half-width.
fn indicators<'a>(
    days: &[Known],
    settings: &Settings,
    events: &'a [Event],
) -> Result<Vec<(&'a Event, f64, f64)>, AdjustError> {
    let wanted: Vec<&Event> = events.iter().filter(|e| e.basis == Basis::Indicator).collect();
    let Some(first) = wanted.first() else { return Ok(Vec::new()) };
    let long = days.iter().filter(|d| d.period == Period::Reporting).count() >= OWN_SLOPES_DAYS;
    let row = |day: &Known| {
        let after = if day.period == Period::Reporting { 1.0 } else { 0.0 };
        let mut row = day.variables.clone();
        if long {
            row.extend(day.variables.iter().map(|v| after * v));
        } else {
            row.extend([after, after * day.expected]);
        }
        row.extend(wanted.iter().map(|event| f64::from(u8::from(is_during(day, event)))));
        row
    };
    let rows: Vec<Vec<f64>> = days.iter().map(row).collect();
    let usage: Vec<f64> = days.iter().map(|d| d.usage).collect();
    let unknown = |start: NaiveDate| AdjustError::NotIdentified(start);
    let fit = Fit::new(&rows, &usage).ok_or_else(|| unknown(first.start))?;
    let t = student::two_sided_t(settings.confidence, fit.errors.free).unwrap_or(f64::NAN);
    let begin = fit.coefficients.len() - wanted.len();
    let size = |(index, event): (usize, &&'a Event)| {
        let place = begin + index;
        let per_day = fit.coefficients[place];
        let band = t * fit.errors.covariance[place][place].max(0.0).sqrt();
        // A coefficient of exactly 0 is that of a column that the others explain.
        let identified = per_day != 0.0 && band.is_finite();
        identified.then_some((*event, per_day, band)).ok_or_else(|| unknown(event.start))
    };
    wanted.iter().enumerate().map(size).collect()
}

/// A regression with errors that know its residuals' memory.
struct Fit {
    coefficients: Vec<f64>,
    errors: ErrorModel,
}

impl Fit {
    fn new(rows: &[Vec<f64>], usage: &[f64]) -> Option<Self> {
        let coefficients = LeastSquares::solve(&ols::transpose(rows), usage, None).coefficients;
        let fitted = |row: &Vec<f64>| stats::dot(row, &coefficients);
        let residuals: Vec<f64> = rows.iter().zip(usage).map(|(row, used)| fitted(row) - used).collect();
        let errors = ErrorModel::new(rows, &residuals)?;
        Some(Self { coefficients, errors })
    }
}
