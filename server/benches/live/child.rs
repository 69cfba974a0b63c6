//! The two servers, as child processes that send one frame per line on their standard input.

use anyhow::{Context as _, bail};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::routing::any;
use domain::id::{FacilityId, GatewayId, PointId};
use domain::live::LivePoint;
use domain::point::Metric;
use futures_util::FutureExt;
use futures_util::future::ready;
use server::routes::live::{Access, serve_socket};
use services::live::{FacilityUpdate, Hub, LiveReading, LiveSource};
use std::io::BufRead;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{ChildStdin, ChildStdout, Command};
use uuid::Uuid;

pub(crate) const CHILD_ENV: &str = "GAINSHARE_BENCH_LIVE_CHILD";
pub(crate) const FACILITY: FacilityId = FacilityId(Uuid::from_u128(1));
const GATEWAY: GatewayId = GatewayId(Uuid::from_u128(2));
/// Points that move with every frame: about what a room shows.
const POINTS: u32 = 30;

/// A running server.
pub(crate) struct Child {
    process: tokio::process::Child,
    input: ChildStdin,
    _output: Lines<BufReader<ChildStdout>>,
    pub(crate) port: u16,
    /// Bytes of one of our frames; the peer sends as many.
    pub(crate) frame_len: usize,
    line: String,
}

impl Child {
    /// Our server, this very program started again.
    pub(crate) async fn ours() -> anyhow::Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        command.env(CHILD_ENV, "1");
        // Thirty changed points of one tick: tag, topic, seq, count, time and two bytes a point.
        Self::start(command, "\n".to_owned(), 78).await
    }

    /// Node's `ws`, installed beside the script on first use.
    pub(crate) async fn node(frame_len: usize) -> anyhow::Result<Self> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/live/peer");
        let installed = Command::new("npm").args(["ci", "--silent", "--prefix", folder]).status().await?;
        if !installed.success() {
            bail!("npm ci failed in {folder}");
        }
        let mut command = Command::new("node");
        command.arg(format!("{folder}/fanout.mjs"));
        Self::start(command, format!("{frame_len}\n"), frame_len).await
    }

    async fn start(mut command: Command, line: String, frame_len: usize) -> anyhow::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let input = process.stdin.take().context("no standard input")?;
        let mut output = BufReader::new(process.stdout.take().context("no standard output")?).lines();
        let first = output.next_line().await?.context("the server said nothing")?;
        let port = first.strip_prefix("listening ").context("unexpected first line")?.parse()?;
        Ok(Self { process, input, _output: output, port, frame_len, line })
    }

    /// Makes the server send one frame to everybody.
    pub(crate) async fn publish(&mut self) -> anyhow::Result<()> {
        self.input.write_all(self.line.as_bytes()).await?;
        Ok(self.input.flush().await?)
    }

    /// Resident memory, kB.
    pub(crate) fn resident_kb(&self) -> anyhow::Result<f64> {
        let pid = self.process.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find(|l| l.starts_with("VmRSS:")).context("no VmRSS")?;
        Ok(line.split_whitespace().nth(1).context("no number")?.parse()?)
    }
}

/// The child's main function: the product's socket loop over a hub without a pause between frames.
pub(crate) fn serve() -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let hub = Hub::new(Duration::ZERO);
        let sources: Vec<LiveSource> = (0..POINTS).map(source).collect();
        let shared = hub.clone();
        let upgrade = move |ws: WebSocketUpgrade| {
            let (hub, sources) = (shared.clone(), sources.clone());
            let access = Access {
                subscribe: Box::new(move |facility| ready(Ok(hub.open(facility, &sources))).boxed()),
                allowed: Box::new(|| ready(true).boxed()),
            };
            ready(server::routes::live::sized(ws).on_upgrade(move |socket| serve_socket(socket, access)))
        };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("listening {}", listener.local_addr()?.port());
        tokio::spawn(async move { axum::serve(listener, Router::new().route("/live", any(upgrade))).await });
        tokio::task::spawn_blocking(move || publish_on_every_line(&hub)).await?
    })
}

fn publish_on_every_line(hub: &Hub) -> anyhow::Result<()> {
    for (tick, line) in (1_790_000_000_000_i64..).step_by(10_000).zip(std::io::stdin().lock().lines()) {
        line?;
        let reading =
            |channel| LiveReading { channel, at_ms: tick, raw: (tick / 10_000) % 7 * 5 + i64::from(channel) };
        let readings = (0..POINTS).map(reading).collect();
        hub.publish(&FacilityUpdate { facility: FACILITY, gateway: GATEWAY, readings });
    }
    Ok(())
}

fn source(channel: u32) -> LiveSource {
    let point = LivePoint {
        id: PointId(Uuid::from_u128(u128::from(channel))),
        name: format!("Point {channel}"),
        zone: None,
        metric: Metric::Power,
        end_use: None,
        decimals: 1,
        interval_ms: 10_000,
        raw: Some(i64::from(channel)),
        at_ms: 0,
    };
    LiveSource { point, channel: Some((GATEWAY, channel)) }
}
