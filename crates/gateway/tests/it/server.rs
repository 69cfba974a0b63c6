//! The server's side of the protocol, small: records what comes, answers hello, publishes committed watermarks.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::envelope::Envelope;
use domain::gateway_map::{GatewayMap, Hello, Watermark};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::gateway::PATIENCE;

/// Everything that came from gateways.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) envelopes: BTreeMap<(u64, u64), Vec<u8>>,
    /// Messages that carried an envelope seen before.
    pub(crate) copies: usize,
    /// Names that came with two different bodies.
    pub(crate) conflicts: Vec<(u64, u64)>,
    pub(crate) hellos: Vec<Hello>,
}

impl Seen {
    pub(crate) fn decoded(&self) -> impl DoubleEndedIterator<Item = Envelope> + '_ {
        self.envelopes.values().map(|bytes| Envelope::decode(bytes).unwrap())
    }

    /// The (tick, raw value) pairs of a channel, in the order of their envelopes.
    pub(crate) fn readings(&self, channel: u32) -> Vec<(i64, i64)> {
        let mut readings = Vec::new();
        for envelope in self.decoded() {
            for column in envelope.columns.iter().filter(|c| c.channel == channel) {
                let present = envelope.ticks.iter().zip(&column.values);
                readings.extend(present.filter_map(|(tick, raw)| raw.map(|raw| (*tick, raw))));
            }
        }
        readings
    }

    pub(crate) fn ticks(&self) -> usize {
        self.decoded().map(|e| e.ticks.len()).sum()
    }

    /// For each boot the highest number so far; fails on a hole, a conflict, or ticks that do not rise.
    pub(crate) fn assert_complete(&self) -> BTreeMap<u64, u64> {
        assert_eq!(self.conflicts, [], "a name with two bodies");
        let mut last = BTreeMap::new();
        let mut tick = BTreeMap::new();
        for envelope in self.decoded() {
            let before: u64 = last.insert(envelope.boot, envelope.seq).unwrap_or(0);
            assert_eq!(envelope.seq, before + 1, "boot {} has a hole", envelope.boot);
            let previous = tick.insert(envelope.boot, *envelope.ticks.last().unwrap());
            assert!(previous.is_none_or(|p| p < envelope.ticks[0]), "ticks go back");
        }
        last
    }
}

#[derive(Clone)]
pub(crate) struct Server {
    client: AsyncClient,
    seen: watch::Sender<Seen>,
    committing: Arc<AtomicBool>,
    map: Arc<Mutex<Option<GatewayMap>>>,
}

impl Server {
    /// Connects to the broker on `port` and returns when subscribed. Commits at once until told otherwise.
    pub(crate) async fn start(port: u16) -> Self {
        let mut options = MqttOptions::new("server", "127.0.0.1", port);
        options.set_keep_alive(Duration::from_secs(5));
        options.set_max_packet_size(4 << 20, 4 << 20);
        let (client, mut events) = AsyncClient::new(options, 1024);
        let server = Self {
            client,
            seen: watch::Sender::new(Seen::default()),
            committing: Arc::new(AtomicBool::new(true)),
            map: Arc::default(),
        };
        let (ready, mut subscribed) = watch::channel(false);
        let handler = server.clone();
        tokio::spawn(async move {
            loop {
                match events.poll().await {
                    Ok(Event::Incoming(Packet::ConnAck(_))) => {
                        handler.client.try_subscribe("gs/+/env", QoS::AtLeastOnce).unwrap();
                        handler.client.try_subscribe("gs/+/hello", QoS::AtLeastOnce).unwrap();
                    }
                    Ok(Event::Incoming(Packet::SubAck(_))) => {
                        ready.send_replace(true);
                    }
                    Ok(Event::Incoming(Packet::Publish(message))) => {
                        let (gateway, leaf) = message.topic.rsplit_once('/').unwrap();
                        if leaf == "env" {
                            handler.take(gateway, message.payload.to_vec());
                        } else {
                            handler.greet(&message.payload);
                        }
                    }
                    Ok(_) => {}
                    Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
                }
            }
        });
        timeout(PATIENCE, subscribed.wait_for(|ready| *ready)).await.unwrap().unwrap();
        server
    }

    fn take(&self, gateway: &str, bytes: Vec<u8>) {
        let header = Envelope::decode_header(&bytes).unwrap();
        let name = (header.boot, header.seq);
        let committing = self.committing.load(Ordering::SeqCst);
        let mut prefix = 0;
        self.seen.send_modify(|seen| {
            if let Some(before) = seen.envelopes.get(&name) {
                seen.copies += 1;
                if *before != bytes {
                    seen.conflicts.push(name);
                }
            } else {
                seen.envelopes.insert(name, bytes);
            }
            while seen.envelopes.contains_key(&(header.boot, prefix + 1)) {
                prefix += 1;
            }
        });
        if committing {
            self.commit(gateway, header.boot, prefix);
        }
    }

    fn commit(&self, gateway: &str, boot: u64, seq: u64) {
        let mark = serde_json::to_vec(&Watermark { boot, seq }).unwrap();
        self.client.try_publish(format!("{gateway}/watermark"), QoS::AtLeastOnce, false, mark).unwrap();
    }

    fn greet(&self, payload: &[u8]) {
        let hello: Hello = serde_json::from_slice(payload).unwrap();
        let map = self.map.lock().unwrap().clone();
        if let Some(map) = map.filter(|m| Some(m.version) != hello.map_version) {
            self.send_map(&map);
        }
        self.seen.send_modify(|seen| seen.hellos.push(hello));
    }

    fn send_map(&self, map: &GatewayMap) {
        let topic = format!("gs/{}/map", map.gateway);
        self.client.try_publish(topic, QoS::AtLeastOnce, false, serde_json::to_vec(map).unwrap()).unwrap();
    }

    /// Uses `map` from now on and sends it.
    pub(crate) fn set_map(&self, map: GatewayMap) {
        self.send_map(&map);
        *self.map.lock().unwrap() = Some(map);
    }

    /// Whether what comes is committed.
    pub(crate) fn set_committing(&self, committing: bool) {
        self.committing.store(committing, Ordering::SeqCst);
    }

    /// Waits until `holds`, then gives what `look` sees.
    pub(crate) async fn when<T>(&self, holds: impl FnMut(&Seen) -> bool, look: impl FnOnce(&Seen) -> T) -> T {
        let mut seen = self.seen.subscribe();
        let seen = timeout(PATIENCE, seen.wait_for(holds)).await;
        look(&seen.expect("what the test waits for did not come").unwrap())
    }

    pub(crate) fn now<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.seen.borrow())
    }
}
