use super::*;
use domain::facility::FacilityKind;
use domain::point::{Kind, Metric};
use domain::quality::Quality;
use domain::range::Window;
use domain::series::{FacilityHead, PointHead, PointRow, SeriesInterval};
use rust_decimal::Decimal;

/// The two hours around the end of summer time in Denver; names that a spreadsheet would compute.
fn view() -> SeriesView {
    let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
    let interval = |start, end, value: Option<i64>, quality| SeriesInterval {
        start: at(start),
        end: at(end),
        value: value.map(|v| Decimal::new(v, 3)),
        min: None,
        max: None,
        quality,
        coverage: if value.is_some() { 1.0 } else { 0.0 },
        partial: value.is_none(),
    };
    SeriesView {
        facility: FacilityHead {
            id: uuid::Uuid::nil().into(),
            slug: "cedar".into(),
            name: "=HYPERLINK(\"http://x\")".into(),
            organisation: "Cedar".into(),
            kind: FacilityKind::Indoor,
            time_zone: "America/Denver".into(),
            currency: "USD".into(),
        },
        row: PointRow {
            point: PointHead {
                id: uuid::Uuid::nil().into(),
                name: "+Main, energy".into(),
                metric: Metric::Energy,
                kind: Kind::Counter,
                unit: "Wh".into(),
                decimals: 0,
                end_use: None,
                zone: None,
                interval_ms: 10_000,
            },
            latest: None,
            coverage_24h: Some(1.0),
            coverage_30d: Some(1.0),
            gaps_24h: vec![],
            held: 0,
        },
        range: "today".into(),
        window: Window {
            start: at("2026-11-01T07:00:00Z"),
            end: at("2026-11-01T09:00:00Z"),
            granularity: Granularity::Hour,
        },
        unit: "kWh".into(),
        decimals: 3,
        shape: Shape::Bars,
        intervals: vec![
            interval("2026-11-01T07:00:00Z", "2026-11-01T08:00:00Z", Some(-12_345), Quality::Measured),
            interval("2026-11-01T08:00:00Z", "2026-11-01T09:00:00Z", None, Quality::Missing),
        ],
        gaps: vec![],
        total: Some(Decimal::new(-12_345, 3)),
        coverage: 0.5,
        as_of: at("2026-11-01T09:00:00Z"),
    }
}

#[test]
fn the_repeated_hour_is_told_apart_and_missing_is_empty() {
    let text = render(&view());
    let rows: Vec<&str> =
        text.split_terminator("\r\n").skip_while(|l| !l.starts_with("start_local")).skip(1).collect();
    assert_eq!(
        rows,
        [
            "2026-11-01T01:00:00-06:00,2026-11-01T01:00:00-07:00,2026-11-01T07:00:00Z,2026-11-01T08:00:00Z,-12.345,,,measured,1.0000,",
            "2026-11-01T01:00:00-07:00,2026-11-01T02:00:00-07:00,2026-11-01T08:00:00Z,2026-11-01T09:00:00Z,,,,missing,0.0000,yes",
        ]
    );
}

#[test]
fn names_do_not_become_formulas() {
    let text = render(&view());
    assert!(text.starts_with("# facility,\"'=HYPERLINK(\"\"http://x\"\")\"\r\n"), "{text}");
    assert!(text.contains("# point,\"'+Main, energy\"\r\n"), "{text}");
    assert!(text.contains("# value,amount in the interval\r\n"));
    assert!(text.contains("# unit,kWh\r\n") && text.contains("# time zone,America/Denver\r\n"));
}

#[test]
fn the_file_name_is_plain() {
    assert_eq!(file_name(&view()), "cedar--main--energy-2026-11-01.csv");
}
