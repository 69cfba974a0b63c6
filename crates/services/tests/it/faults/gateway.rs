//! A gateway as the server sees it: a journal that only a watermark trims, sent again until it does.

use crate::support::envelope;
use chrono::{DateTime, TimeDelta, Utc};
use domain::gateway_map::Watermark;
use domain::id::GatewayId;
use integrations::broker::{self, Event};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::{Instant, interval, sleep_until, timeout};

/// Ticks in an envelope.
pub(crate) const TICKS: i64 = 4;
const BOOT: u64 = 77;
/// Most envelopes sent and not committed.
const WINDOW: u64 = 32;
/// Most envelopes not committed: while everything is down, it makes no more, so that the test ends.
const BACKLOG: usize = 300;
const RESEND: Duration = Duration::from_millis(400);

pub(crate) struct Gateway {
    id: GatewayId,
    committed: watch::Receiver<u64>,
    stop: watch::Sender<bool>,
    made: JoinHandle<u64>,
}

/// When the first reading was taken: a midnight some 40 days ago.
pub(crate) fn start() -> DateTime<Utc> {
    (Utc::now() - TimeDelta::days(40)).date_naive().and_time(chrono::NaiveTime::MIN).and_utc()
}

impl Gateway {
    pub(crate) fn start(id: GatewayId, url: &str) -> Self {
        let (mark, committed) = watch::channel(0);
        let (stop, stopped) = watch::channel(false);
        let made = tokio::spawn(run(id, url.to_owned(), mark, stopped));
        Self { id, committed, stop, made }
    }

    /// Through which envelope the server says all is committed.
    pub(crate) fn committed(&self) -> u64 {
        *self.committed.borrow()
    }

    /// Completes when the watermark moves, or after a moment.
    pub(crate) async fn watermark_moves(&self) {
        let mut committed = self.committed.clone();
        let _ = timeout(Duration::from_millis(200), committed.changed()).await;
    }

    /// Makes no more, and waits until all is committed. Returns how many there were.
    pub(crate) async fn finish(self) -> (GatewayId, u64) {
        self.stop.send(true).unwrap();
        let made =
            timeout(Duration::from_secs(90), self.made).await.expect("all is committed in time").unwrap();
        (self.id, made)
    }
}

async fn run(id: GatewayId, url: String, mark: watch::Sender<u64>, stopped: watch::Receiver<bool>) -> u64 {
    let began = start();
    let (client, mut connection) = broker::open(&url, &format!("gw-{id}")).unwrap();
    let topic = |leaf: &str| format!("gs/{id}/{leaf}");
    let mut journal: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
    let (mut made, mut sent, mut up) = (0u64, 0u64, false);
    let mut tick = interval(Duration::from_millis(3));
    let mut resend_at = Instant::now() + RESEND;
    loop {
        tokio::select! {
            event = connection.next() => match event {
                Event::Up => {
                    client.subscribe(&[&topic("watermark")]).unwrap();
                    (up, sent) = (true, *mark.borrow());
                }
                Event::Down(_) => up = false,
                Event::Message(message) => {
                    client.acknowledge(&message).unwrap();
                    let heard: Watermark = serde_json::from_slice(message.payload()).unwrap();
                    assert_eq!(heard.boot, BOOT);
                    assert!(heard.seq <= made, "a watermark beyond what was sent");
                    if heard.seq > *mark.borrow() {
                        mark.send_replace(heard.seq);
                        journal = journal.split_off(&(heard.seq + 1));
                        resend_at = Instant::now() + RESEND;
                    }
                }
            },
            _ = tick.tick() => {
                if !*stopped.borrow() && journal.len() < BACKLOG {
                    made += 1;
                    let at = began + TimeDelta::seconds(10 * TICKS * i64::try_from(made - 1).unwrap());
                    journal.insert(made, envelope(BOOT, made, at, TICKS).encode());
                }
            }
            () = sleep_until(resend_at) => {
                sent = *mark.borrow();
                resend_at = Instant::now() + RESEND;
            }
        }
        if *stopped.borrow() && *mark.borrow() == made {
            return made;
        }
        while up && sent < made && sent < *mark.borrow() + WINDOW {
            sent = sent.max(*mark.borrow()) + 1;
            let Some(payload) = journal.get(&sent) else { break };
            if client.publish(topic("env"), payload.clone()).is_err() {
                break;
            }
        }
    }
}
