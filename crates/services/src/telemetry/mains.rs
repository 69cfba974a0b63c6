//! What the main meters of a facility measured, over any stretch.

use super::rows::by_channel;
use super::site::events;
use crate::Result;
use chrono::{DateTime, Utc};
use domain::counter::Meter;
use domain::intervals::{Interval, read_out};
use domain::point::{EndUse, Metric};
use domain::quality::Quality;
use domain::range::Granularity;
use domain::series::{SeriesInterval, to_display};
use domain::time::bucket_edges;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use store::facilities::Facility;
use store::points::Point;
use store::{Tx, points, rollups};

/// Sums of a facility's main meters of `metric` per bucket of [start, end), in display units (kWh, L); empty where it has
/// no such meter. A sum is none unless every meter has a value.
pub(crate) async fn amounts(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: Metric,
    width: Granularity,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<SeriesInterval>> {
    let meters = main_meters(tx, facility, metric, width, (start, end)).await?.into_iter();
    let sums = meters
        .map(|(_, parts)| parts)
        .reduce(|sums, parts| sums.into_iter().zip(&parts).map(|(sum, part)| added(sum, part)).collect());
    Ok(sums.unwrap_or_default())
}

/// The facility's main meters of `metric`, each with what it counted per bucket of [start, end), in display units.
pub(crate) async fn main_meters(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: Metric,
    width: Granularity,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(Point, Vec<SeriesInterval>)>> {
    if start >= end {
        return Ok(vec![]);
    }
    let edges = bucket_edges(width, facility.time_zone, start, end);
    let mut meters = Vec::new();
    for point in mains(points::of_facility(tx, facility.id).await?, metric) {
        let parts = counted(tx, &point, width, &edges).await?;
        meters.push((point, parts));
    }
    Ok(meters)
}

/// Sums of a facility's sub-meters of energy per bucket of [start, end), kWh, by end use; none where a meter of that use has no
/// value. End uses without a meter are left out.
pub(crate) async fn by_end_use(
    tx: &mut Tx<'_>,
    facility: &Facility,
    width: Granularity,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(EndUse, Vec<SeriesInterval>)>> {
    let edges = bucket_edges(width, facility.time_zone, start, end);
    let mut sums: BTreeMap<EndUse, Vec<SeriesInterval>> = BTreeMap::new();
    for (end_use, point) in sub_meters(tx, facility).await? {
        let parts = counted(tx, &point, width, &edges).await?;
        let summed = match sums.remove(&end_use) {
            None => parts,
            Some(sum) => sum.into_iter().zip(&parts).map(|(sum, part)| added(sum, part)).collect(),
        };
        sums.insert(end_use, summed);
    }
    Ok(sums.into_iter().collect())
}

/// Sub-meters of energy in service, with what their energy is used for.
pub(crate) async fn sub_meters(tx: &mut Tx<'_>, facility: &Facility) -> Result<Vec<(EndUse, Point)>> {
    let counts = |point: &Point| point.retired_at.is_none() && point.spec.metric == Metric::Energy;
    let named = |point: Point| {
        let end_use = point.spec.end_use.filter(|end_use| *end_use != EndUse::Total && counts(&point))?;
        Some((end_use, point))
    };
    Ok(points::of_facility(tx, facility.id).await?.into_iter().filter_map(named).collect())
}

/// What one meter counted between the edges (ms), in display units.
pub(crate) async fn counted(
    tx: &mut Tx<'_>,
    point: &Point,
    width: Granularity,
    edges: &[i64],
) -> Result<Vec<SeriesInterval>> {
    let ends = edges.first().zip(edges.last());
    let ends = ends.and_then(|(a, b)| {
        Some((DateTime::from_timestamp_millis(*a)?, DateTime::from_timestamp_millis(*b)?))
    });
    let Some((start, end)) = ends else { return Ok(vec![]) };
    let channel = point.spec.channel;
    let rows = by_channel(rollups::read(tx, point.gateway, width, start, end).await?).remove(&channel);
    let swaps = events(tx, point.gateway).await?.remove(&channel).unwrap_or_default();
    let meter = Meter::new(&point.spec, swaps);
    let parts = read_out(&meter, point.spec.decimals, rows.as_deref().unwrap_or(&[]), edges);
    Ok(parts.iter().map(|interval| displayed(point.spec.metric, interval)).collect())
}

/// Hourly means of the facility's first sensor of `metric` outside of any room, hours mostly covered only.
pub(crate) async fn gauge_hours(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: Metric,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<(DateTime<Utc>, f64)>> {
    let all = points::of_facility(tx, facility.id).await?;
    let sensor =
        all.into_iter().find(|p| p.retired_at.is_none() && p.spec.metric == metric && p.zone.is_none());
    let Some(point) = sensor.filter(|_| start < end) else { return Ok(vec![]) };
    let rows = rollups::read(tx, point.gateway, Granularity::Hour, start, end).await?;
    let rows = by_channel(rows).remove(&point.spec.channel).unwrap_or_default();
    let edges = bucket_edges(Granularity::Hour, chrono_tz::UTC, start, end);
    let meter = Meter::new(&point.spec, vec![]);
    let hours = read_out(&meter, point.spec.decimals, &rows, &edges);
    let mean = |i: Interval| Some((i.start, i.value.filter(|_| i.quality == Quality::Measured)?.to_f64()?));
    Ok(hours.into_iter().filter_map(mean).collect())
}

/// Main meters in service; where none is named so, the facility's own of that metric.
pub(crate) fn mains(all: Vec<Point>, metric: Metric) -> Vec<Point> {
    let in_service: Vec<Point> =
        all.into_iter().filter(|p| p.retired_at.is_none() && p.spec.metric == metric).collect();
    let (named, others): (Vec<Point>, Vec<Point>) =
        in_service.into_iter().partition(|p| p.spec.end_use == Some(EndUse::Total));
    if named.is_empty() { others.into_iter().filter(|p| p.zone.is_none()).collect() } else { named }
}

fn displayed(metric: Metric, interval: &Interval) -> SeriesInterval {
    SeriesInterval {
        start: interval.start,
        end: interval.end,
        value: interval.value.map(|value| to_display(metric, value)),
        min: None,
        max: None,
        quality: interval.quality,
        coverage: interval.coverage,
        partial: false,
    }
}

fn added(sum: SeriesInterval, part: &SeriesInterval) -> SeriesInterval {
    SeriesInterval {
        value: sum.value.zip(part.value).map(|(a, b)| a + b),
        quality: Quality::max(sum.quality, part.quality),
        coverage: sum.coverage.min(part.coverage),
        ..sum
    }
}
