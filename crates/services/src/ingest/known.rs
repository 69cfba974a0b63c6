//! What ingest knows of the gateways: their points and meter events, kept until the map's version changes.

use chrono::{DateTime, Datelike, Utc};
use chrono_tz::Tz;
use domain::access::Scope;
use domain::bucket::Channel;
use domain::counter::{Meter, MeterEvent};
use domain::id::GatewayId;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use store::senders::Sender;
use store::{Db, envelopes, meter_events, points, senders};

/// A gateway with the rules for its channels.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) sender: Sender,
    pub(super) zone: Tz,
    /// Ascending by number; retired points are among them.
    pub(super) channels: Arc<Vec<Channel>>,
}

pub(super) type Gateways = HashMap<GatewayId, Known>;

impl Known {
    /// The rules of a channel.
    pub(super) fn meter(&self, channel: u32) -> Option<&Meter> {
        let index = self.channels.binary_search_by_key(&channel, |c| c.number).ok()?;
        Some(&self.channels[index].meter)
    }
}

/// Memory of one process. Whatever changes the rules raises the map's version, which is read anew in every
/// transaction under the gateway's lock, so what is remembered is never out of date.
#[derive(Clone, Debug, Default)]
pub struct Registry {
    inner: Arc<Mutex<Memory>>,
}

#[derive(Debug, Default)]
struct Memory {
    gateways: HashMap<GatewayId, Known>,
    months: HashSet<(i32, u32)>,
}

impl Registry {
    /// The gateways that exist among `ids`.
    pub(super) async fn load(&self, tx: &mut store::Tx<'_>, ids: &[GatewayId]) -> store::Result<Gateways> {
        let mut found = Gateways::new();
        for sender in senders::find(tx, ids).await? {
            let remembered = self.lock().gateways.get(&sender.id).cloned();
            let known = match remembered.filter(|k| k.sender.map_version == sender.map_version) {
                Some(known) => Known { sender, ..known },
                None => read(tx, sender).await?,
            };
            self.lock().gateways.insert(known.sender.id, known.clone());
            found.insert(known.sender.id, known);
        }
        Ok(found)
    }

    /// Makes the partitions for these times, once per process and month, in a transaction of their own: making
    /// one locks the whole table.
    pub(super) async fn ensure_partitions(
        &self,
        db: &Db,
        times: impl Iterator<Item = DateTime<Utc>>,
    ) -> store::Result<()> {
        let month = |at: DateTime<Utc>| ((at.year(), at.month()), at);
        let wanted: BTreeSet<_> = times.map(month).collect();
        let mut made = HashSet::new();
        for (name, at) in wanted {
            if made.contains(&name) || self.lock().months.contains(&name) {
                continue;
            }
            let mut tx = db.begin(&Scope::system()).await?;
            envelopes::ensure_partition(&mut tx, at).await?;
            tx.commit().await?;
            made.insert(name);
        }
        self.lock().months.extend(made);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Memory> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(tx: &mut store::Tx<'_>, sender: Sender) -> store::Result<Known> {
    let mut events: HashMap<u32, Vec<MeterEvent>> = HashMap::new();
    for (channel, event) in meter_events::of_gateway(tx, sender.id).await? {
        events.entry(channel).or_default().push(event);
    }
    let points = points::of_gateway(tx, sender.id).await?;
    let mut channels: Vec<Channel> = points
        .into_iter()
        .map(|p| {
            let meter = Meter::new(&p.spec, events.remove(&p.spec.channel).unwrap_or_default());
            Channel::new(&p.spec, meter)
        })
        .collect();
    channels.sort_by_key(|c| c.number);
    // The database checks the name when a facility is created; an unknown one would be a zone this build's tables lack.
    let zone = sender.time_zone.parse().unwrap_or_else(|_| {
        tracing::error!(time_zone = sender.time_zone, "unknown time zone; days are cut in UTC");
        Tz::UTC
    });
    Ok(Known { sender, zone, channels: Arc::new(channels) })
}
