//! `gainshare-mv savings`.

use std::path::PathBuf;

use anyhow::{Context, Result, bail, ensure};
use clap::{Args, ValueEnum};
use mv::adjust::{Adjustment, Event, adjust};
use mv::assess::evidence::{self, Evidence};
use mv::assess::{self, Settings};
use mv::assessment::Assessment;
use mv::finding::Finding;
use mv::reading::Fuel;
use mv::series::Series;
use mv::towt::schedule::Schedule;
use serde::Serialize;

use crate::input::bills::{self, Bills};
use crate::input::data::{self, Wanted};
use crate::input::events;
use crate::input::file::File;
use crate::input::schedule;
use crate::report;

#[derive(Args)]
pub(crate) struct Options {
    /// How the baseline is modelled.
    #[arg(long, value_enum)]
    method: Method,
    /// Readings and weather: `start,period,observed,temperature_f` (or `temperature_c`), then driver columns.
    #[arg(long)]
    data: PathBuf,
    /// Bills before the measure: `start,value`, the last row closes the period with an empty value.
    #[arg(long, requires = "bills_reporting")]
    bills_baseline: Option<PathBuf>,
    /// Bills after the measure.
    #[arg(long, requires = "bills_baseline")]
    bills_reporting: Option<PathBuf>,
    /// Columns that drive use and that the vendor does not control; without it, all columns after the known ones.
    #[arg(long, value_delimiter = ',')]
    drivers: Vec<String>,
    /// Unit of the meter. `therm` means gas: 0 is a reading, and there is no cooling.
    #[arg(long, value_enum, default_value = "kWh")]
    unit: Unit,
    /// Hours with light: `from,lights_on,lights_off`, each row valid from its date.
    #[arg(long)]
    schedule: Option<PathBuf>,
    /// Agreed non-routine events to take out of savings: `start,end,method,kwh_per_day,uncertainty`, where the method is
    /// sub_meter, indicator, estimate or exclusion and the uncertainty ± kWh per day at the confidence.
    #[arg(long)]
    nre: Option<PathBuf>,
    /// Two-sided confidence of the intervals.
    #[arg(long, default_value_t = 0.9)]
    confidence: f64,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Method {
    CaltrackDaily,
    CaltrackBilling,
    Towt,
    CeaDaily,
    /// Bills: caltrack-billing; hours with a schedule and without drivers: towt; else cea-daily.
    Auto,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Unit {
    #[value(name = "kWh", alias = "kwh")]
    KWh,
    #[value(name = "therm", alias = "therms")]
    Therm,
}

impl Unit {
    fn fuel(self) -> Fuel {
        match self {
            Self::KWh => Fuel::Electricity,
            Self::Therm => Fuel::Gas,
        }
    }

    /// As printed.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::KWh => "kWh",
            Self::Therm => "therm",
        }
    }
}

/// Reads, assesses, prints.
pub(crate) fn run(options: &Options) -> Result<()> {
    ensure!(
        options.confidence > 0.0 && options.confidence < 1.0,
        "--confidence {} is not between 0 and 1",
        options.confidence
    );
    let settings = Settings::new(options.unit.fuel(), options.confidence);
    let data = File::read(&options.data)?;
    let mut files = vec![data.clone()];
    let method = if options.method == Method::Auto { choose(options, &data)? } else { options.method };
    let events = match &options.nre {
        Some(path) => {
            let file = File::read(path)?;
            let events = events::events(&file)?;
            files.push(file);
            events
        }
        None => Vec::new(),
    };
    let found = match method {
        Method::CaltrackDaily => {
            let series = data::series(&data, &Wanted::None)?.series;
            let assess = |series: &Series| assess::caltrack::assess_daily(series, &settings);
            Found::new(&series, &settings, &events, assess)?
        }
        Method::CaltrackBilling => {
            ensure!(events.is_empty(), "--nre needs days, not bills: use caltrack-daily or cea-daily");
            let assessment = billing(options, &data, &settings, &mut files)?;
            Found { assessment, evidence: Evidence::default(), nre_adjustments: Vec::new() }
        }
        Method::CeaDaily | Method::Auto => cea(options, &data, &settings, &events)?,
        Method::Towt => {
            let schedule = schedule(options, &mut files)?;
            let series = data::series(&data, &Wanted::None)?.series;
            let assess = |series: &Series| assess::towt::assess_towt(series, schedule.as_ref(), &settings);
            Found::new(&series, &settings, &events, assess)?
        }
    };
    if options.json { report::json(&found, &files) } else { report::text(&found, options.unit, &files) }
}

/// What there is to print.
#[derive(Serialize)]
pub(crate) struct Found {
    #[serde(flatten)]
    pub(crate) assessment: Assessment,
    #[serde(flatten)]
    pub(crate) evidence: Evidence,
    /// Events taken out of savings.
    pub(crate) nre_adjustments: Vec<Adjustment>,
}

impl Found {
    fn new(
        series: &Series,
        settings: &Settings,
        events: &[Event],
        assess: impl Fn(&Series) -> Assessment,
    ) -> Result<Self> {
        let mut assessment = assess(series);
        let evidence = evidence::gather(series, settings, &assessment, assess);
        let nre_adjustments = if events.is_empty() {
            Vec::new()
        } else {
            adjust(&mut assessment, series, settings, events).context("--nre")?
        };
        Ok(Self { assessment, evidence, nre_adjustments })
    }
}

/// The method that suits what is given.
fn choose(options: &Options, data: &File) -> Result<Method> {
    if options.bills_baseline.is_some() {
        return Ok(Method::CaltrackBilling);
    }
    let found = data::series(data, &wanted(options))?;
    let hourly = found.series.step_minutes() <= 60;
    let towt = hourly && options.schedule.is_some() && found.drivers.is_empty();
    Ok(if towt { Method::Towt } else { Method::CeaDaily })
}

fn wanted(options: &Options) -> Wanted {
    if options.drivers.is_empty() { Wanted::All } else { Wanted::Named(options.drivers.clone()) }
}

fn cea(options: &Options, data: &File, settings: &Settings, events: &[Event]) -> Result<Found> {
    let data = data::series(data, &wanted(options))?;
    let assess = |series: &Series| assess::cea::assess_cea(series, &data.drivers, settings);
    let mut found = Found::new(&data.series, settings, events, assess)?;
    for name in data.left_out {
        let message = format!("The column {name} is not used: a harvest is an outcome, not a driver.");
        let what = "Use it for the yield guard; drive the baseline by canopy and photons called for.";
        found.assessment.warnings.push(Finding::new("harvest_not_a_driver", message, what));
    }
    Ok(found)
}

fn schedule(options: &Options, files: &mut Vec<File>) -> Result<Option<Schedule>> {
    let Some(path) = &options.schedule else { return Ok(None) };
    let file = File::read(path)?;
    let schedule = schedule::schedule(&file)?;
    files.push(file);
    Ok(Some(schedule))
}

fn billing(options: &Options, data: &File, settings: &Settings, files: &mut Vec<File>) -> Result<Assessment> {
    let (Some(baseline), Some(reporting)) = (&options.bills_baseline, &options.bills_reporting) else {
        bail!("caltrack-billing needs --bills-baseline and --bills-reporting");
    };
    let baseline = File::read(baseline)?;
    let reporting = File::read(reporting)?;
    let series = data::series(data, &Wanted::None)?.series;
    let Bills { bills: before, start_hour } = bills::bills(&baseline)?;
    let after = bills::bills(&reporting)?.bills;
    files.extend([baseline, reporting]);
    Ok(assess::caltrack::assess_billing(&before, &after, &series, start_hour, settings))
}
