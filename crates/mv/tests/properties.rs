//! What has to hold whatever the numbers are.

#![expect(clippy::expect_used, reason = "a test ends where something is missing")]

use chrono::NaiveDate;
use mv::assess::{Settings, caltrack, cea};
use mv::assessment::Assessment;
use mv::cea::driver::ExogenousDriver;
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};
use proptest::prelude::*;

/// Two years whose use follows the weather and one driver, with the scatter given.
fn series(scatter: &[f64], saving: f64) -> Series {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date");
    let row = |(index, date): (usize, NaiveDate)| {
        let season = ((index % 365) as f64 - 182.0).abs() / 182.0;
        let noise = scatter[index % scatter.len()];
        let temperature = 85.0 - 60.0 * season + 5.0 * noise;
        let canopy = 100.0 + 50.0 * ((index % 63) as f64 / 63.0);
        let after = index >= 365;
        let usage =
            50.0 + canopy + (50.0 - temperature).max(0.0) + 2.0 * (temperature - 68.0).max(0.0) + noise;
        Reading {
            start: date.and_time(chrono::NaiveTime::MIN),
            period: if after { Period::Reporting } else { Period::Baseline },
            usage: Some(if after { usage * (1.0 - saving) } else { usage }),
            temperature_f: Some(temperature),
            drivers: vec![Some(canopy)],
        }
    };
    let rows = first.iter_days().take(730).enumerate().map(row).collect();
    Series { drivers: vec!["canopy_m2".into()], rows }
}

fn assess(series: &Series) -> [Assessment; 2] {
    let settings = Settings::new(Fuel::Electricity, 0.9);
    let drivers = [ExogenousDriver::declare("canopy_m2").expect("canopy is a driver")];
    [caltrack::assess_daily(series, &settings), cea::assess_cea(series, &drivers, &settings)]
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * a.abs().max(b.abs()).max(1e-6),
        (None, None) => true,
        _ => false,
    }
}

/// Savings and bands of `b` are those of `a` times `factor`.
fn scaled(a: &Assessment, b: &Assessment, factor: f64) -> bool {
    let times = |v: Option<f64>| v.map(|v| v * factor);
    let high = |x: &Assessment| x.interval.as_ref().map(|i| i.high);
    close(times(a.savings), b.savings)
        && close(times(a.fsu_band), b.fsu_band)
        && close(times(a.ols_band), b.ols_band)
        && close(times(high(a)), high(b))
        && close(a.cv_rmse, b.cv_rmse)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn a_larger_unit_scales_everything(
        scatter in prop::collection::vec(-3.0..3.0_f64, 97),
        saving in -0.2..0.5_f64,
        factor in prop::sample::select(vec![0.001, 3.6, 1000.0]),
    ) {
        let one = series(&scatter, saving);
        let mut other = one.clone();
        other.rows.iter_mut().for_each(|row| row.usage = row.usage.map(|u| u * factor));
        for (a, b) in assess(&one).iter().zip(&assess(&other)) {
            prop_assert!(scaled(a, b, factor), "{:?} {:?}", a.savings, b.savings);
        }
    }

    #[test]
    fn empty_days_at_the_end_change_no_number(
        scatter in prop::collection::vec(-3.0..3.0_f64, 97),
        saving in -0.2..0.5_f64,
    ) {
        let one = series(&scatter, saving);
        let mut other = one.clone();
        let last = one.rows.last().expect("rows").clone();
        for day in 1..=10 {
            let start = last.start + chrono::TimeDelta::days(day);
            other.rows.push(Reading { start, usage: None, temperature_f: None, ..last.clone() });
        }
        for (a, b) in assess(&one).iter().zip(&assess(&other)) {
            prop_assert!(scaled(a, b, 1.0), "{:?} {:?}", a.savings, b.savings);
            prop_assert_eq!(&a.model, &b.model);
        }
    }
}
