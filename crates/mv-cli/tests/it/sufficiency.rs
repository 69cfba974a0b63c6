//! Data that can be read but do not suffice.

use crate::{file, path, rules, savings};

/// Two years of days, each row as the closure writes observed and temperature.
fn days(row: impl Fn(usize) -> (String, String)) -> String {
    let first: chrono::NaiveDate = "2024-01-01".parse().unwrap();
    let rows = first.iter_days().take(730).enumerate().map(|(index, date)| {
        let (observed, temperature) = row(index);
        let period = if index < 365 { "baseline" } else { "reporting" };
        format!("{date},{period},{observed},{temperature}\n")
    });
    format!("start,period,observed,temperature_f\n{}", rows.collect::<String>())
}

fn usual(index: usize) -> (String, String) {
    let temperature = 20.0 + ((index % 365) as f64 - 182.0).abs() / 3.0 + ((index * 37) % 11) as f64;
    (format!("{}", 100.0 - temperature + ((index * 53) % 17) as f64 / 3.0), format!("{temperature}"))
}

fn found(text: &str) -> serde_json::Value {
    let data = file(text);
    savings(&["--method", "caltrack-daily", "--data", path(&data)])
}

#[test]
fn good_data_qualify() {
    let found = found(&days(usual));
    assert_eq!(found["qualified"], true, "{found:#}");
    assert!(found["disqualifications"].as_array().unwrap().is_empty());
}

#[test]
fn each_rule_speaks_for_itself() {
    let short: String =
        days(usual).lines().filter(|l| !l.starts_with("2024-0")).map(|l| format!("{l}\n")).collect();
    let gap = |from: usize, count: usize, which: usize| {
        days(move |i| {
            let (observed, temperature) = usual(i);
            let lost = (from..from + count).contains(&i);
            match which {
                0 if lost => (String::new(), temperature),
                1 if lost => (observed, String::new()),
                2 if lost => ("-5".into(), temperature),
                3 if lost => ("0".into(), temperature),
                4 if lost => ("400".into(), temperature),
                _ => (observed, temperature),
            }
        })
    };
    let cases = [
        (short, "baseline_length", true),
        (gap(60, 38, 0), "baseline_usage_missing", true),
        (gap(60, 37, 0), "baseline_usage_missing", false),
        (gap(60, 38, 1), "baseline_temperature_missing", true),
        (gap(60, 8, 1), "month_temperature_missing", true),
        (gap(60, 1, 2), "negative_usage", true),
        (gap(60, 3, 3), "zero_usage", false),
        (gap(60, 1, 4), "extreme_values", false),
        (gap(400, 5, 0), "reporting_days_missing", false),
        (gap(365, 365, 0), "no_savings", true),
    ];
    for (text, rule, refused) in cases {
        let found = found(&text);
        let list = if refused { &found["disqualifications"] } else { &found["warnings"] };
        assert!(rules(list).contains(&rule), "{rule}: {:#}", found["disqualifications"]);
        assert_eq!(found["qualified"], !refused, "{rule}");
        let finding = list.as_array().unwrap().iter().find(|f| f["rule"] == rule).unwrap();
        assert!(!finding["what_to_do"].as_str().unwrap().is_empty());
    }
}

#[test]
fn days_of_a_gap_are_named() {
    let text = days(|i| if (60..70).contains(&i) { (String::new(), usual(i).1) } else { usual(i) });
    let found = found(&text);
    let finding =
        &found["warnings"].as_array().unwrap().iter().find(|f| f["rule"] == "baseline_usage_missing");
    let days = &finding.unwrap()["days"];
    assert_eq!(days.as_array().unwrap().len(), 1);
    assert_eq!((&days[0]["start"], &days[0]["end"]), (&"2024-03-01".into(), &"2024-03-10".into()));
}

#[test]
fn savings_that_are_not_positive_have_no_fsu() {
    let worse = days(|i| {
        let (observed, temperature) = usual(i);
        let more = if i < 365 { 0.0 } else { 30.0 };
        (format!("{}", observed.parse::<f64>().unwrap() + more), temperature)
    });
    let found = found(&worse);
    assert!(found["savings"].as_f64().unwrap() < 0.0);
    assert!(found["fsu"].is_null() && found["fsu_band"].as_f64().unwrap() > 0.0);
    let interval = &found["interval"];
    assert!(interval["low"].as_f64().unwrap() < found["savings"].as_f64().unwrap());
}
