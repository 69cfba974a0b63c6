//! The measurement and verification engine as baselines use it.

use crate::days::{Day, Days};
use chrono::{NaiveDate, NaiveTime};
use domain::baseline::MetricType;
use domain::baseline::view::{Candidate, DriverRange, Outcome, Placebo, Remark};
use mv::adjust::{AdjustError, Adjustment, Event};
use mv::assess::{self, Settings};
use mv::assessment::{Assessment, NreCandidate};
use mv::baseline::Model as Fitted;
use mv::cea::driver::ExogenousDriver;
use mv::finding::Finding;
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};
use mv::uncertainty::hac::ErrorModel;
use std::collections::BTreeMap;

/// Version of the engine that runs.
pub const VERSION: &str = mv::ENGINE_VERSION;
/// What is fitted side by side; the first is the one that suits growing facilities.
pub const METHODS: [&str; 2] = ["cea-daily", "caltrack-daily"];
/// Not fitted: the parties state what a day uses, and the inputs' first day says it.
pub const STATED: &str = "stated";
/// Confidence of every interval shown.
pub(crate) const CONFIDENCE: f64 = 0.9;

/// °C as °F, the engine's unit.
pub(crate) fn fahrenheit(celsius: f64) -> f64 {
    celsius * 9.0 / 5.0 + 32.0
}

/// Fits one method to the days before `split` and looks at the days since with it; [`STATED`] takes the first day's value.
pub fn fit(days: &Days, split: NaiveDate, metric: MetricType, method: &str) -> Candidate {
    if method == STATED {
        return stated(days.days.first().and_then(|day| day.observed));
    }
    candidate(days, split, assessed(&series(days, split), &settings(metric), method))
}

/// Stretches since `split` whose savings differ from the rest; none against a stated value, which has no scatter to tell by.
pub fn unusual(days: &Days, split: NaiveDate, metric: MetricType, method: &str) -> Vec<NreCandidate> {
    if method == STATED {
        return vec![];
    }
    assessed(&series(days, split), &settings(metric), method).nre_candidates
}

/// What an event since `split` came to, by the method's model.
///
/// # Errors
/// Says why it cannot be told.
pub fn quantify(
    days: &Days,
    split: NaiveDate,
    metric: MetricType,
    method: &str,
    event: Event,
) -> Result<Adjustment, AdjustError> {
    if method == STATED {
        return Err(AdjustError::NoModel);
    }
    let (series, settings) = (series(days, split), settings(metric));
    let mut assessment = assessed(&series, &settings, method);
    let found = mv::adjust::adjust(&mut assessment, &series, &settings, &[event])?;
    found.into_iter().next().ok_or(AdjustError::NoDays(event.start))
}

pub(crate) fn settings(metric: MetricType) -> Settings {
    // CalTRACK's rule that a reading of nothing is a missing one is for electricity.
    let fuel = if metric == MetricType::Electricity { Fuel::Electricity } else { Fuel::Gas };
    Settings::new(fuel, CONFIDENCE)
}

fn assessed(series: &Series, settings: &Settings, method: &str) -> Assessment {
    if method == "caltrack-daily" {
        return assess::caltrack::assess_daily(series, settings);
    }
    let declared: Vec<ExogenousDriver> =
        series.drivers.iter().filter_map(|name| ExogenousDriver::declare(name).ok()).collect();
    assess::cea::assess_cea(series, &declared, settings)
}

/// A candidate that keeps every rule there is for a value without a fit, which is none, and says so.
fn stated(per_day: Option<f64>) -> Candidate {
    let model = per_day.and_then(|per_day| serde_json::to_value(Fitted::Stated { per_day }).ok());
    let warning = Remark {
        rule: "stated_value".to_owned(),
        message: "Nothing was fitted: savings have no error that could be estimated.".to_owned(),
        what_to_do: "Check the reason, and that both parties mean the same days by it.".to_owned(),
    };
    Candidate {
        method: STATED.to_owned(),
        form: "the same every day".to_owned(),
        qualified: model.is_some(),
        refusals: vec![],
        warnings: vec![warning],
        n: 0,
        n_prime: None,
        r2_adj: None,
        cv_rmse: None,
        nmbe: None,
        coefficients: per_day.map(|value| ("base".to_owned(), value)).into_iter().collect(),
        coverage: vec![],
        placebo: None,
        outcome: None,
        model,
    }
}

fn series(days: &Days, split: NaiveDate) -> Series {
    let rows = days.days.iter().map(|day| Reading {
        start: day.day.and_time(NaiveTime::MIN),
        period: if day.day < split { Period::Baseline } else { Period::Reporting },
        usage: day.observed,
        temperature_f: day.temperature_c.map(fahrenheit),
        drivers: day.drivers.clone(),
    });
    Series { drivers: days.names.clone(), rows: rows.collect() }
}

