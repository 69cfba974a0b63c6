//! One transaction of ingest: a group of envelopes enters, or none of it.

use super::known::{Gateways, Known, Registry};
use super::refresh::{BUCKET_MS, Bucket, Ordered, Source, compute, instant, write};
use super::{Arrival, Window, checks, watermarks};
use crate::Context;
use crate::live::{FacilityUpdate, LiveReading};
use chrono::{DateTime, Utc};
use domain::access::Scope;
use domain::bucket::implausible;
use domain::envelope::{DecodeError, Envelope};
use domain::gateway_map::Watermark;
use domain::id::GatewayId;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use store::envelopes::{Key, NewEnvelope};
use store::quarantine::NewHeld;
use store::{envelopes, quarantine, senders};

/// What became of the envelopes of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Kept for the first time.
    pub kept: u64,
    /// Readings in them.
    pub samples: u64,
    /// Kept or held before.
    pub duplicates: u64,
    /// Held as a whole in the quarantine for the first time, or again.
    pub held: u64,
    /// Of gateways that do not exist; dropped.
    pub strangers: u64,
}

impl Counts {
    /// The sums of both.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            kept: self.kept + other.kept,
            samples: self.samples + other.samples,
            duplicates: self.duplicates + other.duplicates,
            held: self.held + other.held,
            strangers: self.strangers + other.strangers,
        }
    }
}

/// What a commit has brought about.
#[derive(Clone, Debug, Default)]
pub struct Accepted {
    /// Where the watermarks of all boots in the group stand now.
    pub watermarks: Vec<(GatewayId, Watermark)>,
    /// Newest plausible readings by gateway, for the live pages.
    pub updates: Vec<FacilityUpdate>,
    /// Version of the newest map of each gateway that sent with an older one.
    pub outdated: Vec<(GatewayId, i32)>,
    /// Numbers.
    pub counts: Counts,
}

type Decoded<'a> = (&'a Arrival, Result<Envelope, DecodeError>);

/// Lets a group of envelopes in. After this returns without an error, all of it is committed.
///
/// # Errors
/// When the database fails; nothing is accepted then, and the same group can be tried again.
pub async fn accept(
    ctx: &Context,
    registry: &Registry,
    arrivals: &[Arrival],
    window: Window,
) -> store::Result<Accepted> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let accepted = enter(&mut tx, ctx, registry, arrivals, window).await?;
    tx.commit().await?;
    Ok(accepted)
}

/// [`accept`] within a transaction that does more.
pub(crate) async fn enter(
    tx: &mut store::Tx<'_>,
    ctx: &Context,
    registry: &Registry,
    arrivals: &[Arrival],
    window: Window,
) -> store::Result<Accepted> {
    let decoded: Vec<Decoded<'_>> = arrivals.iter().map(|a| (a, Envelope::decode(&a.payload))).collect();
    let gateways: BTreeSet<GatewayId> = arrivals.iter().map(|a| a.gateway).collect();
    let gateways: Vec<GatewayId> = gateways.into_iter().collect();
    envelopes::lock(tx, &gateways).await?;
    let known = registry.load(tx, &gateways).await?;
    let Sorted { good, held, mut accepted, mut names } = sort(&known, decoded, window);
    // Making a partition locks the table, which this transaction has not used so far.
    registry.ensure_partitions(&ctx.db, good.values().filter_map(|(_, e)| instant(e.ticks[0]))).await?;
    let fresh = keep(tx, &known, &good).await?;
    accepted.counts.kept = fresh.len() as u64;
    accepted.counts.duplicates += (good.len() - fresh.len()) as u64;
    let added: Vec<(&Key, &(&Arrival, Envelope))> =
        good.iter().filter(|(key, _)| fresh.contains(*key)).collect();
    hold(tx, &known, &added, held).await?;
    accepted.counts.samples = added.iter().map(|(_, (_, e))| e.samples() as u64).sum();
    if window == Window::Live {
        accepted.updates = updates(&known, &added);
        senders::seen(tx, &newest_arrivals(&good)).await?;
    }
    names.extend(good.keys().copied());
    let mut touched: BTreeSet<Bucket> = BTreeSet::new();
    let mut by_gateway: HashMap<GatewayId, Ordered> = HashMap::new();
    for (key, (_, envelope)) in good {
        if fresh.contains(&key) {
            touched.extend(envelope.ticks.iter().map(|t| (key.0, t - t.rem_euclid(BUCKET_MS))));
            by_gateway.entry(key.0).or_default().insert((key.1, key.2), envelope);
        }
    }
    if !touched.is_empty() {
        let rows = compute(tx, &known, &touched, Source::Added(&by_gateway)).await?;
        write(tx, &known, rows).await?;
    }
    accepted.watermarks = watermarks::advance(tx, &known, &names, ctx.clock.now()).await?;
    Ok(accepted)
}

