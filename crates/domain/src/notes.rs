//! Notes on the timeline: what people want others to know about a day or a stretch of it.

use crate::id::NoteId;
use crate::local_time::{day_of, day_start, instant};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Longest text, characters.
pub const TEXT_MAX: usize = 2_000;
/// Longest reason for taking a note back, characters.
pub const REASON_MAX: usize = 500;
/// Longest stretch, days.
pub const DAYS_MAX: i64 = 366;

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// The instants within them, [start, end); none for whole days.
    pub instants: Option<(DateTime<Utc>, DateTime<Utc>)>,
}

/// Why something is no stretch, with the field that says so.
pub type Wrong = (&'static str, String);

impl Stretch {
    /// Whole local days, the last one included.
    ///
    /// # Errors
    /// Where it ends before it begins or is too long.
    pub fn days(from: NaiveDate, last: NaiveDate) -> Result<Self, Wrong> {
        let until = last.checked_add_days(Days::new(1)).unwrap_or(last);
        match (until - from).num_days() {
            ..=0 => Err(("last", "The last day comes before the first.".to_owned())),
            1..=DAYS_MAX => Ok(Self { from, until, instants: None }),
            _ => Err(("last", format!("A note is about at most {DAYS_MAX} days."))),
        }
    }

    /// From one local time to another on the same day; where the second is not after the first it is on the next day.
    /// Of times that occur twice it takes the longer stretch.
    ///
    /// # Errors
    /// Where both are the same instant.
    pub fn times(zone: Tz, day: NaiveDate, (from, to): (NaiveTime, NaiveTime)) -> Result<Self, Wrong> {
        let next = day.checked_add_days(Days::new(1)).unwrap_or(day);
        let start = instant(zone, day.and_time(from));
        let last = if to > from { day } else { next };
        let end = later(zone, last, to);
        if end <= start {
            return Err(("to_time", "The stretch ends when it begins.".to_owned()));
        }
        let until = if day_start(zone, last) < end { last } else { day };
        let until = until.checked_add_days(Days::new(1)).unwrap_or(until);
        Ok(Self { from: day_of(zone, start), until, instants: Some((start, end)) })
    }

    /// Whether a part of it is on these local days, [from, until).
    pub fn meets(&self, from: NaiveDate, until: NaiveDate) -> bool {
        self.from < until && from < self.until
    }
}

/// The latest instant of a local time.
fn later(zone: Tz, day: NaiveDate, time: NaiveTime) -> DateTime<Utc> {
    use chrono::TimeZone;
    let local = day.and_time(time);
    let found = zone.from_local_datetime(&local).latest();
    found.map_or_else(|| instant(zone, local), |at| at.with_timezone(&Utc))
}

/// Why a note does not count any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retracted {
    /// When it was taken back.
    pub at: DateTime<Utc>,
    /// By whom.
    pub by: String,
    /// Why.
    pub because: String,
}

/// A note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// Identifier.
    pub id: NoteId,
    /// The room's key in URLs and its name; none for the whole facility.
    pub room: Option<(String, String)>,
    /// What it is about.
    pub stretch: Stretch,
    /// What it says.
    pub text: String,
    /// Whether use was not what the baseline knows.
    pub affects_baseline: bool,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// By whom.
    pub created_by: String,
    /// Whether it was taken back, and why.
    pub retracted: Option<Retracted>,
}

/// Which notes are asked for; nothing asks for all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only those that touch this local day or a later one.
    pub from: Option<NaiveDate>,
    /// Only those that touch this local day or an earlier one.
    pub last: Option<NaiveDate>,
    /// Only those of this room, by its key in URLs.
    pub room: String,
    /// Only those with these words.
    pub words: String,
    /// Only those that say that they affect the baseline.
    pub affects: bool,
    /// Those that were taken back as well.
    pub retracted: bool,
}

/// The logbook of a facility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotesView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Keys and names of its rooms.
    pub rooms: Vec<(String, String)>,
    /// What was asked for.
    pub filter: Filter,
    /// Notes, the latest first.
    pub notes: Vec<Note>,
    /// Whether there are more than are shown.
    pub more: bool,
    /// Whether the reader may write notes.
    pub may_write: bool,
    /// Whether the reader may bring up non-routine events.
    pub may_bring_up: bool,
    /// Today at the facility.
    pub today: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn time(text: &str) -> NaiveTime {
        text.parse().unwrap()
    }

    #[test]
    fn days_include_the_last() {
        let two = Stretch::days(day("2026-03-07"), day("2026-03-08")).unwrap();
        assert_eq!((two.from, two.until, two.instants), (day("2026-03-07"), day("2026-03-09"), None));
        assert_eq!(Stretch::days(day("2026-03-07"), day("2026-03-06")).unwrap_err().0, "last");
        assert!(Stretch::days(day("2026-03-07"), day("2028-03-07")).is_err());
        assert!(two.meets(day("2026-03-08"), day("2026-03-09")));
        assert!(!two.meets(day("2026-03-09"), day("2026-03-10")));
    }

    #[test]
    fn times_are_local_and_may_pass_midnight() {
        let zone = Tz::America__Denver;
        let of = |day_text, from, to| Stretch::times(zone, day(day_text), (time(from), time(to))).unwrap();
        let noon = of("2026-03-10", "11:00:00", "13:30:00");
        let (start, end) = noon.instants.unwrap();
        assert_eq!(start.to_rfc3339(), "2026-03-10T17:00:00+00:00");
        assert_eq!((end - start).num_minutes(), 150);
        assert_eq!((noon.from, noon.until), (day("2026-03-10"), day("2026-03-11")));
        let night = of("2026-03-10", "22:00:00", "02:00:00");
        assert_eq!((night.from, night.until), (day("2026-03-10"), day("2026-03-12")));
        // Midnight itself is not of the next day.
        let evening = of("2026-03-10", "22:00:00", "00:00:00");
        assert_eq!(evening.until, day("2026-03-11"));
        // The hour that occurs twice is all of it; the one that is skipped moves forward.
        let (start, end) = of("2026-11-01", "01:00:00", "01:30:00").instants.unwrap();
        assert_eq!((end - start).num_minutes(), 90);
        let (start, end) = of("2026-03-08", "01:30:00", "02:30:00").instants.unwrap();
        assert_eq!((end - start).num_minutes(), 60);
    }
}
