//! A baseline fitted to days before the measure, with what a reader needs to judge it and what later savings need.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveTime};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::coverage::{Coverage, Extrapolation};
use super::{Lacking, Model};
use crate::assess::{self, Settings};
use crate::assessment::{Assessment, ModelSummary};
use crate::cea::driver::{ExogenousDriver, Refused};
use crate::live::{Contribution, CountError, Figure, Running};
use crate::series::{Period, Reading, Series};
use crate::uncertainty::hac::ErrorModel;

/// Version of the form of [`FittedBaseline`] on the wire.
pub const FORMAT: u32 = 1;

/// A local day as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayRow {
    /// Local date.
    pub date: NaiveDate,
    /// Energy used, meter units.
    pub observed: Option<f64>,
    /// Mean outdoor temperature, °F.
    pub temperature_f: Option<f64>,
    /// Drivers by name.
    #[serde(default)]
    pub drivers: BTreeMap<String, f64>,
}

/// How a daily baseline is modelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// CalTRACK 2.0, weather only.
    CaltrackDaily,
    /// Driver-adjusted.
    CeaDaily,
}

/// What is to be fitted.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// How.
    pub method: Method,
    /// Names of drivers that the parties hold to be outside of the vendor's influence; of no matter to CalTRACK.
    pub drivers: &'a [String],
    /// Days of the baseline, ascending.
    pub days: &'a [DayRow],
    /// Fuel, confidence, limits and seed.
    pub settings: Settings,
}

/// A fitted baseline. Serialises to JSON, and back to the same bits with a parser that keeps them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FittedBaseline {
    /// [`FORMAT`].
    pub format: u32,
    /// Version of the engine that fitted it.
    pub engine_version: String,
    /// How.
    pub method: Method,
    /// The model.
    pub model: Model,
    /// The model for readers.
    pub summary: ModelSummary,
    /// Statistics of the fit.
    pub statistics: Statistics,
    /// Whether savings against it may be billed: no rule was broken.
    pub qualified: bool,
    /// Rules that were broken.
    pub disqualifications: Vec<Remark>,
    /// What a reviewer should look at.
    pub warnings: Vec<Remark>,
    /// What the method would have found where there was no measure.
    pub placebo: Option<Placebo>,
    /// Range of temperature and each driver in the baseline.
    pub coverage: Vec<Coverage>,
    /// What the fit leaves unknown; none without a degree of freedom.
    pub errors: Option<ErrorModel>,
}

/// Goodness of fit. Fractions are not percent.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Days fitted.
    pub n: usize,
    /// Effective number of independent ones.
    pub n_prime: Option<f64>,
    /// Adjusted R².
    pub r2_adj: Option<f64>,
    /// CV(RMSE).
    pub cv_rmse: Option<f64>,
    /// Normalised mean bias error.
    pub nmbe: Option<f64>,
}

/// A finding that travels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// Name of the rule.
    pub rule: String,
    /// What was found against what is required.
    pub message: String,
    /// What to do about it.
    pub what_to_do: String,
}

/// Stretches left out of the fit one after another and predicted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Placebo {
    /// How many.
    pub stretches: usize,
    /// Summed (predicted − observed) over summed observed, of all stretches: savings without a measure.
    pub bias: f64,
    /// That of the stretch predicted worst.
    pub worst: f64,
}

/// Why there is no baseline.
#[derive(Clone, Debug, PartialEq, Error)]
pub enum FitError {
    /// A column that may not be a driver.
    #[error(transparent)]
    Driver(#[from] Refused),
    /// No candidate qualifies; the remarks say what to do.
    #[error("no model can be fitted: {}", .0.iter().map(|r| r.message.as_str()).collect::<Vec<_>>().join(" "))]
    NoModel(Vec<Remark>),
}

/// Why a day cannot be counted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DayError {
    /// Something that the model needs is not known.
    #[error(transparent)]
    Lacking(#[from] Lacking),
    /// An amount that cannot be summed.
    #[error(transparent)]
    Count(#[from] CountError),
}

/// What a day would have used.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Prediction {
    /// Counterfactual, meter units.
    pub kwh: f64,
    /// Conditions outside of what the baseline has seen.
    pub extrapolations: Vec<Extrapolation>,
}

/// Savings of days since the measure.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Savings {
    /// Totals with their interval.
    #[serde(flatten)]
    pub figure: Figure,
    /// Days that were not counted, with the reason.
    pub left_out: Vec<(NaiveDate, String)>,
    /// Days outside of what the baseline has seen.
    pub extrapolated: Vec<NaiveDate>,
}

