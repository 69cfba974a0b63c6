//! The chart, table and export of one point.

use super::points::History;
use super::rows::{by_channel, gaps};
use super::site::{Channel, Site};
use crate::{Context, Error, Result};
use chrono::{DateTime, Utc};
use domain::access::Scope;
use domain::id::PointId;
use domain::intervals::{Interval, read_out};
use domain::point::{Kind, Metric};
use domain::quality::Quality;
use domain::range::{Granularity, Range, Window};
use domain::series::{SeriesInterval, SeriesView, Shape, display_unit, to_display};
use domain::time::bucket_edges;
use rust_decimal::Decimal;
use store::{facilities, rollups};

/// Intervals of a point in a range such as `24h` or `2026-10`, as wide as `granularity` says or as suits the range.
///
/// # Errors
/// `NotFound` when there is no such facility or point in scope; `Invalid` names `range` when it cannot be read or holds
/// too many intervals.
pub async fn series(
    ctx: &Context,
    scope: &Scope,
    slug: &str,
    point: PointId,
    range: &str,
    granularity: Option<Granularity>,
) -> Result<SeriesView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, slug).await?;
    let zone = facility.time_zone;
    let refused = |error: domain::range::RangeError| Error::field("range", error.to_string());
    let range = Range::parse(range).map_err(refused)?;
    let window = range.window(zone, now, granularity).map_err(refused)?;
    let site = Site::load(&mut tx, facility, now).await?;
    let channel = site.channels.iter().find(|c| c.point.id == point).ok_or(Error::NotFound)?;
    let gateway = channel.point.gateway;
    let past = window.end.min(window.granularity.ceil(zone, now));
    let rows = rollups::read(&mut tx, gateway, window.granularity, window.start, past).await?;
    let rows = by_channel(rows).remove(&channel.point.spec.channel).unwrap_or_default();
    let history = History::load(&mut tx, &site, gateway).await?;
    let intervals = if window.start < past {
        let edges = bucket_edges(window.granularity, zone, window.start, past);
        let found = read_out(&channel.meter, channel.point.spec.decimals, &rows, &edges);
        found.iter().map(|interval| displayed(channel, interval, now)).collect()
    } else {
        vec![]
    };
    let row = history.row(&site, channel);
    let gaps = gaps(&channel.meter, &rows, window.start, window.end.min(now));
    Ok(view(&site, channel, row, (range, window), intervals, gaps))
}

fn view(
    site: &Site,
    channel: &Channel,
    row: domain::series::PointRow,
    (range, window): (Range, Window),
    intervals: Vec<SeriesInterval>,
    gaps: Vec<domain::series::Gap>,
) -> SeriesView {
    let spec = &channel.point.spec;
    let (unit, shift) = display_unit(spec.metric);
    let shape = if spec.kind == Kind::Gauge { Shape::Line } else { Shape::Bars };
    let known = intervals.iter().any(|i| i.value.is_some());
    let total: Decimal = intervals.iter().filter_map(|i| i.value).sum();
    SeriesView {
        facility: site.head(),
        row,
        range: range.to_string(),
        coverage: overall(&intervals, site.now),
        window,
        unit: unit.to_owned(),
        decimals: digits(spec.metric, spec.decimals, shift),
        shape,
        total: (shape == Shape::Bars && known).then_some(total),
        intervals,
        gaps,
        as_of: site.now,
    }
}

/// Digits worth showing: those of the readings, and no more than three for energy and power.
fn digits(metric: Metric, decimals: u8, shift: u32) -> u8 {
    match metric {
        Metric::Energy | Metric::Gas | Metric::Power => {
            decimals.saturating_add(u8::try_from(shift).unwrap_or(0)).min(3)
        }
        _ => decimals,
    }
}

/// Time of the interval that has passed, s.
fn passed(start: DateTime<Utc>, end: DateTime<Utc>, now: DateTime<Utc>) -> f64 {
    (end.min(now) - start).as_seconds_f64().max(0.0)
}

fn overall(intervals: &[SeriesInterval], now: DateTime<Utc>) -> f64 {
    let (covered, all) = intervals.iter().fold((0.0, 0.0), |(covered, all), i| {
        let seconds = passed(i.start, i.end, now);
        (covered + i.coverage * seconds, all + seconds)
    });
    if all > 0.0 { covered / all } else { 0.0 }
}

pub(super) fn displayed(channel: &Channel, interval: &Interval, now: DateTime<Utc>) -> SeriesInterval {
    let show = |value: Option<Decimal>| value.map(|v| to_display(channel.point.spec.metric, v));
    let partial = interval.end > now;
    let share = passed(interval.start, interval.end, now) / (interval.end - interval.start).as_seconds_f64();
    let coverage =
        if partial && share > 0.0 { (interval.coverage / share).min(1.0) } else { interval.coverage };
    // A running interval is not an estimate just because it is not over.
    let running = partial && channel.meter.kind == Kind::Gauge && interval.quality == Quality::Estimated;
    SeriesInterval {
        start: interval.start,
        end: interval.end,
        value: show(interval.value),
        min: show(interval.min),
        max: show(interval.max),
        quality: if running && coverage >= 0.5 { Quality::Measured } else { interval.quality },
        coverage,
        partial,
    }
}
