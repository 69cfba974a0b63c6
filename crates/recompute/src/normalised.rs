//! A baseline's model and one of the reporting period at the same normal year.

use crate::days::{Day, Days};
use crate::fit::{CONFIDENCE, Model, fahrenheit, settings};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::baseline::view::Remark;
use mv::baseline::coverage::Coverage;
use mv::baseline::fitted::{self, DayRow, FitError, Method, Request};
use mv::cea::driver::ExogenousDriver;
use mv::normalised::{Known, Normalised};

/// What is compared, with one list of drivers for all days.
#[derive(Clone, Debug)]
pub struct Compared {
    /// Of what.
    pub metric: MetricType,
    /// Method of the baseline, by which the reporting period is fitted as well.
    pub method: String,
    /// The pinned model.
    pub before: Model,
    /// Names of the drivers of all days.
    pub names: Vec<String>,
    /// Days of the baseline.
    pub baseline: Vec<Day>,
    /// Days of the reporting period.
    pub reporting: Vec<Day>,
    /// Days of a normal year with a normal crop plan.
    pub normal: Vec<Day>,
}

/// What comes of it.
#[derive(Clone, Debug)]
pub struct Compare {
    /// Savings of the days that both models can be evaluated at.
    pub savings: Normalised,
    /// Days that the model of the reporting period was fitted to.
    pub fitted_days: usize,
    /// Its CV(RMSE), a fraction.
    pub cv_rmse: Option<f64>,
    /// Days of the normal year of which something that a model needs is not known.
    pub left_out: Vec<NaiveDate>,
}

/// Fits the reporting period by the baseline's method and evaluates both models at the normal year.
///
/// # Errors
/// The rules of a baseline that the reporting period breaks; they speak of it as of a baseline.
pub fn compare(asked: &Compared) -> Result<Compare, Vec<Remark>> {
    let method = if asked.method == "caltrack-daily" { Method::CaltrackDaily } else { Method::CeaDaily };
    let drivers: Vec<String> =
        asked.names.iter().filter(|name| ExogenousDriver::declare(name).is_ok()).cloned().collect();
    let rows = |days: &[Day]| days.iter().map(|day| row(&asked.names, day)).collect::<Vec<DayRow>>();
    let (baseline, reporting) = (rows(&asked.baseline), rows(&asked.reporting));
    let request = Request { method, drivers: &drivers, days: &reporting, settings: settings(asked.metric) };
    let remark = |r: fitted::Remark| Remark { rule: r.rule, message: r.message, what_to_do: r.what_to_do };
    let after = match fitted::fit(&request) {
        Ok(fitted) if fitted.qualified => fitted,
        Ok(fitted) => return Err(fitted.disqualifications.into_iter().map(remark).collect()),
        Err(FitError::NoModel(remarks)) => return Err(remarks.into_iter().map(remark).collect()),
        Err(FitError::Driver(refused)) => return Err(vec![broken("driver", refused.to_string())]),
    };
    let last = asked.baseline.last().map_or(NaiveDate::MAX, |day| day.day.succ_opt().unwrap_or(day.day));
    let days = Days { names: asked.names.clone(), days: asked.baseline.clone() };
    let errors = asked.before.errors(&days, last);
    let model = &asked.before.0;
    let coverage = Coverage::of(model, &baseline);
    let before = Known { model, coverage: &coverage, errors: errors.as_ref() };
    let known = |day: &DayRow| {
        let of = |model: &mv::baseline::Model| {
            model.variables(day.temperature_f, |name| day.drivers.get(name).copied()).is_ok()
        };
        of(model) && of(&after.model)
    };
    let (normal, unknown): (Vec<DayRow>, Vec<DayRow>) = rows(&asked.normal).into_iter().partition(known);
    let savings = mv::normalised::normalised(before, (&after).into(), &normal, CONFIDENCE)
        .map_err(|(day, lacking)| vec![broken("normal_year", format!("{day}: {lacking}."))])?;
    Ok(Compare {
        savings,
        fitted_days: after.statistics.n,
        cv_rmse: after.statistics.cv_rmse,
        left_out: unknown.into_iter().map(|day| day.date).collect(),
    })
}

fn broken(rule: &str, message: String) -> Remark {
    Remark { rule: rule.to_owned(), message, what_to_do: "Look at the days of the baseline.".to_owned() }
}

fn row(names: &[String], day: &Day) -> DayRow {
    let known = names.iter().zip(&day.drivers).filter_map(|(name, value)| Some((name.clone(), (*value)?)));
    DayRow {
        date: day.day,
        observed: day.observed,
        temperature_f: day.temperature_c.map(fahrenheit),
        drivers: known.collect(),
    }
}
