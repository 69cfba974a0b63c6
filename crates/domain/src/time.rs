//! Buckets of time: which one an instant falls in.

use crate::local_time::{day_of, day_start};
use crate::range::Granularity;
use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;

/// Start of the bucket that holds an instant, both ms since 1970. Buckets up to an hour are aligned in UTC, days in the
/// facility's zone.
pub fn bucket_start(granularity: Granularity, zone: Tz, t_ms: i64) -> i64 {
    let width = granularity.seconds() * 1000;
    match granularity {
        Granularity::Day => match DateTime::from_timestamp_millis(t_ms) {
            Some(at) => day_start(zone, day_of(zone, at)).timestamp_millis(),
            None => t_ms - t_ms.rem_euclid(width),
        },
        _ => t_ms - t_ms.rem_euclid(width),
    }
}

/// Start of the bucket after the one that starts at `start_ms`.
pub fn bucket_end(granularity: Granularity, zone: Tz, start_ms: i64) -> i64 {
    match granularity {
        // The middle of the next day, whether this one has 23, 24 or 25 hours.
        Granularity::Day => {
            bucket_start(granularity, zone, start_ms + TimeDelta::hours(36).num_milliseconds())
        }
        _ => start_ms + granularity.seconds() * 1000,
    }
}

/// Edges of every bucket that touches [from, to): the first starts at or before `from`, the last ends at or after `to`.
pub fn bucket_edges(granularity: Granularity, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> Vec<i64> {
    let mut edge = bucket_start(granularity, zone, from.timestamp_millis());
    let mut edges = vec![edge];
    while edge < to.timestamp_millis() {
        edge = bucket_end(granularity, zone, edge);
        edges.push(edge);
    }
    edges
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Days, NaiveDate};

    /// Every IANA zone, every local day from 2020 to 2035: the days follow each other without hole or overlap, start
    /// on a quarter hour, and hold the days' instants.
    #[test]
    fn local_days_add_up_in_every_zone() {
        let first = NaiveDate::from_ymd_opt(2020, 1, 1).unwrap();
        let last = NaiveDate::from_ymd_opt(2036, 1, 1).unwrap();
        let mut odd_days = 0;
        for zone in chrono_tz::TZ_VARIANTS {
            let (from, to) = (day_start(zone, first), day_start(zone, last));
            let edges = bucket_edges(Granularity::Day, zone, from, to);
            assert_eq!(
                (edges[0], edges[edges.len() - 1]),
                (from.timestamp_millis(), to.timestamp_millis()),
                "{zone}"
            );
            assert_eq!(edges.len() as i64, (last - first).num_days() + 1, "{zone}");
            for (index, edge) in edges.windows(2).enumerate() {
                assert_eq!(edge[0] % 900_000, 0, "{zone} {}", edge[0]);
                let quarters = (edge[1] - edge[0]) / 900_000;
                odd_days += usize::from(quarters != 96);
                // Casey has moved its clock by three hours.
                assert!((84..=108).contains(&quarters), "{zone}: {quarters} quarters");
                let day = first + Days::new(index as u64);
                let holds = |t: i64| day_of(zone, DateTime::from_timestamp_millis(t).unwrap()) == day;
                assert!(holds(edge[0]) && holds(edge[1] - 1), "{zone} {day}");
            }
        }
        assert!(odd_days > 1_000, "the zones do have changes: {odd_days}");
    }

    #[test]
    fn short_buckets_are_aligned_before_1970_too() {
        let start = |t| bucket_start(Granularity::FiveMinutes, Tz::UTC, t);
        assert_eq!((start(299_999), start(300_000), start(-1)), (0, 300_000, -300_000));
        assert_eq!(bucket_end(Granularity::Hour, Tz::UTC, 0), 3_600_000);
    }
}
