//! Timing of the engine on made-up data of usual size.

use std::hint::black_box;
use std::time::Instant;

use chrono::{NaiveDate, NaiveTime, TimeDelta};
use mv::assess::{Settings, caltrack, cea, towt};
use mv::assessment::Assessment;
use mv::cea::driver::ExogenousDriver;
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};

const ROUNDS: u32 = 20;

/// Prints milliseconds per run.
pub(crate) fn run() {
    let settings = Settings::new(Fuel::Electricity, 0.9);
    let (days, hours) = (two_years(1), two_years(24));
    let drivers: Vec<ExogenousDriver> =
        days.drivers.iter().filter_map(|name| ExogenousDriver::declare(name).ok()).collect();
    time("caltrack-daily, 1 891 pairs of balance points", || caltrack::assess_daily(&days, &settings));
    time("cea-daily, canopy and photons", || cea::assess_cea(&days, &drivers, &settings));
    time("towt, hours", || towt::assess_towt(&hours, None, &settings));
}

fn time(name: &str, assess: impl Fn() -> Assessment) {
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        black_box(assess());
    }
    let each = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(ROUNDS);
    println!("{name}: {each:.2} ms for 365 + 365 days");
}

/// A year of baseline and one of reporting, with a triangle of temperature and a little scatter.
fn two_years(per_day: i32) -> Series {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default().and_time(NaiveTime::MIN);
    let rows = (0..730 * per_day).map(|index| {
        let day = index / per_day;
        let season = f64::from((day % 365 - 182).abs()) / 182.0;
        let scatter = f64::from(index % 101 * 7919 % 101) / 101.0 - 0.5;
        let temperature = 88.0 - 62.0 * season + 8.0 * scatter;
        let canopy = 300.0 + 200.0 * f64::from(day % 63) / 63.0;
        let photons = canopy * (22.0 + f64::from(day % 70) / 10.0);
        let weather = 2.0 * (temperature - 66.0).max(0.0) + (50.0 - temperature).max(0.0);
        Reading {
            start: first + TimeDelta::minutes(i64::from(index) * 1440 / i64::from(per_day)),
            period: if day < 365 { Period::Baseline } else { Period::Reporting },
            usage: Some(40.0 + 0.02 * photons + 0.1 * canopy + weather + 3.0 * scatter),
            temperature_f: Some(temperature),
            drivers: vec![Some(canopy), Some(photons)],
        }
    });
    Series { drivers: vec!["canopy_m2".into(), "ppf_mol".into()], rows: rows.collect() }
}
