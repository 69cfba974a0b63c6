//! A quarter hour of savings, and the raw readings behind it.

use crate::baselines::inputs::metered;
use crate::telemetry::main_meters;
use crate::{Context, Error, Result};
use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::range::Granularity;
use domain::savings::quarter::{MeterOfQuarter, QuarterView, RawReading};
use rust_decimal::Decimal;
use store::points::Point;
use store::savings::{self as stored, Place};
use store::{Tx, baselines, envelopes, facilities};

/// How far around a quarter hour its nearest readings are looked for.
const AROUND: TimeDelta = TimeDelta::minutes(20);

/// The quarter hour of a local day that begins at `start`.
///
/// # Errors
/// `NotFound` where nothing was computed for it, or it is out of scope.
pub async fn quarter(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    (metric, day): (MetricType, NaiveDate),
    start: DateTime<Utc>,
) -> Result<QuarterView> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let days = (day, day.checked_add_days(Days::new(1)).unwrap_or(day));
    let intervals = stored::intervals(&mut tx, facility.id, metric, days).await?;
    let expected: Option<Vec<Decimal>> = intervals.iter().map(|i| i.counterfactual).collect();
    let interval = intervals.into_iter().find(|i| i.start == start).ok_or(Error::NotFound)?;
    let place = Place { organisation: facility.organisation, facility: facility.id, metric, day };
    let newest = stored::derivations(&mut tx, place).await?.into_iter().next();
    let stated = newest.and_then(|d| d.inputs.get("expected_day")?.as_str()?.parse().ok());
    let point_metric = metered(metric).ok_or(Error::NotFound)?;
    let stretch = (interval.start, interval.end);
    let mut meters = Vec::new();
    for (point, parts) in
        main_meters(&mut tx, &facility, point_metric, Granularity::QuarterHour, stretch).await?
    {
        let counted = parts.first().and_then(|part| part.value);
        let counted =
            if metric == MetricType::Water { counted.map(|l| l / Decimal::from(1_000)) } else { counted };
        let readings = readings(&mut tx, &point, stretch).await?;
        meters.push(MeterOfQuarter {
            point: point.id,
            name: point.spec.name,
            gateway: point.gateway,
            channel: point.spec.channel,
            source: point.spec.source,
            unit: point_metric.unit().to_owned(),
            counted,
            readings,
        });
    }
    let active = baselines::active(&mut tx, facility.id, metric).await?;
    Ok(QuarterView {
        facility_slug: facility.slug,
        facility_name: facility.name,
        time_zone: facility.time_zone.name().to_owned(),
        currency: facility.currency,
        metric,
        day,
        interval,
        expected_day: stated.or_else(|| Some(expected?.iter().sum())),
        series: active.and_then(|b| b.summary.series).filter(|_| meters.is_empty()),
        meters,
    })
}

/// Readings of a point in [start, end), with the nearest one on either side.
pub(super) async fn readings(
    tx: &mut Tx<'_>,
    point: &Point,
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<RawReading>> {
    let found = envelopes::overlapping(tx, &[(point.gateway, start - AROUND, end + AROUND)]).await?;
    let mut all: Vec<RawReading> = Vec::new();
    for stored in &found {
        let column = stored.envelope.columns.iter().find(|column| column.channel == point.spec.channel);
        let Some(column) = column else { continue };
        let known = stored.envelope.ticks.iter().zip(&column.values);
        all.extend(known.filter_map(|(tick, value)| {
            let raw = (*value)?;
            Some(RawReading {
                at: DateTime::from_timestamp_millis(*tick)?,
                raw,
                value: Decimal::try_from_i128_with_scale(i128::from(raw), u32::from(point.spec.decimals))
                    .ok()?,
                boot: stored.boot,
                seq: stored.seq,
            })
        }));
    }
    all.sort_by_key(|reading| (reading.at, reading.boot, reading.seq));
    all.dedup_by_key(|reading| (reading.at, reading.boot, reading.seq));
    let first = all.iter().rposition(|reading| reading.at <= start).unwrap_or(0);
    let last = all.iter().position(|reading| reading.at >= end).unwrap_or(all.len().saturating_sub(1));
    Ok(all.into_iter().skip(first).take((last + 1).saturating_sub(first)).collect())
}
