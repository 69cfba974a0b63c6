//! One connection to the cloud broker, kept up in the background.
//!
//! Messages are acknowledged by hand, after what they carry is committed. An unacknowledged message comes again when
//! the connection is made anew; what really keeps readings safe is the gateway's journal.

use rumqttc::{
    AsyncClient, ClientError, EventLoop, MqttOptions, Packet, Publish, QoS, SubscribeFilter, Transport,
};
use std::time::Duration;

const KEEP_ALIVE: Duration = Duration::from_secs(15);
const RETRY_FIRST: Duration = Duration::from_millis(200);
const RETRY_MOST: Duration = Duration::from_secs(10);
/// Twice the largest envelope.
const PACKET_MAX: usize = 2 << 20;
/// Requests that may wait to be sent.
const REQUESTS: usize = 4_096;

/// Why a broker address cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is not a broker address; write mqtt://USER:PASSWORD@HOST:PORT or mqtts://…")]
pub struct AddressError(String);

/// Publishes and acknowledges. Cheap to clone; never waits.
#[derive(Clone, Debug)]
pub struct Client {
    client: AsyncClient,
}

/// Reports what happens on the connection.
pub struct Connection {
    events: EventLoop,
    retry: Duration,
}

/// What happened.
#[derive(Debug)]
pub enum Event {
    /// Connected; nothing is subscribed.
    Up,
    /// Not connected any more, or again not; why. The next event is waited for with a growing pause.
    Down(String),
    /// A message for one of the subscriptions.
    Message(Message),
}

/// A message, to be acknowledged with [`Client::acknowledge`].
#[derive(Clone, Debug)]
pub struct Message {
    publish: Publish,
}

impl Message {
    /// Where it was published.
    pub fn topic(&self) -> &str {
        &self.publish.topic
    }

    /// What it carries.
    pub fn payload(&self) -> &[u8] {
        &self.publish.payload
    }
}

/// A connection to the broker at `mqtt://[user:password@]host[:port]` or `mqtts://…`, not made until the first event is asked
/// for. Two connections with the same `client_id` push each other out.
///
/// # Errors
/// When `url` is no such address.
pub fn open(url: &str, client_id: &str) -> Result<(Client, Connection), AddressError> {
    let malformed = || AddressError(without_password(url));
    let (scheme, rest) = url.split_once("://").ok_or_else(malformed)?;
    let tls = match scheme {
        "mqtt" => false,
        "mqtts" => true,
        _ => return Err(malformed()),
    };
    let default_port = if tls { 8883 } else { 1883 };
    let (login, address) = match rest.rsplit_once('@') {
        Some((login, address)) => (Some(login.split_once(':').unwrap_or((login, ""))), address),
        None => (None, rest),
    };
    let (host, port) = match address.trim_end_matches('/').rsplit_once(':') {
        Some((host, port)) => (host, port.parse().map_err(|_| malformed())?),
        None => (address.trim_end_matches('/'), default_port),
    };
    if host.is_empty() {
        return Err(malformed());
    }
    let mut options = MqttOptions::new(client_id, host, port);
    options.set_keep_alive(KEEP_ALIVE);
    // What must not be lost is in the gateways' journals, not in the broker.
    options.set_clean_session(true);
    options.set_manual_acks(true);
    options.set_max_packet_size(PACKET_MAX, PACKET_MAX);
    options.set_inflight(1_000);
    if let Some((user, password)) = login {
        options.set_credentials(user, password);
    }
    if tls {
        options.set_transport(Transport::tls_with_default_config());
    }
    let (client, events) = AsyncClient::new(options, REQUESTS);
    Ok((Client { client }, Connection { events, retry: RETRY_FIRST }))
}

impl Client {
    /// Asks for topics, delivery at least once. To be called after every [`Event::Up`].
    ///
    /// # Errors
    /// When too many requests wait.
    pub fn subscribe(&self, filters: &[&str]) -> Result<(), ClientError> {
        let filters = filters.iter().map(|f| SubscribeFilter::new((*f).to_owned(), QoS::AtLeastOnce));
        self.client.try_subscribe_many(filters)
    }

    /// Publishes, delivery at least once while connected.
    ///
    /// # Errors
    /// When too many requests wait.
    pub fn publish(&self, topic: String, payload: Vec<u8>) -> Result<(), ClientError> {
        self.client.try_publish(topic, QoS::AtLeastOnce, false, payload)
    }

    /// Tells the broker that the message is done with.
    ///
    /// # Errors
    /// When too many requests wait; the broker then sends the message again some time.
    pub fn acknowledge(&self, message: &Message) -> Result<(), ClientError> {
        self.client.try_ack(&message.publish)
    }
}

impl Connection {
    /// The next thing that happens.
    pub async fn next(&mut self) -> Event {
        loop {
            match self.events.poll().await {
                Ok(rumqttc::Event::Incoming(Packet::ConnAck(_))) => {
                    self.retry = RETRY_FIRST;
                    return Event::Up;
                }
                Ok(rumqttc::Event::Incoming(Packet::Publish(publish))) => {
                    return Event::Message(Message { publish });
                }
                Ok(rumqttc::Event::Incoming(Packet::SubAck(ack)))
                    if ack.return_codes.contains(&rumqttc::SubscribeReasonCode::Failure) =>
                {
                    tracing::error!("the broker refused a subscription");
                }
                Ok(_) => {}
                Err(error) => {
                    tokio::time::sleep(self.retry).await;
                    self.retry = (self.retry * 2).min(RETRY_MOST);
                    return Event::Down(error.to_string());
                }
            }
        }
    }
}

/// The address as it may appear in a log.
fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 <= at => format!("{}…{}", &url[..scheme + 3], &url[at..]),
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_passwords_not_repeated() {
        assert!(open("mqtt://127.0.0.1:1883", "a").is_ok());
        assert!(open("mqtt://user:p@ss:word@broker", "a").is_ok());
        for bad in ["broker:1883", "http://broker", "mqtt://", "mqtt://broker:port"] {
            assert!(open(bad, "a").is_err(), "{bad}");
        }
        let error = open("mqtt://user:secret@broker:port", "a").err().unwrap().to_string();
        assert!(!error.contains("secret") && error.contains("broker:port"), "{error}");
    }
}
