//! The program as a process: `describe`, `history` and `serve` joined together, with a real Mosquitto.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests may panic")]

use domain::facility::FacilityFile;
use domain::point::{PointSpec, Source};
use rumqttc::{AsyncClient, Event, MqttOptions, Packet, Publish, QoS};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_modbus::client::{Reader, tcp};
use tokio_modbus::slave::Slave;

/// Ends its process when dropped.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn twin() -> Command {
    Command::new(env!("CARGO_BIN_EXE_gainshare-twin"))
}

/// Starts a program and returns the first line of its log that `is_ready` likes.
fn start(command: &mut Command, is_ready: impl Fn(&str) -> bool) -> (Process, String) {
    let mut process =
        Process(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts"));
    let log: ChildStderr = process.0.stderr.take().unwrap();
    let mut lines = BufReader::new(log).lines();
    let mut said = Vec::new();
    loop {
        let line = lines.next().unwrap_or_else(|| panic!("it ended: {said:?}")).unwrap();
        if is_ready(&line) {
            // A full pipe would stop the program.
            std::thread::spawn(move || lines.for_each(drop));
            return (process, line);
        }
        said.push(line);
    }
}

fn broker() -> (Process, u16) {
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let program = ["/usr/sbin/mosquitto", "/usr/local/sbin/mosquitto", "/opt/homebrew/sbin/mosquitto"];
    let program = program.into_iter().find(|p| Path::new(p).exists()).unwrap_or("mosquitto");
    let (process, _) =
        start(Command::new(program).args(["-p", &port.to_string()]), |line| line.ends_with(" running"));
    (process, port)
}

/// Everything published below `filter`.
fn listen(port: u16, filter: &str) -> (AsyncClient, mpsc::UnboundedReceiver<Publish>) {
    // A broker closes the connection of whoever signs in under a name already in use.
    static LISTENERS: AtomicU32 = AtomicU32::new(0);
    let name = format!("listener-{}", LISTENERS.fetch_add(1, Ordering::Relaxed));
    let (client, mut events) = AsyncClient::new(MqttOptions::new(name, "127.0.0.1", port), 16);
    client.try_subscribe(filter, QoS::AtLeastOnce).unwrap();
    let (sender, receiver) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::Publish(message))) => drop(sender.send(message)),
                Ok(_) => {}
                Err(error) => panic!("lost the broker: {error}"),
            }
        }
    });
    (client, receiver)
}

