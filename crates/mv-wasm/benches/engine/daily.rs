//! Daily models: the same form on the same meters as opendsm's.

use crate::meters;
use crate::opendsm::Opendsm;
use crate::{Bar, ROUNDS, cv_rmse, interleaved, report, seconds};
use mv::caltrack::daily;
use mv::reading::{Day, Fuel};
use mv::series::{Period, Series};
use serde_json::json;

/// Ours may be this much worse, relatively.
const PARITY: f64 = 1.01;

fn days(series: &Series) -> Vec<Day> {
    let baseline = series.rows.iter().filter(|row| row.period == Period::Baseline);
    baseline.map(|r| Day { date: r.start.date(), usage: r.usage, temperature_f: r.temperature_f }).collect()
}

/// Four meters, each with heating, cooling, both or neither.
pub(crate) fn against_opendsm() {
    let mut opendsm = Opendsm::start();
    let (mut ratios, mut detail) = (Vec::new(), Vec::new());
    for (name, fuel, series) in meters::daily() {
        let days = days(&series);
        let [told, _] = opendsm.meter("daily", fuel == Fuel::Gas, &series);
        let fitted = daily::fit(&days, fuel).unwrap();
        let pairs: Vec<(f64, f64)> =
            fitted.observed.iter().copied().zip(fitted.predicted.iter().copied()).collect();
        let theirs: Vec<(f64, f64)> = told.into_values().collect();
        let (ours, theirs) = (cv_rmse(&pairs), cv_rmse(&theirs));
        assert!(ours <= PARITY * theirs, "{name}: CV(RMSE) {ours}, opendsm {theirs}");
        let rounds = interleaved(|| seconds(20, || daily::fit(&days, fuel)), || opendsm.fit());
        ratios.extend(rounds.iter().map(|[ours, theirs]| theirs / ours));
        detail.push(json!({"meter": name, "cv_rmse": ours, "cv_rmse_opendsm": theirs, "seconds": rounds}));
    }
    let bar = Bar { must: Some(100.0), aim: Some(1_000.0), lower_is_better: false };
    report("P6", "daily fit, same form and CV(RMSE): opendsm 1.2.7 / ours", ratios, &bar, &json!(detail));
}

/// Milliseconds of the whole grid of 61 × 61 balance points on a year of days.
pub(crate) fn grid() {
    let meters = meters::daily();
    let (_, fuel, series) = &meters[0];
    let days = days(series);
    let counts = daily::fit(&days, *fuel).unwrap().choice.counts;
    // 1 + 61 heating + 61 cooling + the pairs with heating ≤ cooling.
    assert_eq!(counts.qualified + counts.disqualified + counts.not_attempted, 1 + 61 + 61 + 61 * 62 / 2);
    let rounds: Vec<f64> = (0..ROUNDS).map(|_| 1000.0 * seconds(50, || daily::fit(&days, *fuel))).collect();
    let bar = Bar { must: Some(5.0), aim: Some(1.0), lower_is_better: true };
    report(
        "grid",
        "milliseconds of 61 × 61 balance points on a year of days",
        rounds,
        &bar,
        &json!({"days": days.len()}),
    );
}
