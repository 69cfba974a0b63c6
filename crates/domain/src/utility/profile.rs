//! The load profile of a series: intervals of a range, coarsened for charts, and the hour × day matrix.

use super::{Gap, Measure, QualityCounts, SeriesSummary, UtilityInterval, exact_sum, gaps};
use crate::local_time::{day_bounds, day_of, day_start};
use crate::quality::Quality;
use chrono::{DateTime, Days, NaiveDate, Offset, TimeDelta, TimeZone, Timelike, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// More points than this in one profile are coarsened.
const POINTS: usize = 3_000;
/// Gaps listed one by one.
const GAPS_LISTED: usize = 100;
/// Days in the matrix; the last ones of the range.
const MATRIX_DAYS: usize = 400;
/// Decimals of derived rates, in the series' unit.
const RATE_DECIMALS: u32 = 3;

/// Width of the points of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// As the utility metered.
    Stored,
    /// Local hours.
    Hour,
    /// Local days of 23 to 25 hours.
    Day,
}

impl Step {
    /// Every step, finest first.
    pub const ALL: [Self; 3] = [Self::Stored, Self::Hour, Self::Day];

    /// The name used in URLs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Hour => "hour",
            Self::Day => "day",
        }
    }

    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Stored => "As metered",
            Self::Hour => "Hours",
            Self::Day => "Days",
        }
    }

    /// The step with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }

    /// The finest step that keeps a range readable.
    fn fitting(intervals: usize, days: i64) -> Self {
        if intervals <= POINTS {
            Self::Stored
        } else if days.saturating_mul(24) <= POINTS as i64 {
            Self::Hour
        } else {
            Self::Day
        }
    }

    fn bucket(self, zone: Tz, at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
        if self == Self::Day {
            return day_bounds(zone, day_of(zone, at));
        }
        let offset = i64::from(zone.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc());
        let into_hour = (at.timestamp() + offset).rem_euclid(3_600);
        let start = at - TimeDelta::seconds(into_hour);
        (start, start + TimeDelta::hours(1))
    }
}

/// What part of a series to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileQuery {
    /// First local day; by default the one that makes the range 31 days, or the first of the data when all of it
    /// is within 62 days.
    pub from: Option<NaiveDate>,
    /// Last local day, included; by default the last of the data.
    pub to: Option<NaiveDate>,
    /// Width of the points; by default the finest that keeps them to three thousand.
    pub step: Option<Step>,
}

impl ProfileQuery {
    /// First and last local day, both included, of data that lies in [`from`, `to`).
    pub fn days(&self, zone: Tz, from: DateTime<Utc>, to: DateTime<Utc>) -> (NaiveDate, NaiveDate) {
        let (first, last) = (day_of(zone, from), day_of(zone, to - TimeDelta::seconds(1)));
        let until = self.to.unwrap_or(last);
        let default = if (last - first).num_days() < 62 { first } else { until - Days::new(30) };
        (self.from.unwrap_or(default).min(until), until)
    }
}

/// One point of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProfileInterval {
    /// Included.
    pub start: DateTime<Utc>,
    /// Not included.
    pub end: DateTime<Utc>,
    /// Amount in the interval, or mean level.
    pub value: Decimal,
    /// In the series' currency.
    pub cost: Option<Decimal>,
    /// The worst quality of what it is made of.
    pub quality: Quality,
    /// Share of the interval that has data, 0 to 1.
    pub coverage: f64,
}

/// A local day of the hour × day matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayRow {
    /// The day.
    pub date: NaiveDate,
    /// 23, 24 or 25.
    pub hours_in_day: u8,
    /// 24 values by local clock hour, in the unit per hour (Wh/h is W), or the mean level; an hour that occurs twice
    /// has the mean of both. None where there is no data.
    pub hours: Vec<Option<Decimal>>,
}

/// A series over a range of local days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LoadProfile {
    /// Slug of the facility.
    pub facility_slug: String,
    /// Name of the facility.
    pub facility_name: String,
    /// IANA zone of days and hours.
    pub time_zone: String,
    /// The series as a whole.
    pub series: SeriesSummary,
    /// First local day.
    pub from: NaiveDate,
    /// Last local day, included.
    pub to: NaiveDate,
    /// Width of the points.
    pub step: Step,
    /// Ascending; a hole between two is a gap.
    pub intervals: Vec<ProfileInterval>,
    /// Exact sum of the metered values in the range; none for levels.
    pub total: Option<Decimal>,
    /// Exact sum of the costs in the range; none when there are none.
    pub cost: Option<Decimal>,
    /// The highest point.
    pub peak: Option<ProfileInterval>,
    /// Metered intervals by quality.
    pub quality: QualityCounts,
    /// The first hundred gaps between metered intervals.
    pub gaps: Vec<Gap>,
    /// Number of gaps.
    pub gap_count: u32,
    /// Hour × day; empty when metered intervals are longer than an hour.
    pub days: Vec<DayRow>,
}

/// The facility a profile belongs to.
#[derive(Clone, Debug)]
pub struct ProfilePlace {
    /// Slug of the facility.
    pub slug: String,
    /// Name of the facility.
    pub name: String,
    /// Its time zone.
    pub zone: Tz,
}

