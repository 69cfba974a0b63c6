//! The time range of a page or an export, as its URL says it, and the width of the intervals shown in it.

use crate::local_time::{day_of, day_start};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, TimeDelta, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::fmt;

/// At most this many intervals in one series.
pub const MAX_INTERVALS: i64 = 2_000;

/// Width of the intervals of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// 5 minutes.
    FiveMinutes,
    /// 15 minutes.
    QuarterHour,
    /// 1 hour.
    Hour,
    /// A local day: 23, 24 or 25 hours.
    Day,
}

impl Granularity {
    /// Every width, narrowest first.
    pub const ALL: [Self; 4] = [Self::FiveMinutes, Self::QuarterHour, Self::Hour, Self::Day];

    /// The name used in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FiveMinutes => "5m",
            Self::QuarterHour => "15m",
            Self::Hour => "1h",
            Self::Day => "1d",
        }
    }

    /// The width with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|g| g.as_str() == name)
    }

    /// Nominal length, s; a day may be an hour shorter or longer.
    pub fn seconds(self) -> i64 {
        match self {
            Self::FiveMinutes => 300,
            Self::QuarterHour => 900,
            Self::Hour => 3_600,
            Self::Day => 86_400,
        }
    }

    /// The width that suits a span: 5 minutes up to 6 h, 15 minutes up to 3 days, hours up to 31 days, then days.
    pub fn for_span(span: TimeDelta) -> Self {
        // A day of 25 hours in the span does not make it longer on the calendar.
        let hour = TimeDelta::hours(1);
        if span <= TimeDelta::hours(6) {
            Self::FiveMinutes
        } else if span <= TimeDelta::days(3) + hour {
            Self::QuarterHour
        } else if span <= TimeDelta::days(31) + hour {
            Self::Hour
        } else {
            Self::Day
        }
    }

    /// The start of the interval that holds `at`.
    pub fn floor(self, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
        if self == Self::Day {
            return day_start(zone, day_of(zone, at));
        }
        at - TimeDelta::milliseconds(at.timestamp_millis().rem_euclid(self.seconds() * 1_000))
            - TimeDelta::nanoseconds(i64::from(at.timestamp_subsec_nanos() % 1_000_000))
    }

    /// The end of the interval that begins at `start`.
    pub fn next(self, zone: Tz, start: DateTime<Utc>) -> DateTime<Utc> {
        match self {
            Self::Day => day_start(zone, day_of(zone, start) + Days::new(1)),
            _ => start + TimeDelta::seconds(self.seconds()),
        }
    }

    /// The start of the first interval that begins at or after `at`.
    pub fn ceil(self, zone: Tz, at: DateTime<Utc>) -> DateTime<Utc> {
        let floor = self.floor(zone, at);
        if floor == at { at } else { self.next(zone, floor) }
    }
}

/// A range as a person asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Range {
    /// The last so many hours, to now.
    Hours(u32),
    /// From local midnight to now.
    Today,
    /// The last so many local days, today included.
    LastDays(u32),
    /// The last so many months, to now.
    LastMonths(u32),
    /// A calendar month of the facility.
    Month {
        /// Year, CE.
        year: i32,
        /// 1 to 12.
        month: u32,
    },
    /// Whole local days, both included.
    Days {
        /// First day.
        from: NaiveDate,
        /// Last day.
        to: NaiveDate,
    },
    /// Half-open, between two instants.
    Instants {
        /// Included.
        from: DateTime<Utc>,
        /// Not included.
        to: DateTime<Utc>,
    },
}

/// Why a range is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// It is none of the known forms.
    #[error(
        "“{0}” is not a range: use 1h, today, 24h, 7d, 30d, 12mo, 2026-10, or two dates as 2026-10-01..2026-10-31"
    )]
    Unknown(String),
    /// It ends before it begins.
    #[error("the range ends before it begins")]
    Backwards,
    /// It holds more intervals than one series carries.
    #[error("this range has more than {MAX_INTERVALS} intervals of {}; choose a wider interval or a shorter range", .0.as_str())]
    TooLong(Granularity),
}

/// A range with its instants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// First instant, on an interval boundary.
    pub start: DateTime<Utc>,
    /// First instant after, on an interval boundary.
    pub end: DateTime<Utc>,
    /// Width of the intervals.
    pub granularity: Granularity,
}

