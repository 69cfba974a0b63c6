//! The servers, as child processes that end with the benchmark.

use anyhow::{Context as _, bail};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::process::Command;

pub(crate) const CHILD_ENV: &str = "GAINSHARE_BENCH_PAGES_CHILD";
/// Longest wait for a server to listen.
const START: Duration = Duration::from_secs(60);

/// A running server.
pub(crate) struct Child {
    _process: tokio::process::Child,
    pub(crate) port: u16,
}

impl Child {
    /// Our pages, this very program started again; its port is in the variable that tells it so.
    pub(crate) async fn ours() -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.env(CHILD_ENV, port.to_string());
        Self::start(command, port).await
    }

    pub(crate) async fn sveltekit(data: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = node("sveltekit", "build/index.js", data)?;
        command.env("HOST", "127.0.0.1").env("PORT", port.to_string());
        Self::start(command, port).await
    }

    pub(crate) async fn next(data: &Path) -> anyhow::Result<Self> {
        let port = free_port()?;
        let mut command = node("next", "../node_modules/next/dist/bin/next", data)?;
        command.args(["start", "-H", "127.0.0.1", "-p", &port.to_string()]);
        Self::start(command, port).await
    }

    async fn start(mut command: Command, port: u16) -> anyhow::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        let mut process = command.spawn()?;
        let end = Instant::now() + START;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            if let Some(status) = process.try_wait()? {
                bail!("a server ended before it listened: {status}");
            }
            if Instant::now() > end {
                bail!("a server does not listen on port {port}");
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Ok(Self { _process: process, port })
    }
}

/// Node.js in a peer's folder, which `cargo xtask bench` has built.
fn node(folder: &str, script: &str, data: &Path) -> anyhow::Result<Command> {
    let peers = std::env::var_os("SSR_PEERS").context("run this as `cargo xtask bench P13`")?;
    let mut command = Command::new("node");
    command.arg(script).current_dir(PathBuf::from(peers).join(folder));
    command.env("SSR_DATA", data).env("NODE_ENV", "production").env("NEXT_TELEMETRY_DISABLED", "1");
    Ok(command)
}

fn free_port() -> anyhow::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
