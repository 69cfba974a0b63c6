//! Every meter that eemeter ships, through the program.

use serde_json::Value;

use crate::{file, path, run, savings, vectors};

fn arguments(name: &str, expected: &Value) -> Vec<String> {
    let at = |suffix: &str| vectors().join(format!("{name}{suffix}.csv")).display().to_string();
    let of = |key: &str| expected[key].as_str().unwrap().to_owned();
    let mut arguments =
        vec!["--method".into(), of("method"), "--data".into(), at(""), "--unit".into(), of("unit")];
    if expected["method"] == "caltrack-billing" {
        let bills =
            ["--bills-baseline".into(), at("-baseline"), "--bills-reporting".into(), at("-reporting")];
        arguments.extend(bills);
    }
    arguments
}

fn close(found: &Value, expected: &Value, tolerance: f64) -> bool {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    (found - expected).abs() <= tolerance * expected.abs()
}

#[test]
fn every_meter_agrees_with_eemeter() {
    let text = std::fs::read_to_string(vectors().join("expected.json")).unwrap();
    let expected: Value = serde_json::from_str(&text).unwrap();
    for (name, expected) in expected["meters"].as_object().unwrap() {
        let arguments = arguments(name, expected);
        let found = savings(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found["model"]["form"], expected["form"], "{name}");
        assert_eq!(found["n"], expected["n"], "{name}");
        assert!(close(&found["observed_reporting"], &expected["observed_reporting"], 1e-9), "{name}");
        assert!(close(&found["n_prime"], &expected["n_prime"], 1e-9), "{name}");
        // Eight balance points fit this meter's only cold bill equally well; eemeter's last bit takes another.
        if name != "il-gas-intercept-only-billing_bimonthly" {
            for (key, theirs) in
                [("heating_balance_point", "beta_hdd"), ("cooling_balance_point", "beta_cdd")]
            {
                assert_eq!(found["model"][key], expected["parameters"][key], "{name}");
                if let Some(slope) = expected["parameters"].get(theirs) {
                    assert!(close(&found["model"]["coefficients"][theirs], slope, 1e-9), "{name}");
                }
            }
            let counterfactual = &expected["counterfactual_reporting"];
            assert!(close(&found["counterfactual_reporting"], counterfactual, 1e-9), "{name}");
        }
        assert!(close(&found["fsu_band"], &expected["bands"]["0.9"]["fsu_band"], 1e-6), "{name}");
    }
}

#[test]
fn the_order_of_rows_and_the_unit_of_temperature_do_not_matter() {
    let whole = std::fs::read_to_string(vectors().join("il-gas-hdd-only-daily.csv")).unwrap();
    let (header, rows) = whole.split_once('\n').unwrap();
    let mut rows: Vec<&str> = rows.lines().collect();
    rows.reverse();
    let celsius = |row: &str| {
        let (rest, temperature) = row.rsplit_once(',').unwrap();
        let celsius = (temperature.parse::<f64>().unwrap() - 32.0) / 1.8;
        format!("{rest},{celsius}")
    };
    let reversed = file(&format!("{header}\r\n{}\r\n", rows.join("\r\n")));
    let in_celsius = rows.iter().map(|r| celsius(r)).collect::<Vec<_>>().join("\n");
    let in_celsius = file(&format!("start,period,observed,temperature_c\n{in_celsius}\n"));
    let straight = vectors().join("il-gas-hdd-only-daily.csv").display().to_string();
    let of = |data: &str| savings(&["--method", "caltrack-daily", "--data", data, "--unit", "therm"]);
    let (a, b, c) = (of(&straight), of(path(&reversed)), of(path(&in_celsius)));
    assert_eq!(a["savings"], b["savings"]);
    assert!(close(&c["savings"], &a["savings"], 1e-9));
    assert_ne!(a["input_sha256"], b["input_sha256"]);
}

#[test]
fn people_get_a_page_of_text() {
    let data = vectors().join("il-electricity-cdd-hdd-daily.csv").display().to_string();
    let output = run(&["savings", "--method", "caltrack-daily", "--data", &data]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Savings           793.9 kWh") && text.contains("Qualified         yes"), "{text}");
}
