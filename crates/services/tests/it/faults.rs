//! Killing things during ingest: F1 the server's process, F2 PostgreSQL, F3 the broker. Afterwards every envelope that a
//! gateway made is there once, and every rollup row is the one that the envelopes give.

mod cluster;
mod gateway;

use crate::support::{context, facility_file, organisation};
use cluster::{Cluster, Mosquitto};
use domain::access::Scope;
use domain::id::GatewayId;
use domain::range::Granularity;
use gateway::Gateway;
use integrations::broker;
use rand::Rng;
use services::facilities::create_from_file;
use services::ingest::{Ingestor, verify};
use services::{Clock, Context};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The process that is killed: this test binary, started again with an address of a database and a broker.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "it is a process of the fault tests and does nothing by itself"]
async fn ingest_process() {
    let (Ok(database), Ok(mqtt)) = (std::env::var("FAULTS_DATABASE_URL"), std::env::var("FAULTS_MQTT_URL"))
    else {
        return;
    };
    let connect: PgConnectOptions = database.parse().unwrap();
    let pool = PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(2));
    let ctx = Context { clock: Clock::System, ..context(pool, connect) };
    let (client, connection) = broker::open(&mqtt, &format!("server-{}", std::process::id())).unwrap();
    Ingestor::new(ctx).run(client, connection).await;
}

fn spawn_ingest(cluster: &Cluster, mosquitto: &Mosquitto) -> Killed {
    let process = Command::new(std::env::current_exe().unwrap())
        .args(["faults::ingest_process", "--exact", "--ignored"])
        .env("FAULTS_DATABASE_URL", cluster.url("faults"))
        .env("FAULTS_MQTT_URL", mosquitto.url())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    Killed(process)
}

/// A process that does not outlive the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Database,
    Broker,
}

async fn survives(victim: Victim, kills: u32) {
    let mut cluster = Cluster::start("faults").await;
    let mut mosquitto = Mosquitto::start();
    let connect: PgConnectOptions = cluster.url("faults").parse().unwrap();
    let ctx = Context {
        clock: Clock::System,
        ..context(
            PgPoolOptions::new().max_connections(4).acquire_timeout(Duration::from_secs(30)),
            connect.clone(),
        )
    };
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    store::MIGRATOR.run(&mut owner).await.unwrap();
    let customer = organisation(&mut owner).await;
    let mut gateways = Vec::new();
    for slug in ["one", "two"] {
        let id = create_from_file(&ctx, customer, &facility_file(slug)).await.unwrap().gateway;
        gateways.push(Gateway::start(id, &mosquitto.url()));
    }
    let mut server = spawn_ingest(&cluster, &mosquitto);
    let mut committed = 0;
    for _ in 0..kills {
        // Each time the stream is moving again first; then a moment that nobody chose.
        committed = progress(&gateways, committed).await;
        let moment = rand::rng().random_range(0..250);
        tokio::time::sleep(Duration::from_millis(moment)).await;
        match victim {
            Victim::Server => {
                server.0.kill().unwrap();
                server.0.wait().unwrap();
                server = spawn_ingest(&cluster, &mosquitto);
            }
            Victim::Database => cluster.crash_and_restart().await,
            Victim::Broker => mosquitto.crash_and_restart(),
        }
    }
    let mut made = Vec::new();
    for gateway in gateways {
        made.push(gateway.finish().await);
    }
    drop(server);
    let mut owner = PgConnection::connect_with(&connect).await.unwrap();
    for (gateway, envelopes) in made {
        check(&ctx, &mut owner, gateway, envelopes).await;
    }
}

/// Waits until more is committed than before.
async fn progress(gateways: &[Gateway], before: u64) -> u64 {
    let total = || gateways.iter().map(Gateway::committed).sum::<u64>();
    let moving = async {
        while total() <= before {
            gateways[0].watermark_moves().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), moving).await.expect("ingest goes on within a minute");
    total()
}

async fn check(ctx: &Context, owner: &mut PgConnection, gateway: GatewayId, made: u64) {
    let kept: (i64, i64, i64, i64) = sqlx::query_as(
        "SELECT count(*), count(DISTINCT (boot, seq)), coalesce(max(seq), 0), sum(samples)::bigint FROM envelopes WHERE gateway_id = $1",
    )
    .bind(gateway.0)
    .fetch_one(&mut *owner)
    .await
    .unwrap();
    let made = i64::try_from(made).unwrap();
    assert!(made > 50, "only {made} envelopes were under way");
    assert_eq!(kept, (made, made, made, made * 2 * gateway::TICKS), "kept, distinct, newest, readings");
    let held: i64 =
        sqlx::query_scalar("SELECT count(*) FROM quarantine").fetch_one(&mut *owner).await.unwrap();
    assert_eq!(held, 0);
    assert_eq!(verify(ctx, gateway).await.unwrap(), []);
    // The register rises by one a tick: energy is exact.
    let mut tx = ctx.db.begin(&Scope::system()).await.unwrap();
    let (from, to) =
        (gateway::start() - chrono::TimeDelta::days(2), gateway::start() + chrono::TimeDelta::days(60));
    let days = store::rollups::read(&mut tx, gateway, Granularity::Day, from, to).await.unwrap();
    let counter: Vec<_> =
        days.iter().flat_map(|(_, row)| row).filter(|(c, _)| *c == 1).map(|(_, s)| *s).collect();
    let inside: i64 = counter.iter().map(|s| s.rise.value).sum();
    let between: i64 = counter.windows(2).map(|pair| pair[1].first.v - pair[0].last.v).sum();
    assert_eq!(inside + between, made * gateway::TICKS - 1);
}

/// F1
#[tokio::test(flavor = "multi_thread")]
async fn killing_the_server_loses_and_doubles_nothing() {
    Box::pin(survives(Victim::Server, 20)).await;
}

/// F2
#[tokio::test(flavor = "multi_thread")]
async fn killing_postgresql_loses_and_doubles_nothing() {
    Box::pin(survives(Victim::Database, 10)).await;
}

/// F3
#[tokio::test(flavor = "multi_thread")]
async fn killing_the_broker_loses_and_doubles_nothing() {
    Box::pin(survives(Victim::Broker, 10)).await;
}
