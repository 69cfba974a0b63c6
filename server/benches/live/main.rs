//! P10, P11 and P16: fan-out of live frames to 500 sockets against Node's `ws`, their bytes against JSON, and the
//! memory of an idle socket. `BENCH_IDS` (e.g. `P11`) picks some.
//!
//! Both servers are child processes driven through standard input, both send frames of the same size to the same
//! clients, and rounds are interleaved A B B A. A round is only counted when every client has every frame.

mod child;
mod clients;
mod wire;

use child::Child;
use clients::Clients;
use serde_json::json;
use std::time::Duration;

const CLIENTS: usize = 500;
const FRAMES: usize = 300;
const ROUNDS: usize = 8;
const IDLE: usize = 1_000;

fn main() -> anyhow::Result<()> {
    if std::env::var_os(child::CHILD_ENV).is_some() {
        return child::serve();
    }
    if wanted(&["P11"]) {
        wire::bytes_a_day()?;
    }
    tokio::runtime::Runtime::new()?.block_on(async {
        if wanted(&["P10", "P10-p99"]) {
            fan_out().await?;
        }
        if wanted(&["P16"]) {
            idle_memory().await?;
        }
        Ok(())
    })
}

fn wanted(ids: &[&str]) -> bool {
    let picked = std::env::var("BENCH_IDS").unwrap_or_default();
    picked.is_empty() || picked.split(',').any(|p| ids.contains(&p.trim()))
}

/// Deliveries a second and 99th percentile of one server.
async fn measure((child, clients): &mut (Child, Clients)) -> anyhow::Result<(f64, f64)> {
    let rate = clients.deliver_as_fast_as_possible(child, FRAMES).await?;
    let latency = clients.deliver_at_rate(child, FRAMES / 3, Duration::from_millis(25)).await?;
    Ok((rate, latency))
}

async fn fan_out() -> anyhow::Result<()> {
    let ours = Child::ours().await?;
    let peer = Child::node(ours.frame_len).await?;
    let (ours_clients, peer_clients) =
        (Clients::connect(ours.port, CLIENTS).await?, Clients::connect(peer.port, CLIENTS).await?);
    let (mut ours, mut peer) = ((ours, ours_clients), (peer, peer_clients));
    let (mut rates, mut tails, mut detail) = (vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let (a, b) = if round % 4 == 0 || round % 4 == 3 {
            let a = measure(&mut ours).await?;
            (a, measure(&mut peer).await?)
        } else {
            let b = measure(&mut peer).await?;
            (measure(&mut ours).await?, b)
        };
        rates.push(a.0 / b.0);
        tails.push(a.1 / b.1);
        detail.push(json!({"ours_per_s": a.0, "ws_per_s": b.0, "ours_p99_ms": a.1, "ws_p99_ms": b.1}));
    }
    println!(
        "{}",
        json!({"id": "P10", "what": "deliveries/s to 500 sockets, ours / Node ws", "ratio": median(&rates),
               "must": 1.0, "aim": 2.0, "rounds": rates, "detail": detail})
    );
    println!(
        "{}",
        json!({"id": "P10-p99", "what": "p99 of a delivery at equal rate, ours / Node ws", "ratio": median(&tails),
               "aim": 0.5, "lower_is_better": true, "rounds": tails})
    );
    Ok(())
}

async fn idle_memory() -> anyhow::Result<()> {
    let child = Child::ours().await?;
    let before = child.resident_kb()?;
    let clients = Clients::connect(child.port, IDLE).await?;
    let per_socket = (child.resident_kb()? - before) as f64 / IDLE as f64;
    drop(clients);
    println!(
        "{}",
        json!({"id": "P16", "what": "kB of memory per idle socket", "ratio": per_socket, "must": 40.0, "aim": 10.0,
               "lower_is_better": true, "rounds": [per_socket]})
    );
    Ok(())
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
