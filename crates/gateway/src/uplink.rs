//! The way to the server: sends the journal oldest first, again and again until the server has committed it.
//!
//! The broker's acknowledgement frees a place in the client and means nothing else. Only a committed watermark from
//! the server lets go of an envelope.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use domain::gateway_map::{GatewayMap, Hello, Watermark};
use domain::id::GatewayId;
use rumqttc::{Publish, QoS, SubscribeFilter};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::backoff::Backoff;
use crate::broker::{Endpoint, EndpointError, Link, LinkEvent};
use crate::journal::{Cursor, Trim};
use crate::map;
use crate::recorder::Shared;
use crate::seal;
use crate::status::Status;

/// Most envelopes sent and not committed. Fewer than the client's queue holds, so sending never waits.
const WINDOW: u16 = 64;
const RESEND_MOST: Duration = Duration::from_secs(60);
/// Without a map, hello is repeated soon: the server may not have been there.
const HELLO_FIRST: Duration = Duration::from_secs(5);
const HELLO_MOST: Duration = Duration::from_secs(60);
/// With a map, it only asks now and then whether there is a newer one.
const HELLO_AGAIN: Duration = Duration::from_secs(600);

pub(crate) struct Uplink {
    gateway: GatewayId,
    data: PathBuf,
    shared: Shared,
    status: Arc<Status>,
    maps: watch::Sender<Option<Arc<GatewayMap>>>,
    link: Link,
    online: bool,
    cursor: Cursor,
    /// Sent in this round and not committed, oldest first.
    sent: VecDeque<(u64, u64)>,
    resend: Backoff,
    resend_at: Instant,
    hello: Backoff,
    hello_at: Instant,
}

impl Uplink {
    pub(crate) fn new(
        gateway: GatewayId,
        endpoint: &Endpoint,
        data: PathBuf,
        resend: Duration,
        shared: Shared,
        status: Arc<Status>,
        maps: watch::Sender<Option<Arc<GatewayMap>>>,
    ) -> Result<Self, EndpointError> {
        Ok(Self {
            gateway,
            data,
            shared,
            status,
            maps,
            link: Link::open(endpoint, &format!("gw-{gateway}"), WINDOW)?,
            online: false,
            cursor: Cursor::default(),
            sent: VecDeque::new(),
            resend: Backoff::new(resend, RESEND_MOST.max(resend)),
            resend_at: Instant::now(),
            hello: Backoff::new(HELLO_FIRST, HELLO_MOST),
            hello_at: Instant::now(),
        })
    }

    /// Sends until dropped.
    pub(crate) async fn run(mut self) {
        let grown = Arc::clone(&self.shared.grown);
        loop {
            tokio::select! {
                event = self.link.events.recv() => match event {
                    Some(event) => self.handle(event),
                    None => return,
                },
                () = grown.notified() => {}
                () = sleep_until(self.resend_at), if self.online && !self.sent.is_empty() => {
                    tracing::warn!(envelopes = self.sent.len(), "no commit from the server; sending again");
                    self.rewind();
                }
                () = sleep_until(self.hello_at), if self.online => self.say_hello(),
            }
            if self.online {
                self.fill();
            }
        }
    }

    fn topic(&self, leaf: &str) -> String {
        format!("gs/{}/{leaf}", self.gateway)
    }

