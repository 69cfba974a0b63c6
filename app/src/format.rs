//! Figures and times for people. Server and browser run the same code on the same values, so what the server wrote
//! is what hydration expects; no function here looks at a clock, a locale or a time-zone table.

use chrono::{DateTime, Datelike, NaiveDateTime, TimeDelta, Timelike, Utc};
use domain::point::Metric;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

/// What stands where a value is missing.
pub const MISSING: &str = "–";

/// A figure with its unit, ready to be set in two type sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Digits, grouped, with a true minus.
    pub value: String,
    /// Unit symbol.
    pub unit: &'static str,
}

impl Figure {
    /// The figure as running text, joined by a no-break space.
    pub fn text(&self) -> String {
        if self.unit.is_empty() { self.value.clone() } else { format!("{}\u{a0}{}", self.value, self.unit) }
    }
}

/// A number with so many decimals, thousands grouped by commas, minus as U+2212, and never “-0”.
pub fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return MISSING.to_owned();
    }
    let plain = format!("{:.decimals$}", value.abs());
    let negative = value < 0.0 && plain.bytes().any(|b| (b'1'..=b'9').contains(&b));
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let mut out = String::with_capacity(plain.len() + 4);
    if negative {
        out.push('\u{2212}');
    }
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// A whole number, grouped.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
pub fn count(value: i64) -> String {
    number(value as f64, 0)
}

/// “1 meter”, “2 meters”.
pub fn counted(value: usize, one: &str, many: &str) -> String {
    let n = count(i64::try_from(value).unwrap_or(i64::MAX));
    format!("{n} {}", if value == 1 { one } else { many })
}

/// A decimal as a float, for drawing and display only.
pub fn float(value: Decimal) -> f64 {
    value.to_f64().unwrap_or(f64::NAN)
}

/// Power given in W, in kW with as many decimals as its size deserves.
pub fn power(watts: f64) -> Figure {
    let kw = watts / 1_000.0;
    Figure { value: number(kw, if kw.abs() < 100.0 { 1 } else { 0 }), unit: "kW" }
}

/// Energy given in Wh, in kWh.
pub fn energy(watt_hours: f64) -> Figure {
    let kwh = watt_hours / 1_000.0;
    Figure { value: number(kwh, if kwh.abs() < 100.0 { 1 } else { 0 }), unit: "kWh" }
}

/// A share between 0 and 1 as a percentage with one decimal; 100 % only when nothing is missing.
pub fn percent(share: f64) -> String {
    let shown = if share < 1.0 { (share * 100.0).min(99.9) } else { 100.0 };
    format!("{}\u{a0}%", number(shown, if shown >= 100.0 { 0 } else { 1 }))
}

/// Factor and unit in which a metric is shown, and the decimals of a single value.
pub fn display_unit(metric: Metric) -> (f64, &'static str, usize) {
    match metric {
        Metric::Energy | Metric::Gas => (0.001, "kWh", 1),
        Metric::Power => (0.001, "kW", 1),
        Metric::Temperature
        | Metric::OutdoorTemperature
        | Metric::RelativeHumidity
        | Metric::SubstrateMoisture => (1.0, metric.unit(), 1),
        Metric::Co2 | Metric::Ppfd | Metric::Water | Metric::HarvestWeight | Metric::OutdoorIrradiance => {
            (1.0, metric.unit(), 0)
        }
    }
}

/// A value of a metric in the unit people read it in.
pub fn reading(metric: Metric, value: f64) -> Figure {
    match metric {
        Metric::Energy | Metric::Gas => energy(value),
        Metric::Power => power(value),
        _ => {
            let (factor, unit, decimals) = display_unit(metric);
            Figure { value: number(value * factor, decimals), unit }
        }
    }
}

