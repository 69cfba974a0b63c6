//! What a new baseline is to rest on, and whether it can.

use crate::{Error, FieldError, Result};
use chrono::NaiveDate;
use domain::baseline::{BaselineSource, MetricType};
use domain::id::UtilitySeriesId;
use mv::cea::driver::ExogenousDriver;
use recompute::{Day, Days};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};

/// Shortest and longest baseline period, days. The gates of the engine ask for a year; shorter ones may be looked at.
const DAYS_MIN: i64 = 60;
const DAYS_MAX: i64 = 1_100;
/// Longest reason kept, characters.
pub(super) const REASON: usize = 2_000;
/// Most drivers of a request's rows, and the longest name of one.
const DRIVERS: usize = 12;
const NAME: usize = 40;
/// More than any facility uses in a day, in kWh or m³; beyond it a number lost its decimal point.
const USE_MAX: i64 = 100_000_000;

/// What a form says for the main meters.
const METERS: &str = "meters";

/// What a new baseline is to be fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct NewBaseline {
    /// Of what.
    pub metric_type: MetricType,
    /// What it rests on.
    pub material: Material,
    /// First local day.
    pub period_start: NaiveDate,
    /// Local day after the last.
    pub period_end: NaiveDate,
    /// First local day on which savings count.
    pub effective_from: NaiveDate,
}

/// What a baseline rests on.
#[derive(Clone, Debug, PartialEq)]
pub enum Material {
    /// The facility's main meters; the utility's series where one is named.
    Metered(Option<UtilitySeriesId>),
    /// Daily rows of a request, as [`given`] made them.
    Given(Days),
    /// A value that the parties state.
    Stated {
        /// Use of every day, in the metric's unit.
        per_day: Decimal,
        /// Why this value.
        reason: String,
    },
}

impl Material {
    /// As it is kept.
    pub(super) fn source(&self) -> BaselineSource {
        match self {
            Self::Metered(_) => BaselineSource::Meters,
            Self::Given(_) => BaselineSource::Given,
            Self::Stated { .. } => BaselineSource::Stated,
        }
    }

    /// The utility's series, where it is one.
    pub(super) fn series(&self) -> Option<UtilitySeriesId> {
        match self {
            Self::Metered(series) => *series,
            Self::Given(_) | Self::Stated { .. } => None,
        }
    }
}

impl NewBaseline {
    /// Reads the fields of a form.
    ///
    /// # Errors
    /// `Invalid` names every field that cannot be read.
    pub fn read<'a>(field: impl Fn(&str) -> &'a str) -> Result<Self> {
        let date = |name: &str| {
            let message = format!("{} is a date such as 2026-01-31.", name.replace('_', " "));
            field(name).parse::<NaiveDate>().map_err(|_| wrong(name, message))
        };
        let metric = MetricType::parse(field("metric_type"))
            .ok_or_else(|| wrong("metric_type", "Say what the baseline is of: electricity, gas or water."));
        let series = match field("measured_by") {
            "" | METERS => Ok(None),
            id => id.parse::<UtilitySeriesId>().map(Some).map_err(|_| {
                wrong(
                    "measured_by",
                    "Say what measured the period: the main meters, or a series of the utility.",
                )
            }),
        };
        match (metric, series, date("period_start"), date("period_end"), date("effective_from")) {
            (Ok(metric_type), Ok(series), Ok(period_start), Ok(period_end), Ok(effective_from)) => {
                let material = Material::Metered(series);
                Ok(Self { metric_type, material, period_start, period_end, effective_from })
            }
            (metric, series, start, end, from) => {
                let wrong = [metric.err(), series.err(), start.err(), end.err(), from.err()];
                Err(Error::Invalid(wrong.into_iter().flatten().collect()))
            }
        }
    }

    /// Whether the fields fit each other.
    pub(super) fn check(&self) -> Result<()> {
        let days = (self.period_end - self.period_start).num_days();
        if !(DAYS_MIN..=DAYS_MAX).contains(&days) {
            return Err(Error::field("period_end", days_wrong(days)));
        }
        if self.effective_from < self.period_end {
            return Err(Error::field(
                "effective_from",
                "Savings begin on or after the day the baseline period ends.",
            ));
        }
        if !matches!(self.metric_type, MetricType::Electricity | MetricType::Gas | MetricType::Water) {
            let message = "A baseline is of electricity, gas or water; peak demand follows from electricity.";
            return Err(Error::field("metric_type", message));
        }
        if let Material::Stated { per_day, reason } = &self.material {
            let wrong = [usable(*per_day).map(|why| wrong("baseline_value", why)), reason_wrong(reason)];
            let wrong: Vec<FieldError> = wrong.into_iter().flatten().collect();
            return if wrong.is_empty() { Ok(()) } else { Err(Error::Invalid(wrong)) };
        }
        Ok(())
    }
}

fn days_wrong(days: i64) -> String {
    format!("The baseline period has {days} days; choose {DAYS_MIN} to {DAYS_MAX}, best a whole year.")
}

fn wrong(field: impl Into<String>, message: impl Into<String>) -> FieldError {
    FieldError { field: field.into(), message: message.into() }
}

/// Why a day's use cannot be this.
fn usable(value: Decimal) -> Option<String> {
    if value.is_sign_negative() && !value.is_zero() {
        Some("What a day used is not below zero.".to_owned())
    } else if value > Decimal::from(USE_MAX) {
        Some(format!("A day's use is at most {USE_MAX}; is a decimal point missing?"))
    } else if value.normalize().scale() > 3 {
        Some("Use at most three decimals.".to_owned())
    } else {
        None
    }
}

