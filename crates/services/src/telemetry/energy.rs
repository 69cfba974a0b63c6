//! Energy since local midnight, the same stretch a week ago, and its split by end use.

use super::rows::{ByChannel, by_channel, instant};
use super::site::{Channel, Site};
use crate::Result;
use chrono::{DateTime, Days, TimeDelta, Utc};
use domain::id::GatewayId;
use domain::intervals::{Interval, read_out};
use domain::local_time::{day_bounds, day_of, day_start, instant as local_instant};
use domain::point::{EndUse, Metric};
use domain::quality::Quality;
use domain::range::Granularity;
use domain::series::{EnergyBreakdown, EnergyPart, EnergyToday, SeriesInterval, Slice, to_display};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use store::{Tx, rollups};

/// Below this share of covered time a sum that lacks some of it is an estimate.
const COVERAGE_MIN: f64 = 0.95;

/// Today's and last week's stretch that can be compared, and their rows.
pub(super) struct Today {
    /// From local midnight.
    pub(super) start: DateTime<Utc>,
    /// To the last 5-minute boundary that the main meter has passed.
    pub(super) until: DateTime<Utc>,
    /// The same local times a week ago, and the end of that day.
    pub(super) week_ago: (DateTime<Utc>, DateTime<Utc>, DateTime<Utc>),
    now: Rows,
    then: Rows,
}

/// Rows of one stretch by gateway.
type Rows = BTreeMap<GatewayId, ByChannel>;

impl Today {
    /// Reads the rows of both stretches for every gateway of the site.
    pub(super) async fn load(tx: &mut Tx<'_>, site: &Site) -> Result<Self> {
        let zone = site.facility.time_zone;
        let day = day_of(zone, site.now);
        let start = day_start(zone, day);
        let mains = site.of_end_use(Metric::Energy, EndUse::Total);
        let through =
            mains.iter().map(|c| c.newest.map_or(start, |r| instant(r.t))).min().unwrap_or(site.now);
        let until = Granularity::FiveMinutes.floor(zone, through.min(site.now)).max(start);
        let (then_start, then_end) = day_bounds(zone, day - Days::new(7));
        let local = until.with_timezone(&zone).naive_local() - TimeDelta::days(7);
        let then_until = local_instant(zone, local).clamp(then_start, then_end);
        let (mut now, mut then) = (Rows::new(), Rows::new());
        for gateway in site.gateways() {
            // Stretches end on 5-minute boundaries, which wider rows would straddle.
            let width = Granularity::FiveMinutes;
            now.insert(gateway, by_channel(rollups::read(tx, gateway, width, start, until).await?));
            then.insert(gateway, by_channel(rollups::read(tx, gateway, width, then_start, then_end).await?));
        }
        Ok(Self { start, until, week_ago: (then_start, then_until, then_end), now, then })
    }

    /// The main meter today against a week ago.
    pub(super) fn compare(&self, site: &Site) -> EnergyToday {
        let mains = site.of_end_use(Metric::Energy, EndUse::Total);
        let (kwh, quality) = used(&self.now, &mains, self.start, self.until);
        let (then_start, then_until, _) = self.week_ago;
        let (week_ago_kwh, week_ago_quality) = used(&self.then, &mains, then_start, then_until);
        EnergyToday { kwh, quality, week_ago_kwh, week_ago_quality, until: self.until }
    }

