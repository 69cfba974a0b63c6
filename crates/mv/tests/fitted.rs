//! A baseline fitted once, kept as JSON, and asked day by day: it says what the whole assessment says.

#![expect(clippy::expect_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;

use chrono::NaiveDate;
use mv::assess::Settings;
use mv::baseline::fitted::{self, DayRow, FitError, FittedBaseline, Method, Request};
use mv::live::Running;
use mv::reading::Fuel;

const DRIVERS: [&str; 2] = ["canopy_m2", "ppf_mol"];

/// Two years of a facility that saves 50 kWh a day in the second.
fn days() -> Vec<DayRow> {
    let first = NaiveDate::from_ymd_opt(2024, 1, 1).expect("a date");
    let day = |(n, date): (usize, NaiveDate)| {
        let season = libm::cos(n as f64 * std::f64::consts::TAU / 365.25);
        let temperature = 52.0 - 22.0 * season + 5.0 * libm::sin(n as f64 * 1.7);
        let canopy = 100.0 + 40.0 * libm::sin(n as f64 / 31.0);
        let photons = canopy * (30.0 + 4.0 * libm::sin(n as f64 / 11.0));
        let noise = 6.0 * libm::sin(n as f64 * 12.9898) + 3.0 * libm::sin(n as f64 / 4.0);
        let used = 200.0 + 0.4 * photons + 3.0 * (temperature - 55.0).max(0.0) + noise;
        DayRow {
            date,
            observed: Some(used - if n < 365 { 0.0 } else { 50.0 }),
            temperature_f: Some(temperature),
            drivers: BTreeMap::from([("canopy_m2".to_owned(), canopy), ("ppf_mol".to_owned(), photons)]),
        }
    };
    first.iter_days().take(730).enumerate().map(day).collect()
}

fn names() -> Vec<String> {
    DRIVERS.map(str::to_owned).to_vec()
}

fn request<'a>(method: Method, drivers: &'a [String], days: &'a [DayRow]) -> Request<'a> {
    Request { method, drivers, days, settings: Settings::new(Fuel::Electricity, 0.9) }
}

#[test]
fn a_kept_baseline_says_what_the_assessment_says() {
    let (all, names) = (days(), names());
    let (before, after) = all.split_at(365);
    for method in [Method::CaltrackDaily, Method::CeaDaily] {
        let request = request(method, &names, before);
        let fitted = fitted::fit(&request).expect("a model");
        assert!(fitted.qualified, "{:?}", fitted.disqualifications);
        let text = serde_json::to_string(&fitted).expect("JSON");
        let kept: FittedBaseline = serde_json::from_str(&text).expect("the same form");
        assert_eq!(kept, fitted);
        assert_eq!(serde_json::to_string(&kept).expect("JSON"), text);

        let savings = kept.savings(after, 0.9);
        let whole = fitted::assess(&request, after).expect("drivers are accepted");
        let expected = whole.counterfactual_reporting.expect("a counterfactual");
        // Half a millionth of a kWh for each day.
        assert!((savings.figure.counterfactual - expected).abs() < 365.0 * 0.5e-6 + 1e-8);
        let interval = savings.figure.interval.expect("an interval");
        let billed = whole.interval.expect("an interval");
        let (width, wide) = (interval.high - interval.low, billed.high - billed.low);
        if method == Method::CeaDaily {
            // It knows the residuals' memory, but not that other models fit as well, so that the billed one is wider here.
            assert!((0.1..1.0).contains(&(width / wide)), "{width} against the billed {wide}");
            assert!(interval.low < 50.0 * 365.0 && 50.0 * 365.0 < interval.high, "{interval:?}");
            assert_eq!(kept.coverage.len(), 4);
            let placebo = kept.placebo.expect("stretches left out");
            assert!(placebo.stretches == 12 && placebo.bias.abs() < 0.01, "{placebo:?}");
        }
    }
}

