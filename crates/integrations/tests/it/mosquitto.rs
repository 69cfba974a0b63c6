//! A Mosquitto process of its own for a test, with the dynamic-security plugin, and clients that tell what happens.

use rumqttc::{AsyncClient, ConnectReturnCode, ConnectionError, Event, EventLoop, MqttOptions, Packet, QoS};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub(crate) const ADMIN_PASSWORD: &str = "administrator-of-a-test";
const PATIENCE: Duration = Duration::from_secs(10);

/// Ends with the value.
pub(crate) struct Broker {
    pub(crate) port: u16,
    folder: PathBuf,
    process: Child,
}

fn plugin() -> PathBuf {
    let name = "mosquitto_dynamic_security.so";
    let folders = std::fs::read_dir("/usr/lib").unwrap().flatten().map(|entry| entry.path());
    folders
        .chain([PathBuf::from("/usr/lib")])
        .map(|folder| folder.join(name))
        .find(|path| path.exists())
        .expect("Debian's package mosquitto carries the plugin")
}

fn start(folder: &Path) -> Child {
    let program = ["/usr/sbin/mosquitto", "mosquitto"].into_iter().find(|p| Path::new(p).exists());
    Command::new(program.unwrap_or("mosquitto"))
        .args(["-c", folder.join("mosquitto.conf").to_str().unwrap()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("mosquitto is installed")
}

impl Broker {
    /// A broker whose only client is the administrator.
    pub(crate) async fn start(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("gainshare-broker-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        let config = folder.join("dynsec.json");
        let made = Command::new("mosquitto_ctrl")
            .args(["dynsec", "init", config.to_str().unwrap(), "admin", ADMIN_PASSWORD])
            .stdout(Stdio::null())
            .status()
            .expect("mosquitto_ctrl is installed");
        assert!(made.success());
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let settings = format!(
            "listener {port} 127.0.0.1\nallow_anonymous false\nplugin {}\nplugin_opt_config_file {}\nuser root\n",
            plugin().display(),
            config.display()
        );
        std::fs::write(folder.join("mosquitto.conf"), settings).unwrap();
        let process = start(&folder);
        let broker = Self { port, folder, process };
        broker.answers().await;
        broker
    }

    /// Stops and starts the process; what it knows is in its file.
    pub(crate) async fn restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = start(&self.folder);
        self.answers().await;
    }

    async fn answers(&self) {
        for _ in 0..500 {
            if tokio::net::TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("mosquitto does not listen");
    }

    pub(crate) fn url(&self, username: &str, password: &str) -> String {
        format!("mqtt://{username}:{password}@127.0.0.1:{}", self.port)
    }

    /// Signs in; the answer is the broker's refusal where it does not let the client in.
    pub(crate) async fn sign_in(
        &self,
        client_id: &str,
        login: Option<(&str, &str)>,
    ) -> Result<Client, ConnectReturnCode> {
        let mut options = MqttOptions::new(client_id, "127.0.0.1", self.port);
        if let Some((username, password)) = login {
            options.set_credentials(username, password);
        }
        let (client, events) = AsyncClient::new(options, 32);
        let mut client = Client { client, events };
        match client.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => Ok(client),
            Err(ConnectionError::ConnectionRefused(code)) => Err(code),
            other => panic!("neither let in nor refused: {other:?}"),
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// A signed-in client.
pub(crate) struct Client {
    client: AsyncClient,
    events: EventLoop,
}

impl Client {
    async fn poll(&mut self) -> Result<Event, ConnectionError> {
        tokio::time::timeout(PATIENCE, self.events.poll()).await.expect("the broker says something")
    }

    /// Whether the broker accepts the subscription.
    pub(crate) async fn subscribes(&mut self, filter: &str) -> bool {
        self.client.subscribe(filter, QoS::AtLeastOnce).await.unwrap();
        loop {
            if let Event::Incoming(Packet::SubAck(ack)) = self.poll().await.unwrap() {
                return !ack.return_codes.contains(&rumqttc::SubscribeReasonCode::Failure);
            }
        }
    }

    /// Publishes and waits until the broker has taken it, which says nothing about its delivery.
    pub(crate) async fn publish(&mut self, topic: &str, payload: &str) {
        self.client.publish(topic, QoS::AtLeastOnce, false, payload).await.unwrap();
        while !matches!(self.poll().await.unwrap(), Event::Incoming(Packet::PubAck(_))) {}
    }

    /// The next message, as topic and text.
    pub(crate) async fn receives(&mut self) -> (String, String) {
        loop {
            if let Event::Incoming(Packet::Publish(message)) = self.poll().await.unwrap() {
                return (message.topic, String::from_utf8(message.payload.to_vec()).unwrap());
            }
        }
    }

    /// Waits until the broker ends the session.
    pub(crate) async fn is_cut_off(&mut self) {
        while self.poll().await.is_ok() {}
    }
}
