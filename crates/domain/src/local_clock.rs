//! A facility's clock over a stretch of time, small enough to travel with a page: the browser shows the facility's
//! time without a time-zone table of its own.

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone, Utc};
use chrono_tz::{OffsetName, Tz};
use serde::{Deserialize, Serialize};

/// The clock from one change to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// First instant.
    pub from: DateTime<Utc>,
    /// Seconds east of UTC.
    pub offset_s: i32,
    /// What people call it, e.g. `MST`; may be an offset where the zone has no name.
    pub name: String,
}

/// What the clock of a zone showed at every instant between two.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalClock {
    /// IANA name of the zone.
    pub zone: String,
    /// Its steps in ascending time; never empty. The first also serves all time before.
    pub steps: Vec<Step>,
}

impl LocalClock {
    /// The clock of `zone` from `from` to `to`.
    pub fn new(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        let mut steps = vec![step(zone, from)];
        let mut at = from;
        // No zone changes its clock twice within twelve hours.
        while at < to {
            let next = at + TimeDelta::hours(12);
            if offset(zone, next) != offset(zone, at) {
                steps.push(step(zone, change(zone, at, next)));
            }
            at = next;
        }
        Self { zone: zone.name().to_owned(), steps }
    }

    /// The clock of a zone by its IANA name; UTC where there is no such zone.
    pub fn by_name(zone: &str, from: DateTime<Utc>, to: DateTime<Utc>) -> Self {
        Self::new(zone.parse().unwrap_or(Tz::UTC), from, to)
    }

    fn step_at(&self, at: DateTime<Utc>) -> Option<&Step> {
        self.steps.iter().rev().find(|s| s.from <= at).or(self.steps.first())
    }

    /// What the clock showed.
    pub fn local(&self, at: DateTime<Utc>) -> NaiveDateTime {
        at.naive_utc() + TimeDelta::seconds(i64::from(self.offset_s(at)))
    }

    /// Seconds east of UTC at an instant.
    pub fn offset_s(&self, at: DateTime<Utc>) -> i32 {
        self.step_at(at).map_or(0, |s| s.offset_s)
    }

    /// What the clock was called.
    pub fn name(&self, at: DateTime<Utc>) -> &str {
        self.step_at(at).map_or("UTC", |s| &s.name)
    }
}

fn offset(zone: Tz, at: DateTime<Utc>) -> i32 {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

fn step(zone: Tz, at: DateTime<Utc>) -> Step {
    let found = zone.offset_from_utc_datetime(&at.naive_utc());
    let offset_s = found.fix().local_minus_utc();
    let name = found.abbreviation().map_or_else(|| found.fix().to_string(), str::to_owned);
    Step { from: at, offset_s, name }
}

/// The first second at which the offset is that of `to`.
fn change(zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> DateTime<Utc> {
    let (mut before, mut after) = (from.timestamp(), to.timestamp());
    let wanted = offset(zone, to);
    let at = |s: i64| DateTime::from_timestamp(s, 0).unwrap_or(to);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if offset(zone, at(middle)) == wanted { after = middle } else { before = middle }
    }
    at(after)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn a_year_has_two_changes_at_the_right_second() {
        let clock =
            LocalClock::by_name("America/Denver", at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"));
        let froms: Vec<_> = clock.steps[1..].iter().map(|s| s.from).collect();
        assert_eq!(froms, [at("2026-03-08T09:00:00Z"), at("2026-11-01T08:00:00Z")]);
        assert_eq!(clock.name(at("2026-07-01T00:00:00Z")), "MDT");
    }

    #[test]
    fn it_agrees_with_the_zone_throughout() {
        for zone in [Tz::America__Denver, Tz::Australia__Lord_Howe, Tz::Asia__Kolkata, Tz::UTC] {
            let (from, to) = (at("2025-12-31T13:17:00Z"), at("2026-12-31T00:00:00Z"));
            let clock = LocalClock::new(zone, from, to);
            let mut t = from;
            while t < to {
                assert_eq!(clock.local(t), t.with_timezone(&zone).naive_local(), "{zone} {t}");
                t += TimeDelta::minutes(37);
            }
        }
    }

    #[test]
    fn an_unknown_zone_is_utc() {
        let clock =
            LocalClock::by_name("Mars/Olympus", at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"));
        assert_eq!((clock.zone.as_str(), clock.steps.len()), ("UTC", 1));
    }
}