impl Range {
    /// The presets of the range bar, with their labels.
    pub const PRESETS: [(Self, &'static str); 6] = [
        (Self::Hours(1), "1 h"),
        (Self::Today, "Today"),
        (Self::Hours(24), "24 h"),
        (Self::LastDays(7), "7 d"),
        (Self::LastDays(30), "30 d"),
        (Self::LastMonths(12), "12 mo"),
    ];

    /// Reads the form used in URLs.
    pub fn parse(text: &str) -> Result<Self, RangeError> {
        let text = text.trim();
        let unknown = || RangeError::Unknown(text.chars().take(60).collect());
        let range = Self::parse_any(text, unknown)?;
        // Arithmetic at the ends of the calendar overflows, and no meter reads there.
        let known = |year: i32| (1970..=2200).contains(&year);
        let plausible = match range {
            Self::Month { year, .. } => known(year),
            Self::Days { from, to } => known(from.year()) && known(to.year()),
            Self::Instants { from, to } => known(from.year()) && known(to.year()),
            _ => true,
        };
        if plausible { Ok(range) } else { Err(unknown()) }
    }

    fn parse_any(text: &str, unknown: impl Fn() -> RangeError) -> Result<Self, RangeError> {
        if text == "today" {
            return Ok(Self::Today);
        }
        if let Some((from, to)) = text.split_once("..") {
            return between(from, to).ok_or_else(&unknown)?;
        }
        for (suffix, most, make) in [
            ("mo", 60, Self::LastMonths as fn(u32) -> Self),
            ("h", 24 * 366, Self::Hours),
            ("d", 1_900, Self::LastDays),
        ] {
            if let Some(count) = text.strip_suffix(suffix) {
                let count = count.parse().ok().filter(|n| (1..=most).contains(n)).ok_or_else(&unknown)?;
                return Ok(make(count));
            }
        }
        if let Ok(day) = text.parse::<NaiveDate>() {
            return Ok(Self::Days { from: day, to: day });
        }
        let first = format!("{text}-01").parse::<NaiveDate>().map_err(|_| unknown())?;
        Ok(Self::Month { year: first.year(), month: first.month() })
    }

    /// The instants of the range as seen at `now`, rounded outwards to whole intervals. The width is the one asked
    /// for, or the one that suits the span.
    pub fn window(
        self,
        zone: Tz,
        now: DateTime<Utc>,
        granularity: Option<Granularity>,
    ) -> Result<Window, RangeError> {
        let (start, end) = self.instants(zone, now);
        let span = if self == Self::Today { TimeDelta::days(1) } else { end - start };
        let granularity = granularity.unwrap_or_else(|| Granularity::for_span(span));
        let (start, end) = (granularity.floor(zone, start), granularity.ceil(zone, end));
        if start >= end {
            return Err(RangeError::Backwards);
        }
        if (end - start).num_seconds() / granularity.seconds() > MAX_INTERVALS {
            return Err(RangeError::TooLong(granularity));
        }
        Ok(Window { start, end, granularity })
    }

    fn instants(self, zone: Tz, now: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        let today = day_of(zone, now);
        match self {
            Self::Hours(n) => (now - TimeDelta::hours(i64::from(n)), now),
            Self::Today => (day_start(zone, today), now),
            Self::LastDays(n) => (day_start(zone, today - Days::new(u64::from(n.max(1) - 1))), now),
            Self::LastMonths(n) => (day_start(zone, today - Months::new(n)), now),
            Self::Month { year, month } => {
                let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap_or(today);
                (day_start(zone, first), day_start(zone, first + Months::new(1)))
            }
            Self::Days { from, to } => (day_start(zone, from), day_start(zone, to + Days::new(1))),
            Self::Instants { from, to } => (from, to),
        }
    }
}

/// Two dates (both included) or two instants (half-open); none if it is neither.
fn between(from: &str, to: &str) -> Option<Result<Range, RangeError>> {
    if let (Ok(from), Ok(to)) = (from.parse::<NaiveDate>(), to.parse::<NaiveDate>()) {
        return Some(if from <= to { Ok(Range::Days { from, to }) } else { Err(RangeError::Backwards) });
    }
    let (from, to) = (from.parse::<DateTime<Utc>>().ok()?, to.parse::<DateTime<Utc>>().ok()?);
    Some(if from < to { Ok(Range::Instants { from, to }) } else { Err(RangeError::Backwards) })
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Hours(n) => write!(f, "{n}h"),
            Self::Today => f.write_str("today"),
            Self::LastDays(n) => write!(f, "{n}d"),
            Self::LastMonths(n) => write!(f, "{n}mo"),
            Self::Month { year, month } => write!(f, "{year:04}-{month:02}"),
            Self::Days { from, to } => write!(f, "{from}..{to}"),
            Self::Instants { from, to } => {
                let text = |at: &DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
                write!(f, "{}..{}", text(from), text(to))
            }
        }
    }
}

impl From<Range> for String {
    fn from(range: Range) -> Self {
        range.to_string()
    }
}

impl TryFrom<String> for Range {
    type Error = RangeError;
    fn try_from(text: String) -> Result<Self, RangeError> {
        Self::parse(&text)
    }
}

#[cfg(test)]
mod tests;
