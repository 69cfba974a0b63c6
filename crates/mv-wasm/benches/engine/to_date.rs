//! Savings to date after one more interval.

use crate::{Bar, interleaved, report, seconds};
use mv::baseline::fitted::{self, DayRow, Method, Request};
use mv::live::{Contribution, Running};
use mv::reading::Fuel;
use mv_wasm::cases;
use serde_json::json;

const PER_DAY: usize = 96;
const CONFIDENCE: f64 = 0.9;

/// Three years: all intervals again against the one that is new; and ten years against a month.
pub(crate) fn run() {
    let days = cases::grow();
    let drivers = ["canopy_m2".to_owned(), "ppf_mol".to_owned()];
    let settings = mv::assess::Settings::new(Fuel::Electricity, CONFIDENCE);
    let request = Request { method: Method::CeaDaily, drivers: &drivers, days: &days[..365], settings };
    let baseline = fitted::fit(&request).unwrap();
    let variables = |day: &DayRow| {
        baseline.model.variables(day.temperature_f, |name| day.drivers.get(name).copied()).unwrap()
    };
    let share = 1.0 / PER_DAY as f64;
    let interval = |index: usize| {
        let day = &days[365 + index / PER_DAY % 365];
        let variables = variables(day);
        let expected = baseline.model.evaluate(&variables) * share;
        Contribution::new(expected, day.observed.unwrap() * share, share, &variables).unwrap()
    };
    let all = |count: usize| {
        let mut running = Running::default();
        (0..count).for_each(|index| running.add(&interval(index)).unwrap());
        running.figure(baseline.errors.as_ref(), CONFIDENCE)
    };
    let history = |count: usize| Running::of((0..count).map(interval).collect::<Vec<_>>().iter()).unwrap();
    let one_more = |kept: &Running, count: usize| {
        let mut running = kept.clone();
        running.add(&interval(count)).unwrap();
        running.figure(baseline.errors.as_ref(), CONFIDENCE)
    };

    let years = 3 * 365 * PER_DAY;
    let kept = history(years);
    assert_eq!(one_more(&kept, years), all(years + 1), "the same to the last digit");
    let rounds = interleaved(|| seconds(10_000, || one_more(&kept, years)), || seconds(3, || all(years + 1)));
    let ratios = rounds.iter().map(|[one, all]| all / one).collect();
    let bar = Bar { must: Some(1_000.0), aim: None, lower_is_better: false };
    report(
        "P8",
        "savings to date of three years: all intervals again / one more",
        ratios,
        &bar,
        &json!(rounds),
    );

    let (month, decade) = (30 * PER_DAY, 3_652 * PER_DAY);
    let (short, long) = (history(month), history(decade));
    assert_eq!(one_more(&long, decade), all(decade + 1));
    let rounds = interleaved(
        || seconds(20_000, || one_more(&short, month)),
        || seconds(20_000, || one_more(&long, decade)),
    );
    let ratios = rounds.iter().map(|[short, long]| long / short).collect();
    let bar = Bar { must: Some(1.1), aim: Some(1.0), lower_is_better: true };
    report("P8-flat", "one more interval after ten years / after a month", ratios, &bar, &json!(rounds));
}
