//! Timing of the engine on made-up data of usual size.

use std::hint::black_box;
use std::time::Instant;

use chrono::NaiveDate;
use mv::assess::{Settings, caltrack};
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};

const ROUNDS: u32 = 50;

/// Prints milliseconds per run.
pub(crate) fn run() {
    let series = two_years();
    let settings = Settings::new(Fuel::Electricity, 0.9);
    let begun = Instant::now();
    for _ in 0..ROUNDS {
        black_box(caltrack::assess_daily(black_box(&series), &settings));
    }
    let each = begun.elapsed().as_secs_f64() * 1000.0 / f64::from(ROUNDS);
    println!("caltrack-daily, 365 + 365 days, 61 × 61 balance points: {each:.2} ms");
}

/// A year of baseline and one of reporting, with a triangle of temperature and a little scatter.
fn two_years() -> Series {
    let start = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    let rows = start.iter_days().take(730).enumerate().map(|(index, date)| {
        let season = ((index % 365) as f64 - 182.0).abs() / 182.0;
        let scatter = ((index * 7919) % 101) as f64 / 101.0 - 0.5;
        let temperature = 88.0 - 62.0 * season + 8.0 * scatter;
        let usage =
            40.0 + 2.0 * (temperature - 66.0).max(0.0) + (50.0 - temperature).max(0.0) + 3.0 * scatter;
        Reading {
            start: date.and_time(chrono::NaiveTime::MIN),
            period: if index < 365 { Period::Baseline } else { Period::Reporting },
            usage: Some(usage),
            temperature_f: Some(temperature),
            drivers: Vec::new(),
        }
    });
    Series { drivers: Vec::new(), rows: rows.collect() }
}