fn candidate(days: &Days, split: NaiveDate, a: Assessment) -> Candidate {
    let remarks = |list: Vec<Finding>| {
        list.into_iter()
            // Before there is a day with the measure there are no savings to tell, which is no fault of the baseline.
            .filter(|f| !matches!(f.rule, "no_savings" | "no_reporting_data"))
            .map(|f| Remark {
                rule: f.rule.to_owned(),
                message: f.message,
                what_to_do: f.what_to_do.to_owned(),
            })
            .collect::<Vec<_>>()
    };
    let since = days.days.iter().filter(|d| d.day >= split && d.observed.is_some()).count();
    let outcome = a.savings.zip(a.observed_reporting).zip(a.counterfactual_reporting);
    let refusals = remarks(a.disqualifications);
    let mean = days.days.iter().filter(|d| d.day < split).filter_map(|d| d.observed);
    let (sum, n) = mean.fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
    Candidate {
        method: a.method,
        form: a.model.as_ref().map(|m| m.form.clone()).unwrap_or_default(),
        qualified: refusals.is_empty(),
        refusals,
        warnings: remarks(a.warnings),
        n: count(a.n.unwrap_or(0)),
        n_prime: a.n_prime,
        r2_adj: a.r2_adj,
        cv_rmse: a.cv_rmse,
        nmbe: a.nmbe,
        coefficients: a.model.map(|m| m.coefficients.into_iter().collect()).unwrap_or_default(),
        coverage: coverage(days, split),
        placebo: placebo(&a.left_out, sum / f64::max(n, 1.0)),
        outcome: outcome.map(|((savings, observed), counterfactual)| Outcome {
            days: count(since),
            observed,
            counterfactual,
            savings,
            interval: a.interval.as_ref().map(|i| (i.low, i.high)),
            confidence: CONFIDENCE,
        }),
        model: a.predictor.and_then(|model| serde_json::to_value(model).ok()),
    }
}

/// The stretch left out of the fit that was predicted worst.
fn placebo(left_out: &[(f64, usize)], mean: f64) -> Option<Placebo> {
    let errors = left_out.iter().filter(|(_, days)| *days > 0);
    #[allow(clippy::cast_precision_loss)]
    let share = |(error, days): &(f64, usize)| error / (*days as f64 * mean);
    let worst = errors.map(share).fold(None, |worst: Option<f64>, next| match worst {
        Some(worst) if worst.abs() >= next.abs() => Some(worst),
        _ => Some(next),
    });
    worst.map(|bias| Placebo { periods: count(left_out.len()), bias, coverage: None })
}

fn coverage(days: &Days, split: NaiveDate) -> Vec<DriverRange> {
    let range = |name: &str, of: &dyn Fn(&Day) -> Option<f64>| {
        let known: Vec<f64> = days.days.iter().filter(|d| d.day < split).filter_map(of).collect();
        let low = known.iter().copied().reduce(f64::min)?;
        let high = known.iter().copied().reduce(f64::max)?;
        Some(DriverRange { name: name.to_owned(), low, high, days: count(known.len()) })
    };
    let temperature = range("Outdoor temperature, °C", &|d| d.temperature_c);
    let drivers =
        days.names.iter().enumerate().filter_map(|(i, name)| range(name, &|d| d.drivers.get(i).copied()?));
    temperature.into_iter().chain(drivers).collect()
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

/// A fitted model, read back.
#[derive(Clone, Debug)]
pub struct Model(pub(crate) Fitted);

impl Model {
    /// Reads what [`fit`] wrote.
    ///
    /// # Errors
    /// For anything else.
    pub fn read(value: &serde_json::Value) -> serde_json::Result<Self> {
        serde_json::from_value(value.clone()).map(Self)
    }

    /// What the facility would have used on a day; none where something that the model needs is not known.
    pub fn predict(&self, names: &[String], day: &Day) -> Option<f64> {
        self.expect(names, day).ok()
    }

    /// As [`Self::predict`], or what lacks.
    pub fn expect(&self, names: &[String], day: &Day) -> Result<f64, mv::baseline::Lacking> {
        self.0.predict(day.temperature_c.map(fahrenheit), |wanted| driver(names, day, wanted))
    }

    /// The variables of a day that the coefficients multiply, the constant first; none where one is not known.
    pub fn variables(&self, names: &[String], day: &Day) -> Option<Vec<f64>> {
        self.0.variables(day.temperature_c.map(fahrenheit), |wanted| driver(names, day, wanted)).ok()
    }

    /// What months left out of its fit err by, of the days before `split`: predicted − observed over observed, by their first
    /// day.
    pub fn left_out_months(&self, days: &Days, split: NaiveDate) -> BTreeMap<NaiveDate, f64> {
        let known = |day: &Day| Some((day.day, self.variables(&days.names, day)?, day.observed?));
        let known: Vec<_> = days.days.iter().filter(|day| day.day < split).filter_map(known).collect();
        mv::portfolio::left_out_months(&known)
    }

    /// What the fit to the days before `split` leaves unknown; none without a degree of freedom.
    pub fn errors(&self, days: &Days, split: NaiveDate) -> Option<ErrorModel> {
        let known = |day: &Day| Some((self.variables(&days.names, day)?, day.observed?));
        let known = days.days.iter().filter(|day| day.day < split).filter_map(known);
        let (variables, residuals): (Vec<Vec<f64>>, Vec<f64>) = known
            .map(|(variables, observed)| {
                let residual = self.0.evaluate(&variables) - observed;
                (variables, residual)
            })
            .unzip();
        ErrorModel::new(&variables, &residuals)
    }
}

fn driver(names: &[String], day: &Day, wanted: &str) -> Option<f64> {
    let place = names.iter().position(|name| name == wanted)?;
    day.drivers.get(place).copied().flatten()
}
