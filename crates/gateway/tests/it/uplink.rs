//! The committed watermark is the only permission to forget.

use crate::broker::Broker;
use crate::gateway::Site;
use crate::server::{Seen, Server};

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_committed_is_sent_again_and_the_window_is_bounded() {
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    server.set_committing(false);
    let site = Site::new(&broker.url());
    server.set_map(site.map(1, 50, 1, vec![]));
    let mut gateway = site.start(&["--resend-seconds", "1"]);
    gateway.says("sending again").await;
    server.when(|seen| seen.copies > 3, |_| ()).await;
    // The broker acknowledged all of it; the gateway keeps it none the less, and stops at the window.
    gateway.says("envelopes=64").await;
    let boot = server.now(|seen| {
        assert_eq!(seen.envelopes.len(), 64);
        *seen.assert_complete().keys().next().unwrap()
    });
    server.set_committing(true);
    server.when(|seen| seen.envelopes.len() > 80, Seen::assert_complete).await;
    assert_eq!(server.now(Seen::assert_complete).keys().collect::<Vec<_>>(), [&boot]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_gateway_keeps_what_is_not_committed() {
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    server.set_committing(false);
    let site = Site::new(&broker.url());
    server.set_map(site.map(1, 50, 1, vec![]));
    let gateway = site.start(&[]);
    let first = server.when(|seen| seen.envelopes.len() >= 5, |seen| seen.envelopes.clone()).await;
    let stopped = std::process::Command::new("kill").arg(gateway.pid().to_string()).status().unwrap();
    assert!(stopped.success());
    let (code, log) = gateway.end();
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("gateway stops"), "{log}");
    server.set_committing(true);
    let copies = server.now(|seen| seen.copies);
    let _gateway = site.start(&[]);
    let boots = server
        .when(|seen| seen.copies >= copies + 5 && seen.assert_complete().len() == 2, Seen::assert_complete)
        .await;
    assert!(boots.contains_key(&first.keys().next().unwrap().0));
}
