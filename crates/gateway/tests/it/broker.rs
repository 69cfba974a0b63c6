//! A real Mosquitto on a free port, which a test can kill and bring back.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rumqttc::{AsyncClient, Event, MqttOptions, Packet, QoS};
use tempfile::TempDir;

pub(crate) struct Broker {
    child: Child,
    folder: TempDir,
    pub(crate) port: u16,
}

pub(crate) fn free_port() -> u16 {
    std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}

/// Starts Mosquitto and returns when it listens.
fn spawn(folder: &Path) -> Child {
    let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];
    let program = program.into_iter().find(|p| Path::new(p).exists()).unwrap_or("mosquitto");
    let mut child = Command::new(program)
        .arg("-c")
        .arg(folder.join("mosquitto.conf"))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("mosquitto is needed for these tests");
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut said = Vec::new();
    loop {
        let line = log.next().unwrap_or_else(|| panic!("mosquitto ended: {said:?}")).unwrap();
        if line.contains("running") {
            break;
        }
        said.push(line);
    }
    // A full pipe would stop the broker.
    std::thread::spawn(move || log.for_each(drop));
    child
}

impl Broker {
    pub(crate) fn start() -> Self {
        Self::with_settings(|_| String::new())
    }

    /// With more lines in its configuration, made for its folder.
    pub(crate) fn with_settings(settings: impl FnOnce(&Path) -> String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = free_port();
        let settings = settings(folder.path());
        let config = format!(
            "listener {port} 127.0.0.1\nallow_anonymous true\nuser root\nlog_dest stderr\n{settings}"
        );
        std::fs::write(folder.path().join("mosquitto.conf"), config).unwrap();
        Self { child: spawn(folder.path()), folder, port }
    }

    /// SIGKILL: nothing is saved.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn restart(&mut self) {
        self.child = spawn(self.folder.path());
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// A client of its own that keeps trying to stay connected.
    pub(crate) async fn sensor(&self) -> AsyncClient {
        let mut options = MqttOptions::new("sensor", "127.0.0.1", self.port);
        options.set_keep_alive(Duration::from_secs(5));
        let (client, mut events) = AsyncClient::new(options, 64);
        while !matches!(events.poll().await.unwrap(), Event::Incoming(Packet::ConnAck(_))) {}
        tokio::spawn(async move {
            loop {
                if events.poll().await.is_err() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
        });
        client
    }
}

/// Publishes and returns when it is on its way to the broker.
pub(crate) async fn say(client: &AsyncClient, topic: &str, payload: &str, retain: bool) {
    client.publish(topic, QoS::AtLeastOnce, retain, payload).await.unwrap();
}

impl Drop for Broker {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