/// Fits a baseline.
///
/// # Errors
/// Where a driver is refused or no model qualifies. A baseline that breaks a rule is fitted, but not `qualified`.
pub fn fit(request: &Request<'_>) -> Result<FittedBaseline, FitError> {
    let assessment = assess(request, &[])?;
    let no_reporting = |rule: &str| matches!(rule, "no_savings" | "no_reporting_data");
    let remarks = |findings: &[crate::finding::Finding]| -> Vec<Remark> {
        let kept = findings.iter().filter(|f| !no_reporting(f.rule));
        kept.map(|f| Remark {
            rule: f.rule.into(),
            message: f.message.clone(),
            what_to_do: f.what_to_do.into(),
        })
        .collect()
    };
    let disqualifications = remarks(&assessment.disqualifications);
    let (Some(model), Some(summary), Some(n)) = (assessment.predictor, assessment.model, assessment.n) else {
        return Err(FitError::NoModel(disqualifications));
    };
    let complete = || {
        let known = |day: &DayRow| {
            let observed = request.settings.fuel.reading(day.observed)?;
            Some((model.variables(day.temperature_f, |name| day.drivers.get(name).copied()).ok()?, observed))
        };
        request.days.iter().filter_map(known)
    };
    let variables: Vec<Vec<f64>> = complete().map(|(variables, _)| variables).collect();
    let residuals: Vec<f64> =
        complete().map(|(variables, observed)| model.evaluate(&variables) - observed).collect();
    Ok(FittedBaseline {
        format: FORMAT,
        engine_version: crate::ENGINE_VERSION.into(),
        method: request.method,
        summary,
        statistics: Statistics {
            n,
            n_prime: assessment.n_prime,
            r2_adj: assessment.r2_adj,
            cv_rmse: assessment.cv_rmse,
            nmbe: assessment.nmbe,
        },
        qualified: disqualifications.is_empty(),
        disqualifications,
        warnings: remarks(&assessment.warnings),
        placebo: placebo(&assessment.left_out, request.days),
        coverage: Coverage::of(&model, request.days),
        errors: ErrorModel::new(&variables, &residuals),
        model,
    })
}

/// The whole assessment of a reporting period, as `gainshare-mv savings` prints it: with the billed interval, which needs
/// the baseline's days, and candidates of events.
///
/// # Errors
/// Where a driver is refused.
pub fn assess(request: &Request<'_>, reporting: &[DayRow]) -> Result<Assessment, FitError> {
    let names = if request.method == Method::CeaDaily { request.drivers } else { &[] };
    let declared: Vec<ExogenousDriver> =
        names.iter().map(|name| ExogenousDriver::declare(name)).collect::<Result<_, _>>()?;
    let reading = |day: &DayRow, period| Reading {
        start: day.date.and_time(NaiveTime::MIN),
        period,
        usage: day.observed,
        temperature_f: day.temperature_f,
        drivers: names.iter().map(|name| day.drivers.get(name).copied()).collect(),
    };
    let before = request.days.iter().map(|day| reading(day, Period::Baseline));
    let after = reporting.iter().map(|day| reading(day, Period::Reporting));
    let series = Series { drivers: names.to_vec(), rows: before.chain(after).collect() };
    Ok(match request.method {
        Method::CaltrackDaily => assess::caltrack::assess_daily(&series, &request.settings),
        Method::CeaDaily => assess::cea::assess_cea(&series, &declared, &request.settings),
    })
}

fn placebo(left_out: &[(f64, usize)], days: &[DayRow]) -> Option<Placebo> {
    let used: Vec<f64> = days.iter().filter_map(|d| d.observed).collect();
    let mean = crate::stats::mean(&used);
    let known: Vec<(f64, f64)> =
        left_out.iter().filter(|(_, n)| *n > 0).map(|(error, n)| (*error, *n as f64 * mean)).collect();
    let total = |of: fn(&(f64, f64)) -> f64| crate::stats::sum(known.iter().map(of));
    let shares = known.iter().map(|(error, used)| error / used);
    let worst = shares.reduce(|a, b| if b.abs() > a.abs() { b } else { a })?;
    Some(Placebo { stretches: known.len(), bias: total(|k| k.0) / total(|k| k.1), worst })
        .filter(|p| p.bias.is_finite() && p.worst.is_finite())
}

impl FittedBaseline {
    /// What a day would have used, and which of its conditions the baseline has not seen.
    ///
    /// # Errors
    /// Where the temperature or a driver that the model needs is not known.
    pub fn predict(&self, day: &DayRow) -> Result<Prediction, Lacking> {
        let kwh = self.model.predict(day.temperature_f, |name| day.drivers.get(name).copied())?;
        let extrapolations = self.coverage.iter().filter_map(|range| range.beyond(day)).collect();
        Ok(Prediction { kwh, extrapolations })
    }

    /// What a whole day adds to savings to date; none where it was not measured.
    ///
    /// # Errors
    /// Where something that the model needs is not known, or an amount is not a number.
    pub fn contribution(&self, day: &DayRow) -> Result<Option<Contribution>, DayError> {
        let variables = self.model.variables(day.temperature_f, |name| day.drivers.get(name).copied())?;
        let expected = self.model.evaluate(&variables);
        let Some(observed) = day.observed else { return Ok(None) };
        Ok(Some(Contribution::new(expected, observed, 1.0, &variables)?))
    }

    /// Savings of days since the measure, from the fitted baseline alone. Its interval is [`crate::live::METHOD`]; the billed
    /// one, which also knows how models differ that fit equally well, is that of [`assess`].
    pub fn savings(&self, days: &[DayRow], confidence: f64) -> Savings {
        let mut running = Running::default();
        let (mut left_out, mut extrapolated) = (Vec::new(), Vec::new());
        for day in days {
            let counted = self.contribution(day).and_then(|one| match one {
                Some(one) => running.add(&one).map(|()| true).map_err(DayError::from),
                None => Ok(false),
            });
            match counted {
                Ok(true) if self.coverage.iter().any(|range| range.beyond(day).is_some()) => {
                    extrapolated.push(day.date);
                }
                Ok(true) => {}
                Ok(false) => left_out.push((day.date, "the day was not measured".into())),
                Err(error) => left_out.push((day.date, error.to_string())),
            }
        }
        Savings { figure: running.figure(self.errors.as_ref(), confidence), left_out, extrapolated }
    }
}
