//! The meters that eemeter 3.2.0 ships, against what eemeter makes of them (`vectors/regenerate.py`).

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::collections::BTreeMap;
use std::path::Path;

use chrono::NaiveDate;
use mv::caltrack::billing::FitDays;
use mv::caltrack::search::Choice;
use mv::caltrack::{Model, billing, daily};
use mv::metrics::FitMetrics;
use mv::reading::{Bill, Day, Fuel};
use mv::uncertainty::g14;
use serde_json::Value;

struct Meter {
    baseline: Vec<Day>,
    reporting: Vec<Day>,
}

fn text(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)).unwrap()
}

fn number(field: &str) -> Option<f64> {
    (!field.is_empty()).then(|| field.parse().unwrap())
}

fn meter(name: &str) -> Meter {
    let text = text(&format!("{name}.csv"));
    let celsius = text.lines().next().unwrap().ends_with("temperature_c");
    let mut meter = Meter { baseline: Vec::new(), reporting: Vec::new() };
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split(',').collect();
        let temperature = number(fields[3]);
        let day = Day {
            date: fields[0].parse().unwrap(),
            usage: number(fields[2]),
            temperature_f: if celsius { temperature.map(mv::degree_days::fahrenheit) } else { temperature },
        };
        if fields[1] == "baseline" { meter.baseline.push(day) } else { meter.reporting.push(day) }
    }
    meter
}

fn bills(name: &str) -> Vec<Bill> {
    let rows: Vec<(NaiveDate, Option<f64>)> = text(name)
        .lines()
        .skip(1)
        .map(|line| line.split_once(',').unwrap())
        .map(|(start, value)| (start.parse().unwrap(), number(value)))
        .collect();
    rows.windows(2).map(|w| Bill { start: w[0].0, end: w[1].0, usage: w[0].1 }).collect()
}

/// What is compared.
struct Found {
    model: Model,
    r2_adjusted: f64,
    counts: [usize; 3],
    fit: FitMetrics,
    observed: f64,
    counterfactual: f64,
    interval: g14::Interval,
    m: f64,
    reporting_mean: f64,
}

/// The model eemeter chose, if it is one of those that fit equally well.
fn as_eemeter(choice: &Choice, expected: &Value) -> Model {
    let wanted =
        ["heating_balance_point", "cooling_balance_point"].map(|key| expected["parameters"][key].as_f64());
    let points =
        |m: &Model| [m.heating, m.cooling].map(|term| term.map(|term| f64::from(term.balance_point)));
    let tied = choice.ties.iter().find(|tie| points(tie) == wanted);
    *tied.unwrap_or(&choice.model)
}

fn daily_of(name: &str, fuel: Fuel) -> Found {
    let meter = meter(name);
    let baseline = daily::fit(&meter.baseline, fuel).unwrap();
    let model = baseline.choice.model;
    let both: Vec<(f64, f64)> = meter.reporting.iter().filter_map(Day::complete).collect();
    let observed: f64 = both.iter().map(|(usage, _)| usage).sum();
    let counts = baseline.choice.counts;
    Found {
        model,
        r2_adjusted: baseline.choice.r2_adjusted,
        counts: [counts.qualified, counts.disqualified, counts.not_attempted],
        fit: baseline.fit,
        observed,
        counterfactual: both.iter().map(|(_, t)| daily::usage(&model, *t)).sum(),
        interval: g14::Interval::Daily,
        m: both.len() as f64,
        reporting_mean: observed / both.len() as f64,
    }
}

