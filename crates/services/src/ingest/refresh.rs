//! Bringing rollups up to date after envelopes were added or decisions changed.
//!
//! A touched 5-minute row is folded anew from all its envelopes; wider rows are merged anew from narrower ones.
//! The cost depends on what is touched, not on how much history there is.

use super::known::{Gateways, Known};
use chrono::{DateTime, Utc};
use domain::bucket::{Decisions, Folder};
use domain::envelope::Envelope;
use domain::id::{FacilityId, GatewayId};
use domain::range::Granularity;
use domain::summary::{Row, encode_row, merge_rows};
use domain::time::{bucket_end, bucket_start};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::rollups::{Key, NewRow};
use store::{envelopes, quarantine, rollups, savings};

/// A gateway and the start of a bucket, ms.
pub(super) type Bucket = (GatewayId, i64);

/// Envelopes of one gateway by boot and number.
pub(super) type Ordered = BTreeMap<(i64, i64), Envelope>;

/// Rows by width and bucket; an empty row is one that has to go.
pub(super) type Rows = BTreeMap<(Granularity, Bucket), Row>;

pub(super) const BUCKET_MS: i64 = 300_000;

/// Where the readings of the touched buckets are.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// In these envelopes, just added; and in the database where a bucket has a row already.
    Added(&'a HashMap<GatewayId, Ordered>),
    /// In the database.
    Stored,
}

/// The rows that the touched 5-minute buckets and all wider buckets around them must have.
pub(super) async fn compute(
    tx: &mut store::Tx<'_>,
    known: &Gateways,
    touched: &BTreeSet<Bucket>,
    source: Source<'_>,
) -> store::Result<Rows> {
    let mut rows = fold(tx, known, touched, source).await?;
    for wider in [Granularity::QuarterHour, Granularity::Hour, Granularity::Day] {
        widen(tx, known, touched, &mut rows, wider).await?;
    }
    Ok(rows)
}

/// Writes computed rows.
pub(super) async fn write(tx: &mut store::Tx<'_>, known: &Gateways, rows: Rows) -> store::Result<()> {
    let mut gone: HashMap<Granularity, Vec<Key>> = HashMap::new();
    let mut kept = Vec::with_capacity(rows.len());
    let days = days(known, &rows);
    for ((width, (gateway, start)), row) in rows {
        let Some((k, bucket)) = known.get(&gateway).zip(instant(start)) else { continue };
        if row.is_empty() {
            gone.entry(width).or_default().push((gateway, bucket));
            continue;
        }
        kept.push(NewRow {
            width,
            gateway,
            organisation: k.sender.organisation,
            facility: k.sender.facility,
            bucket,
            payload: encode_row(start, &row),
        });
    }
    for (width, keys) in gone {
        rollups::delete(tx, width, &keys).await?;
    }
    if !kept.is_empty() {
        rollups::upsert(tx, &kept).await?;
    }
    for (facility, (from, until)) in days {
        savings::touch(tx, facility, (from, until), "readings").await?;
    }
    Ok(())
}

/// The stretch of each facility that rows are about, from the starts of its days: savings of these days are due.
fn days(known: &Gateways, rows: &Rows) -> BTreeMap<FacilityId, (DateTime<Utc>, DateTime<Utc>)> {
    let mut days = BTreeMap::new();
    for (width, (gateway, start)) in rows.keys() {
        let found = known.get(gateway).zip(instant(*start)).filter(|_| *width == Granularity::Day);
        let Some((gateway, at)) = found else { continue };
        let stretch = days.entry(gateway.sender.facility).or_insert((at, at));
        *stretch = (stretch.0.min(at), stretch.1.max(at));
    }
    days
}

pub(super) fn instant(ms: i64) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_millis(ms)
}

fn keys(buckets: impl Iterator<Item = Bucket>) -> Vec<Key> {
    buckets.filter_map(|(gateway, start)| Some((gateway, instant(start)?))).collect()
}

async fn fold(
    tx: &mut store::Tx<'_>,
    known: &Gateways,
    touched: &BTreeSet<Bucket>,
    source: Source<'_>,
) -> store::Result<Rows> {
    let none = HashMap::new();
    let (added, reload): (_, BTreeSet<Bucket>) = match source {
        Source::Stored => (&none, touched.clone()),
        Source::Added(added) => {
            let found =
                rollups::existing(tx, Granularity::FiveMinutes, &keys(touched.iter().copied())).await?;
            (added, found.into_iter().map(|(gateway, at)| (gateway, at.timestamp_millis())).collect())
        }
    };
    let stored = load(tx, &reload).await?;
    let decisions = decisions(tx, touched).await?;
    let (nothing, undecided) = (Ordered::new(), Decisions::new());
    let mut folder = Folder::default();
    let mut rows = Rows::new();
    for &(gateway, start) in touched {
        let Some(k) = known.get(&gateway) else { continue };
        let from = if reload.contains(&(gateway, start)) { &stored } else { added };
        let envelopes = from.get(&gateway).unwrap_or(&nothing).values();
        let decided = decisions.get(&gateway).unwrap_or(&undecided);
        let row = folder.row(&k.channels, start, start + BUCKET_MS, envelopes, decided);
        rows.insert((Granularity::FiveMinutes, (gateway, start)), row);
    }
    Ok(rows)
}

