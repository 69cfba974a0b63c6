//! Local days of a facility: 24 hours, but 23 and 25 where summer time begins and ends.

/// Days since 1970-01-01 of a civil date (proleptic Gregorian; months and days from 1).
pub(crate) fn day_number(year: i32, month: i32, day: i32) -> i32 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// Year, month and day of a day number.
pub(crate) fn civil(day: i32) -> (i32, i32, i32) {
    let shifted = day + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * of_year + 2) / 153;
    let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
    (year_of_era + era * 400 + i32::from(month <= 2), month, of_year - (153 * shifted_month + 2) / 5 + 1)
}

/// ISO 8601 date.
pub(crate) fn iso(day: i32) -> String {
    let (year, month, day) = civil(day);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Day of the year from 0.
pub(crate) fn day_of_year(day: i32) -> i32 {
    day - day_number(civil(day).0, 1, 1)
}

/// Monday to Friday.
pub(crate) fn is_workday(day: i32) -> bool {
    // 1970-01-01 was a Thursday.
    (day + 3).rem_euclid(7) < 5
}

/// A time zone: hours east of UTC in winter, and whose rule for summer time.
#[derive(Clone, Copy)]
pub(crate) struct Zone {
    pub(crate) winter_offset: i32,
    pub(crate) rule: SummerTime,
}

#[derive(Clone, Copy)]
pub(crate) enum SummerTime {
    /// Second Sunday of March to the first of November.
    America,
    /// Last Sunday of March to the last of October.
    Europe,
    /// As in Arizona.
    Never,
}

impl Zone {
    /// Whether summer time holds at midnight, the beginning of `day`.
    fn is_summer(self, day: i32) -> bool {
        let year = civil(day).0;
        let sunday_from = |month, first| {
            let earliest = day_number(year, month, first);
            earliest + (3 - earliest).rem_euclid(7)
        };
        match self.rule {
            SummerTime::America => day > sunday_from(3, 8) && day <= sunday_from(11, 1),
            SummerTime::Europe => day > sunday_from(3, 25) && day <= sunday_from(10, 25),
            SummerTime::Never => false,
        }
    }

    /// Hours since 1970-01-01 UTC at which the local day begins.
    pub(crate) fn first_hour(self, day: i32) -> i32 {
        24 * day - self.winter_offset - i32::from(self.is_summer(day))
    }

    /// Hours that the local day has.
    pub(crate) fn hours(self, day: i32) -> i32 {
        self.first_hour(day + 1) - self.first_hour(day)
    }

    /// What the clock on the wall shows `elapsed` hours into the day; clocks move at two in the night.
    pub(crate) fn wall_clock(self, day: i32, elapsed: f64) -> f64 {
        let moved = f64::from(24 - self.hours(day));
        if elapsed >= 2.0 { elapsed + moved } else { elapsed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        assert_eq!(day_number(1970, 1, 1), 0);
        assert_eq!(day_number(2024, 2, 29), 19_782);
        for day in 18_000..21_000 {
            let (year, month, of_month) = civil(day);
            assert_eq!(day_number(year, month, of_month), day);
        }
        assert_eq!(iso(19_782), "2024-02-29");
        assert!(!is_workday(day_number(2024, 3, 10)) && is_workday(day_number(2024, 3, 11)));
    }

    #[test]
    fn summer_time_shortens_one_day_and_lengthens_another() {
        let denver = Zone { winter_offset: -7, rule: SummerTime::America };
        let berlin = Zone { winter_offset: 1, rule: SummerTime::Europe };
        assert_eq!(denver.hours(day_number(2024, 3, 10)), 23);
        assert_eq!(denver.hours(day_number(2024, 11, 3)), 25);
        assert_eq!(berlin.hours(day_number(2024, 3, 31)), 23);
        assert_eq!(berlin.hours(day_number(2024, 10, 27)), 25);
        assert_eq!((0..366).map(|d| denver.hours(day_number(2024, 1, 1) + d)).sum::<i32>(), 366 * 24);
        assert_eq!(denver.wall_clock(day_number(2024, 3, 10), 2.0), 3.0);
    }
}
