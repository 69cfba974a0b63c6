use super::*;
use crate::counter::{Meter, Reading};
use crate::summary::fold;

const HOUR: i64 = 3_600_000;

fn meter(kind: Kind) -> Meter {
    Meter { kind, interval_ms: 600_000, modulus: None, rate_max: None, events: Vec::new() }
}

/// Hourly summaries of readings given as (minute, raw).
fn rows(meter: &Meter, readings: &[(i64, i64)]) -> Vec<Summary> {
    let readings: Vec<Reading> =
        readings.iter().map(|&(minute, v)| Reading { t: minute * 60_000, v }).collect();
    readings.chunk_by(|a, b| a.t / HOUR == b.t / HOUR).filter_map(|r| fold(meter, r)).collect()
}

fn values(intervals: &[Interval]) -> Vec<Option<String>> {
    intervals.iter().map(|i| i.value.map(|v| v.to_string())).collect()
}

fn some(values: &[&str]) -> Vec<Option<String>> {
    values.iter().map(|&v| (!v.is_empty()).then(|| v.to_owned())).collect()
}

#[test]
fn use_across_a_boundary_is_split_by_time_and_adds_up() {
    let m = meter(Kind::Counter);
    // 10 raw units between 00:50 and 01:20: a third before 01:00, rounded down; the rest after.
    let rows = rows(&m, &[(0, 0), (30, 60), (50, 100), (80, 110), (120, 200)]);
    let hours = read_out(&m, 1, &rows, &[0, HOUR, 2 * HOUR]);
    assert_eq!(values(&hours), some(&["10.3", "9.7"]));
    assert_eq!(hours[1].coverage, 2.0 / 6.0, "01:20 to 02:00 is a gap");
    assert_eq!(hours.iter().map(|i| i.quality).collect::<Vec<_>>(), [Quality::Measured, Quality::Estimated]);
    assert_eq!(hours[0].last.map(|v| v.to_string()), Some("10.0".to_owned()));
    // The same hour read alone, with its neighbours, comes out the same.
    assert_eq!(read_out(&m, 1, &rows, &[HOUR, 2 * HOUR])[0], hours[1]);
}

#[test]
fn a_long_gap_is_spread_and_marked() {
    let m = meter(Kind::Counter);
    let hours =
        read_out(&m, 0, &rows(&m, &[(0, 0), (240, 400)]), &[0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR, 5 * HOUR]);
    assert_eq!(values(&hours), some(&["100", "100", "100", "100", ""]));
    assert!(hours[..4].iter().all(|i| i.quality == Quality::Estimated && i.coverage == 0.0));
    assert_eq!(hours[4].quality, Quality::Missing);
}

#[test]
fn what_a_reset_swallowed_is_flagged_and_never_negative() {
    let m = meter(Kind::Counter);
    let hours = read_out(
        &m,
        0,
        &rows(&m, &[(0, 500), (20, 520), (40, 540), (70, 7), (90, 27), (120, 50)]),
        &[0, HOUR, 2 * HOUR],
    );
    assert_eq!(values(&hours), some(&["40", "43"]));
    assert!(hours.iter().all(|i| i.quality == Quality::Questionable));
}

#[test]
fn gauges_average_what_there_is() {
    let m = meter(Kind::Gauge);
    let hours = read_out(
        &m,
        2,
        &rows(&m, &[(0, 2100), (20, 2200), (40, 2200), (59, 2300), (190, 2500)]),
        &[0, HOUR, 2 * HOUR, 3 * HOUR, 4 * HOUR],
    );
    assert_eq!(values(&hours), some(&["22", "", "", "25"]));
    let text = |v: Option<Decimal>| v.map(|v| v.to_string());
    assert_eq!((text(hours[0].min), text(hours[0].max)), (Some("21.00".into()), Some("23.00".into())));
    use Quality::{Estimated, Measured, Missing};
    assert_eq!(hours.iter().map(|i| i.quality).collect::<Vec<_>>(), [Measured, Missing, Missing, Estimated]);
}

#[test]
fn the_unfinished_interval_says_how_much_of_it_is_covered() {
    let m = meter(Kind::Counter);
    let hours = read_out(&m, 0, &rows(&m, &[(0, 0), (15, 10), (30, 20)]), &[0, HOUR]);
    assert_eq!((hours[0].coverage, hours[0].quality), (0.5, Quality::Measured));
}

#[test]
fn no_rows_and_no_edges_are_fine() {
    let m = meter(Kind::Counter);
    assert_eq!(read_out(&m, 0, &[], &[0, HOUR])[0].quality, Quality::Missing);
    assert_eq!(read_out(&m, 0, &[], &[]), []);
}