/// How long ago, in the largest unit that says it.
pub fn age(seconds: i64) -> String {
    match seconds {
        ..1 => "just now".to_owned(),
        1..60 => format!("{seconds} s ago"),
        60..3_600 => format!("{} min ago", seconds / 60),
        3_600..172_800 => format!("{} h ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// A length of time in its two largest units.
pub fn duration(seconds: i64) -> String {
    let (days, hours, minutes) = (seconds / 86_400, seconds % 86_400 / 3_600, seconds % 3_600 / 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{} s", seconds.max(0)),
        (0, 0, m) => format!("{m} min"),
        (0, h, 0) => format!("{h} h"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, 0, _) => format!("{d} d"),
        (d, h, _) => format!("{d} d {h} h"),
    }
}

/// The facility's clock reading at an instant, `offset_s` seconds east of UTC as the server found it.
pub fn local(at: DateTime<Utc>, offset_s: i32) -> NaiveDateTime {
    at.naive_utc() + TimeDelta::seconds(i64::from(offset_s))
}

/// `14:05`.
pub fn clock(at: NaiveDateTime) -> String {
    format!("{:02}:{:02}", at.hour(), at.minute())
}

/// `2026-11-23`.
pub fn day(at: NaiveDateTime) -> String {
    format!("{:04}-{:02}-{:02}", at.year(), at.month(), at.day())
}

/// `2026-11-23 14:05`.
pub fn stamp(at: NaiveDateTime) -> String {
    format!("{} {}", day(at), clock(at))
}

/// `Mon 23 Nov`.
pub fn weekday(at: NaiveDateTime) -> String {
    format!("{} {} {}", at.weekday(), at.day(), month(at))
}

/// `Nov`.
pub fn month(at: NaiveDateTime) -> &'static str {
    const NAMES: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    NAMES.get(at.month0() as usize).copied().unwrap_or_default()
}

/// `UTC−07:00`.
pub fn offset(offset_s: i32) -> String {
    let sign = if offset_s < 0 { '\u{2212}' } else { '+' };
    let minutes = offset_s.unsigned_abs() / 60;
    format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}

/// An instant without a facility, in UTC and saying so.
pub fn utc(at: DateTime<Utc>) -> String {
    format!("{} UTC", stamp(at.naive_utc()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_have_a_true_minus() {
        assert_eq!(number(1_234_567.891, 2), "1,234,567.89");
        assert_eq!(number(-12_480.0, 0), "\u{2212}12,480");
        assert_eq!(number(-0.04, 1), "0.0");
        assert_eq!(number(999.5, 0), "1,000");
        assert_eq!(number(f64::NAN, 1), MISSING);
    }

    #[test]
    fn only_a_full_share_reads_as_100_percent() {
        assert_eq!(percent(1.0), "100\u{a0}%");
        assert_eq!(percent(0.99999), "99.9\u{a0}%");
        assert_eq!(percent(0.974), "97.4\u{a0}%");
    }

    #[test]
    fn readings_are_shown_in_peoples_units() {
        assert_eq!(reading(Metric::Power, 183_420.0).text(), "183\u{a0}kW");
        assert_eq!(reading(Metric::Energy, 5_432.0).text(), "5.4\u{a0}kWh");
        assert_eq!(reading(Metric::Temperature, 24.26).text(), "24.3\u{a0}°C");
        assert_eq!(reading(Metric::Co2, 1_012.4).text(), "1,012\u{a0}ppm");
    }

    #[test]
    fn ages_and_durations_use_the_largest_units() {
        assert_eq!(
            [age(0), age(59), age(60), age(7_200), age(400_000)],
            ["just now", "59 s ago", "1 min ago", "2 h ago", "4 days ago"]
        );
        assert_eq!([duration(45), duration(5_400), duration(90_000)], ["45 s", "1 h 30 min", "1 d 1 h"]);
    }

    #[test]
    fn local_times_follow_the_offset() {
        let at = "2026-11-01T07:30:00Z".parse().unwrap();
        assert_eq!(stamp(local(at, -6 * 3_600)), "2026-11-01 01:30");
        assert_eq!(weekday(local(at, -7 * 3_600)), "Sun 1 Nov");
        assert_eq!(offset(-23_400), "UTC\u{2212}06:30");
    }
}