/// Holds an envelope that the database refuses to keep, so that nothing is lost and its gateway can go on.
pub(super) async fn hold_refused(
    ctx: &Context,
    registry: &Registry,
    arrival: &Arrival,
    reason: &str,
) -> store::Result<Accepted> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    envelopes::lock(&mut tx, &[arrival.gateway]).await?;
    let known = registry.load(&mut tx, &[arrival.gateway]).await?;
    let mut accepted = Accepted::default();
    if let Some(k) = known.get(&arrival.gateway) {
        let header = Envelope::decode_header(&arrival.payload).ok();
        let name = header.map(|h| (h.boot.cast_signed(), h.seq.cast_signed()));
        quarantine::hold(&mut tx, &[held_whole(k, arrival, name, reason.to_owned())]).await?;
        let names = name.into_iter().map(|(boot, seq)| (arrival.gateway, boot, seq)).collect();
        accepted.watermarks = watermarks::advance(&mut tx, &known, &names, ctx.clock.now()).await?;
        accepted.counts.held = 1;
    }
    tx.commit().await?;
    Ok(accepted)
}

fn held_whole(k: &Known, arrival: &Arrival, name: Option<(i64, i64)>, reason: String) -> NewHeld {
    NewHeld {
        organisation: k.sender.organisation,
        facility: k.sender.facility,
        gateway: arrival.gateway,
        name,
        reading: None,
        payload: Some(arrival.payload.clone()),
        reason,
        received_at: arrival.received_at,
    }
}

/// A group, sorted out.
struct Sorted<'a> {
    good: BTreeMap<Key, (&'a Arrival, Envelope)>,
    held: Vec<NewHeld>,
    accepted: Accepted,
    /// Names of what is held as a whole.
    names: BTreeSet<Key>,
}

fn sort<'a>(known: &Gateways, decoded: Vec<Decoded<'a>>, window: Window) -> Sorted<'a> {
    let mut sorted = Sorted {
        good: BTreeMap::new(),
        held: Vec::new(),
        accepted: Accepted::default(),
        names: BTreeSet::new(),
    };
    let mut outdated = BTreeMap::new();
    for (arrival, decoded) in decoded {
        let Some(k) = known.get(&arrival.gateway) else {
            sorted.accepted.counts.strangers += 1;
            tracing::warn!(gateway = %arrival.gateway, "dropped an envelope of a gateway that does not exist");
            continue;
        };
        let name = decoded.as_ref().ok().map(|e| (e.boot.cast_signed(), e.seq.cast_signed()));
        let reason = match &decoded {
            Ok(envelope) => checks::refusal(k, envelope, arrival.received_at, window),
            Err(error) => Some(format!("Not an envelope: {error}.")),
        };
        match (decoded, reason) {
            (Ok(envelope), None) => {
                if i64::from(envelope.map_version) < i64::from(k.sender.map_version) {
                    outdated.insert(arrival.gateway, k.sender.map_version);
                }
                let key = (arrival.gateway, envelope.boot.cast_signed(), envelope.seq.cast_signed());
                if sorted.good.insert(key, (arrival, envelope)).is_some() {
                    sorted.accepted.counts.duplicates += 1;
                }
            }
            (_, reason) => {
                sorted.accepted.counts.held += 1;
                sorted.names.extend(name.map(|(boot, seq)| (arrival.gateway, boot, seq)));
                sorted.held.push(held_whole(k, arrival, name, reason.unwrap_or_default()));
            }
        }
    }
    sorted.accepted.outdated = outdated.into_iter().collect();
    sorted
}

