//! The model that is kept says the same as the assessment that it came from.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use chrono::NaiveDate;
use mv::assess::{self, Settings};
use mv::cea::driver::ExogenousDriver;
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};

/// Two years of a facility that doubles its canopy in summer and saves 50 kWh a day in the second year.
fn series() -> Series {
    let first: NaiveDate = "2024-01-01".parse().unwrap();
    let rows = first.iter_days().take(730).enumerate().map(|(n, day)| {
        let season = libm::cos(n as f64 * std::f64::consts::TAU / 365.25);
        let temperature = 52.0 - 22.0 * season + 5.0 * libm::sin(n as f64 * 1.7);
        let canopy = 100.0 + 40.0 * libm::sin(n as f64 / 31.0);
        let photons = canopy * (30.0 + 4.0 * libm::sin(n as f64 / 11.0));
        let noise = 6.0 * libm::sin(n as f64 * 12.9898);
        let used = 200.0 + 0.4 * photons + 3.0 * (temperature - 55.0).max(0.0) + noise;
        let period = if n < 365 { Period::Baseline } else { Period::Reporting };
        Reading {
            start: day.and_hms_opt(0, 0, 0).unwrap(),
            period,
            usage: Some(used - if n < 365 { 0.0 } else { 50.0 }),
            temperature_f: Some(temperature),
            drivers: vec![Some(canopy), Some(photons)],
        }
    });
    Series { drivers: vec!["canopy_m2".into(), "ppf_mol".into()], rows: rows.collect() }
}

#[test]
fn days_predicted_one_by_one_add_up_to_the_counterfactual() {
    let series = series();
    let drivers: Vec<ExogenousDriver> =
        series.drivers.iter().map(|name| ExogenousDriver::declare(name).unwrap()).collect();
    let settings = Settings::new(Fuel::Electricity, 0.9);
    for assessment in [
        assess::cea::assess_cea(&series, &drivers, &settings),
        assess::caltrack::assess_daily(&series, &settings),
    ] {
        let text = serde_json::to_string(assessment.predictor.as_ref().unwrap()).unwrap();
        let model: mv::baseline::Model = serde_json::from_str(&text).unwrap();
        let sum: f64 = series
            .rows
            .iter()
            .filter(|row| row.period == Period::Reporting)
            .map(|row| {
                let place = |name: &str| series.drivers.iter().position(|known| known == name);
                model.predict(row.temperature_f, |name| row.drivers[place(name)?]).unwrap()
            })
            .sum();
        let counterfactual = assessment.counterfactual_reporting.unwrap();
        assert!((sum - counterfactual).abs() < 1e-9 * counterfactual, "{sum} {counterfactual}");
        if assessment.method == "cea-daily" {
            let savings = assessment.savings.unwrap() / 365.0;
            assert!((savings - 50.0).abs() < 12.0, "{savings} kWh a day");
        }
    }
}
