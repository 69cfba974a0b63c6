//! ISO 8601 dates and times as files have them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta};

/// A start as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// The clock it was written by.
    pub(crate) local: NaiveDateTime,
    /// Offset from UTC where one was written, seconds east.
    pub(crate) offset_s: Option<i32>,
}

impl Start {
    /// What rows are ordered and told apart by: the instant where an offset is written.
    pub(crate) fn order(&self) -> NaiveDateTime {
        self.local - TimeDelta::seconds(i64::from(self.offset_s.unwrap_or(0)))
    }
}

/// `2026-01-31`, `2026-01-31T06:00`, with seconds, with `Z` or an offset; a blank may stand for the T.
pub(crate) fn parse(text: &str) -> Option<Start> {
    if let Ok(date) = text.parse::<NaiveDate>() {
        return Some(Start { local: date.and_time(NaiveTime::MIN), offset_s: None });
    }
    let text = text.replacen(' ', "T", 1);
    for format in ["%Y-%m-%dT%H:%M:%S%.f%#z", "%Y-%m-%dT%H:%M%#z"] {
        let zulu = text.replace(['Z', 'z'], "+00:00");
        if let Ok(time) = DateTime::parse_from_str(&zulu, format) {
            return Some(Start {
                local: time.naive_local(),
                offset_s: Some(time.offset().local_minus_utc()),
            });
        }
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok())
        .map(|local| Start { local, offset_s: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_times_are_read_as_written() {
        let local = |text: &str| parse(text).map(|s| s.local.to_string());
        assert_eq!(local("2026-01-31").as_deref(), Some("2026-01-31 00:00:00"));
        assert_eq!(local("2026-01-31 06:00:00+00:00").as_deref(), Some("2026-01-31 06:00:00"));
        assert_eq!(parse("2026-01-31T06:00-07:00").unwrap().order().to_string(), "2026-01-31 13:00:00");
        assert_eq!(parse("2026-01-31T06:00Z").unwrap().offset_s, Some(0));
        for wrong in ["", "31.01.2026", "2026-02-30", "2026-01-31T25:00", "soon"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }
}