/// Every kept envelope with readings in the buckets.
async fn load(
    tx: &mut store::Tx<'_>,
    buckets: &BTreeSet<Bucket>,
) -> store::Result<HashMap<GatewayId, Ordered>> {
    let mut ranges: Vec<(GatewayId, i64, i64)> = Vec::new();
    for &(gateway, start) in buckets {
        match ranges.last_mut() {
            Some((g, _, end)) if *g == gateway && *end == start => *end = start + BUCKET_MS,
            _ => ranges.push((gateway, start, start + BUCKET_MS)),
        }
    }
    let ranges: Vec<_> =
        ranges.into_iter().filter_map(|(g, from, to)| Some((g, instant(from)?, instant(to)?))).collect();
    let mut found: HashMap<GatewayId, Ordered> = HashMap::new();
    if ranges.is_empty() {
        return Ok(found);
    }
    for e in envelopes::overlapping(tx, &ranges).await? {
        let by_name = found.entry(e.gateway).or_default();
        by_name.insert((e.boot, e.seq), e.envelope);
    }
    Ok(found)
}

async fn decisions(
    tx: &mut store::Tx<'_>,
    touched: &BTreeSet<Bucket>,
) -> store::Result<HashMap<GatewayId, Decisions>> {
    let mut found: HashMap<GatewayId, Decisions> = HashMap::new();
    let gateways: HashSet<GatewayId> = touched.iter().map(|b| b.0).collect();
    let first = touched.iter().map(|b| b.1).min().and_then(instant);
    let last = touched.iter().map(|b| b.1 + BUCKET_MS).max().and_then(instant);
    let Some((from, to)) = first.zip(last) else { return Ok(found) };
    let gateways: Vec<GatewayId> = gateways.into_iter().collect();
    for d in quarantine::decisions(tx, &gateways, from, to).await? {
        let of_gateway = found.entry(d.gateway).or_default();
        // A reading that was sent under two names is let in when one of them is.
        *of_gateway.entry((d.channel, d.observed_at.timestamp_millis(), d.raw)).or_default() |= d.released;
    }
    Ok(found)
}

/// Merges the rows of a width from narrower ones: computed ones where there are any, else those of the database.
async fn widen(
    tx: &mut store::Tx<'_>,
    known: &Gateways,
    touched: &BTreeSet<Bucket>,
    rows: &mut Rows,
    wider: Granularity,
) -> store::Result<()> {
    let parents: BTreeSet<Bucket> = touched
        .iter()
        .filter_map(|&(gateway, start)| {
            Some((gateway, bucket_start(wider, known.get(&gateway)?.zone, start)))
        })
        .collect();
    let parts: Vec<(Bucket, Granularity, Vec<i64>)> = parents
        .into_iter()
        .filter_map(|(gateway, start)| {
            let (width, starts) = parts(known.get(&gateway)?, wider, start);
            Some(((gateway, start), width, starts))
        })
        .collect();
    let mut missing: BTreeMap<Granularity, Vec<Bucket>> = BTreeMap::new();
    for ((gateway, _), width, starts) in &parts {
        let buckets = starts.iter().map(|&start| (*gateway, start));
        missing.entry(*width).or_default().extend(buckets.filter(|&b| !rows.contains_key(&(*width, b))));
    }
    let mut stored = Rows::new();
    for (width, buckets) in missing {
        for ((gateway, at), row) in rollups::find(tx, width, &keys(buckets.into_iter())).await? {
            stored.insert((width, (gateway, at.timestamp_millis())), row);
        }
    }
    for ((gateway, start), width, starts) in parts {
        let Some(k) = known.get(&gateway) else { continue };
        let narrower: Vec<&Row> = starts
            .into_iter()
            .filter_map(|part| {
                let name = (width, (gateway, part));
                rows.get(&name).or_else(|| stored.get(&name))
            })
            .collect();
        let row = merge_rows(&narrower, |channel| k.meter(channel));
        rows.insert((wider, (gateway, start)), row);
    }
    Ok(())
}

/// Width and starts of the buckets that make up a wider one. A day is made of hours where its zone's midnights
/// fall on one, else of quarters; merging is associative, so the row is the same.
fn parts(known: &Known, wider: Granularity, start: i64) -> (Granularity, Vec<i64>) {
    let end = bucket_end(wider, known.zone, start);
    let hour_ms = Granularity::Hour.seconds() * 1_000;
    let width = match wider {
        Granularity::FiveMinutes | Granularity::QuarterHour => Granularity::FiveMinutes,
        Granularity::Hour => Granularity::QuarterHour,
        Granularity::Day if start % hour_ms == 0 && end % hour_ms == 0 => Granularity::Hour,
        Granularity::Day => Granularity::QuarterHour,
    };
    let step = usize::try_from(width.seconds() * 1_000).unwrap_or(1);
    (width, (start..end).step_by(step).collect())
}
