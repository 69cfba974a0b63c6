//! Files that cannot be read as they stand.

use crate::{file, path, refusal, savings, vectors};

const HEADER: &str = "start,period,observed,temperature_f\n";

fn daily(rows: &str) -> String {
    let data = file(&format!("{HEADER}{rows}"));
    refusal(&["--method", "caltrack-daily", "--data", path(&data)])
}

#[test]
fn every_complaint_names_row_and_column() {
    let cases = [
        ("2026-01-01,baseline,1,40\nsoon,baseline,1,40\n", "row 3, column start"),
        ("2026-01-01,before,1,40\n", "row 2, column period"),
        ("2026-01-01,baseline,1 kWh,40\n", "row 2, column observed"),
        ("2026-01-01,baseline,NaN,40\n", "row 2, column observed"),
        ("2026-01-01,baseline,1,warm\n", "row 2, column temperature_f"),
        ("2026-01-01,baseline,1\n", "row 2, column temperature_f"),
        ("2026-01-01,baseline,1,40\n\n2026-01-01,reporting,1,40\n", "row 4, column start"),
        ("", "row 2, column start"),
    ];
    for (rows, expected) in cases {
        let complaint = daily(rows);
        assert!(complaint.contains(expected), "{complaint} does not name {expected}");
    }
    for (header, column) in [
        ("start,observed,temperature_f", "period"),
        ("period,observed,temperature_f", "start"),
        ("start,period,temperature_f", "observed"),
        ("start,period,observed", "temperature_c"),
        ("start,start,period,observed,temperature_f", "start"),
        ("start,period,observed,temperature_f,temperature_c", "temperature_c"),
    ] {
        let data = file(&format!("{header}\n"));
        let complaint = refusal(&["--method", "caltrack-daily", "--data", path(&data)]);
        assert!(complaint.contains(&format!("row 1, column {column}")), "{complaint}");
    }
    let empty = file("");
    assert!(refusal(&["--method", "caltrack-daily", "--data", path(&empty)]).contains("row 1"));
    assert!(refusal(&["--method", "caltrack-daily", "--data", "missing.csv"]).contains("missing.csv"));
}

#[test]
fn bills_are_in_order_and_closed() {
    let data = vectors().join("il-gas-hdd-only-billing_monthly.csv").display().to_string();
    let good = vectors().join("il-gas-hdd-only-billing_monthly-reporting.csv").display().to_string();
    for (text, expected) in [
        ("start,value\n2016-01-01,5\n2016-02-01,6\n", "row 3, column value"),
        ("start,value\n2016-02-01,5\n2016-01-01,\n", "row 3, column start"),
        ("start,amount\n2016-02-01,5\n", "row 1, column value"),
        ("start,value\n2016-02-01,x\n", "row 2, column value"),
        ("start,value\n2016-02-01,\n", "row 2, column start"),
    ] {
        let bills = file(text);
        let complaint = refusal(&[
            "--method",
            "caltrack-billing",
            "--data",
            &data,
            "--bills-baseline",
            path(&bills),
            "--bills-reporting",
            &good,
        ]);
        assert!(complaint.contains(expected), "{complaint} does not name {expected}");
    }
    assert!(refusal(&["--method", "caltrack-billing", "--data", &data]).contains("--bills-baseline"));
}

#[test]
fn an_hour_shown_twice_in_autumn_is_no_mistake() {
    let hours = (0..48).map(|h| format!("2026-10-{:02}T{:02}:00,baseline,1,40\n", 24 + h / 24, h % 24));
    let rows: String = hours.chain(["2026-10-25T02:00,baseline,1,40\n".to_owned()]).collect();
    let data = file(&format!("{HEADER}{rows}"));
    let found = savings(&["--method", "caltrack-daily", "--data", path(&data)]);
    assert_eq!(found["qualified"], false);
    let thrice = file(&format!("{HEADER}{rows}2026-10-25T02:00,baseline,1,40\n"));
    let complaint = refusal(&["--method", "caltrack-daily", "--data", path(&thrice)]);
    assert!(complaint.contains("row 51, column start"), "{complaint}");
}
