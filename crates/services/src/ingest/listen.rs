//! The way in from the broker: messages are committed in groups, and answered after the commit.

use super::accept::hold_refused;
use super::{Accepted, Arrival, Registry, Window, accept};
use crate::Context;
use crate::gateways::map_of;
use domain::access::Scope;
use domain::gateway_map::{Hello, Watermark};
use domain::id::GatewayId;
use integrations::broker::{Client, Connection, Event, Message};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use store::senders;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};

/// Most envelopes in a transaction.
const GROUP_MAX: usize = 1_000;
/// Most bytes in a transaction.
const GROUP_BYTES_MAX: usize = 8 << 20;
/// How long the first envelope of a group waits for company.
const GROUP_WAIT: Duration = Duration::from_millis(10);
/// Groups that are committed side by side; a gateway always goes the same way. While one waits for the disk, the other
/// is folded.
const LANES: usize = 2;
/// Envelopes that may wait for a transaction in a lane; what exceeds it is not acknowledged, and gateways send it again.
const WAITING_MAX: usize = 4_096;
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(5);

/// Takes envelopes off the broker. Cheap to clone; clones show the same state.
#[derive(Clone, Debug)]
pub struct Ingestor {
    ctx: Context,
    registry: Registry,
    state: Arc<State>,
}

/// Numbers since the start, for health checks and metrics.
#[derive(Debug, Default)]
pub struct State {
    /// Envelopes kept.
    pub kept: AtomicU64,
    /// Readings kept.
    pub samples: AtomicU64,
    /// Envelopes that were kept or held before.
    pub duplicates: AtomicU64,
    /// Envelopes held as a whole.
    pub held: AtomicU64,
    /// Transactions committed.
    pub commits: AtomicU64,
    /// Transactions that failed and were tried again.
    pub retries: AtomicU64,
    /// Messages not taken because too many were waiting; they come again.
    pub refused: AtomicU64,
}

impl Ingestor {
    /// An ingestor that has not started.
    pub fn new(ctx: Context) -> Self {
        Self { ctx, registry: Registry::default(), state: Arc::default() }
    }

    /// What it has done so far.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// What it remembers of gateways; shared with releases from the quarantine.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// Listens until dropped. While the database is away nothing is acknowledged and nothing is lost: gateways keep
    /// what no watermark covers.
    pub async fn run(self, client: Client, connection: Connection) {
        // Dropped with this future, and all tasks with it.
        let mut tasks = JoinSet::new();
        let mut lanes = Vec::new();
        for _ in 0..LANES {
            let (lane, waiting) = mpsc::channel(WAITING_MAX);
            tasks.spawn(self.clone().commit_groups(client.clone(), waiting));
            lanes.push(lane);
        }
        let (hellos, greetings) = mpsc::channel(WAITING_MAX);
        tasks.spawn(self.clone().greet(client.clone(), greetings));
        self.receive(client, connection, &lanes, hellos).await;
    }

    async fn receive(
        &self,
        client: Client,
        mut connection: Connection,
        lanes: &[mpsc::Sender<(Message, Arrival)>],
        hellos: mpsc::Sender<(GatewayId, Hello)>,
    ) {
        loop {
            match connection.next().await {
                Event::Up => {
                    self.ctx.broker_session.store(true, Ordering::Relaxed);
                    tracing::info!("connected to the broker");
                    if let Err(error) = client.subscribe(&["gs/+/env", "gs/+/hello"]) {
                        tracing::error!(%error, "cannot subscribe");
                    }
                }
                Event::Down(reason) => {
                    if self.ctx.broker_session.swap(false, Ordering::Relaxed) {
                        tracing::warn!(reason, "lost the broker");
                    }
                }
                Event::Message(message) => self.sort(&client, message, lanes, &hellos),
            }
        }
    }

    fn sort(
        &self,
        client: &Client,
        message: Message,
        lanes: &[mpsc::Sender<(Message, Arrival)>],
        hellos: &mpsc::Sender<(GatewayId, Hello)>,
    ) {
        match topic(message.topic()) {
            Some((gateway, "env")) => {
                let payload = message.payload().to_vec();
                let arrival = Arrival { gateway, payload, received_at: self.ctx.clock.now() };
                let lane = usize::from(gateway.0.as_bytes()[15]) % LANES;
                if lanes[lane].try_send((message, arrival)).is_err() {
                    self.state.refused.fetch_add(1, Ordering::Relaxed);
                }
                return;
            }
            Some((gateway, "hello")) => match serde_json::from_slice::<Hello>(message.payload()) {
                // A hello that finds no place is repeated by the gateway.
                Ok(hello) => drop(hellos.try_send((gateway, hello))),
                Err(error) => tracing::warn!(%gateway, %error, "a hello that cannot be read"),
            },
            _ => tracing::warn!(topic = message.topic(), "a message on a topic of no gateway"),
        }
        drop(client.acknowledge(&message));
    }

