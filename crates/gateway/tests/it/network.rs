//! A bad network between gateway and broker (F5): sliced, slow, cut anywhere, and silently dead.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::broker::{Broker, say};
use crate::gateway::{Site, mqtt};
use crate::server::{Seen, Server};

const CUTS: usize = 12;

/// How one connection behaves.
#[derive(Clone, Copy)]
struct Fault {
    /// Bytes are passed on in pieces of at most this.
    slice: usize,
    /// Pause between pieces.
    pause: Duration,
    /// Bytes in both directions together after which nothing is passed on any more.
    after: usize,
    /// Then the sockets stay open, and nobody is told.
    half_open: bool,
}

async fn pass(
    mut from: impl AsyncReadExt + Unpin,
    mut to: impl AsyncWriteExt + Unpin,
    fault: Fault,
    passed: Arc<AtomicUsize>,
) {
    let mut piece = vec![0; fault.slice];
    while let Ok(length @ 1..) = from.read(&mut piece).await {
        if passed.fetch_add(length, Ordering::SeqCst) + length > fault.after {
            if fault.half_open {
                std::future::pending::<()>().await;
            }
            return;
        }
        if to.write_all(&piece[..length]).await.is_err() {
            return;
        }
        tokio::time::sleep(fault.pause).await;
    }
}

/// Passes connections on to the broker, each with the next fault of the seed; the one after the cuts goes dead
/// silently, and later ones are good.
async fn bad_network(broker: u16, seed: u64) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        let mut random = StdRng::seed_from_u64(seed);
        loop {
            let (near, _) = listener.accept().await.unwrap();
            let number = counter.fetch_add(1, Ordering::SeqCst);
            let good = Fault { slice: 65_536, pause: Duration::ZERO, after: usize::MAX, half_open: false };
            let fault = match number {
                n if n < CUTS => Fault {
                    slice: random.random_range(1..200),
                    pause: Duration::from_micros(random.random_range(0..2000)),
                    // Every fourth connection does not even get through its greeting.
                    after: random.random_range(if n % 4 == 0 { 1..100 } else { 300..3000 }),
                    half_open: false,
                },
                CUTS => Fault { after: 1500, half_open: true, ..good },
                _ => good,
            };
            tokio::spawn(async move {
                let Ok(far) = TcpStream::connect(("127.0.0.1", broker)).await else { return };
                let ((near_in, near_out), (far_in, far_out)) = (near.into_split(), far.into_split());
                let passed = Arc::new(AtomicUsize::new(0));
                tokio::select! {
                    () = pass(near_in, far_out, fault, Arc::clone(&passed)) => {}
                    () = pass(far_in, near_out, fault, passed) => {}
                }
            });
        }
    });
    (port, connections)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_network_loses_nothing() {
    let broker = Broker::start();
    let (port, connections) = bad_network(broker.port, 5).await;
    let server = Server::start(broker.port).await;
    let site = Site::new(&format!("mqtt://127.0.0.1:{port}"));
    let map = site.map(1, 50, 1, vec![mqtt("meter", "")]);
    std::fs::write(site.path("map.json"), serde_json::to_vec(&map).unwrap()).unwrap();
    let offline_map = site.path("map.json");
    let _gateway = site.start(&[
        "--local-mqtt",
        &broker.url(),
        "--offline-map",
        offline_map.to_str().unwrap(),
        "--resend-seconds",
        "1",
    ]);
    let sensor = broker.sensor().await;
    tokio::spawn(async move {
        for number in 0_u64.. {
            say(&sensor, "meter", &number.to_string(), false).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    // Every reconnection brings readings, so waiting for them is waiting for the connections.
    while connections.load(Ordering::SeqCst) < CUTS + 2 {
        let before = server.now(Seen::ticks);
        server.when(|seen| seen.ticks() > before, |_| ()).await;
    }
    let before = server.now(Seen::ticks);
    server.when(|seen| seen.ticks() > before + 40, |_| ()).await;
    let boots = server.now(Seen::assert_complete);
    assert_eq!(boots.len(), 1, "{boots:?}");
}
