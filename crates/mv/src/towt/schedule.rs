//! Hours of light.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime, Timelike};

/// A photoperiod and the first day it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Photoperiod {
    /// First day.
    pub from: NaiveDate,
    /// When lights go on, local time.
    pub on: NaiveTime,
    /// When they go off; before `on` means the next day, the same time means never off.
    pub off: NaiveTime,
}

/// Photoperiods in order of their first day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// The photoperiods.
    pub photoperiods: Vec<Photoperiod>,
}

impl Schedule {
    /// Share of the hour from `start` with light; none before the first photoperiod.
    pub fn light(&self, start: NaiveDateTime) -> Option<f64> {
        let valid = self.photoperiods.iter().rev().find(|p| p.from <= start.date())?;
        let minute = |time: NaiveTime| f64::from(time.num_seconds_from_midnight()) / 60.0;
        let (begin, on, off) = (minute(start.time()), minute(valid.on), minute(valid.off));
        let off = if off <= on { off + 1440.0 } else { off };
        let overlap = |on: f64, off: f64| (off.min(begin + 60.0) - on.max(begin)).max(0.0);
        let lit = overlap(on - 1440.0, off - 1440.0) + overlap(on, off) + overlap(on + 1440.0, off + 1440.0);
        Some(lit / 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn light_may_span_midnight_and_begin_within_an_hour() {
        let time = |text: &str| text.parse::<NaiveTime>().unwrap();
        let from = "2026-01-02".parse().unwrap();
        let schedule = Schedule {
            photoperiods: vec![Photoperiod { from, on: time("18:30:00"), off: time("06:00:00") }],
        };
        let light = |text: &str| schedule.light(text.parse().unwrap());
        assert_eq!(light("2026-01-02T18:00:00"), Some(0.5));
        assert_eq!(light("2026-01-02T23:00:00"), Some(1.0));
        assert_eq!(light("2026-01-03T05:00:00"), Some(1.0));
        assert_eq!(light("2026-01-03T06:00:00"), Some(0.0));
        assert_eq!(light("2026-01-01T23:00:00"), None);
    }
}
