//! Ingest through a real Mosquitto.

use crate::support::{Site, envelope, now};
use chrono::TimeDelta;
use domain::gateway_map::{GatewayMap, Watermark};
use integrations::broker::{self, Event};
use services::ingest::Ingestor;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::time::timeout;

struct Mosquitto {
    process: Child,
    port: u16,
}

impl Mosquitto {
    fn start() -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        // Without a configuration file it listens on the loopback only, for anybody.
        let process = Command::new("mosquitto")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .args(["-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto has to be installed");
        Self { process, port }
    }

    fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_gateway_is_greeted_and_its_envelopes_answered(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    let mosquitto = Mosquitto::start();
    let ingestor = Ingestor::new(site.ctx.clone());
    let (client, connection) = broker::open(&mosquitto.url(), "server").unwrap();
    let serving = tokio::spawn(ingestor.clone().run(client, connection));

    let (gateway, mut events) = broker::open(&mosquitto.url(), "gateway").unwrap();
    let topic = |leaf: &str| format!("gs/{}/{leaf}", site.gateway);
    let part = envelope(8, 1, now() - TimeDelta::minutes(1), 4);
    let answers = timeout(Duration::from_secs(20), async {
        let (mut map, mut mark) = (None, None);
        let mut again = tokio::time::interval(Duration::from_millis(200));
        // The server may not have subscribed yet: a gateway sends until it is answered.
        while map.is_none() || mark.is_none() {
            tokio::select! {
                event = events.next() => match event {
                    Event::Up => gateway.subscribe(&[&topic("map"), &topic("watermark")]).unwrap(),
                    Event::Message(message) => {
                        gateway.acknowledge(&message).unwrap();
                        if message.topic() == topic("map") {
                            map = serde_json::from_slice::<GatewayMap>(message.payload()).ok();
                        } else {
                            mark = serde_json::from_slice::<Watermark>(message.payload()).ok();
                        }
                    }
                    Event::Down(_) => {}
                },
                _ = again.tick() => {
                    gateway.publish(topic("hello"), br#"{"map_version":null}"#.to_vec()).unwrap();
                    gateway.publish(topic("env"), part.encode()).unwrap();
                    gateway.publish(topic("env"), b"not an envelope".to_vec()).unwrap();
                }
            }
        }
        (map.unwrap(), mark.unwrap())
    })
    .await
    .expect("an answer in time");
    assert_eq!(answers.0.points.len(), 4);
    assert_eq!(answers.1, Watermark { boot: 8, seq: 1 });
    assert_eq!(site.days(1).await[0].n, 4);
    assert_eq!(site.count("SELECT count(*) FROM quarantine").await, 1);
    serving.abort();
}

/// An envelope that PostgreSQL refuses for what it holds is held; the others of its group go through.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_refused_envelope_stops_nobody(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut site = Site::new(pool, connect).await;
    sqlx::raw_sql(
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON envelopes FOR EACH ROW WHEN (NEW.seq = 2) EXECUTE FUNCTION refuse()",
    )
    .execute(&mut site.owner)
    .await
    .unwrap();
    let mosquitto = Mosquitto::start();
    let (client, connection) = broker::open(&mosquitto.url(), "server").unwrap();
    let serving = tokio::spawn(Ingestor::new(site.ctx.clone()).run(client, connection));
    let (gateway, mut events) = broker::open(&mosquitto.url(), "gateway").unwrap();
    let topic = |leaf: &str| format!("gs/{}/{leaf}", site.gateway);
    let part = |seq: u64| {
        envelope(8, seq, now() - TimeDelta::seconds(100 * i64::try_from(seq).unwrap()), 4).encode()
    };
    let all = async {
        let mut again = tokio::time::interval(Duration::from_millis(200));
        loop {
            tokio::select! {
                event = events.next() => match event {
                    Event::Up => gateway.subscribe(&[&topic("watermark")]).unwrap(),
                    Event::Message(message) => {
                        gateway.acknowledge(&message).unwrap();
                        if serde_json::from_slice::<Watermark>(message.payload()).unwrap().seq == 3 {
                            return;
                        }
                    }
                    Event::Down(_) => {}
                },
                _ = again.tick() => {
                    for seq in 1..=3 {
                        gateway.publish(topic("env"), part(seq)).unwrap();
                    }
                }
            }
        }
    };
    timeout(Duration::from_secs(30), all).await.expect("the watermark passes the refused envelope");
    serving.abort();
    assert_eq!(site.count("SELECT count(*) FROM envelopes").await, 2);
    let held = "SELECT count(*) FROM quarantine WHERE seq = 2 AND reason LIKE 'The database refused it: %'";
    assert_eq!(site.count(held).await, 1);
}