fn reason_wrong(reason: &str) -> Option<FieldError> {
    let length = reason.trim().chars().count();
    (length == 0 || length > REASON).then(|| {
        wrong(
            "reason",
            format!("Say where the value comes from and why it holds, in at most {REASON} characters."),
        )
    })
}

/// A day that a request brought along.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// The local day.
    pub date: NaiveDate,
    /// What was used, in the metric's unit; none where it is not known.
    pub value: Option<Decimal>,
    /// Mean outdoor temperature, °C.
    pub temperature_c: Option<f64>,
    /// Drivers by name.
    pub drivers: BTreeMap<String, f64>,
}

/// The days of a period out of a request's rows; days without a row are unknown.
///
/// # Errors
/// `Invalid` names every row and field that cannot be used, at most fifty.
pub fn given(rows: &[Row], period_start: NaiveDate, period_end: NaiveDate) -> Result<Days> {
    // Before any day is made: a period can be of thousands of years.
    let length = (period_end - period_start).num_days();
    if length > DAYS_MAX {
        return Err(Error::field("period_end", days_wrong(length)));
    }
    let mut errors: Vec<FieldError> = Vec::new();
    if rows.is_empty() {
        errors.push(wrong("rows", "Send one row per day of the baseline period."));
    }
    let names: BTreeSet<&String> = rows.iter().flat_map(|row| row.drivers.keys()).collect();
    if names.len() > DRIVERS {
        errors
            .push(wrong("rows", format!("These rows have {} drivers; send at most {DRIVERS}.", names.len())));
    }
    let mut seen: BTreeMap<NaiveDate, &Row> = BTreeMap::new();
    for (index, row) in rows.iter().enumerate() {
        let at = |field: &str, message: String| wrong(format!("rows[{index}].{field}"), message);
        if row.date < period_start || row.date >= period_end {
            let message = format!(
                "{} is outside of the baseline period, {period_start} to before {period_end}.",
                row.date
            );
            errors.push(at("date", message));
        } else if seen.insert(row.date, row).is_some() {
            errors.push(at("date", format!("{} has a row already.", row.date)));
        }
        errors.extend(row.value.and_then(usable).map(|why| at("value", why)));
        if row.temperature_c.is_some_and(|celsius| !(-90.0..=60.0).contains(&celsius)) {
            errors.push(at("temperature_c", "Outdoors it is between −90 and 60 °C.".to_owned()));
        }
        let refused = row.drivers.keys().filter_map(|name| Some((name, driver_wrong(name)?)));
        errors.extend(refused.map(|(name, why)| at(&format!("drivers.{name}"), why)));
    }
    if !errors.is_empty() {
        errors.truncate(50);
        return Err(Error::Invalid(errors));
    }
    let day = |day: NaiveDate| {
        let row = seen.get(&day);
        Day {
            day,
            observed: row.and_then(|row| row.value).and_then(|value| value.to_f64()),
            temperature_c: row.and_then(|row| row.temperature_c),
            drivers: names.iter().map(|name| row.and_then(|row| row.drivers.get(*name).copied())).collect(),
        }
    };
    let days = period_start.iter_days().take_while(|day| *day < period_end).map(day).collect();
    Ok(Days { names: names.into_iter().cloned().collect(), days })
}

/// Why a column cannot explain use. The names become columns of the frozen inputs.
fn driver_wrong(name: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    if name.is_empty() || name.len() > NAME || !name.chars().all(plain) {
        return Some(format!("A driver's name has 1 to {NAME} of a–z, 0–9 and _."));
    }
    if matches!(name, "start" | "period" | "observed" | "temperature_c") {
        return Some("This name is a column of its own.".to_owned());
    }
    ExogenousDriver::declare(name).err().map(|refused| refused.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn row(date: &str, value: &str, driver: &str) -> Row {
        Row {
            date: day(date),
            value: Some(value.parse().unwrap()),
            temperature_c: Some(4.5),
            drivers: [(driver.to_owned(), 60.0)].into(),
        }
    }

    #[test]
    fn rows_become_days_and_a_day_without_one_is_unknown() {
        let rows = [row("2025-01-03", "412.300", "canopy_m2"), row("2025-01-01", "0", "ppf_mol")];
        let days = given(&rows, day("2025-01-01"), day("2025-01-04")).unwrap();
        assert_eq!(days.names, ["canopy_m2", "ppf_mol"]);
        let observed: Vec<_> = days.days.iter().map(|day| day.observed).collect();
        assert_eq!(observed, [Some(0.0), None, Some(412.3)]);
        assert_eq!(days.days[2].drivers, [Some(60.0), None]);
        assert_eq!(days.days[1].temperature_c, None);
    }

    #[test]
    fn every_bad_row_is_named() {
        let mut rows = vec![
            row("2025-01-01", "1", "canopy_m2"),
            row("2025-01-01", "-1", "canopy_m2"),
            row("2024-12-31", "1.2345", "harvest_kg"),
            row("2025-01-04", "100000001", "a,b"),
        ];
        rows[1].temperature_c = Some(99.0);
        let Error::Invalid(errors) = given(&rows, day("2025-01-01"), day("2025-01-04")).unwrap_err() else {
            panic!("another error")
        };
        let fields: Vec<&str> = errors.iter().map(|e| e.field.as_str()).collect();
        let expected = [
            "rows[1].date",
            "rows[1].value",
            "rows[1].temperature_c",
            "rows[2].date",
            "rows[2].value",
            "rows[2].drivers.harvest_kg",
            "rows[3].date",
            "rows[3].value",
            "rows[3].drivers.a,b",
        ];
        assert_eq!(fields, expected);
        assert!(errors[5].message.contains("outcome"), "{}", errors[5].message);
        assert!(given(&[], day("2025-01-01"), day("2025-01-04")).is_err());
    }
}
