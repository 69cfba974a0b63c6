//! The point map: asked for, kept, replaced while running.

use crate::broker::{Broker, say};
use crate::gateway::{Site, mqtt};
use crate::server::Server;

#[tokio::test(flavor = "multi_thread")]
async fn a_new_map_takes_effect_without_a_restart_and_is_kept() {
    let mut broker = Broker::start();
    let local = Broker::start();
    let sensor = local.sensor().await;
    let server = Server::start(broker.port).await;
    let site = Site::new(&broker.url());
    let mut gateway = site.start(&["--local-mqtt", &local.url()]);
    // Without a map there is nothing to read, but it says so.
    assert_eq!(server.when(|seen| !seen.hellos.is_empty(), |seen| seen.hellos[0].map_version).await, None);
    server.set_map(site.map(1, 50, 2, vec![mqtt("a", "")]));
    gateway.says("connected to the local broker").await;
    server.when(|seen| seen.envelopes.len() > 1, |_| ()).await;
    server.set_map(site.map(2, 50, 2, vec![mqtt("a", ""), mqtt("b", "/t")]));
    gateway.says("topics=2").await;
    let spoken = || async {
        say(&sensor, "a", "1.5", false).await;
        say(&sensor, "b", r#"{"t":2.5}"#, false).await;
    };
    tokio::select! {
        () = server.when(|seen| !seen.readings(2).is_empty() && !seen.readings(1).is_empty(), |_| ()) => {}
        () = async { loop { spoken().await; tokio::time::sleep(std::time::Duration::from_millis(20)).await; } } => {}
    }
    server.now(|seen| {
        assert_eq!(seen.assert_complete().len(), 1, "no restart");
        assert!(seen.readings(2).iter().all(|(_, raw)| *raw == 250));
        let versions: Vec<u32> = seen.decoded().map(|e| e.map_version).collect();
        assert!(versions.is_sorted() && versions[0] == 1, "{versions:?}");
        let with_b = seen.decoded().filter(|e| e.columns.iter().any(|c| c.channel == 2));
        assert!(with_b.into_iter().all(|e| e.map_version == 2));
    });
    gateway.kill();
    // Nothing but the disk: the map of last time is read, ticks are taken, and arrive later.
    broker.kill();
    let mut gateway = site.start(&["--local-mqtt", &local.url()]);
    gateway.says("point map in use version=2").await;
    gateway.says("no connection to the server's broker").await;
    gateway.says("connected to the local broker").await;
    broker.restart();
    server.when(|seen| seen.assert_complete().len() == 2, |_| ()).await;
    assert_eq!(server.now(|seen| seen.hellos.last().unwrap().map_version), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_map_for_another_gateway_or_out_of_bounds_is_not_used() {
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    let site = Site::new(&broker.url());
    let mut gateway = site.start(&[]);
    server.when(|seen| !seen.hellos.is_empty(), |_| ()).await;
    server.set_map(site.map(9, 1, 1, vec![]));
    gateway.says("tick_ms is 1; it must be 50 to 3600000").await;
    server.set_map(site.map(9, 50, 0, vec![]));
    gateway.says("ticks_per_envelope is 0").await;
    server.set_map(site.map(9, 50, 1, vec![mqtt("a/#/b", "")]));
    gateway.says("topic filter").await;
    let mut twice = site.map(9, 50, 1, vec![mqtt("a", ""), mqtt("b", "")]);
    twice.points[1].channel = 1;
    server.set_map(twice);
    gateway.says("channel 1 twice").await;
    server.set_map(site.map(10, 50, 1, vec![]));
    let versions =
        server.when(|seen| !seen.envelopes.is_empty(), |seen| seen.decoded().next().unwrap().map_version);
    assert_eq!(versions.await, 10);
}
