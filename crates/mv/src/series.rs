//! Readings as they come, at any step from a minute to a day, and their local days.

use std::collections::BTreeMap;

use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use crate::reading::{Day, Fuel};

/// Longest gap in a temperature record that is bridged by a straight line, hours (CalTRACK 2.3.3).
const TEMPERATURE_GAP_MAX_H: i64 = 6;
/// Share of a day's readings that makes the day valid (CalTRACK 2.2.2.1, 2.2.2.3); more than, not at least.
const DAY_COVERAGE: f64 = 0.5;

/// Which side of the measure a reading is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Period {
    /// Before: the model is fitted to it.
    Baseline,
    /// After: savings are counted in it.
    Reporting,
}

/// One row of meter, weather and drivers.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// Start of the interval by the local clock.
    pub start: NaiveDateTime,
    /// Which period it belongs to.
    pub period: Period,
    /// Energy used in the interval, meter units.
    pub usage: Option<f64>,
    /// Outdoor temperature, °F.
    pub temperature_f: Option<f64>,
    /// One value per driver of the series.
    pub drivers: Vec<Option<f64>>,
}

/// Readings in order of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Names of the drivers.
    pub drivers: Vec<String>,
    /// The rows, ascending.
    pub rows: Vec<Reading>,
}

/// A local day with its drivers.
#[derive(Clone, Debug, PartialEq)]
pub struct DriverDay {
    /// Meter and weather.
    pub day: Day,
    /// Which period it belongs to: that of its first reading.
    pub period: Period,
    /// Mean of each driver over the day.
    pub drivers: Vec<Option<f64>>,
}

impl Series {
    /// Usual distance between rows, minutes: the median, a day for fewer than two rows.
    pub fn step_minutes(&self) -> i64 {
        let mut steps: Vec<i64> = self
            .rows
            .windows(2)
            .map(|w| (w[1].start - w[0].start).num_minutes())
            .filter(|m| *m > 0)
            .collect();
        steps.sort_unstable();
        steps.get(steps.len() / 2).copied().unwrap_or(24 * 60)
    }

    /// Whether rows are days (or longer) already.
    pub fn is_daily(&self) -> bool {
        self.step_minutes() > 12 * 60
    }

    /// Local days that begin `start_hour` hours after midnight. Of finer readings a day's usage is the sum scaled up by
    /// its coverage when more than half is there; temperatures and drivers are means.
    pub fn days(&self, fuel: Fuel, start_hour: u32) -> Vec<DriverDay> {
        if self.is_daily() {
            return self.rows.iter().map(|row| as_day(row, fuel)).collect();
        }
        let bridged = bridge(&self.rows);
        let shift = TimeDelta::hours(i64::from(start_hour));
        let mut groups: BTreeMap<NaiveDate, Vec<(&Reading, Option<f64>)>> = BTreeMap::new();
        for (row, temperature) in self.rows.iter().zip(bridged) {
            groups.entry((row.start - shift).date()).or_default().push((row, temperature));
        }
        let expected = (24 * 60) as f64 / self.step_minutes() as f64;
        let hour = 60.0 / self.step_minutes() as f64;
        groups.into_iter().map(|(date, rows)| day(date, &rows, expected, hour, fuel)).collect()
    }
}

fn as_day(row: &Reading, fuel: Fuel) -> DriverDay {
    let usage = fuel.reading(row.usage);
    let day = Day { date: row.start.date(), usage, temperature_f: row.temperature_f };
    DriverDay { day, period: row.period, drivers: row.drivers.clone() }
}

fn day(date: NaiveDate, rows: &[(&Reading, Option<f64>)], expected: f64, hour: f64, fuel: Fuel) -> DriverDay {
    // A day with one hour less or more is a change of the clock, not a gap.
    let listed = rows.len() as f64;
    let expected = if listed >= expected - hour { listed } else { expected };
    let enough = |values: Vec<f64>| {
        let coverage = values.len() as f64 / expected;
        (coverage > DAY_COVERAGE).then(|| (crate::stats::sum(values.iter().copied()), values.len() as f64))
    };
    let usage = enough(rows.iter().filter_map(|(row, _)| row.usage).collect());
    let temperature = enough(rows.iter().filter_map(|(_, t)| *t).collect());
    let width = rows.first().map_or(0, |(row, _)| row.drivers.len());
    let drivers = (0..width)
        .map(|index| enough(rows.iter().filter_map(|(row, _)| row.drivers[index]).collect()))
        .map(|total| total.map(|(sum, count)| sum / count))
        .collect();
    let day = Day {
        date,
        usage: fuel
            .reading(usage.map(|(sum, count)| if count < expected { sum * expected / count } else { sum })),
        temperature_f: temperature.map(|(sum, count)| sum / count),
    };
    DriverDay { day, period: rows[0].0.period, drivers }
}

/// Temperatures with gaps of up to six hours bridged by a straight line.
pub fn bridge(rows: &[Reading]) -> Vec<Option<f64>> {
    let mut temperatures: Vec<Option<f64>> = rows.iter().map(|row| row.temperature_f).collect();
    let mut last: Option<(usize, f64)> = None;
    for index in 0..rows.len() {
        let Some(value) = rows[index].temperature_f else { continue };
        if let Some((from, before)) = last {
            let whole = (rows[index].start - rows[from].start).num_minutes();
            if index > from + 1 && whole <= TEMPERATURE_GAP_MAX_H * 60 {
                for gap in from + 1..index {
                    let part = (rows[gap].start - rows[from].start).num_minutes();
                    temperatures[gap] = Some(before + (value - before) * part as f64 / whole as f64);
                }
            }
        }
        last = Some((index, value));
    }
    temperatures
}

/// Hour of the week, 0 for Monday from midnight, to 167.
pub fn hour_of_week(at: NaiveDateTime) -> usize {
    use chrono::Datelike;
    (at.weekday().num_days_from_monday() * 24 + at.hour()) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(date: &str, usage: impl Fn(u32) -> Option<f64>) -> Vec<Reading> {
        let date: NaiveDate = date.parse().unwrap();
        (0..24)
            .map(|h| Reading {
                start: date.and_hms_opt(h, 0, 0).unwrap(),
                period: Period::Baseline,
                usage: usage(h),
                temperature_f: (h % 8 != 3).then(|| f64::from(h)),
                drivers: vec![Some(f64::from(h))],
            })
            .collect()
    }

    #[test]
    fn a_day_with_more_than_half_its_hours_is_scaled_up() {
        let mut rows = hours("2026-01-05", |h| (h < 18).then_some(2.0));
        rows.extend(hours("2026-01-06", |h| (h < 12).then_some(2.0)));
        let series = Series { drivers: vec!["x".into()], rows };
        let days = series.days(Fuel::Electricity, 0);
        assert_eq!(days[0].day.usage, Some(48.0));
        assert_eq!(days[1].day.usage, None, "half is not more than half");
        assert_eq!(days[0].day.temperature_f, Some(11.5), "short gaps are bridged");
        assert_eq!(days[0].drivers, [Some(11.5)]);
        assert_eq!(hour_of_week(series.rows[25].start), 25);
    }

    #[test]
    fn the_day_of_the_spring_clock_change_is_whole() {
        let mut rows = hours("2026-03-29", |_| Some(1.0));
        rows.remove(2);
        let series = Series { drivers: Vec::new(), rows };
        assert_eq!(series.days(Fuel::Electricity, 0)[0].day.usage, Some(23.0));
    }
}