fn billing_of(name: &str, fuel: Fuel, expected: &Value) -> Found {
    let meter = meter(name);
    let days = meter.baseline.iter().chain(&meter.reporting);
    let temperatures: BTreeMap<_, _> = days.filter_map(|d| Some((d.date, d.temperature_f?))).collect();
    let reporting = bills(&format!("{name}-reporting.csv"));
    let bills = bills(&format!("{name}-baseline.csv"));
    let baseline = billing::fit(&bills, &temperatures, fuel, FitDays::First35).unwrap();
    // One bimonthly gas meter has a single bill with heating: eight balance points fit it equally well.
    let tie = name == "il-gas-intercept-only-billing_bimonthly";
    assert_eq!(!baseline.choice.ties.is_empty(), tie, "{name}");
    let model = as_eemeter(&baseline.choice, expected);
    let both: Vec<(f64, f64)> = reporting
        .iter()
        .filter_map(|bill| Some((bill.usage?, billing::usage(&model, bill, &temperatures)?)))
        .collect();
    let observed: f64 = both.iter().map(|(usage, _)| usage).sum();
    let counts = baseline.choice.counts;
    Found {
        model,
        r2_adjusted: baseline.choice.r2_adjusted,
        counts: [counts.qualified, counts.disqualified, counts.not_attempted],
        fit: baseline.fit,
        observed,
        counterfactual: both.iter().map(|(_, c)| c).sum(),
        interval: g14::Interval::Billing,
        m: billing::months(&reporting),
        reporting_mean: observed / both.len() as f64,
    }
}

/// Relative deviation.
fn apart(found: f64, expected: &Value) -> f64 {
    let expected = expected.as_f64().unwrap();
    (found - expected).abs() / expected.abs().max(f64::MIN_POSITIVE)
}

#[test]
fn every_meter_agrees_with_eemeter() {
    let expected: Value = serde_json::from_str(&text("expected.json")).unwrap();
    let mut worst = BTreeMap::<&str, f64>::new();
    let mut note = |what, deviation: f64| {
        let entry = worst.entry(what).or_default();
        *entry = entry.max(deviation);
    };
    for (name, expected) in expected["meters"].as_object().unwrap() {
        let fuel = if expected["unit"] == "therm" { Fuel::Gas } else { Fuel::Electricity };
        let found = match expected["method"].as_str().unwrap() {
            "caltrack-daily" => daily_of(name, fuel),
            _ => billing_of(name, fuel, expected),
        };
        let parameters = &expected["parameters"];
        assert_eq!(found.model.form().name(), expected["form"], "{name}");
        let balance_points =
            [found.model.heating, found.model.cooling].map(|t| t.map(|t| f64::from(t.balance_point)));
        let keys = ["heating_balance_point", "cooling_balance_point"];
        assert_eq!(balance_points, keys.map(|key| parameters[key].as_f64()), "{name}");
        assert_eq!(found.fit.n as u64, expected["n"].as_u64().unwrap(), "{name}");
        let counts = &expected["candidates"];
        let counts = ["QUALIFIED", "DISQUALIFIED", "NOT ATTEMPTED"].map(|key| counts[key].as_u64().unwrap());
        note(
            "candidates",
            counts.iter().zip(found.counts).map(|(a, b)| a.abs_diff(b as u64)).max().unwrap() as f64,
        );
        note("counterfactual", apart(found.counterfactual, &expected["counterfactual_reporting"]));
        note("observed", apart(found.observed, &expected["observed_reporting"]));
        note("savings", apart(found.counterfactual - found.observed, &expected["savings"]));
        note("n'", apart(found.fit.n_prime, &expected["n_prime"]));
        note("CV(RMSE)", apart(found.fit.cv_rmse, &expected["cv_rmse"]));
        if found.r2_adjusted > 0.0 {
            note("adjusted R²", apart(found.r2_adjusted, &expected["r2_adj"]));
        }
        for (confidence, bands) in expected["bands"].as_object().unwrap() {
            let confidence: f64 = confidence.parse().unwrap();
            let band = g14::fsu_band(&found.fit, found.interval, found.m, confidence).unwrap();
            note("FSU band", apart(band, &bands["fsu_band"]));
            let band =
                g14::one_variable_ols_band(&found.fit, found.m, found.reporting_mean, confidence).unwrap();
            note("one-variable OLS band", apart(band, &bands["ols_band_one_variable"]));
        }
    }
    println!("largest relative deviations: {worst:#?}");
    assert!(worst["counterfactual"] < 1e-4 && worst["FSU band"] < 1e-3 && worst["n'"] < 1e-3, "{worst:?}");
    assert!(worst["one-variable OLS band"] < 1e-3 && worst["observed"] < 1e-9, "{worst:?}");
}