    async fn commit_groups(self, client: Client, mut waiting: mpsc::Receiver<(Message, Arrival)>) {
        let mut told = HashMap::new();
        while let Some(first) = waiting.recv().await {
            let mut bytes = first.1.payload.len();
            let (mut messages, mut group) = (vec![first.0], vec![first.1]);
            let until = Instant::now() + GROUP_WAIT;
            while group.len() < GROUP_MAX && bytes < GROUP_BYTES_MAX {
                let Ok(Some((message, arrival))) = timeout_at(until, waiting.recv()).await else { break };
                bytes += arrival.payload.len();
                messages.push(message);
                group.push(arrival);
            }
            let accepted = self.commit(&group).await;
            for message in &messages {
                // One that finds no place comes again after a reconnect, and is a duplicate then.
                drop(client.acknowledge(message));
            }
            self.answer(&client, &accepted, &mut told).await;
        }
    }

    /// Commits a group, however long it takes. One envelope that the database refuses for what it holds must not stop the
    /// others: then each is tried alone, and the culprit held.
    async fn commit(&self, group: &[Arrival]) -> Accepted {
        let mut retry = RETRY_FIRST;
        loop {
            let error = match Box::pin(accept(&self.ctx, &self.registry, group, Window::Live)).await {
                Ok(accepted) => {
                    self.count(&accepted);
                    return accepted;
                }
                Err(error) => error,
            };
            self.state.retries.fetch_add(1, Ordering::Relaxed);
            tracing::error!(%error, envelopes = group.len(), "not accepted yet");
            if !error.is_transient() {
                match group {
                    [one] => {
                        let reason = format!("The database refused it: {error}.");
                        match hold_refused(&self.ctx, &self.registry, one, &reason).await {
                            Ok(accepted) => return accepted,
                            Err(error) => tracing::error!(%error, "not held yet"),
                        }
                    }
                    _ => return self.commit_singly(group).await,
                }
            }
            sleep(retry).await;
            retry = (retry * 2).min(RETRY_MOST);
        }
    }

    async fn commit_singly(&self, group: &[Arrival]) -> Accepted {
        let mut all = Accepted::default();
        for arrival in group {
            let accepted = Box::pin(self.commit(std::slice::from_ref(arrival))).await;
            all.watermarks.extend(accepted.watermarks);
            all.updates.extend(accepted.updates);
            all.outdated.extend(accepted.outdated);
        }
        all
    }

    fn count(&self, accepted: &Accepted) {
        let counts = accepted.counts;
        for (number, by) in [
            (&self.state.kept, counts.kept),
            (&self.state.samples, counts.samples),
            (&self.state.duplicates, counts.duplicates),
            (&self.state.held, counts.held),
            (&self.state.commits, 1),
        ] {
            number.fetch_add(by, Ordering::Relaxed);
        }
    }

    /// After the commit: watermarks to the gateways, readings to the live pages, new maps to who needs them.
    async fn answer(&self, client: &Client, accepted: &Accepted, told: &mut HashMap<GatewayId, i32>) {
        for (gateway, mark) in &accepted.watermarks {
            publish(client, *gateway, "watermark", mark);
        }
        for update in &accepted.updates {
            self.ctx.live.publish(update);
        }
        for &(gateway, version) in &accepted.outdated {
            if told.insert(gateway, version) != Some(version) {
                self.send_map(client, gateway).await;
            }
        }
    }

    async fn greet(self, client: Client, mut hellos: mpsc::Receiver<(GatewayId, Hello)>) {
        while let Some((gateway, hello)) = hellos.recv().await {
            tracing::info!(%gateway, map_version = hello.map_version, "a gateway says hello");
            self.send_map(&client, gateway).await;
            self.send_newest_watermark(&client, gateway).await;
        }
    }

    async fn send_map(&self, client: &Client, gateway: GatewayId) {
        let map = async {
            let mut tx = self.ctx.db.begin(&Scope::system()).await?;
            let Some(sender) = senders::find(&mut tx, &[gateway]).await?.pop().filter(|s| !s.revoked) else {
                return Ok(None);
            };
            map_of(&mut tx, gateway, sender.map_version).await.map(Some)
        };
        match map.await {
            Ok(Some(map)) => publish(client, gateway, "map", &map),
            Ok(None) => tracing::warn!(%gateway, "no map for a gateway that is unknown or revoked"),
            Err(error) => {
                tracing::warn!(%gateway, %error, "cannot send the point map; the gateway asks again");
            }
        }
    }

    /// Lets a gateway that missed the last watermark trim without sending anything again.
    async fn send_newest_watermark(&self, client: &Client, gateway: GatewayId) {
        let newest = async {
            let mut tx = self.ctx.db.begin(&Scope::system()).await?;
            store::watermarks::newest(&mut tx, gateway).await
        };
        if let Ok(Some((boot, seq))) = newest.await {
            publish(
                client,
                gateway,
                "watermark",
                &Watermark { boot: boot.cast_unsigned(), seq: seq.cast_unsigned() },
            );
        }
    }
}

/// Gateway and leaf of `gs/{gateway}/{leaf}`.
fn topic(topic: &str) -> Option<(GatewayId, &str)> {
    let (gateway, leaf) = topic.strip_prefix("gs/")?.split_once('/')?;
    Some((gateway.parse().ok()?, leaf))
}

fn publish(client: &Client, gateway: GatewayId, leaf: &str, message: &impl serde::Serialize) {
    let sent = serde_json::to_vec(message)
        .map_err(|e| e.to_string())
        .and_then(|json| client.publish(format!("gs/{gateway}/{leaf}"), json).map_err(|e| e.to_string()));
    if let Err(error) = sent {
        tracing::warn!(%gateway, leaf, error, "cannot publish");
    }
}