impl LoadProfile {
    /// The profile of metered `intervals` (ascending, without overlaps) that start in the local days `from` to `to`.
    pub fn of(
        place: &ProfilePlace,
        series: SeriesSummary,
        (from, to): (NaiveDate, NaiveDate),
        step: Option<Step>,
        metered: &[UtilityInterval],
    ) -> Self {
        let step = step.unwrap_or_else(|| Step::fitting(metered.len(), (to - from).num_days() + 1));
        let points = resample(metered, series.measure, place.zone, step);
        let mut quality = QualityCounts::default();
        metered.iter().for_each(|i| quality.add(i.quality));
        let mut gaps = gaps(metered.iter().map(|i| (i.start, i.end)));
        let gap_count = u32::try_from(gaps.len()).unwrap_or(u32::MAX);
        gaps.truncate(GAPS_LISTED);
        let costs = || metered.iter().filter_map(|i| i.cost);
        Self {
            facility_slug: place.slug.clone(),
            facility_name: place.name.clone(),
            time_zone: place.zone.name().to_owned(),
            total: match series.measure {
                Measure::Amount => exact_sum(metered.iter().map(|i| i.value)),
                Measure::Level => None,
            },
            cost: costs().next().and_then(|_| exact_sum(costs())),
            peak: points.iter().copied().max_by(|a, b| a.value.cmp(&b.value).then(b.start.cmp(&a.start))),
            days: matrix(metered, series.measure, place.zone),
            series,
            from,
            to,
            step,
            intervals: points,
            quality,
            gaps,
            gap_count,
        }
    }

    /// The instants at which a range of local days begins and ends.
    pub fn bounds(zone: Tz, from: NaiveDate, to: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
        (day_start(zone, from), day_start(zone, to + Days::new(1)))
    }
}

/// What gathers in one bucket.
#[derive(Default)]
struct Bucket {
    end: DateTime<Utc>,
    /// Sum of amounts, or of level × seconds.
    value: Decimal,
    cost: Option<Decimal>,
    quality: Option<Quality>,
    covered_s: i64,
}

impl Bucket {
    fn add(&mut self, interval: &UtilityInterval, measure: Measure, seconds: i64) {
        let length = (interval.end - interval.start).num_seconds().max(1);
        let share = |value: Decimal| {
            if seconds == length { value } else { value * Decimal::from(seconds) / Decimal::from(length) }
        };
        self.value += match measure {
            Measure::Amount => share(interval.value),
            Measure::Level => interval.value * Decimal::from(seconds),
        };
        if let Some(cost) = interval.cost {
            self.cost = Some(self.cost.unwrap_or_default() + share(cost));
        }
        self.quality = self.quality.max(Some(interval.quality));
        self.covered_s += seconds;
    }
}

/// Calls `each` with every bucket an interval touches and the seconds it spends there.
fn spread(
    interval: &UtilityInterval,
    zone: Tz,
    step: Step,
    mut each: impl FnMut((DateTime<Utc>, DateTime<Utc>), i64),
) {
    let mut at = interval.start;
    while at < interval.end {
        let (start, end) = step.bucket(zone, at);
        let until = end.min(interval.end);
        // A clock change inside the hour cannot make a bucket end before it is left.
        let until = if until > at { until } else { interval.end };
        each((start, end), (until - at).num_seconds());
        at = until;
    }
}

fn resample(metered: &[UtilityInterval], measure: Measure, zone: Tz, step: Step) -> Vec<ProfileInterval> {
    if step == Step::Stored {
        return metered
            .iter()
            .map(|i| ProfileInterval {
                start: i.start,
                end: i.end,
                value: i.value,
                cost: i.cost,
                quality: i.quality,
                coverage: 1.0,
            })
            .collect();
    }
    let mut buckets: BTreeMap<DateTime<Utc>, Bucket> = BTreeMap::new();
    for interval in metered {
        spread(interval, zone, step, |(start, end), seconds| {
            let bucket = buckets.entry(start).or_default();
            bucket.end = end;
            bucket.add(interval, measure, seconds);
        });
    }
    buckets
        .into_iter()
        .filter(|(_, b)| b.covered_s > 0)
        .map(|(start, b)| ProfileInterval {
            start,
            end: b.end,
            value: match measure {
                Measure::Amount => b.value.normalize(),
                Measure::Level => (b.value / Decimal::from(b.covered_s)).round_dp(RATE_DECIMALS).normalize(),
            },
            cost: b.cost.map(|c| c.normalize()),
            quality: b.quality.unwrap_or(Quality::Missing),
            coverage: (b.covered_s as f64 / (b.end - start).num_seconds().max(1) as f64).min(1.0),
        })
        .collect()
}

fn matrix(metered: &[UtilityInterval], measure: Measure, zone: Tz) -> Vec<DayRow> {
    let hour = TimeDelta::hours(1);
    if metered.iter().any(|i| i.end - i.start > hour) {
        return Vec::new();
    }
    let mut cells: BTreeMap<(NaiveDate, u32), Bucket> = BTreeMap::new();
    for interval in metered {
        spread(interval, zone, Step::Hour, |(start, _), seconds| {
            let local = start.with_timezone(&zone);
            cells.entry((local.date_naive(), local.hour())).or_default().add(interval, measure, seconds);
        });
    }
    let mut rows: BTreeMap<NaiveDate, DayRow> = BTreeMap::new();
    for ((date, hour), cell) in cells {
        let row = rows.entry(date).or_insert_with(|| {
            let (start, end) = day_bounds(zone, date);
            let hours_in_day = u8::try_from((end - start).num_hours()).unwrap_or(24);
            DayRow { date, hours_in_day, hours: vec![None; 24] }
        });
        let per = match measure {
            Measure::Amount => Decimal::from(3_600),
            Measure::Level => Decimal::ONE,
        };
        let rate = (cell.value * per / Decimal::from(cell.covered_s.max(1))).round_dp(RATE_DECIMALS);
        if let Some(slot) = row.hours.get_mut(hour as usize) {
            *slot = Some(rate.normalize());
        }
    }
    let skip = rows.len().saturating_sub(MATRIX_DAYS);
    rows.into_values().skip(skip).collect()
}
