//! Cells: numbers and times as people write them.

use crate::names::names;
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;

names! {
    /// Order of day and month in dates that are not ISO.
    DateOrder {
        /// 31.01.2026, 31/01/2026.
        DayFirst = "day_first", "Day first (31/01/2026)";
        /// 1/31/2026.
        MonthFirst = "month_first", "Month first (01/31/2026)";
    }
}

/// A number with an optional sign, thousands separators, and a unit behind it.
///
/// # Errors
/// Says what a number looks like.
pub fn number(text: &str, decimal_comma: bool) -> Result<Decimal, String> {
    let wrong = || format!("“{text}” is not a number.");
    let trimmed =
        text.trim().trim_end_matches(|c: char| c.is_alphabetic() || matches!(c, '³' | '²' | '%' | '/'));
    let (decimal, thousands) = if decimal_comma { (',', '.') } else { ('.', ',') };
    let plain: String = trimmed
        .trim()
        .chars()
        .filter(|c| !c.is_whitespace() && *c != thousands && *c != '\'')
        .map(|c| match c {
            c if c == decimal => '.',
            '\u{2212}' => '-',
            c => c,
        })
        .collect();
    if plain.is_empty() {
        return Err(wrong());
    }
    plain.parse::<Decimal>().or_else(|_| Decimal::from_scientific(&plain)).map_err(|_| wrong())
}

/// A date, with a time of day where there is one, and an offset from UTC where it says one.
///
/// # Errors
/// Says which forms can be read.
pub fn stamp(text: &str, order: DateOrder) -> Result<(NaiveDateTime, Option<FixedOffset>), String> {
    let text = text.trim();
    if let Ok(exact) = DateTime::parse_from_rfc3339(&text.replacen(' ', "T", 1)) {
        return Ok((exact.naive_local(), Some(*exact.offset())));
    }
    let wrong =
        || format!("“{text}” is not a date such as 2026-01-31 14:00, 31.01.2026 14:00 or 1/31/2026 2:00 PM.");
    let (day, rest) = text.split_once(['T', ' ']).unwrap_or((text, ""));
    let day = date(day, order).ok_or_else(wrong)?;
    let rest = rest.trim();
    let time = if rest.is_empty() { NaiveTime::MIN } else { clock(rest).ok_or_else(wrong)? };
    Ok((day.and_time(time), None))
}

fn date(text: &str, order: DateOrder) -> Option<NaiveDate> {
    let parts: Vec<&str> = text.split(['-', '/', '.']).collect();
    let [a, b, c] = parts.as_slice() else { return None };
    let part = |text: &str| text.parse::<u32>().ok();
    if a.len() == 4 {
        return NaiveDate::from_ymd_opt(a.parse().ok()?, part(b)?, part(c)?);
    }
    let year: i32 = c.parse().ok()?;
    let year = if c.len() == 2 { 2000 + year } else { year };
    let (day, month) = if order == DateOrder::DayFirst { (a, b) } else { (b, a) };
    (c.len() == 2 || c.len() == 4).then(|| NaiveDate::from_ymd_opt(year, part(month)?, part(day)?)).flatten()
}

/// `14:00`, `14:00:00`, `2:00 PM`. 24:00 is not a time of that day and is refused.
pub(super) fn clock(text: &str) -> Option<NaiveTime> {
    let upper = text.trim().to_ascii_uppercase();
    let (digits, half) = match upper.strip_suffix("AM").or_else(|| upper.strip_suffix("A.M.")) {
        Some(digits) => (digits, Some(0)),
        None => match upper.strip_suffix("PM").or_else(|| upper.strip_suffix("P.M.")) {
            Some(digits) => (digits, Some(12)),
            None => (upper.as_str(), None),
        },
    };
    let mut parts =
        digits.trim().split(':').map(|part| part.split('.').next().unwrap_or(part).parse::<u32>());
    let hour = parts.next()?.ok()?;
    let minute = parts.next().map_or(Some(0), Result::ok)?;
    let second = parts.next().map_or(Some(0), Result::ok)?;
    let hour = match half {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + half,
        Some(_) => return None,
        None => hour,
    };
    NaiveTime::from_hms_opt(hour, minute, second)
}
