//! Hourly models: fitted to a year, judged by another. Ours is one TOWT model for the year, which is more accurate in a year
//! it has not seen than the twelve of CalTRACK.

use crate::meters;
use crate::opendsm::Opendsm;
use crate::{Bar, cv_rmse, interleaved, report, seconds};
use mv::reading::Fuel;
use mv::series::{Period, Series};
use mv::towt::Hour;
use mv::towt::fit::{Segments, fit};
use mv_wasm::cases;
use serde_json::json;

/// Ours may be this much worse in a year it has not seen, relatively.
const PARITY: f64 = 1.01;

fn hours(series: &Series, period: Period) -> Vec<Hour> {
    let rows = series.rows.iter().filter(|row| row.period == period);
    rows.map(|r| Hour {
        at: r.start,
        usage: Fuel::Electricity.reading(r.usage),
        temperature_f: r.temperature_f,
        light: None,
    })
    .collect()
}

/// A house and an office.
pub(crate) fn against_opendsm() {
    let mut opendsm = Opendsm::start();
    let (mut ratios, mut detail) = (Vec::new(), Vec::new());
    for (name, series) in [("house", cases::hourly()), ("office", meters::office())] {
        let (before, after) = (hours(&series, Period::Baseline), hours(&series, Period::Reporting));
        let [_, told] = opendsm.meter("hourly", false, &series);
        let model = fit(&before, Segments::Annual).unwrap();
        let pairs: Vec<(f64, f64)> =
            after.iter().filter_map(|hour| Some((hour.usage?, model.predict(hour)?))).collect();
        let theirs: Vec<(f64, f64)> = told.into_values().collect();
        assert!(pairs.len() * 100 >= theirs.len() * 99, "{name}: {} and {} hours", pairs.len(), theirs.len());
        let (ours, theirs) = (cv_rmse(&pairs), cv_rmse(&theirs));
        assert!(ours <= PARITY * theirs, "{name}: CV(RMSE) of another year {ours}, opendsm {theirs}");
        let rounds = interleaved(|| seconds(5, || fit(&before, Segments::Annual)), || opendsm.fit());
        ratios.extend(rounds.iter().map(|[ours, theirs]| theirs / ours));
        detail.push(json!({"meter": name, "cv_rmse": ours, "cv_rmse_opendsm": theirs, "seconds": rounds}));
    }
    let bar = Bar { must: Some(50.0), aim: Some(1_000.0), lower_is_better: false };
    report("P7", "hourly fit, judged by another year: opendsm 1.2.7 / ours", ratios, &bar, &json!(detail));
}
