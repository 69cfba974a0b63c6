//! Readings that a browser without a connection has not seen.

use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::id::PointId;
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use store::points::Point;
use store::{envelopes, facilities, points};

/// Readings older than this are not asked for: the live chart shows half an hour.
const OLDEST: TimeDelta = TimeDelta::minutes(40);

/// Readings of points of a facility after an instant, ms since the Unix epoch, in the metric's unit. Of several points, their sum as
/// of each reading, from the time on when every one of them has one; a point that is not read anew keeps its value.
///
/// # Errors
/// [`Error::NotFound`] when the facility or a point is not in scope; when the database fails.
pub async fn missed(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    wanted: &[PointId],
    after: DateTime<Utc>,
) -> Result<Vec<(i64, Decimal)>> {
    let now = ctx.clock.now();
    let after = after.max(now - OLDEST);
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let all = points::of_facility(&mut tx, facility.id).await?;
    let found: Vec<&Point> = all.iter().filter(|point| wanted.contains(&point.id)).collect();
    if found.is_empty() || found.len() < wanted.len() {
        return Err(Error::NotFound);
    }
    // A device's clock may be a little ahead.
    let ahead = now + TimeDelta::minutes(5);
    let ranges: Vec<_> = found.iter().map(|point| (point.gateway, after, ahead)).collect();
    let mut readings = BTreeMap::new();
    for stored in envelopes::overlapping(&mut tx, &ranges).await? {
        for (place, point) in found.iter().enumerate().filter(|(_, point)| point.gateway == stored.gateway) {
            let column = stored.envelope.columns.iter().find(|c| c.channel == point.spec.channel);
            let values = column.map(|column| column.values.as_slice()).unwrap_or_default();
            for (tick, raw) in stored.envelope.ticks.iter().zip(values) {
                let raw = raw.filter(|_| *tick > after.timestamp_millis());
                readings.extend(raw.map(|raw| ((*tick, place), raw)));
            }
        }
    }
    let physical = |place: usize, raw: i64| Decimal::new(raw, u32::from(found[place].spec.decimals));
    let mut newest = vec![None; found.len()];
    let mut sums = BTreeMap::new();
    for ((tick, place), raw) in readings {
        newest[place] = Some(physical(place, raw));
        let sum: Option<Decimal> = newest.iter().copied().sum();
        sums.extend(sum.map(|sum| (tick, sum)));
    }
    Ok(sums.into_iter().collect())
}
