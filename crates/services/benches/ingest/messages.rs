//! P5: from the broker to committed rollups, against `mosquitto_sub`, which only takes messages (where it is not
//! installed, against a faster subscriber of our own that counts).

use crate::data::{POINTS, envelope, now};
use crate::report;
use chrono::TimeDelta;
use domain::id::GatewayId;
use integrations::broker::{self, Client, Connection, Event};
use serde_json::json;
use services::Context;
use services::ingest::Ingestor;
use sqlx::PgConnection;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

const ROUNDS: usize = 7;
const MESSAGES: u64 = 6_000;

struct Mosquitto {
    process: Child,
    folder: std::path::PathBuf,
    url: String,
}

impl Mosquitto {
    fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = std::env::temp_dir().join(format!("bench-mosquitto-{port}"));
        std::fs::create_dir_all(&folder).unwrap();
        let config = folder.join("mosquitto.conf");
        // Acknowledgements wait for a commit of up to 1,000 envelopes, so as many may be under way.
        let text = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nmax_inflight_messages 2000\nmax_queued_messages 100000\n"
        );
        std::fs::write(&config, text).unwrap();
        let process = Command::new("mosquitto")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .arg("-c")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto has to be installed");
        Self { process, folder, url: format!("mqtt://127.0.0.1:{port}") }
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A connection that is up.
async fn connect(url: &str, name: &str) -> (Client, Connection) {
    let (client, mut connection) = broker::open(url, name).unwrap();
    while !matches!(connection.next().await, Event::Up) {}
    (client, connection)
}

/// Publishes as fast as the broker takes it.
async fn publish(url: &str, messages: Vec<(String, Vec<u8>)>) {
    let (client, mut connection) = connect(url, "publisher").await;
    let reading = tokio::spawn(async move {
        loop {
            connection.next().await;
        }
    });
    for (topic, payload) in messages {
        while client.publish(topic.clone(), payload.clone()).is_err() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
    // The connection has to live until everything is delivered; whoever counts ends it.
    reading.await.unwrap();
}

/// Messages per second of `mosquitto_sub` alone; none where it is not installed.
async fn mosquitto_sub(url: &str, messages: Vec<(String, Vec<u8>)>) -> Option<f64> {
    let port = url.rsplit(':').next()?;
    let total = messages.len();
    let mut subscriber = tokio::process::Command::new("mosquitto_sub")
        .args(["-p", port, "-q", "1", "-t", "gs/+/env", "-F", ".", "-C", &total.to_string()])
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .ok()?;
    tokio::time::sleep(Duration::from_millis(300)).await;
    let url = url.to_owned();
    let began = Instant::now();
    let publishing = tokio::spawn(async move { publish(&url, messages).await });
    let done = tokio::time::timeout(Duration::from_secs(60), subscriber.wait()).await;
    assert!(done.unwrap().unwrap().success());
    publishing.abort();
    Some(total as f64 / began.elapsed().as_secs_f64())
}

/// Messages per second of a subscriber that acknowledges and does nothing else.
async fn count_only(url: &str, messages: Vec<(String, Vec<u8>)>) -> f64 {
    let (client, mut connection) = connect(url, "counter").await;
    client.subscribe(&["gs/+/env"]).unwrap();
    let (arrived, mut arriving) = tokio::sync::mpsc::unbounded_channel();
    let receiving = tokio::spawn(async move {
        loop {
            if let Event::Message(message) = connection.next().await {
                arrived.send(message).unwrap();
            }
        }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    let total = messages.len() as u64;
    let url = url.to_owned();
    let began = Instant::now();
    let publishing = tokio::spawn(async move { publish(&url, messages).await });
    for _ in 0..total {
        let message = tokio::time::timeout(Duration::from_secs(60), arriving.recv()).await.unwrap().unwrap();
        while client.acknowledge(&message).is_err() {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
    let seconds = began.elapsed().as_secs_f64();
    publishing.abort();
    receiving.abort();
    total as f64 / seconds
}

/// Messages per second until everything is committed.
async fn ingest(ctx: &Context, url: &str, messages: Vec<(String, Vec<u8>)>) -> f64 {
    let ingestor = Ingestor::new(ctx.clone());
    let (client, connection) = broker::open(url, "server").unwrap();
    let serving = tokio::spawn(ingestor.clone().run(client, connection));
    while !ctx.broker_session.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let total = messages.len() as u64;
    let url = url.to_owned();
    let began = Instant::now();
    let publishing = tokio::spawn(async move { publish(&url, messages).await });
    while ingestor.state().kept.load(Ordering::Relaxed) < total {
        assert!(
            began.elapsed() < Duration::from_secs(60),
            "not everything was committed: {:?}",
            ingestor.state()
        );
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let seconds = began.elapsed().as_secs_f64();
    publishing.abort();
    serving.abort();
    ctx.broker_session.store(false, Ordering::Relaxed);
    total as f64 / seconds
}

pub(crate) async fn run(ctx: &Context, owner: &mut PgConnection, gateways: &[GatewayId]) {
    let (mut ratios, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let mosquitto = Mosquitto::start();
        let start = now() - TimeDelta::days(10) + TimeDelta::hours(6 * i64::try_from(round).unwrap());
        let messages = || -> Vec<(String, Vec<u8>)> {
            (0..MESSAGES)
                .map(|index| {
                    let gateway = gateways[usize::try_from(index).unwrap() % gateways.len()];
                    let seq = index / gateways.len() as u64 + 1;
                    (format!("gs/{gateway}/env"), envelope(start, 100 + round as u64, seq, 1).encode())
                })
                .collect()
        };
        let (mut committed, mut counted) = (0.0, 0.0);
        for side in if round % 2 == 0 { [true, false] } else { [false, true] } {
            if side {
                committed = ingest(ctx, &mosquitto.url, messages()).await;
            } else {
                counted = match mosquitto_sub(&mosquitto.url, messages()).await {
                    Some(rate) => rate,
                    None => count_only(&mosquitto.url, messages()).await,
                };
            }
        }
        ratios.push(committed * f64::from(POINTS) / counted);
        ours.push((committed * f64::from(POINTS)).round());
        theirs.push(counted.round());
    }
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM envelopes WHERE boot >= 100")
        .fetch_one(owner)
        .await
        .unwrap();
    assert_eq!(kept.unsigned_abs(), MESSAGES * ROUNDS as u64);
    let detail = json!({ "our_readings_per_s": ours, "subscriber_messages_per_s": theirs, "points": POINTS });
    report(
        "P5",
        "readings committed per message that mosquitto_sub takes",
        ratios,
        50.0,
        150.0,
        false,
        detail,
    );
}
