//! Events taken out of savings, each way, against a truth that is known.

#![expect(clippy::expect_used, reason = "a test ends where something is missing")]

use chrono::NaiveDate;
use mv::adjust::{AdjustError, Basis, Event, adjust};
use mv::assess::{Settings, caltrack};
use mv::assessment::Assessment;
use mv::reading::Fuel;
use mv::series::{Period, Reading, Series};
use proptest::prelude::*;

const SAVED: f64 = 0.2;
const EXTRA: f64 = 9.0;

fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

/// Two years of days, the second with a fifth saved and, from June to August, an extra load of `extra` a day.
fn series(extra: f64, scatter: f64) -> Series {
    let first = date("2023-01-01");
    let row = |(n, day): (usize, NaiveDate)| {
        let season = ((n % 365) as f64 - 182.0).abs() / 182.0;
        let noise = scatter * (((n * 7919) % 101) as f64 / 50.0 - 1.0);
        let temperature = 85.0 - 60.0 * season + 4.0 * (((n * 37) % 23) as f64 / 11.0 - 1.0);
        let usage = 60.0 + (50.0 - temperature).max(0.0) + 2.0 * (temperature - 68.0).max(0.0);
        let after = n >= 365;
        let event = if (date("2024-06-01")..=date("2024-08-31")).contains(&day) { extra } else { 0.0 };
        Reading {
            start: day.and_time(chrono::NaiveTime::MIN),
            period: if after { Period::Reporting } else { Period::Baseline },
            usage: Some(noise + if after { usage * (1.0 - SAVED) + event } else { usage }),
            temperature_f: Some(temperature),
            drivers: vec![],
        }
    };
    Series { drivers: vec![], rows: first.iter_days().take(730).enumerate().map(row).collect() }
}

fn settings() -> Settings {
    Settings::new(Fuel::Electricity, 0.9)
}

fn event(basis: Basis) -> Event {
    Event { start: date("2024-06-01"), end: date("2024-08-31"), basis }
}

fn assessed(series: &Series) -> Assessment {
    caltrack::assess_daily(series, &settings())
}

#[test]
fn every_way_finds_the_savings_without_the_event() {
    let series = series(EXTRA, 2.0);
    let gross = assessed(&series);
    let truth = SAVED * gross.counterfactual_reporting.expect("a counterfactual");
    let before = gross.savings.expect("savings");
    assert!((before - (truth - 92.0 * EXTRA)).abs() < 0.01 * truth, "{before} {truth}");
    let ways = [
        Basis::SubMeter { kwh_per_day: EXTRA, uncertainty: 0.1 },
        Basis::Indicator,
        Basis::Estimate { kwh_per_day: EXTRA, uncertainty: 3.0 },
        Basis::Exclusion,
    ];
    for basis in ways {
        let mut net = gross.clone();
        let found = adjust(&mut net, &series, &settings(), &[event(basis)]).expect("an adjustment");
        assert_eq!((found.len(), found[0].days, found[0].method), (1, 92, basis.name()));
        let savings = net.savings.expect("savings");
        assert!((savings - before - found[0].kwh).abs() < 1e-9);
        assert!((savings - truth).abs() < 0.02 * truth, "{}: {savings} {truth}", basis.name());
        assert!((found[0].kwh_per_day - EXTRA).abs() < 1.0, "{found:?}");
        assert!(net.nre_removed && net.observed_reporting == gross.observed_reporting);
        let width = |a: &Assessment| a.interval.as_ref().map(|i| i.high - i.low).expect("an interval");
        let by_hand = (width(&gross).powi(2) + 4.0 * found[0].uncertainty.powi(2)).sqrt();
        assert!((width(&net) - by_hand).abs() < 1e-9 && found[0].uncertainty > 0.0, "{}", basis.name());
    }
}

/// By hand: 92 days at 9 ± 3 kWh.
#[test]
fn an_estimate_is_its_days_times_its_rate() {
    let series = series(EXTRA, 2.0);
    let mut net = assessed(&series);
    let basis = Basis::Estimate { kwh_per_day: 9.0, uncertainty: 3.0 };
    let found = adjust(&mut net, &series, &settings(), &[event(basis)]).expect("an adjustment");
    assert!((found[0].kwh - 828.0).abs() < 1e-9 && (found[0].uncertainty - 276.0).abs() < 1e-9);
}

#[test]
fn two_events_two_ways_are_told_apart() {
    let mut series = series(EXTRA, 2.0);
    let second = date("2024-10-01")..=date("2024-10-31");
    let rows = series.rows.iter_mut().filter(|row| second.contains(&row.start.date()));
    rows.for_each(|row| row.usage = row.usage.map(|used| used - 20.0));
    let events = [
        event(Basis::Indicator),
        Event {
            start: *second.start(),
            end: *second.end(),
            basis: Basis::SubMeter { kwh_per_day: -20.0, uncertainty: 0.0 },
        },
    ];
    let mut net = assessed(&series);
    let found = adjust(&mut net, &series, &settings(), &events).expect("adjustments");
    assert!((found[0].kwh_per_day - EXTRA).abs() < 1.0, "{found:?}");
    assert!((found[1].kwh + 620.0).abs() < 1e-9);
    let truth = SAVED * net.counterfactual_reporting.expect("a counterfactual");
    assert!((net.savings.expect("savings") - truth).abs() < 0.02 * truth);
}

#[test]
fn what_cannot_be_quantified_is_said() {
    let series = series(EXTRA, 2.0);
    let refused = |events: &[Event]| adjust(&mut assessed(&series), &series, &settings(), events);
    let (start, end) = (date("2024-06-01"), date("2024-08-31"));
    let certain = Basis::Estimate { kwh_per_day: 9.0, uncertainty: 0.0 };
    assert_eq!(refused(&[event(certain)]), Err(AdjustError::Uncertainty(start)));
    let twice = [event(Basis::Indicator), event(Basis::Exclusion)];
    assert_eq!(refused(&twice), Err(AdjustError::Overlap(start)));
    let backwards = Event { start: end, end: start, basis: Basis::Exclusion };
    assert_eq!(refused(&[backwards]), Err(AdjustError::Backwards(end)));
    let outside = Event { start: date("2030-01-01"), end: date("2030-02-01"), basis: Basis::Exclusion };
    assert_eq!(refused(&[outside]), Err(AdjustError::NoDays(outside.start)));
    for basis in [Basis::Indicator, Basis::Exclusion] {
        let all = Event { start: date("2024-01-01"), end: date("2024-12-31"), basis };
        assert_eq!(refused(&[all]), Err(AdjustError::NotIdentified(all.start)));
    }
    assert_eq!(adjust(&mut Assessment::new("towt"), &series, &settings(), &[]), Err(AdjustError::NoModel));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// An indicator of an event that was not there is within its own uncertainty of 0, nine times in ten or better here.
    #[test]
    fn an_event_that_was_not_is_next_to_nothing(scatter in 0.5_f64..4.0) {
        let series = series(0.0, scatter);
        let mut net = assessed(&series);
        let found = adjust(&mut net, &series, &settings(), &[event(Basis::Indicator)]).expect("an adjustment");
        prop_assert!(found[0].kwh.abs() < 2.0 * found[0].uncertainty + 0.005 * net.counterfactual_reporting.unwrap_or(0.0), "{:?}", found);
    }
}
