//! Rollups made anew from the envelopes: after a decision or a meter event, and to check what is stored.

use super::known::{Gateways, Registry};
use super::refresh::{BUCKET_MS, Bucket, Source, compute, instant, write};
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::id::GatewayId;
use domain::range::Granularity;
use domain::summary::encode_row;
use domain::time::bucket_edges;
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, envelopes, rollups};

const STEP: usize = 300_000;

/// A stored row that is not the one the envelopes give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Width of the bucket.
    pub width: Granularity,
    /// Start of the bucket.
    pub bucket: DateTime<Utc>,
    /// `missing`, `superfluous` or `different`.
    pub what: &'static str,
}

/// Makes the gateway's rollups of [from, to) anew, and the wider rows around them. Returns the number of 5-minute buckets.
///
/// # Errors
/// `NotFound` for an unknown gateway; when the database fails.
pub async fn rebuild(
    ctx: &Context,
    gateway: GatewayId,
    range: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<u64> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let count = rebuild_in(&mut tx, &Registry::default(), gateway, range).await?;
    tx.commit().await?;
    Ok(count)
}

/// [`rebuild`] within a transaction that does more.
pub(crate) async fn rebuild_in(
    tx: &mut Tx<'_>,
    registry: &Registry,
    gateway: GatewayId,
    range: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<u64> {
    envelopes::lock(tx, &[gateway]).await?;
    let known = load(tx, registry, gateway).await?;
    let mut count = 0;
    for touched in days(tx, &known, gateway, range).await? {
        count += touched.len() as u64;
        let rows = compute(tx, &known, &touched, Source::Stored).await?;
        write(tx, &known, rows).await?;
    }
    Ok(count)
}

/// Compares every stored row of the gateway with the one that its envelopes give, byte for byte.
///
/// # Errors
/// `NotFound` for an unknown gateway; when the database fails.
pub async fn verify(ctx: &Context, gateway: GatewayId) -> Result<Vec<Difference>> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    envelopes::lock(&mut tx, &[gateway]).await?;
    let known = load(&mut tx, &Registry::default(), gateway).await?;
    let mut stored = BTreeMap::new();
    for width in Granularity::ALL {
        for (bucket, payload) in rollups::payloads(&mut tx, gateway, width).await? {
            stored.insert((width, bucket), payload);
        }
    }
    let mut expected = BTreeMap::new();
    // Whole days, so that no row is merged from stored ones.
    for touched in days(&mut tx, &known, gateway, None).await? {
        let rows = compute(&mut tx, &known, &touched, Source::Stored).await?;
        for ((width, (_, start)), row) in rows.into_iter().filter(|(_, row)| !row.is_empty()) {
            expected.extend(instant(start).map(|bucket| ((width, bucket), encode_row(start, &row))));
        }
    }
    let difference =
        |&(width, bucket): &(Granularity, DateTime<Utc>), what| Difference { width, bucket, what };
    let mut found: Vec<Difference> = Vec::new();
    for (name, payload) in &expected {
        match stored.get(name) {
            None => found.push(difference(name, "missing")),
            Some(bytes) if bytes != payload => found.push(difference(name, "different")),
            Some(_) => {}
        }
    }
    found.extend(
        stored.keys().filter(|name| !expected.contains_key(name)).map(|name| difference(name, "superfluous")),
    );
    Ok(found)
}

async fn load(tx: &mut Tx<'_>, registry: &Registry, gateway: GatewayId) -> Result<Gateways> {
    let known = registry.load(tx, &[gateway]).await?;
    if known.is_empty() { Err(Error::NotFound) } else { Ok(known) }
}

/// The 5-minute buckets of the range in which the gateway may have readings, by local day: whole days without a range.
async fn days(
    tx: &mut Tx<'_>,
    known: &Gateways,
    gateway: GatewayId,
    range: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<Vec<BTreeSet<Bucket>>> {
    let span = envelopes::span(tx, gateway).await?;
    let (Some((first, last)), Some(k)) = (span, known.get(&gateway)) else { return Ok(Vec::new()) };
    let days = bucket_edges(Granularity::Day, k.zone, first, last + TimeDelta::milliseconds(1));
    let (from, to) = match range {
        Some((from, to)) => (from.timestamp_millis(), to.timestamp_millis()),
        None => (i64::MIN, i64::MAX),
    };
    let wanted = |start: &i64| start + BUCKET_MS > from && *start < to;
    let buckets =
        |day: &[i64]| (day[0]..day[1]).step_by(STEP).filter(wanted).map(|start| (gateway, start)).collect();
    Ok(days.windows(2).map(buckets).filter(|day: &BTreeSet<Bucket>| !day.is_empty()).collect())
}
