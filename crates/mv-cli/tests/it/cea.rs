//! The driver-adjusted method through the program.

use std::fmt::Write;

use serde_json::Value;

use crate::{file, path, refusal, rules, run, savings};

/// A grow of one room: use is lamps, canopy and cooling, and what `change` adds to a day after the measure.
struct Grow {
    text: String,
    truth: f64,
    counterfactual: f64,
}

fn grow(more_canopy: f64, saving: f64, change: impl Fn(usize) -> f64) -> Grow {
    let first: chrono::NaiveDate = "2024-01-01".parse().unwrap();
    let mut text = "start,period,observed,temperature_c,canopy_m2,ppf_mol,harvest_kg\n".to_owned();
    let (mut truth, mut counterfactual) = (0.0, 0.0);
    for (index, date) in first.iter_days().take(730).enumerate() {
        let after = index >= 365;
        let season = ((index % 365) as f64 - 182.0).abs() / 182.0;
        let temperature = 28.0 - 30.0 * season + ((index * 37) % 23) as f64 / 3.0;
        let cycle = index % 70;
        let grown = [200.0, 500.0, 480.0, 100.0][cycle / 18] + ((index * 53) % 7) as f64;
        let canopy = grown * if after { 1.0 + more_canopy } else { 1.0 };
        let photons = canopy * [14.0, 26.0, 33.0, 20.0][(cycle + 7) / 20];
        let scatter = 4.0 * (((index * 7919) % 101) as f64 - 50.0);
        let cooling = (temperature - 12.0).max(0.0) * 0.08 * canopy;
        let expected = 900.0 + 0.21 * photons + 0.9 * canopy + cooling;
        let saved = if after { saving * 0.21 * photons } else { 0.0 };
        let extra = if after { change(index - 365) } else { 0.0 };
        let period = if after { "reporting" } else { "baseline" };
        let observed = expected - saved + extra + scatter;
        writeln!(
            text,
            "{date},{period},{observed:.2},{temperature:.2},{canopy:.1},{photons:.1},{}",
            cycle / 69
        )
        .unwrap();
        if after {
            truth += saved;
            counterfactual += expected;
        }
    }
    Grow { text, truth, counterfactual }
}

fn assess(grow: &Grow, method: &str) -> Value {
    let data = file(&grow.text);
    savings(&["--method", method, "--data", path(&data), "--drivers", "canopy_m2,ppf_mol"])
}

fn off(found: &Value, grow: &Grow) -> f64 {
    (found["savings"].as_f64().unwrap() - grow.truth).abs() / grow.counterfactual
}

#[test]
fn savings_are_right_where_weather_alone_is_not() {
    for (more_canopy, saving) in [(0.0, 0.4), (0.25, 0.4), (0.25, 0.0), (0.0, 0.0)] {
        let grow = grow(more_canopy, saving, |_| 0.0);
        let found = assess(&grow, "cea-daily");
        assert!(
            off(&found, &grow) < 0.01,
            "{} of the counterfactual: {:#}",
            off(&found, &grow),
            found["model"]
        );
        assert_eq!(found["qualified"], true, "{:#}", found["disqualifications"]);
        let interval = &found["interval"];
        let (low, high) = (interval["low"].as_f64().unwrap(), interval["high"].as_f64().unwrap());
        assert!(low < grow.truth && grow.truth < high, "{low} to {high}, truth {}", grow.truth);
        assert_eq!(found["nre_candidates"], serde_json::json!([]));
        if more_canopy > 0.0 {
            let data = file(&grow.text);
            let weather_only = savings(&["--method", "caltrack-daily", "--data", path(&data)]);
            assert!(off(&weather_only, &grow) > 0.08, "weather alone cannot see the canopy");
        }
    }
}

#[test]
fn an_extra_load_is_a_candidate_and_does_not_adjust() {
    let grow = grow(0.0, 0.4, |day| if (100..190).contains(&day) { 450.0 } else { 0.0 });
    let found = assess(&grow, "auto");
    assert_eq!(found["method"], "cea-daily");
    let events = found["nre_candidates"].as_array().unwrap();
    assert_eq!(events.len(), 1, "{events:#?}");
    assert!(events[0]["start"].as_str().unwrap().starts_with("2025-04-"), "{events:#?}");
    assert!((events[0]["kwh_per_day"].as_f64().unwrap() / 450.0 - 1.0).abs() < 0.35, "{events:#?}");
    assert_eq!(found["nre_removed"], false);
    assert!(rules(&found["warnings"]).contains(&"non_routine_event"));
}

