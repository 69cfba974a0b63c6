//! The hourly model with inferred occupancy against eemeter 3.2.0.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

use std::path::Path;

use chrono::{NaiveDateTime, TimeDelta};
use mv::towt::fit::{Segments, fit};
use mv::towt::{Hour, occupancy};
use serde_json::Value;

fn text(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors").join(name)).unwrap()
}

fn hours(text: &str, period: &str, start: &Value) -> Vec<Hour> {
    let start: NaiveDateTime = start.as_str().unwrap().parse().unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix(period)?.strip_prefix(','));
    let number = |field: &str| field.parse().ok();
    rows.zip(0..)
        .map(|(row, index)| {
            let (usage, temperature) = row.split_once(',').unwrap();
            let at = start + TimeDelta::hours(index);
            Hour { at, usage: number(usage), temperature_f: number(temperature), light: None }
        })
        .collect()
}

#[test]
fn a_year_of_hours_agrees_with_eemeter() {
    let expected: Value = serde_json::from_str(&text("expected.json")).unwrap();
    for (name, expected) in expected["hourly"].as_object().unwrap() {
        let text = text(&format!("{name}.csv"));
        let baseline = hours(&text, "b", &expected["starts"]["b"]);
        let reporting = hours(&text, "r", &expected["starts"]["r"]);
        let occupied = expected["occupied_hours"].as_array().unwrap();
        // eemeter's first column, “dec-jan-feb”, is January with its neighbours.
        for (segment, count) in occupied.iter().enumerate() {
            let found = occupancy::infer(&baseline, Some(segment)).iter().filter(|on| **on).count();
            assert_eq!(Some(found as u64), count.as_u64(), "{name}, month {segment}");
        }
        let model = fit(&baseline, Segments::Monthly).unwrap();
        let both: Vec<(f64, f64)> =
            reporting.iter().filter_map(|hour| Some((hour.usage?, model.predict(hour)?))).collect();
        let counterfactual: f64 = both.iter().map(|(_, c)| c).sum();
        let observed: f64 = both.iter().map(|(o, _)| o).sum();
        let apart = |found: f64, key: &str| found / expected[key].as_f64().unwrap() - 1.0;
        println!("{name}: counterfactual {:e}", apart(counterfactual, "counterfactual_reporting"));
        assert!(apart(observed, "observed_reporting").abs() < 1e-9);
        assert!(apart(counterfactual, "counterfactual_reporting").abs() < 1e-4);
    }
}
