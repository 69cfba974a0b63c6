//! The meters that both sides fit.

use chrono::{Datelike, NaiveDate, NaiveTime, TimeDelta, Timelike, Weekday};
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};
use mv_wasm::cases;

macro_rules! vector {
    ($name:literal) => {
        ($name, cases::series(include_str!(concat!("../../../mv/vectors/", $name, ".csv"))))
    };
}

/// Days of four meters of the parity vectors: with heating, cooling, both or neither.
pub(crate) fn daily() -> [(&'static str, Fuel, Series); 4] {
    let of = |fuel: Fuel, (name, series)| (name, fuel, series);
    [
        of(Fuel::Electricity, vector!("il-electricity-cdd-hdd-daily")),
        of(Fuel::Electricity, vector!("il-electricity-cdd-only-daily")),
        of(Fuel::Gas, vector!("il-gas-hdd-only-daily")),
        of(Fuel::Gas, vector!("il-gas-intercept-only-daily")),
    ]
}

/// Two years of hours of an office: lights and machines on working days, cooling above 62 °F, heating below 50 °F.
pub(crate) fn office() -> Series {
    let first = NaiveDate::from_ymd_opt(2023, 1, 1).unwrap().and_time(NaiveTime::MIN);
    let rows = (0..2 * 365 * 24_i32).map(|n| {
        let start = first + TimeDelta::hours(i64::from(n));
        let (day, hour) = (f64::from(n / 24), f64::from(start.hour()));
        let wave = |turns: f64| (turns * std::f64::consts::TAU).sin();
        let weather = 9.0 * wave(day / 6.3) + 6.0 * wave(day / 2.7);
        let temperature = 55.0 - 24.0 * wave(day / 365.25 + 0.25) - 9.0 * wave(hour / 24.0 + 0.1) + weather;
        let working =
            !matches!(start.weekday(), Weekday::Sat | Weekday::Sun) && (7..19).contains(&start.hour());
        let scatter = f64::from((n.unsigned_abs().wrapping_mul(2_654_435_761)) >> 16) / 65_536.0 - 0.5;
        let climate = 0.9 * (temperature - 62.0).max(0.0) + 0.5 * (50.0 - temperature).max(0.0);
        let usage = if working { 42.0 + climate } else { 14.0 + 0.4 * climate } + 8.0 * scatter;
        let period = if n < 365 * 24 { Period::Baseline } else { Period::Reporting };
        Reading { start, period, usage: Some(usage), temperature_f: Some(temperature), drivers: vec![] }
    });
    Series { drivers: vec![], rows: rows.collect() }
}
