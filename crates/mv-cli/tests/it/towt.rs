//! The hourly method through the program.

use std::fmt::Write;

use crate::{file, path, refusal, savings};

/// Two years of hours with lights from 18:00 to 06:00, fewer in the second year; lights decide nearly everything.
fn hours() -> String {
    let first: chrono::NaiveDateTime = "2024-01-01T00:00:00".parse().unwrap();
    let mut text = "start,period,observed,temperature_c\n".to_owned();
    for index in 0..730 * 24 {
        let at = first + chrono::TimeDelta::hours(index);
        let hour = index % 24;
        let season = ((index / 24 % 365) as f64 - 182.0).abs() / 182.0;
        let temperature = 25.0 - 20.0 * season + (hour as f64 - 12.0).abs() / -2.0;
        let lamps = if !(6..18).contains(&hour) { 100.0 } else { 0.0 };
        let after = index >= 365 * 24;
        let scatter = ((index * 7919) % 101) as f64 / 50.0;
        let usage = 20.0 + if after { 0.7 } else { 1.0 } * lamps + (temperature - 15.0).max(0.0) + scatter;
        let period = if after { "reporting" } else { "baseline" };
        writeln!(text, "{},{period},{usage},{temperature}", at.format("%Y-%m-%dT%H:%M")).unwrap();
    }
    text
}

#[test]
fn lights_out_of_the_schedule_give_the_savings() {
    let data = file(&hours());
    let schedule = file("from,lights_on,lights_off\n2024-01-01,18:00,06:00\n");
    let found = savings(&["--method", "towt", "--data", path(&data), "--schedule", path(&schedule)]);
    let truth = 365.0 * 12.0 * 30.0;
    let savings = found["savings"].as_f64().unwrap();
    assert!((savings / truth - 1.0).abs() < 0.005, "{savings} is not {truth}");
    assert_eq!(found["qualified"], true, "{found:#}");
    assert!(
        found["interval"]["low"].as_f64().unwrap() < truth
            && found["interval"]["high"].as_f64().unwrap() > truth
    );
}

#[test]
fn a_bad_schedule_is_named() {
    let data = file("start,period,observed,temperature_c\n2024-01-01T00:00,baseline,1,1\n");
    let schedule = file("from,lights_on,lights_off\n2024-01-01,18:00,dawn\n");
    let complaint = refusal(&["--method", "towt", "--data", path(&data), "--schedule", path(&schedule)]);
    assert!(complaint.contains("row 2, column lights_off"), "{complaint}");
}
