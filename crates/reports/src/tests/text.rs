//! Numbers and days on paper.

use super::sample::{day, dec, empty, july};
use crate::money::money;
use crate::text::{self, Numbers};

const WORDS: text::Days = text::Days(domain::report::Dates::Words);

const POINT: Numbers = Numbers { comma: false };
const COMMA: Numbers = Numbers { comma: true };

#[test]
fn numbers_are_grouped_and_signed() {
    assert_eq!(POINT.fixed(dec("1234567.895"), 2), "1\u{202f}234\u{202f}567.90");
    assert_eq!(COMMA.fixed(dec("-1234.5"), 2), "\u{2212}1\u{202f}234,50");
    assert_eq!(POINT.fixed(dec("-0.004"), 2), "0.00");
    assert_eq!(POINT.fixed(dec("999.5"), 0), "1\u{202f}000");
    assert_eq!(
        POINT.fixed(dec("79228162514264337593543950335"), 0).chars().filter(char::is_ascii_digit).count(),
        29
    );
    assert_eq!(POINT.known(None, 2), "–");
    assert_eq!(POINT.with_unit(None, 2, "kWh"), "–");
}

#[test]
fn nearly_everything_is_not_everything() {
    assert_eq!(POINT.percent(dec("1")), "100\u{a0}%");
    assert_eq!(POINT.percent(dec("0.99999")), "99.9\u{a0}%");
    assert_eq!(COMMA.percent(dec("0")), "0\u{a0}%");
    assert_eq!(COMMA.percent(dec("0.0003")), "0,0\u{a0}%");
    assert_eq!(COMMA.rate(dec("0.1250")), "12,5\u{a0}%");
}

#[test]
fn decimals_follow_the_size() {
    for (value, decimals) in [("-1000", 0), ("999", 1), ("10", 2), ("0.2", 3)] {
        assert_eq!(text::decimals([dec(value), dec("0.1")]), decimals);
    }
}

#[test]
fn ranges_name_their_last_day() {
    assert_eq!(WORDS.range(day(7, 1), day(8, 1)), "1 July 2026 – 31 July 2026");
    assert_eq!(WORDS.range(day(7, 1), day(7, 2)), "1 July 2026");
    assert_eq!(WORDS.range(day(7, 1), day(7, 1)), "1 July 2026");
}

#[test]
fn money_is_known_where_every_part_is() {
    let mut report = july();
    let parts = report.metrics[..3].iter().filter_map(|metric| metric.cost_savings);
    assert_eq!(money(&report).savings, Some(parts.sum()));
    report.metrics[1].cost_savings = None;
    assert_eq!(money(&report).savings, None);
    assert!(money(&report).keep.is_some());
    assert_eq!(money(&empty()).keep, None);
}