async fn wait(messages: &mut mpsc::UnboundedReceiver<Publish>, is: impl Fn(&Publish) -> bool) -> Publish {
    let found = async {
        loop {
            let message = messages.recv().await.expect("the broker is there");
            if is(&message) {
                return message;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("the message comes")
}

fn describe(facility: &str, modbus: &str, prefix: &str) -> FacilityFile {
    let output = twin()
        .args(["describe", "--facility", facility, "--modbus", modbus, "--mqtt-prefix", prefix])
        .output()
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A folder that is removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Every MQTT point of both facility files comes in over the broker, as a number at its pointer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_mqtt_point_is_published() {
    let (_broker, port) = broker();
    let (_client, mut messages) = listen(port, "test/#");
    let url = format!("mqtt://127.0.0.1:{port}");
    let serve = ["serve", "--facility", "flower", "--facility", "lettuce", "--modbus-bind", "127.0.0.1:0"];
    let (_twin, _) =
        start(twin().args(serve).args(["--mqtt", &url, "--mqtt-prefix", "test", "--speed", "10"]), |line| {
            line.contains("serving")
        });
    let mut open: Vec<(String, String)> = Vec::new();
    for facility in ["flower", "lettuce"] {
        for PointSpec { name, source, .. } in describe(facility, "meter:502", "test").points {
            match source {
                Some(Source::Mqtt { topic, pointer, .. }) if name != "Harvest weight" => {
                    open.push((topic, pointer));
                }
                _ => {}
            }
        }
    }
    assert!(open.len() > 60);
    while !open.is_empty() {
        let message =
            wait(&mut messages, |message| open.iter().any(|(topic, _)| *topic == message.topic)).await;
        assert!(!message.retain);
        let payload: Value = serde_json::from_slice(&message.payload).unwrap();
        for (topic, pointer) in open.iter().filter(|(topic, _)| *topic == message.topic) {
            assert!(payload.pointer(pointer).is_some_and(Value::is_number), "{topic} {pointer} in {payload}");
        }
        open.retain(|(topic, _)| *topic != message.topic);
    }
}

/// Bridges announce themselves retained, obey the fault topic, and the broker says so when they die.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bridges_announce_themselves_and_take_faults() {
    let (_broker, port) = broker();
    let url = format!("mqtt://127.0.0.1:{port}");
    let serve = ["serve", "--facility", "lettuce", "--modbus-bind", "127.0.0.1:0", "--mqtt", &url];
    let (twin, _) = start(twin().args(serve), |line| line.contains("connected"));
    let (client, mut messages) = listen(port, "site/lakeside-lettuce/#");
    // A message is marked as retained only for those who come after it was published.
    let is_state = |m: &Publish| m.topic.ends_with("bridge/state");
    wait(&mut messages, is_state).await;
    let (_late, mut retained) = listen(port, "site/lakeside-lettuce/#");
    let state = wait(&mut retained, is_state).await;
    assert_eq!((&state.payload[..], state.retain), (&br#"{"state":"online"}"#[..], true));

    let co2 = |message: &Publish| {
        let payload: Value = serde_json::from_slice(&message.payload).unwrap();
        payload["co2"].as_f64().unwrap()
    };
    let climate = |m: &Publish| m.topic.ends_with("zigbee2mqtt/compartment-1-climate");
    let topic = "site/lakeside-lettuce/twin/fault";
    client.publish(topic, QoS::AtLeastOnce, false, "stuck:compartment-1-climate").await.unwrap();
    wait(&mut messages, |m| m.topic == topic).await;
    wait(&mut messages, climate).await;
    let first = co2(&wait(&mut messages, climate).await);
    assert_eq!(co2(&wait(&mut messages, climate).await), first);

    drop(twin);
    let state = wait(&mut messages, is_state).await;
    assert_eq!(&state.payload[..], br#"{"state":"offline"}"#);
}

/// `serve --state` goes on from what `history` wrote: a register read by Modbus lies just above the last envelope.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_goes_on_from_history() {
    let folder = Folder::new("twin-history");
    let from = (chrono::Utc::now() - chrono::TimeDelta::days(4)).format("%Y-%m-%d").to_string();
    let written = twin()
        .args(["history", "--facility", "flower", "--from", &from, "--to", "now", "--out"])
        .arg(&folder.0)
        .output()
        .unwrap();
    assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
    let mut bytes = &std::fs::read(folder.0.join("cedar-flower.envelopes")).unwrap()[..];
    let mut last = None;
    while let Some((length, rest)) = bytes.split_first_chunk::<4>() {
        let (envelope, rest) = rest.split_at(u32::from_le_bytes(*length) as usize);
        last = Some(domain::envelope::Envelope::decode(envelope).unwrap());
        bytes = rest;
    }
    let last = last.unwrap();
    let closing = last.columns[0].values.iter().flatten().last().copied().unwrap() as f64;
    assert!(
        folder.0.join("cedar-flower.weather.csv").exists()
            && folder.0.join("cedar-flower.crop_plan.csv").exists()
    );

    let wh = register_of_a_new_process(&folder.0).await;
    // At most a quarter of an hour and the time of this test at 300 kW.
    assert!(wh >= closing && wh < closing + 150_000.0, "{wh} after {closing}");
    let again = register_of_a_new_process(&folder.0).await;
    assert!(again >= wh && again < wh + 50_000.0, "{again} after a restart, {wh} before");
}

/// Energy of the main meter, Wh, from a process that starts for it.
async fn register_of_a_new_process(state: &Path) -> f64 {
    // No broker there: meters do not need one.
    let serve =
        ["serve", "--facility", "flower", "--modbus-bind", "127.0.0.1:0", "--mqtt", "mqtt://127.0.0.1:9"];
    let (_twin, line) = start(twin().args(serve).arg("--state").arg(state), |line| line.contains("serving"));
    let address = line.split("127.0.0.1:").nth(1).unwrap();
    let digits: String = address.chars().take_while(char::is_ascii_digit).collect();
    let address = format!("127.0.0.1:{digits}").parse().unwrap();
    let mut meter = tcp::connect_slave(address, Slave(1)).await.unwrap();
    let words = meter.read_input_registers(72, 2).await.unwrap().unwrap();
    1_000.0 * f64::from(f32::from_bits(u32::from(words[0]) << 16 | u32::from(words[1])))
}
