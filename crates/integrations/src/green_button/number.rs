//! Numbers and times as they stand in ESPI elements.

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

/// ESPI numbers are 48-bit integers; some exporters write decimals. None for anything else, exponents included.
pub(super) fn int48(text: &str) -> Option<Decimal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |part: &str, most: usize| part.len() <= most && part.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !plain(whole, 15) || !plain(fraction, 6) {
        return None;
    }
    let value = Decimal::from_str_exact(text.strip_prefix('+').unwrap_or(text)).ok()?;
    // The lowest number of the schema stands for "nothing" in files that fill every element.
    let bound = Decimal::from(1_i64 << 47);
    (value > -bound && value < bound).then_some(value)
}

/// Seconds since the Unix epoch, a fraction cut off; `true` when there was one that is not zero.
pub(super) fn epoch(text: &str) -> Option<(i64, bool)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if whole.len() > 11 || fraction.len() > 12 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let seconds = whole.parse().ok()?;
    Some((seconds, fraction.bytes().any(|b| b != b'0')))
}

/// A time that a meter reading can have: 1990 to 2100.
pub(super) fn instant(seconds: i64) -> Option<DateTime<Utc>> {
    if !(631_152_000..4_102_444_800).contains(&seconds) {
        return None;
    }
    DateTime::from_timestamp(seconds, 0)
}

/// Atom's `updated`: RFC 3339; without a zone it is taken as UTC, since it only orders versions.
pub(super) fn updated(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc)).filter(|t| instant(t.timestamp()).is_some());
    }
    let naive: NaiveDateTime = text.parse().ok()?;
    Some(naive.and_utc()).filter(|t| instant(t.timestamp()).is_some())
}
