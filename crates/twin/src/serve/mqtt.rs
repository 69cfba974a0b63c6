//! MQTT: each facility is one client below its own prefix, as its Zigbee2MQTT bridge and Shelly devices would be.
//!
//! Values are sent at QoS 0 and not retained, as both do by default; `bridge/state`, `availability` and Shelly's
//! `online` are retained, and the broker publishes `bridge/state` = offline when the twin is gone. A message on
//! `{prefix}/twin/fault` is a fault to switch on, or `clear`.

use super::Plant;
use crate::devices;
use crate::devices::sensor::{self, Device};
use crate::facility::FacilitySpec;
use rumqttc::{AsyncClient, Event, EventLoop, LastWill, MqttOptions, Packet, QoS};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::Instant;

/// Messages that may wait for the connection to take them.
const WAITING_MAX: usize = 256;
const RETRY: Duration = Duration::from_secs(1);

/// A broker URL that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum UrlError {
    /// Not a URL of a plain MQTT broker.
    #[error("`{0}` is not of the form mqtt://[user:password@]host[:port]; local devices speak plain MQTT")]
    Form(String),
}

/// One facility's connection.
pub struct Publisher {
    plant: Arc<Plant>,
    site: usize,
    prefix: String,
    devices: Vec<Device>,
    client: AsyncClient,
    connected: AtomicBool,
}

impl Publisher {
    /// A publisher for the plant's site number `site`, below `prefix`.
    pub fn new(
        plant: Arc<Plant>,
        site: usize,
        spec: &FacilitySpec,
        url: &str,
        prefix: String,
    ) -> Result<(Arc<Self>, EventLoop), UrlError> {
        let bad = || UrlError::Form(url.to_owned());
        if !url.starts_with("mqtt://") || url.contains('?') {
            return Err(bad());
        }
        let id = format!("twin-{}-{}", spec.slug, std::process::id());
        let with_id = format!("{}/?client_id={id}", url.trim_end_matches('/'));
        let mut options = MqttOptions::parse_url(with_id).map_err(|_| bad())?;
        options.set_keep_alive(Duration::from_secs(15));
        let will = format!("{prefix}/zigbee2mqtt/bridge/state");
        options.set_last_will(LastWill::new(will, r#"{"state":"offline"}"#, QoS::AtLeastOnce, true));
        let (client, events) = AsyncClient::new(options, WAITING_MAX);
        let devices = sensor::devices(spec);
        let connected = AtomicBool::new(false);
        Ok((Arc::new(Self { plant, site, prefix, devices, client, connected }), events))
    }

    /// Runs for ever: connects again whenever the broker went away.
    pub async fn run(self: Arc<Self>, events: EventLoop) {
        let connection = tokio::spawn(Arc::clone(&self).connection(events));
        self.publish().await;
        connection.abort();
    }

    async fn connection(self: Arc<Self>, mut events: EventLoop) {
        loop {
            match events.poll().await {
                Ok(Event::Incoming(Packet::ConnAck(_))) => self.birth(),
                Ok(Event::Incoming(Packet::Publish(message))) => self.control(&message.payload),
                Ok(_) => {}
                Err(error) => {
                    if self.connected.swap(false, Ordering::Relaxed) {
                        tracing::warn!(%error, prefix = self.prefix, "lost the MQTT broker, trying again");
                    }
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
    }

    fn control_topic(&self) -> String {
        format!("{}/twin/fault", self.prefix)
    }

    /// What bridges and devices say when they come up.
    fn birth(&self) {
        tracing::info!(prefix = self.prefix, "connected to the MQTT broker");
        let subscribed = self.client.try_subscribe(self.control_topic(), QoS::AtLeastOnce);
        let mut topics = vec![("zigbee2mqtt/bridge/state".to_owned(), r#"{"state":"online"}"#)];
        for device in &self.devices {
            topics.push(match device.topic.split_once("/status/") {
                Some((shelly, _)) => (format!("{shelly}/online"), "true"),
                None => (format!("{}/availability", device.topic), r#"{"state":"online"}"#),
            });
        }
        let sent = topics.into_iter().try_for_each(|(topic, payload)| {
            self.client.try_publish(format!("{}/{topic}", self.prefix), QoS::AtLeastOnce, true, payload)
        });
        if let Err(error) = subscribed.and(sent) {
            tracing::warn!(%error, "could not announce every device");
        }
        self.connected.store(true, Ordering::Relaxed);
    }

    fn control(&self, payload: &[u8]) {
        let text = String::from_utf8_lossy(payload);
        match self.plant.control(self.site, &text) {
            Ok(()) => tracing::info!(fault = %text, prefix = self.prefix, "faults changed"),
            Err(error) => tracing::warn!(%error, fault = %text, "ignored"),
        }
    }

    /// Sends each device's values when they are due, spread over its period.
    async fn publish(&self) {
        let start = Instant::now();
        let now_ms = self.plant.now_ms();
        let count = self.devices.len() as u64;
        let phase = |index: u64, device: &Device| Duration::from_millis(device.period_ms * index / count);
        let mut due: Vec<Instant> =
            (0..).zip(&self.devices).map(|(index, device)| start + phase(index, device)).collect();
        let mut told = vec![now_ms; self.devices.len()];
        while let Some((index, at)) = due.iter().copied().enumerate().min_by_key(|&(_, at)| at) {
            tokio::time::sleep_until(at).await;
            let period = Duration::from_millis(self.devices[index].period_ms);
            // After a suspended machine wakes, messages that were due meanwhile are not made up for.
            due[index] = (at + period).max(Instant::now());
            let (emissions, now_ms) = self.plant.messages(self.site, index, told[index]);
            told[index] = now_ms;
            let topic = format!("{}/{}", self.prefix, self.devices[index].topic);
            for emission in emissions {
                self.send(topic.clone(), devices::json(&emission.fields), emission.after_ms);
            }
        }
    }

    fn send(&self, topic: String, payload: String, after_ms: u64) {
        if !self.connected.load(Ordering::Relaxed) {
            return;
        }
        let client = self.client.clone();
        let send = move || {
            // A full queue loses the message, as QoS 0 may.
            if let Err(error) = client.try_publish(topic, QoS::AtMostOnce, false, payload) {
                tracing::debug!(%error, "a message was lost");
            }
        };
        if after_ms == 0 {
            send();
        } else {
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(after_ms)).await;
                send();
            });
        }
    }
}
