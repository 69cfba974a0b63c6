//! Normalised savings: a model of the baseline and one of the reporting period, both at a normal year with a normal crop
//! plan (IPMVP 2022, "normalised savings"). For proposals, projections and true-ups; what is billed is avoided energy.

use chrono::NaiveDate;
use serde::Serialize;

use crate::assessment::Interval;
use crate::baseline::coverage::Coverage;
use crate::baseline::fitted::{DayRow, FittedBaseline};
use crate::baseline::{Lacking, Model};
use crate::stats;
use crate::uncertainty::hac::ErrorModel;

/// How the interval is made.
const METHOD: &str = "Newey-West prediction variance of both models' means";

/// What is known of one period: a model that was kept may have no more than that.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// Its model.
    pub model: &'a Model,
    /// Range of each condition over its days.
    pub coverage: &'a [Coverage],
    /// What its fit leaves unknown.
    pub errors: Option<&'a ErrorModel>,
}

impl<'a> From<&'a FittedBaseline> for Known<'a> {
    fn from(fitted: &'a FittedBaseline) -> Self {
        Self { model: &fitted.model, coverage: &fitted.coverage, errors: fitted.errors.as_ref() }
    }
}

/// Savings of a normal year. Energies in meter units.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Normalised {
    /// Days of the normal year.
    pub days: usize,
    /// What it takes without the measure.
    pub before: f64,
    /// What it takes with it.
    pub after: f64,
    /// Before − after.
    pub savings: f64,
    /// Savings over before; none where nothing is used.
    pub savings_fraction: Option<f64>,
    /// On savings; none where a model's errors are not known.
    pub interval: Option<Interval>,
    /// Days of the normal year that the baseline has not seen the like of.
    pub beyond_baseline: Vec<NaiveDate>,
    /// The same for the reporting period.
    pub beyond_reporting: Vec<NaiveDate>,
}

/// Evaluates both models at `normal`: days of a normal year with the drivers of a normal crop plan; `observed` is not looked
/// at. Errors of the models are independent, as they are fitted to different days. The interval is on expected savings: the
/// scatter of single days, which differs from one real year to the next, is not in it.
///
/// # Errors
/// Where a day lacks something that a model needs, with the day.
pub fn normalised(
    before: Known<'_>,
    after: Known<'_>,
    normal: &[DayRow],
    confidence: f64,
) -> Result<Normalised, (NaiveDate, Lacking)> {
    let (old, old_variance) = total(before, normal, confidence)?;
    let (new, new_variance) = total(after, normal, confidence)?;
    let savings = old - new;
    let band = old_variance.zip(new_variance).map(|(a, b)| (a + b).sqrt());
    let beyond = |known: Known<'_>| {
        let unseen = |day: &&DayRow| known.coverage.iter().any(|range| range.beyond(day).is_some());
        normal.iter().filter(unseen).map(|day| day.date).collect()
    };
    Ok(Normalised {
        days: normal.len(),
        before: old,
        after: new,
        savings,
        savings_fraction: Some(savings / old).filter(|v| v.is_finite()),
        interval: band.map(|band| Interval {
            low: savings - band,
            high: savings + band,
            confidence,
            method: METHOD,
        }),
        beyond_baseline: beyond(before),
        beyond_reporting: beyond(after),
    })
}

/// Use over the days, and the square of its half-width.
fn total(
    known: Known<'_>,
    days: &[DayRow],
    confidence: f64,
) -> Result<(f64, Option<f64>), (NaiveDate, Lacking)> {
    let variables = |day: &DayRow| {
        let driver = |name: &str| day.drivers.get(name).copied();
        known.model.variables(day.temperature_f, driver).map_err(|lacking| (day.date, lacking))
    };
    let rows: Vec<Vec<f64>> = days.iter().map(variables).collect::<Result<_, _>>()?;
    let use_of = stats::sum(rows.iter().map(|row| known.model.evaluate(row)));
    let sums: Vec<f64> =
        crate::uncertainty::ols::transpose(&rows).iter().map(|c| stats::sum(c.iter().copied())).collect();
    let band = known.errors.and_then(|errors| errors.mean_band(&sums, confidence));
    Ok((use_of, band.map(|band| band * band)))
}
