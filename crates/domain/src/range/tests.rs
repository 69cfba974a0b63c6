use super::*;
use chrono_tz::America::Denver;

fn now() -> DateTime<Utc> {
    "2026-11-10T17:07:30.250Z".parse().unwrap() // 10:07 in Denver
}

fn window(text: &str) -> Window {
    Range::parse(text).unwrap().window(Denver, now(), None).unwrap()
}

fn local(at: DateTime<Utc>) -> String {
    at.with_timezone(&Denver).to_rfc3339()
}

#[test]
fn presets_begin_and_end_on_interval_boundaries_of_the_facility() {
    for (text, start, end, granularity) in [
        ("1h", "2026-11-10T09:05:00-07:00", "2026-11-10T10:10:00-07:00", Granularity::FiveMinutes),
        ("today", "2026-11-10T00:00:00-07:00", "2026-11-10T10:15:00-07:00", Granularity::QuarterHour),
        ("24h", "2026-11-09T10:00:00-07:00", "2026-11-10T10:15:00-07:00", Granularity::QuarterHour),
        ("7d", "2026-11-04T00:00:00-07:00", "2026-11-10T11:00:00-07:00", Granularity::Hour),
        ("30d", "2026-10-12T00:00:00-06:00", "2026-11-10T11:00:00-07:00", Granularity::Hour),
        ("12mo", "2025-11-10T00:00:00-07:00", "2026-11-11T00:00:00-07:00", Granularity::Day),
        ("2026-10", "2026-10-01T00:00:00-06:00", "2026-11-01T00:00:00-06:00", Granularity::Hour),
        ("2026-11-01", "2026-11-01T00:00:00-06:00", "2026-11-02T00:00:00-07:00", Granularity::QuarterHour),
        (
            "2026-10-01..2026-10-03",
            "2026-10-01T00:00:00-06:00",
            "2026-10-04T00:00:00-06:00",
            Granularity::QuarterHour,
        ),
        (
            "2026-11-10T10:00:00Z..2026-11-10T11:00:00Z",
            "2026-11-10T03:00:00-07:00",
            "2026-11-10T04:00:00-07:00",
            Granularity::FiveMinutes,
        ),
    ] {
        let found = window(text);
        assert_eq!((local(found.start).as_str(), local(found.end).as_str()), (start, end), "{text}");
        assert_eq!(found.granularity, granularity, "{text}");
    }
}

#[test]
fn every_form_survives_the_url() {
    for text in [
        "1h",
        "today",
        "7d",
        "12mo",
        "2026-10",
        "2026-10-01..2026-10-03",
        "2026-11-10T10:00:00Z..2026-11-10T11:00:00Z",
    ] {
        assert_eq!(Range::parse(text).unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_range_is_refused() {
    for text in [
        "",
        "yesterday",
        "0h",
        "-3d",
        "99999999999d",
        "13mo13",
        "2026-13",
        "2026-10-01..",
        "..",
        "h",
        "2026-10-01..tomorrow",
        "+262142-12",
        "+262142-12-31",
        "0001-01..0001-02",
    ] {
        assert!(matches!(Range::parse(text), Err(RangeError::Unknown(_))), "{text}");
    }
    assert_eq!(Range::parse("2026-10-03..2026-10-01"), Err(RangeError::Backwards));
}

#[test]
fn more_intervals_than_a_chart_holds_are_refused() {
    let range = Range::parse("12mo").unwrap();
    let refused = range.window(Denver, now(), Some(Granularity::FiveMinutes));
    assert_eq!(refused, Err(RangeError::TooLong(Granularity::FiveMinutes)));
    assert!(Range::parse("60mo").unwrap().window(Denver, now(), None).is_ok());
}

#[test]
fn the_hour_that_occurs_twice_is_two_intervals() {
    let day = window("2026-11-01");
    let mut at = day.start;
    let mut count = 0;
    while at < day.end {
        at = Granularity::Hour.next(Denver, at);
        count += 1;
    }
    assert_eq!(count, 25);
}