#[test]
fn day_by_day_is_the_batch_and_a_late_day_is_exact() {
    let (all, names) = (days(), names());
    let (before, after) = all.split_at(365);
    let fitted = fitted::fit(&request(Method::CeaDaily, &names, before)).expect("a model");
    let one = |day: &DayRow| fitted.contribution(day).expect("conditions are known").expect("measured");
    let mut running = Running::default();
    for day in after.iter().rev() {
        running.add(&one(day)).expect("a sum");
    }
    let batch = fitted.savings(after, 0.9).figure;
    assert_eq!(running.figure(fitted.errors.as_ref(), 0.9), batch);
    let corrected = DayRow { observed: Some(1.0), ..after[7].clone() };
    running.replace(&one(&after[7]), &one(&corrected)).expect("a sum");
    let mut again = after.to_vec();
    again[7] = corrected;
    assert_eq!(running.figure(fitted.errors.as_ref(), 0.9), fitted.savings(&again, 0.9).figure);
}

#[test]
fn what_is_unknown_or_unseen_is_said() {
    let (all, names) = (days(), names());
    let (before, after) = all.split_at(365);
    let fitted = fitted::fit(&request(Method::CeaDaily, &names, before)).expect("a model");
    let mut strange = after[0].clone();
    strange.temperature_f = Some(130.0);
    let seen: Vec<String> = fitted
        .predict(&strange)
        .expect("conditions are known")
        .extrapolations
        .into_iter()
        .map(|e| e.name)
        .collect();
    assert_eq!(seen, ["temperature_f"]);
    strange.drivers.remove("ppf_mol");
    assert!(fitted.predict(&strange).is_err());
    let mut rest = vec![strange, DayRow { observed: None, ..after[1].clone() }];
    rest.extend_from_slice(&after[2..40]);
    let savings = fitted.savings(&rest, 0.9);
    assert_eq!(savings.figure.days, 38.0);
    let reasons: Vec<&str> = savings.left_out.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(reasons, ["the day has no ppf_mol", "the day was not measured"]);
    let refused = ["harvest_kg".to_owned()];
    assert!(matches!(fitted::fit(&request(Method::CeaDaily, &refused, before)), Err(FitError::Driver(_))));
    assert!(matches!(
        fitted::fit(&request(Method::CeaDaily, &names, &before[..9])),
        Err(FitError::NoModel(_))
    ));
}

#[test]
fn normalised_savings_are_the_difference_of_two_models_in_a_normal_year() {
    let (all, names) = (days(), names());
    let (before, after) = all.split_at(365);
    let fit = |days: &[DayRow]| fitted::fit(&request(Method::CeaDaily, &names, days)).expect("a model");
    let (old, new) = (fit(before), fit(after));
    let found = mv::normalised::normalised((&old).into(), (&new).into(), before, 0.9).expect("a year");
    assert_eq!(found.days, 365);
    assert!((found.savings - 365.0 * 50.0).abs() < 0.03 * 365.0 * 50.0, "{found:?}");
    let interval = found.interval.as_ref().expect("an interval");
    let band = (interval.high - interval.low) / 2.0;
    let alone = old.savings(after, 0.9).figure.interval.expect("an interval");
    assert!(band > 0.0 && band < alone.high - alone.low, "{band}");
    // Twice the year is twice the savings, with errors that do not shrink: they are the models'.
    let twice = [before, before].concat();
    let doubled = mv::normalised::normalised((&old).into(), (&new).into(), &twice, 0.9).expect("two years");
    let wide = doubled.interval.expect("an interval");
    assert!(((wide.high - wide.low) / 2.0 - 2.0 * band).abs() < 1e-6 * band);
    let mut unknown = before.to_vec();
    unknown[3].temperature_f = None;
    let error = mv::normalised::normalised((&old).into(), (&new).into(), &unknown, 0.9)
        .expect_err("a day lacks its temperature");
    assert_eq!(error.0, unknown[3].date);
}