    fn handle(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Up => {
                tracing::info!("connected to the server's broker");
                let filters =
                    ["map", "watermark"].map(|leaf| SubscribeFilter::new(self.topic(leaf), QoS::AtLeastOnce));
                if let Err(error) = self.link.client.try_subscribe_many(filters) {
                    tracing::error!(%error, "cannot subscribe");
                }
                self.set_online(true);
                self.resend.reset();
                self.hello.reset();
                self.say_hello();
                self.rewind();
            }
            LinkEvent::Down(reason) => {
                tracing::warn!(reason, "no connection to the server's broker; readings stay in the journal");
                self.set_online(false);
            }
            LinkEvent::Message(message) => self.receive(&message),
            LinkEvent::Acked => {}
        }
    }

    fn set_online(&mut self, online: bool) {
        self.online = online;
        self.status.edit().online = online;
    }

    fn say_hello(&mut self) {
        let map_version = self.maps.borrow().as_ref().map(|m| m.version);
        let sent = serde_json::to_vec(&Hello { map_version }).map_err(|e| e.to_string()).and_then(|hello| {
            let topic = self.topic("hello");
            self.link.client.try_publish(topic, QoS::AtLeastOnce, false, hello).map_err(|e| e.to_string())
        });
        if let Err(error) = sent {
            tracing::warn!(error, "cannot say hello");
        }
        let pause = if map_version.is_some() { HELLO_AGAIN } else { self.hello.delay() };
        self.hello_at = Instant::now() + pause;
    }

    /// Starts again at the oldest envelope that is not committed.
    fn rewind(&mut self) {
        self.cursor = Cursor::default();
        self.sent.clear();
        self.resend_at = Instant::now() + self.resend.delay();
    }

    /// Sends as much as the window takes.
    fn fill(&mut self) {
        while self.sent.len() < usize::from(WINDOW) {
            let before = self.cursor;
            let entry = match self.shared.with(|journal| journal.next(&mut self.cursor)) {
                Ok(Some(entry)) => entry,
                Ok(None) => return,
                Err(error) => {
                    tracing::error!(%error, "cannot read the journal");
                    return;
                }
            };
            if entry.lost {
                tracing::error!(
                    boot = entry.boot,
                    seq = entry.seq,
                    "an envelope is lost from the disk; sending its number only"
                );
            }
            let bytes = match seal::envelope(&entry) {
                Ok(bytes) => bytes,
                Err(error) => {
                    tracing::error!(%error, boot = entry.boot, seq = entry.seq, "a journal entry makes no envelope");
                    return;
                }
            };
            let topic = self.topic("env");
            if self.link.client.try_publish(topic, QoS::AtLeastOnce, false, bytes).is_err() {
                // The client's queue is full; an acknowledgement brings us back here.
                self.cursor = before;
                return;
            }
            if self.sent.is_empty() {
                self.resend_at = Instant::now() + self.resend.delay();
            }
            self.sent.push_back((entry.boot, entry.seq));
        }
    }

    fn receive(&mut self, message: &Publish) {
        if message.topic == self.topic("watermark") {
            match serde_json::from_slice::<Watermark>(&message.payload) {
                Ok(mark) => self.commit(mark),
                Err(error) => tracing::warn!(%error, "a watermark that cannot be read"),
            }
        } else if message.topic == self.topic("map") {
            self.adopt(&message.payload);
        }
    }

    fn commit(&mut self, mark: Watermark) {
        match self.shared.with(|journal| journal.committed(mark.boot, mark.seq)) {
            Ok(Trim::Advanced) => {
                self.sent.retain(|(boot, seq)| *boot != mark.boot || *seq > mark.seq);
                self.status.edit().watermark = Some((mark.boot.to_string(), mark.seq));
                self.resend.reset();
                self.resend_at = Instant::now() + self.resend.delay();
            }
            Ok(Trim::Unchanged) => {}
            Ok(Trim::Ahead) => tracing::error!(
                boot = mark.boot,
                seq = mark.seq,
                "the server claims an envelope that was never sent; the watermark is ignored"
            ),
            Err(error) => tracing::error!(%error, "cannot delete a committed journal segment"),
        }
    }

    fn adopt(&mut self, payload: &[u8]) {
        let map = match map::parse(payload, self.gateway) {
            Ok(map) => map,
            Err(error) => {
                tracing::error!(%error, "the point map from the server is not used");
                return;
            }
        };
        self.hello_at = Instant::now() + HELLO_AGAIN;
        if self.maps.borrow().as_ref().is_some_and(|current| current.version == map.version) {
            return;
        }
        if let Err(error) = map::store(&self.data, &map) {
            tracing::warn!(%error, "cannot keep the point map for the next start");
        }
        self.maps.send_replace(Some(Arc::new(map)));
    }
}