#[test]
fn a_harvest_is_refused_as_a_driver() {
    let data = file(&grow(0.0, 0.4, |_| 0.0).text);
    let complaint =
        refusal(&["--method", "cea-daily", "--data", path(&data), "--drivers", "canopy_m2,harvest_kg"]);
    assert!(complaint.contains("column harvest_kg") && complaint.contains("outcome"), "{complaint}");
    let found = savings(&["--method", "cea-daily", "--data", path(&data)]);
    assert!(rules(&found["warnings"]).contains(&"harvest_not_a_driver"));
    let missing = refusal(&["--method", "cea-daily", "--data", path(&data), "--drivers", "canopy"]);
    assert!(missing.contains("row 1, column canopy"), "{missing}");
}

#[test]
fn a_driver_that_never_moved_cannot_be_billed_on() {
    let text = grow(0.0, 0.4, |_| 0.0).text;
    let with = |line: &str| {
        let value = if line.starts_with("start") {
            "co2_ppm".into()
        } else {
            format!("{}", if line.contains("reporting") { 900 } else { 600 })
        };
        format!("{line},{value}\n")
    };
    let data = file(&text.lines().map(with).collect::<String>());
    let found = savings(&["--method", "cea-daily", "--data", path(&data)]);
    assert!(rules(&found["disqualifications"]).contains(&"driver_not_identified"));
    assert_eq!(found["qualified"], false);
}

#[test]
fn a_meter_without_weather_gets_no_slope() {
    let text: String = grow(0.0, 0.0, |_| 0.0)
        .text
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let fields: Vec<&str> = line.split(',').collect();
            let noise = 100.0 + ((index * index * 7919) % 977) as f64 / 97.0;
            let observed = if index == 0 { "observed".to_owned() } else { noise.to_string() };
            format!("{},{},{observed},{}\n", fields[0], fields[1], fields[3])
        })
        .collect();
    let data = file(&text);
    let found = savings(&["--method", "auto", "--data", path(&data)]);
    assert_eq!(found["model"]["form"], "intercept_only", "{:#}", found["model"]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let data = file(&grow(0.25, 0.4, |_| 0.0).text);
    let arguments = ["savings", "--json", "--method", "cea-daily", "--data", path(&data)];
    assert_eq!(run(&arguments).stdout, run(&arguments).stdout);
}

#[test]
fn other_errors_and_placebo_windows_stand_beside_the_interval() {
    let found = assess(&grow(0.0, 0.3, |_| 0.0), "cea-daily");
    let number = |value: &Value| value.as_f64().unwrap();
    let billed = (number(&found["interval"]["high"]) - number(&found["interval"]["low"])) / 2.0;
    let hac = number(&found["hac_band"]);
    assert!((0.2..5.0).contains(&(hac / billed)), "{hac} {billed}");
    let placebo = &found["placebo_windows"];
    assert_eq!((placebo["n"].as_u64(), placebo["days"].as_i64()), (Some(11), Some(63)));
    assert!(number(&placebo["mean_error"]).abs() < 0.02, "{placebo}");
    assert!(number(&placebo["coverage"]) >= 0.7, "{placebo}");
    let by_weather = assess(&grow(0.0, 0.3, |_| 0.0), "caltrack-daily");
    assert!(number(&by_weather["hac_band"]) > hac, "what is not explained is uncertain");
}

#[test]
fn an_agreed_event_is_taken_out_with_its_uncertainty() {
    // 150 kWh a day more from day 120 to day 209 of the reporting year: 2025-05-01 on, as 2024 has a day more.
    let grow = grow(0.0, 0.3, |day| if (120..210).contains(&day) { 150.0 } else { 0.0 });
    let first: chrono::NaiveDate = "2024-12-31".parse().unwrap();
    let day = |index: i64| first + chrono::TimeDelta::days(index);
    let data = file(&grow.text);
    let events = |row: &str| {
        file(&format!("start,end,method,kwh_per_day,uncertainty\n{},{},{row}\n", day(120), day(209)))
    };
    let arguments = |nre: &str| -> Vec<String> {
        let fixed =
            ["--method", "cea-daily", "--data", path(&data), "--drivers", "canopy_m2,ppf_mol", "--nre", nre];
        fixed.map(str::to_owned).to_vec()
    };
    let gross = assess(&grow, "cea-daily");
    assert_eq!(gross["nre_removed"], false);
    for row in ["estimate,150,30", "indicator,,", "sub_meter,150,1", "exclusion,,"] {
        let nre = events(row);
        let owned = arguments(path(&nre));
        let found = savings(&owned.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found["nre_removed"], true);
        let adjustment = &found["nre_adjustments"][0];
        assert!(
            (adjustment["kwh"].as_f64().unwrap() / (90.0 * 150.0) - 1.0).abs() < 0.2,
            "{row}: {adjustment}"
        );
        assert!(off(&found, &grow) < 0.5 * off(&gross, &grow), "{row}");
    }
    let nre = events("guess,1,1");
    let owned = arguments(path(&nre));
    let said = refusal(&owned.iter().map(String::as_str).collect::<Vec<_>>());
    assert!(said.contains("row 2, column method"), "{said}");
}
