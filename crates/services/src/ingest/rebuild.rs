//! Rollups made anew from the envelopes: after a decision or a meter event, and to check what is stored.

use super::known::{Gateways, Registry};
use super::refresh::{BUCKET_MS, Bucket, Source, compute, instant, write};
use crate::{Context, Error, Result};
use chrono::{DateTime, Utc};
use domain::access::Scope;
use domain::id::GatewayId;
use domain::range::Granularity;
use domain::summary::encode_row;
use std::collections::{BTreeMap, BTreeSet};
use store::{Tx, envelopes, rollups};

/// 5-minute buckets that are computed at a time: six hours.
const CHUNK: usize = 72;

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
    let buckets = buckets(tx, gateway, range).await?;
    for chunk in buckets.chunks(CHUNK) {
        let touched: BTreeSet<Bucket> = chunk.iter().copied().collect();
        let rows = compute(tx, &known, &touched, Source::Stored).await?;
        write(tx, &known, rows).await?;
    }
    Ok(buckets.len() as u64)
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
    for chunk in buckets(&mut tx, gateway, None).await?.chunks(CHUNK) {
        let touched: BTreeSet<Bucket> = chunk.iter().copied().collect();
        let rows = compute(&mut tx, &known, &touched, Source::Stored).await?;
        // Wider rows at the edge of a chunk lean on stored narrower ones, which their own chunk checks.
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

/// Every 5-minute bucket of the range in which the gateway may have readings, by time.
async fn buckets(
    tx: &mut Tx<'_>,
    gateway: GatewayId,
    range: Option<(DateTime<Utc>, DateTime<Utc>)>,
) -> Result<Vec<Bucket>> {
    let Some((first, last)) = envelopes::span(tx, gateway).await? else { return Ok(Vec::new()) };
    let (mut from, mut to) = (first.timestamp_millis(), last.timestamp_millis() + 1);
    if let Some((start, end)) = range {
        (from, to) = (from.max(start.timestamp_millis()), to.min(end.timestamp_millis()));
    }
    let mut at = from - from.rem_euclid(BUCKET_MS);
    let mut found = Vec::new();
    while at < to {
        found.push((gateway, at));
        at += BUCKET_MS;
    }
    Ok(found)
}
