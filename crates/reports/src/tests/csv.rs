//! The CSV file.

use super::sample::{chosen, dec, empty, hostile, july};
use crate::csv;
use domain::report::{Dates, Delimiter, Part, Style};
use rust_decimal::Decimal;

fn rows(text: &str) -> Vec<Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(',').collect()).collect()
}

#[test]
fn totals_are_the_sums_of_the_days() {
    let text = csv(&july(), &Style::default());
    assert_eq!(text, csv(&july(), &Style::default()));
    let rows = rows(&text);
    assert_eq!(rows.len(), 1 + 4 * 31);
    assert_eq!(
        rows[0].join(","),
        "metric,unit,day,baseline,actual,savings,cost_savings,currency,coverage,state"
    );
    let totals: Vec<Vec<&str>> = text
        .lines()
        .filter(|line| line.starts_with("# Total:"))
        .map(|line| line.split(',').collect())
        .collect();
    assert_eq!(totals.len(), 4);
    for total in totals {
        // Of a total: name, unit, baseline, actual, savings; then the interval's two and the money.
        for (of_total, of_day) in [(3, 3), (4, 4), (5, 5), (8, 6)] {
            let days = rows.iter().filter(|row| row[0] == total[1] && !row[of_day].is_empty());
            let sum: Decimal = days.map(|row| dec(row[of_day])).sum();
            let expected = if total[of_total].is_empty() { Decimal::ZERO } else { dec(total[of_total]) };
            assert_eq!(sum, expected, "{} column {of_day}", total[1]);
        }
    }
}

#[test]
fn the_head_says_what_it_is() {
    let text = csv(&july(), &Style::default());
    assert!(text.starts_with("# Facility:,Cedar Street vertical farm\r\n"));
    for line in [
        "# Range:,\"[2026-07-01, 2026-08-01)\"\r\n",
        "# Time zone:,America/Denver\r\n",
        "# Generated at:,2026-08-04T08:04:05Z\r\n",
        "# Intervals:,\"half-open",
        "# SHA-256 of sources:,9f86d081",
        "# Note:,28 July",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert!(text.contains("Electricity,kWh,2026-07-28,,,,,USD,0,Provisional\r\n"), "a missing day is empty");
}

#[test]
fn delimiters_and_decimals_follow_the_style() {
    let style = |delimiter, decimal_comma| Style { delimiter, decimal_comma, ..Style::default() };
    let text = csv(&july(), &style(Delimiter::Semicolon, true));
    assert!(
        text.contains(
            "\r\nElectricity;kWh;2026-07-01;4812,000;3849,600;962,400;109,42;USD;1;Provisional\r\n"
        )
    );
    let text = csv(&july(), &style(Delimiter::Comma, true));
    assert!(text.contains("\r\nElectricity,kWh,2026-07-01,\"4812,000\",\"3849,600\""));
    let text = csv(&july(), &style(Delimiter::Tab, false));
    assert!(text.contains("\r\nElectricity\tkWh\t2026-07-01\t4812.000\t3849.600"));
}

#[test]
fn texts_are_guarded_and_numbers_are_not() {
    let mut report = july();
    report.metrics.truncate(1);
    report.metrics[0].name = "=cmd|' /C calc'!A0".to_owned();
    report.metrics[0].days.truncate(1);
    report.metrics[0].days[0].savings = Some(dec("-3.5"));
    report.metrics[0].days[0].state = "a \"b\",\nc".to_owned();
    let text = csv(&report, &Style::default());
    let row =
        "\"'=cmd|' /C calc'!A0\",kWh,2026-07-01,4812.000,3849.600,-3.5,109.42,USD,1,\"a \"\"b\"\",\nc\"\r\n";
    assert!(text.ends_with(row), "{text}");
    for name in ["+1", "-1", "@sum", "\tx", " =1", "＝1"] {
        report.facility = name.to_owned();
        let text = csv(&report, &Style::default());
        assert!(text.starts_with(&format!("# Facility:,\"'{name}\"\r\n")), "{text}");
    }
    report.metrics[0].days[0].state = "\rx".to_owned();
    assert!(csv(&report, &Style::default()).ends_with("\"'\rx\"\r\n"));
}

#[test]
fn it_says_what_was_chosen() {
    let text = csv(&chosen(), &Style { dates: Dates::MonthFirst, ..Style::default() });
    for line in [
        "# Title:,For the board\r\n",
        "# Note of its maker:,First line #panic()\r\n",
        "# Month:,Electricity,MWh,06/01/2026,151,120.0005,30.9995,3525.1,USD\r\n",
        "# Month:,Electricity,MWh,05/01/2026,151,120.0005,,,USD\r\n",
        "# Cause:,Electricity,Weather,-300,USD\r\n",
        "# End use:,Electricity,Unmetered remainder,,MWh\r\n",
        "\r\nElectricity,MWh,07/01/2026,4.812,3.8496,0.9624,109.42,USD,1,Provisional\r\n",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let mut little = july();
    little.choices.parts = vec![Part::Events];
    let text = csv(&little, &Style::default());
    assert_eq!(rows(&text).len(), 1, "no days");
    assert!(!text.contains("# Total") && !text.contains("# Baseline"));
}

#[test]
fn any_report_has_a_file() {
    assert_eq!(rows(&csv(&empty(), &Style::default())).len(), 1);
    let text = csv(&hostile(), &Style::default());
    let heads = text.lines().take_while(|line| !line.starts_with("metric,"));
    assert!(heads.into_iter().all(|line| line.starts_with("# ")), "{text}");
}
