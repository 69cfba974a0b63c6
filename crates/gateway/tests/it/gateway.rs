//! The gateway's program as a child process, with its folder and its log.

use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::gateway_map::GatewayMap;
use domain::id::GatewayId;
use domain::point::{Kind, Metric, PointSpec, Source};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::time::timeout;

/// Longer than anything here takes; a test that waits this long has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// What an edge box has on its disk.
pub(crate) struct Site {
    folder: TempDir,
    pub(crate) id: GatewayId,
}

impl Site {
    pub(crate) fn new(mqtt_url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let id = GatewayId(uuid::Uuid::from_u128(0x0197_a0de_0000_7000_8000_0000_0000_0001));
        let credentials = serde_json::json!({
            "gateway_id": id, "mqtt_url": mqtt_url, "username": format!("gw-{id}"), "password": "kR7mPq2vXw9sLd4f",
        });
        std::fs::write(folder.path().join("credentials.json"), credentials.to_string()).unwrap();
        Self { folder, id }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gainshare-gateway"));
        command.arg("--credentials").arg(self.path("credentials.json"));
        command.arg("--data").arg(self.path("data"));
        command.args(["--status-seconds", "1"]);
        command
    }

    pub(crate) fn start(&self, more: &[&str]) -> Gateway {
        Gateway::spawn(self.command().args(more))
    }

    /// A map of `points` with channels 1, 2, ….
    pub(crate) fn map(
        &self,
        version: u32,
        tick_ms: u32,
        ticks_per_envelope: u32,
        points: Vec<Source>,
    ) -> GatewayMap {
        let point = |(source, channel): (Source, u32)| PointSpec {
            channel,
            name: format!("point {channel}"),
            zone: None,
            metric: Metric::Power,
            kind: Kind::Gauge,
            decimals: 2,
            end_use: None,
            interval_ms: tick_ms,
            modulus: None,
            rate_max: None,
            valid_min: None,
            valid_max: None,
            source: Some(source),
        };
        let points = points.into_iter().zip(1..).map(point).collect();
        GatewayMap { gateway: self.id, version, tick_ms, ticks_per_envelope, points }
    }
}

pub(crate) fn mqtt(topic: &str, pointer: &str) -> Source {
    Source::Mqtt { topic: topic.into(), pointer: pointer.into(), scale: 1.into(), time_pointer: None }
}

pub(crate) struct Gateway {
    child: Child,
    log: watch::Receiver<Vec<String>>,
}

impl Gateway {
    pub(crate) fn spawn(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let (sender, log) = watch::channel(Vec::new());
        std::thread::spawn(move || {
            lines.map_while(Result::ok).for_each(|line| sender.send_modify(|log| log.push(line)));
        });
        Self { child, log }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a log line contains `text`.
    pub(crate) async fn says(&mut self, text: &str) {
        self.says_again(text, 1).await;
    }

    /// Waits until so many log lines contain `text`.
    pub(crate) async fn says_again(&mut self, text: &str, times: usize) {
        let found = self.log.wait_for(|log| log.iter().filter(|line| line.contains(text)).count() >= times);
        let heard = matches!(timeout(PATIENCE, found).await, Ok(Ok(_)));
        assert!(heard, "never said {text:?}:\n{}", self.log.borrow().join("\n"));
    }

    /// SIGKILL.
    pub(crate) fn kill(mut self) {
        assert!(
            self.child.try_wait().unwrap().is_none(),
            "it ended by itself:\n{}",
            self.log.borrow().join("\n")
        );
        self.child.kill().unwrap();
        assert_eq!(self.child.wait().unwrap().signal(), Some(9));
    }

    /// Waits for the end; its exit code and what it said.
    pub(crate) fn end(mut self) -> (Option<i32>, String) {
        let code = self.child.wait().unwrap().code();
        while self.log.has_changed().is_ok() {
            std::thread::yield_now();
        }
        (code, self.log.borrow().join("\n"))
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
