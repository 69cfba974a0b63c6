//! SIGKILL at random moments: the gateway (F4) and the broker (F3).

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use gateway::journal::{Cursor, DEFAULT_MAX_BYTES, Journal};
use gateway::seal;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::broker::{Broker, say};
use crate::gateway::{PATIENCE, Site, mqtt};
use crate::server::Server;

const KILLS: usize = 10;
const SEED: u64 = 0x6761_696e;

/// What a killed gateway still owes the server, read from a copy of its journal.
fn owed(journal: &Path) -> BTreeMap<(u64, u64), Vec<u8>> {
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(journal).unwrap().map(Result::unwrap) {
        std::fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let mut journal = Journal::open(copy.path(), DEFAULT_MAX_BYTES, 0).unwrap();
    let mut cursor = Cursor::default();
    let mut owed = BTreeMap::new();
    while let Some(entry) = journal.next(&mut cursor).unwrap() {
        assert!(!entry.lost);
        owed.insert((entry.boot, entry.seq), seal::envelope(&entry).unwrap());
    }
    owed
}

/// A sensor that says a rising number for as long as the test runs.
fn talk(client: rumqttc::AsyncClient) {
    tokio::spawn(async move {
        for number in 0_u64.. {
            say(&client, "meter/power", &number.to_string(), false).await;
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gateway_killed_at_any_moment_loses_nothing() {
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    let site = Site::new(&broker.url());
    server.set_map(site.map(1, 50, 3, vec![mqtt("meter/power", "")]));
    talk(broker.sensor().await);
    let mut random = StdRng::seed_from_u64(SEED);
    let mut owed_in_all = BTreeMap::new();
    let local = broker.url();
    let options = ["--local-mqtt", &local, "--resend-seconds", "1"];
    for kill in 0..KILLS {
        // In half of the rounds nothing is committed, so that journals of several boots add up.
        server.set_committing(random.random());
        let gateway = site.start(&options);
        // The first round waits for the map; every other has it from the start.
        if kill == 0 {
            server.when(|seen| !seen.envelopes.is_empty(), |_| ()).await;
        }
        tokio::time::sleep(Duration::from_millis(random.random_range(0..500))).await;
        gateway.kill();
        for (name, bytes) in owed(&site.path("data/journal")) {
            let before = owed_in_all.insert(name, bytes.clone());
            assert!(before.is_none_or(|b| b == bytes), "{name:?} changed on disk");
        }
    }
    server.set_committing(true);
    let mut gateway = site.start(&options);
    let all = |seen: &crate::server::Seen| owed_in_all.keys().all(|name| seen.envelopes.contains_key(name));
    server.when(all, |_| ()).await;
    server.now(|seen| {
        seen.assert_complete();
        for (name, bytes) in &owed_in_all {
            assert_eq!(&seen.envelopes[name], bytes, "{name:?} was sent otherwise than it was written");
        }
    });
    assert!(owed_in_all.len() > KILLS, "too little was at stake: {}", owed_in_all.len());
    // The last run gives back the disk: only its own newest segment is left.
    gateway.says("status").await;
    let segments = || {
        let names = std::fs::read_dir(site.path("data/journal")).unwrap().map(|e| e.unwrap().file_name());
        names.filter(|n| n.to_string_lossy().ends_with(".seg")).count()
    };
    tokio::time::timeout(PATIENCE, async {
        while segments() > 1 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    })
    .await
    .expect("committed segments are deleted");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_killed_at_any_moment_loses_nothing() {
    let mut broker = Broker::start();
    let site = Site::new(&broker.url());
    let local = Broker::start();
    talk(local.sensor().await);
    let map = site.map(1, 50, 2, vec![mqtt("meter/power", "")]);
    std::fs::write(site.path("map.json"), serde_json::to_vec(&map).unwrap()).unwrap();
    let server = Server::start(broker.port).await;
    let offline_map = site.path("map.json");
    let options = [
        "--local-mqtt",
        &local.url(),
        "--offline-map",
        offline_map.to_str().unwrap(),
        "--resend-seconds",
        "1",
    ];
    let _gateway = site.start(&options);
    let mut random = StdRng::seed_from_u64(SEED);
    for _ in 0..5 {
        let before = server.when(|seen| seen.ticks() > 0, crate::server::Seen::ticks).await;
        tokio::time::sleep(Duration::from_millis(random.random_range(0..300))).await;
        broker.kill();
        tokio::time::sleep(Duration::from_millis(random.random_range(0..300))).await;
        broker.restart();
        server.when(|seen| seen.ticks() > before + 10, |_| ()).await;
    }
    let boots = server.now(|seen| {
        assert!(!seen.readings(1).is_empty());
        seen.assert_complete()
    });
    assert_eq!(boots.len(), 1, "the gateway ran through: {boots:?}");
    // Ticks went on while the broker was away; a busy machine may pass some over.
    server.now(|seen| {
        let ticks: Vec<i64> = seen.decoded().flat_map(|e| e.ticks).collect();
        assert!(ticks.windows(2).all(|w| w[1] > w[0]));
        let missed = (ticks[ticks.len() - 1] - ticks[0]) / 50 + 1 - i64::try_from(ticks.len()).unwrap();
        assert!(
            missed * 5 <= i64::try_from(ticks.len()).unwrap(),
            "{missed} of {} ticks were not taken",
            ticks.len()
        );
    });
}
