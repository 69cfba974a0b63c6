//! Civil time of a facility: days of 23, 24 or 25 hours, and the instants at which they begin.

use chrono::{DateTime, Days, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

/// The instant of a local time. Of a time that occurs twice, the first; a time that the clock skips moves forward
/// by what was skipped.
pub fn instant(zone: Tz, local: NaiveDateTime) -> DateTime<Utc> {
    if let Some(found) = zone.from_local_datetime(&local).earliest() {
        return found.with_timezone(&Utc);
    }
    // Inside a skipped hour, take the offset before the change. A local time read as UTC is off by up to 14 hours, so
    // going back 26 is before the change in every zone.
    let before = zone.offset_from_utc_datetime(&(local - TimeDelta::hours(26)));
    let offset = chrono::Offset::fix(&before);
    DateTime::from_naive_utc_and_offset(local - TimeDelta::seconds(i64::from(offset.local_minus_utc())), Utc)
}

/// The instant at which the local day begins.
pub fn day_start(zone: Tz, day: NaiveDate) -> DateTime<Utc> {
    instant(zone, day.and_time(chrono::NaiveTime::MIN))
}

/// The local day that holds an instant.
pub fn day_of(zone: Tz, at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&zone).date_naive()
}

/// Start and end of the local day: 23 to 25 hours apart.
pub fn day_bounds(zone: Tz, day: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    (day_start(zone, day), day_start(zone, day + Days::new(1)))
}

/// The latest time at or before `now` when the clock showed `minute` minutes after midnight.
pub fn latest_at_minute(zone: Tz, minute: u32, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = day_of(zone, now);
    let on = |day: NaiveDate| {
        let midnight = day.and_time(chrono::NaiveTime::MIN);
        instant(zone, midnight + TimeDelta::minutes(i64::from(minute)))
    };
    let latest = on(today);
    if latest <= now { latest } else { on(today - Days::new(1)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::America::{Denver, Havana};

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    fn hours(zone: Tz, d: NaiveDate) -> i64 {
        let (start, end) = day_bounds(zone, d);
        (end - start).num_hours()
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        assert_eq!(hours(Denver, day(2026, 3, 8)), 23);
        assert_eq!(hours(Denver, day(2026, 3, 9)), 24);
        assert_eq!(hours(Denver, day(2026, 11, 1)), 25);
    }

    /// Havana changes at midnight, so the day begins at 01:00.
    #[test]
    fn a_day_without_midnight_begins_at_its_first_instant() {
        let start = day_start(Havana, day(2026, 3, 8));
        assert_eq!(start.with_timezone(&Havana).to_rfc3339(), "2026-03-08T01:00:00-04:00");
        assert_eq!(hours(Havana, day(2026, 3, 8)), 23);
    }

    #[test]
    fn days_leave_no_hole() {
        let mut d = day(2026, 1, 1);
        while d < day(2027, 1, 1) {
            for zone in [Denver, Havana, chrono_tz::Australia::Lord_Howe, chrono_tz::UTC] {
                let (_, end) = day_bounds(zone, d);
                assert_eq!(end, day_start(zone, d + Days::new(1)));
                assert_eq!(day_of(zone, end), d + Days::new(1));
                assert_eq!(day_of(zone, end - TimeDelta::seconds(1)), d);
            }
            d = d + Days::new(1);
        }
    }

    #[test]
    fn lights_on_is_today_or_yesterday() {
        let now = "2026-07-01T12:00:00Z".parse().unwrap(); // 06:00 in Denver
        let at = |minute| latest_at_minute(Denver, minute, now).to_rfc3339();
        assert_eq!(at(6 * 60), "2026-07-01T12:00:00+00:00");
        assert_eq!(at(6 * 60 + 1), "2026-06-30T12:01:00+00:00");
        assert_eq!(at(0), "2026-07-01T06:00:00+00:00");
    }
}
