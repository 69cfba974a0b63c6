//! An export in stretches short enough to be held in memory, each read in a transaction of its own.

use crate::telemetry::Source;
use crate::telemetry::export::{INTERVALS, READINGS, times};
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::export::{Export, Rows};
use domain::local_clock::LocalClock;
use domain::local_time::{day_of, day_start};
use domain::range::Granularity;
use reports::{RowCell as Cell, RowFile};
use rust_decimal::Decimal;
use store::facilities::Facility;
use store::{baselines, facilities, savings};

/// Rows that are held in memory at once, about.
const AT_ONCE: u64 = 10_000;
/// Columns of savings by the quarter hour.
const SAVINGS: [&str; 12] = [
    "start_local",
    "start_utc",
    "end_utc",
    "metric",
    "unit",
    "actual",
    "counterfactual",
    "avoided",
    "price",
    "money",
    "currency",
    "quality",
];

/// From an instant to before another.
pub(crate) type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// What is written, and in which steps.
pub(crate) struct Plan {
    export: Export,
    facility: Facility,
    source: Source,
    metrics: Vec<MetricType>,
    now: DateTime<Utc>,
    /// The range in steps, by time; nothing of the future.
    pub(crate) stretches: Vec<Stretch>,
    /// Rows that the file can get.
    pub(crate) rows_at_most: u64,
}

impl Plan {
    /// # Errors
    /// `NotFound` for a facility or point out of scope.
    pub(crate) async fn new(ctx: &Context, scope: &Scope, facility: &str, export: &Export) -> Result<Self> {
        let now = ctx.clock.now();
        let mut tx = ctx.db.begin(scope).await?;
        let facility = facilities::by_slug(&mut tx, facility).await?;
        let source = Source::load(&mut tx, facility.clone(), export.point, now).await?;
        let all = baselines::list(&mut tx, facility.id).await?;
        let metered = [MetricType::Electricity, MetricType::Gas, MetricType::Water];
        let metrics: Vec<MetricType> =
            metered.into_iter().filter(|metric| all.iter().any(|b| b.metric_type == *metric)).collect();
        let zone = facility.time_zone;
        let width = match export.rows {
            Rows::Intervals => export.interval,
            Rows::Readings => Granularity::FiveMinutes,
            // Stored by the local day.
            Rows::Savings => Granularity::Day,
        };
        // Not every zone's day begins with an hour of UTC. The interval that is running is in it.
        let first = width.floor(zone, day_start(zone, export.from));
        let range = (first, day_start(zone, export.until).min(now));
        let seconds = width.seconds().unsigned_abs();
        let per_bucket = match export.rows {
            Rows::Intervals => source.points().len() as u64,
            Rows::Readings => source.readings_in(seconds),
            Rows::Savings => 100 * metrics.len() as u64,
        };
        let per_bucket = per_bucket.max(1);
        let stretches = stretches(range, AT_ONCE / per_bucket, |at| width.next(zone, at));
        let length = (range.1 - range.0).num_seconds().max(0).unsigned_abs();
        // One more for the hour that a day may be longer, or the bucket that is running.
        let rows_at_most = (length / seconds + 1).saturating_mul(per_bucket);
        Ok(Self { export: *export, facility, source, metrics, now, stretches, rows_at_most })
    }

    /// A file with what it is of and the heads of its columns.
    pub(crate) fn begin(&self) -> Result<RowFile> {
        let (facility, export) = (&self.facility, &self.export);
        let columns: &[&str] = match export.rows {
            Rows::Intervals => &INTERVALS,
            Rows::Readings => &READINGS,
            Rows::Savings => &SAVINGS,
        };
        let about = [
            ("facility", facility.name.clone()),
            ("rows", export.in_words()),
            ("time zone", facility.time_zone.name().to_owned()),
            ("intervals", "half-open: the start belongs to the interval, the end does not".to_owned()),
            ("value", "amount in the interval of counters and scales, mean of the interval of sensors; empty where nothing is known".to_owned()),
            ("generated at", self.now.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)),
        ];
        RowFile::new(export.kind, &about, columns).map_err(Error::internal)
    }

    /// Writes one stretch.
    ///
    /// # Errors
    /// When the database fails, or a worksheet is full.
    pub(crate) async fn write(
        &self,
        ctx: &Context,
        scope: &Scope,
        stretch: Stretch,
        file: &mut RowFile,
    ) -> Result<()> {
        let mut tx = ctx.db.begin(scope).await?;
        match self.export.rows {
            Rows::Intervals => {
                self.source.intervals(&mut tx, self.export.interval, stretch, file).await?;
            }
            Rows::Readings => self.source.readings(&mut tx, stretch, file).await?,
            Rows::Savings => {
                let zone = self.facility.time_zone;
                let days = (day_of(zone, stretch.0), day_of(zone, stretch.1));
                for metric in &self.metrics {
                    let found = savings::intervals(&mut tx, self.facility.id, *metric, days).await?;
                    self.savings(*metric, &found, file)?;
                }
            }
        }
        Ok(())
    }

    fn savings(
        &self,
        metric: MetricType,
        found: &[domain::savings::SavingsInterval],
        file: &mut RowFile,
    ) -> Result<()> {
        let Some((first, last)) = found.first().zip(found.last()) else { return Ok(()) };
        let clock = LocalClock::by_name(self.facility.time_zone.name(), first.start, last.end);
        for i in found {
            let (local, utc) = times(&clock, i.start);
            let end = times(&clock, i.end).1;
            let number = |value: Option<Decimal>| Cell::Number(value.map(|v| v.normalize()));
            file.row(&[
                Cell::Text(&local),
                Cell::Text(&utc),
                Cell::Text(&end),
                Cell::Text(metric.as_str()),
                Cell::Text(metric.unit()),
                number(i.actual),
                number(i.counterfactual),
                number(i.avoided),
                number(i.price),
                number(i.money),
                Cell::Text(&self.facility.currency),
                Cell::Text(i.quality.as_str()),
            ])
            .map_err(Error::internal)?;
        }
        Ok(())
    }
}

/// A range in steps of so many buckets, at least one; the last step ends with the bucket that holds the range's end.
fn stretches(
    (start, end): Stretch,
    buckets: u64,
    next: impl Fn(DateTime<Utc>) -> DateTime<Utc>,
) -> Vec<Stretch> {
    let mut all = Vec::new();
    let mut from = start;
    while from < end {
        let mut to = next(from);
        for _ in 1..buckets {
            if to >= end {
                break;
            }
            to = next(to);
        }
        // A clock that stands still would never end.
        if to <= from {
            to = from + TimeDelta::days(1);
        }
        all.push((from, to));
        from = to;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_cover_a_range_without_holes() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let zone: chrono_tz::Tz = "America/Denver".parse().unwrap();
        // The day of 23 hours is the second of five; the range ends within the last.
        let range = (at("2026-03-07T07:00:00Z"), at("2026-03-11T12:00:00Z"));
        let found = stretches(range, 2, |t| Granularity::Day.next(zone, t));
        let ends: Vec<String> = found.iter().map(|(_, to)| to.format("%m-%d %H").to_string()).collect();
        assert_eq!(ends, ["03-09 06", "03-11 06", "03-12 06"]);
        assert_eq!(found[0].0, range.0);
        assert!(found.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(stretches(range, 0, |t| Granularity::Day.next(zone, t)).len(), 5, "one at least");
        assert!(stretches((range.1, range.0), 2, |t| t).is_empty());
    }
}