/// Inserts what is neither kept nor held yet; returns the names of what is new.
async fn keep(
    tx: &mut store::Tx<'_>,
    known: &Gateways,
    good: &BTreeMap<Key, (&Arrival, Envelope)>,
) -> store::Result<HashSet<Key>> {
    let names: Vec<Key> = good.keys().copied().collect();
    let held: HashSet<Key> = quarantine::held_envelopes(tx, &names).await?.into_iter().collect();
    let rows: Vec<NewEnvelope<'_>> = good
        .iter()
        .filter(|(key, _)| !held.contains(*key))
        .filter_map(|(key, (arrival, envelope))| {
            let sender = &known.get(&key.0)?.sender;
            Some(NewEnvelope {
                gateway: key.0,
                organisation: sender.organisation,
                facility: sender.facility,
                boot: key.1,
                seq: key.2,
                t0: instant(*envelope.ticks.first()?)?,
                t1: instant(*envelope.ticks.last()?)?,
                samples: i32::try_from(envelope.samples()).unwrap_or(i32::MAX),
                received_at: arrival.received_at,
                payload: &arrival.payload,
            })
        })
        .collect();
    if rows.is_empty() {
        return Ok(HashSet::new());
    }
    Ok(envelopes::insert(tx, &rows).await?.into_iter().collect())
}

/// Holds whole envelopes, and the implausible readings of those that were added.
async fn hold(
    tx: &mut store::Tx<'_>,
    known: &Gateways,
    added: &[(&Key, &(&Arrival, Envelope))],
    mut held: Vec<NewHeld>,
) -> store::Result<()> {
    for (key, (arrival, envelope)) in added {
        let Some(k) = known.get(&key.0) else { continue };
        for found in implausible(&k.channels, envelope) {
            let Some(at) = instant(found.reading.t) else { continue };
            held.push(NewHeld {
                organisation: k.sender.organisation,
                facility: k.sender.facility,
                gateway: key.0,
                name: Some((key.1, key.2)),
                reading: Some((found.channel, at, found.reading.v)),
                payload: None,
                reason: checks::implausible(&found),
                received_at: arrival.received_at,
            });
        }
    }
    if held.is_empty() { Ok(()) } else { quarantine::hold(tx, &held).await }
}

/// The newest plausible reading of each channel.
fn updates(known: &Gateways, added: &[(&Key, &(&Arrival, Envelope))]) -> Vec<FacilityUpdate> {
    let mut newest: BTreeMap<GatewayId, BTreeMap<u32, (i64, i64)>> = BTreeMap::new();
    for (key, (_, envelope)) in added {
        let Some(k) = known.get(&key.0) else { continue };
        let channels = newest.entry(key.0).or_default();
        for column in &envelope.columns {
            let Ok(index) = k.channels.binary_search_by_key(&column.channel, |c| c.number) else { continue };
            let valid = &k.channels[index].valid;
            let readings = envelope.ticks.iter().zip(&column.values);
            let last = readings.rev().find_map(|(&t, v)| Some((t, v.filter(|v| valid.contains(v))?)));
            if let Some(reading) = last {
                let held = channels.entry(column.channel).or_insert(reading);
                *held = reading.max(*held);
            }
        }
    }
    let update = |(gateway, channels): (GatewayId, BTreeMap<u32, (i64, i64)>)| {
        let facility = known.get(&gateway)?.sender.facility;
        let reading = |(channel, (at_ms, raw))| LiveReading { channel, at_ms, raw };
        Some(FacilityUpdate { facility, gateway, readings: channels.into_iter().map(reading).collect() })
    };
    newest.into_iter().filter_map(update).collect()
}

/// When each gateway was heard of last, and by how much its clock was ahead in its newest envelope.
fn newest_arrivals(good: &BTreeMap<Key, (&Arrival, Envelope)>) -> Vec<(GatewayId, DateTime<Utc>, i64)> {
    let mut newest: BTreeMap<GatewayId, (DateTime<Utc>, i64)> = BTreeMap::new();
    // Names ascend, so the last one of a gateway wins.
    for (key, (arrival, envelope)) in good {
        let skew = envelope.sent_at_ms.saturating_sub(arrival.received_at.timestamp_millis());
        newest.insert(key.0, (arrival.received_at, skew));
    }
    newest.into_iter().map(|(gateway, (at, skew))| (gateway, at, skew)).collect()
}
