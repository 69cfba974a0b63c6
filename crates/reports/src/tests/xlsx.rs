//! The workbook, read again by the reader of imports.

use super::sample::{dec, empty, hostile, july};
use crate::xlsx;
use calamine::{Data, DataType, Range, Reader, Xlsx, open_workbook_from_rs};
use domain::report::{PerformanceReport, Style};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::io::Cursor;

fn sheet(report: &PerformanceReport, name: &str) -> Range<Data> {
    let mut book: Xlsx<_> =
        open_workbook_from_rs(Cursor::new(xlsx(report, &Style::default()).unwrap())).unwrap();
    assert_eq!(book.sheet_names(), ["Summary", "Days"]);
    book.worksheet_range(name).unwrap()
}

#[test]
fn bytes_are_stable() {
    assert_eq!(xlsx(&july(), &Style::default()).unwrap(), xlsx(&july(), &Style::default()).unwrap());
}

#[test]
fn days_hold_the_same_numbers() {
    let report = july();
    let sheet = sheet(&report, "Days");
    let mut rows = sheet.rows();
    let header: Vec<String> = rows.next().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(
        header[2..7].join("|"),
        "Day (America/Denver)|Baseline (unit)|Actual (unit)|Savings (unit)|Cost savings (USD)"
    );
    let same = |cell: &Data, value: Option<Decimal>| match value {
        None => assert_eq!(cell, &Data::Empty),
        Some(value) => assert_eq!(cell.get_float(), value.to_f64()),
    };
    let days = report.metrics.iter().flat_map(|metric| metric.days.iter().map(move |day| (metric, day)));
    for (metric, day) in days {
        let row = rows.next().unwrap();
        assert_eq!(row[0].get_string(), Some(metric.name.as_str()));
        assert_eq!(row[1].get_string(), Some(metric.unit.as_str()));
        assert_eq!(row[2].as_date(), Some(day.day));
        same(&row[3], day.baseline);
        same(&row[4], day.actual);
        same(&row[5], day.savings);
        same(&row[6], day.cost_savings);
        same(&row[7], Some(day.coverage));
        assert_eq!(row[8].get_string(), Some(day.state.as_str()));
    }
    assert!(rows.next().is_none());
}

#[test]
fn the_summary_holds_the_totals() {
    let report = july();
    let sheet = sheet(&report, "Summary");
    let row = |name: &str| sheet.rows().find(|row| row[0].get_string() == Some(name)).unwrap();
    assert_eq!(row("First day")[1].as_date(), Some(report.from));
    assert_eq!(row("Gas")[4].get_float(), report.metrics[1].savings.unwrap().to_f64());
    let all: Decimal = report.metrics.iter().filter_map(|metric| metric.cost_savings).sum();
    assert_eq!(row("All metrics")[10].get_float(), all.to_f64());
    assert_eq!(row("Peak demand")[10], Data::Empty);
    assert_eq!(row("Second shift in the packing hall")[2], Data::Empty);
    assert_eq!(row("Flower 2")[6].get_string(), Some("Flagged: less for its light"));
    assert!(row("Worth knowing").len() > 1);
}

#[test]
fn texts_are_inert() {
    let mut report = hostile();
    report.facility = "=HYPERLINK(\"http://x\")".to_owned();
    report.notes.push("x".repeat(40_000));
    let bytes = xlsx(&report, &Style::default()).unwrap();
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(bytes)).unwrap();
    let formulas = book.worksheet_formula("Summary").unwrap();
    assert!(formulas.used_cells().all(|(_, _, formula)| formula.is_empty()));
    assert_eq!(
        book.worksheet_range("Summary").unwrap().get((1, 1)).unwrap().get_string(),
        Some(report.facility.as_str())
    );
}

#[test]
fn any_report_has_a_workbook() {
    assert_eq!(sheet(&empty(), "Days").rows().count(), 1);
    let mut old = july();
    old.metrics[0].days[0].day = "1850-01-01".parse().unwrap();
    assert!(xlsx(&old, &Style::default()).unwrap_err().to_string().contains("workbook"));
    old.metrics[0].half_width = Some(dec("79228162514264337593543950335"));
    old.metrics[0].days.remove(0);
    assert!(xlsx(&old, &Style::default()).is_ok());
}