    /// Today by end use: what the submeters measured, and what they leave of the main meter.
    pub(super) fn breakdown(&self, site: &Site) -> EnergyBreakdown {
        let measure = |end_use| {
            let meters = site.of_end_use(Metric::Energy, end_use);
            (!meters.is_empty()).then(|| used(&self.now, &meters, self.start, self.until))
        };
        let Some((total_kwh, quality)) = measure(EndUse::Total) else {
            return EnergyBreakdown { total_kwh: None, quality: Quality::Missing, parts: vec![] };
        };
        let mut parts: Vec<EnergyPart> = EndUse::ALL
            .iter()
            .copied()
            .filter(|end_use| *end_use != EndUse::Total)
            .filter_map(|end_use| {
                let (kwh, quality) = measure(end_use)?;
                Some(EnergyPart { slice: Slice::Metered(end_use), kwh, quality })
            })
            .collect();
        let metered: Option<Decimal> = parts.iter().map(|p| p.kwh).sum();
        let remainder = total_kwh.zip(metered).map(|(total, metered)| total - metered);
        let worst = parts.iter().map(|p| p.quality).fold(quality, Quality::max);
        parts.push(EnergyPart { slice: Slice::Unmetered, kwh: remainder, quality: worst });
        EnergyBreakdown { total_kwh, quality, parts }
    }

    /// The main meter per quarter hour, today so far and the whole day a week ago.
    pub(super) fn profiles(&self, site: &Site) -> (Vec<SeriesInterval>, Vec<SeriesInterval>) {
        let mains = site.of_end_use(Metric::Energy, EndUse::Total);
        let (then_start, _, then_end) = self.week_ago;
        (
            profile(&self.now, &mains, self.start, self.until),
            profile(&self.then, &mains, then_start, then_end),
        )
    }
}

/// kWh that all the meters measured together in a stretch; none unless each has a value.
fn used(
    rows: &Rows,
    meters: &[&Channel],
    start: DateTime<Utc>,
    until: DateTime<Utc>,
) -> (Option<Decimal>, Quality) {
    if start >= until {
        return (None, Quality::Missing);
    }
    add(rows, meters, &[start.timestamp_millis(), until.timestamp_millis()])
        .pop()
        .map_or((None, Quality::Missing), |interval| (interval.value, interval.quality))
}

fn profile(
    rows: &Rows,
    meters: &[&Channel],
    start: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Vec<SeriesInterval> {
    let quarter = Granularity::QuarterHour;
    let mut edges = vec![start.timestamp_millis()];
    let mut at = start;
    while at < until {
        at = quarter.next(chrono_tz::Tz::UTC, at);
        edges.push(at.min(until).timestamp_millis());
    }
    let mut intervals = add(rows, meters, &edges);
    if let Some(last) = intervals.last_mut()
        && at > until
    {
        (last.end, last.partial) = (at, true);
    }
    intervals
}

/// Sums of the meters per interval, in kWh.
fn add(rows: &Rows, meters: &[&Channel], edges: &[i64]) -> Vec<SeriesInterval> {
    let read = |channel: &&Channel| -> Vec<Interval> {
        let summaries = rows.get(&channel.point.gateway).and_then(|r| r.get(&channel.point.spec.channel));
        read_out(&channel.meter, channel.point.spec.decimals, summaries.map_or(&[][..], Vec::as_slice), edges)
    };
    let mut sums: Vec<SeriesInterval> = Vec::new();
    for (index, meter) in meters.iter().enumerate() {
        for (place, interval) in read(meter).into_iter().enumerate() {
            let part = kwh(&interval);
            match sums.get_mut(place) {
                Some(sum) if index > 0 => {
                    sum.value = sum.value.zip(part.value).map(|(a, b)| a + b);
                    sum.quality = sum.quality.max(part.quality);
                    sum.coverage = sum.coverage.min(part.coverage);
                }
                _ => sums.push(part),
            }
        }
    }
    sums
}

fn kwh(interval: &Interval) -> SeriesInterval {
    // A meter that fell silent on the way measured only part of it.
    let partly = interval.quality == Quality::Measured && interval.coverage < COVERAGE_MIN;
    SeriesInterval {
        start: interval.start,
        end: interval.end,
        value: interval.value.map(|value| to_display(Metric::Energy, value)),
        min: None,
        max: None,
        quality: if partly { Quality::Estimated } else { interval.quality },
        coverage: interval.coverage,
        partial: false,
    }
}
