//! Reading: Modbus from pymodbus, MQTT through Mosquitto.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use domain::point::{Encoding, Source};
use rust_decimal::Decimal;

use crate::broker::{Broker, free_port, say};
use crate::gateway::{Site, mqtt};
use crate::server::Server;

/// pymodbus with the registers of meter.py.
struct Meter(Child);

impl Meter {
    fn start(python: &str, port: u16) -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/meter.py");
        let mut child =
            Command::new(python).arg(script).arg(port.to_string()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "listening\n", "pymodbus does not start");
        Self(child)
    }
}

impl Drop for Meter {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn register(port: u16, unit: u8, function: u8, register: u16, encoding: Encoding, scale: &str) -> Source {
    let address = format!("127.0.0.1:{port}");
    Source::Modbus { address, unit, function, register, encoding, scale: scale.parse().unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_of_a_pymodbus_server_arrive_as_raw_values() {
    use Encoding::{F32Be, F32Le, I16, I32Le, U16, U32Be, U32Le, U64Be};
    let Ok(python) = std::env::var("GAINSHARE_PYTHON") else {
        println!("skipped: GAINSHARE_PYTHON names no python with pymodbus (cargo xtask test sets it)");
        return;
    };
    let port = free_port();
    let meter = Meter::start(&python, port);
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    let site = Site::new(&broker.url());
    // (source, raw value at two decimals; none where the device has no number or no such register)
    let mut cases = vec![
        (register(port, 1, 4, 0, F32Be, "1"), Some(23_050)),
        (register(port, 1, 4, 2, F32Be, "1"), Some(23_125)),
        (register(port, 1, 4, 4, F32Be, "1"), Some(-22_975)),
        (register(port, 1, 4, 52, F32Be, "1"), Some(123_450)),
        (register(port, 1, 4, 54, F32Be, "1"), None),
        (register(port, 1, 4, 56, F32Be, "1"), None),
        (register(port, 1, 4, 72, F32Be, "1000"), Some(9_876_525_000)),
        (register(port, 1, 4, 74, F32Be, "1"), None),
        (register(port, 1, 4, 900, F32Be, "1"), None),
        (register(port, 1, 3, 72, F32Be, "1000"), Some(9_876_525_000)),
        (register(port, 2, 3, 0, F32Le, "1"), Some(2150)),
        (register(port, 2, 3, 2, U16, "0.1"), Some(655_350)),
        (register(port, 2, 3, 3, I16, "1"), Some(-200)),
        (register(port, 2, 3, 4, I32Le, "0.5"), Some(-100)),
        (register(port, 2, 3, 6, U32Be, "1"), Some(400_000_000_000)),
        (register(port, 2, 3, 8, U64Be, "1"), Some(((1 << 40) + 5) * 100)),
        (register(port, 2, 3, 12, U32Le, "1"), Some(6_553_800)),
        // A unit on the same line that does not answer in time.
        (register(port, 3, 3, 0, U16, "1"), None),
    ];
    cases.extend((1000..1200).map(|r| (register(port, 2, 3, r, U16, "1"), Some(i64::from(r) * 100))));
    let sources = cases.iter().map(|(source, _)| source.clone()).collect();
    server.set_map(site.map(1, 200, 1, sources));
    let _gateway = site.start(&[]);
    server.when(|seen| seen.readings(1).len() > 1, |_| ()).await;
    let check = |seen: &crate::server::Seen| {
        for (channel, (source, raw)) in (1..).zip(&cases) {
            let readings = seen.readings(channel);
            assert!(readings.iter().all(|(_, r)| Some(*r) == *raw), "{source:?}: {readings:?}, not {raw:?}");
            assert_eq!(readings.is_empty(), raw.is_none(), "{source:?}");
        }
    };
    server.now(check);
    // A meter that was away is read again when it is back.
    drop(meter);
    let last = server
        .when(|seen| seen.decoded().next_back().is_some_and(|e| e.samples() == 0), |s| s.readings(1).len());
    let last = last.await;
    let _meter = Meter::start(&python, port);
    server.when(|seen| seen.readings(1).len() > last + 1, check).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silent_device_does_not_delay_the_others() {
    // Takes connections and never says a word.
    let silent = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let broker = Broker::start();
    let server = Server::start(broker.port).await;
    let site = Site::new(&broker.url());
    let sources = vec![
        register(silent.local_addr().unwrap().port(), 1, 4, 0, Encoding::U16, "1"),
        register(free_port(), 1, 4, 0, Encoding::U16, "1"),
        mqtt("fast", ""),
    ];
    server.set_map(site.map(1, 100, 1, sources));
    let mut gateway = site.start(&["--local-mqtt", &broker.url()]);
    gateway.says("connected to the local broker").await;
    let sensor = broker.sensor().await;
    let talking = async {
        loop {
            say(&sensor, "fast", "1", false).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        () = talking => {}
        () = server.when(|seen| seen.readings(3).len() >= 30, |_| ()) => {}
    }
    // Both are known to be silent, and every tick was closed within its own length.
    gateway.says("Modbus device does not answer").await;
    server.now(|seen| {
        assert!(seen.readings(1).is_empty() && seen.readings(2).is_empty());
        let slowest = seen.decoded().map(|e| e.sent_at_ms - e.ticks[0]).max().unwrap();
        assert!(slowest < 1000, "a tick of 100 ms was closed {slowest} ms after it began");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn retained_messages_are_not_readings_and_the_newest_wins() {
    let broker = Broker::start();
    let sensor = broker.sensor().await;
    say(&sensor, "zigbee2mqtt/room", r#"{"temperature":11.11}"#, true).await;
    say(&sensor, "marker", "1", true).await;
    let server = Server::start(broker.port).await;
    let site = Site::new(&broker.url());
    let scaled = Source::Mqtt {
        topic: "zigbee2mqtt/+".into(),
        pointer: "/temperature".into(),
        scale: Decimal::new(15, 1),
        time_pointer: None,
    };
    // A tick of two seconds: all that is said below falls into one or two of them.
    server.set_map(site.map(1, 2000, 1, vec![scaled, mqtt("marker", "")]));
    let mut gateway = site.start(&["--local-mqtt", &broker.url()]);
    gateway.says("connected to the local broker").await;
    // Connected and subscribed: a tick passes with nothing but retained messages.
    server.when(|seen| seen.ticks() >= 1, |_| ()).await;
    for temperature in 0..=99 {
        say(&sensor, "zigbee2mqtt/room", &format!(r#"{{"temperature":{temperature}}}"#), false).await;
    }
    say(&sensor, "marker", "7", false).await;
    let (temperatures, markers) =
        server.when(|seen| !seen.readings(2).is_empty(), |seen| (seen.readings(1), seen.readings(2))).await;
    assert_eq!(markers[0].1, 700);
    assert!(temperatures.len() <= 2, "one reading a tick: {temperatures:?}");
    assert_eq!(temperatures.last().unwrap().1, 14_850, "99 × 1.5 at two decimals");
    assert!(
        temperatures.iter().all(|(_, raw)| *raw != 1667),
        "the retained value was taken: {temperatures:?}"
    );
}
