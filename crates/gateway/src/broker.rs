//! One connection to an MQTT broker: kept up in the background, reported as events.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rumqttc::tokio_rustls::rustls::{ClientConfig, RootCertStore};
use rumqttc::{AsyncClient, Event, EventLoop, MqttOptions, Packet, Publish, TlsConfiguration, Transport};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::backoff::Backoff;

/// Requests that may wait in the client; enough for a whole window and the subscriptions of the largest map.
pub(crate) const REQUESTS: usize = 256;

const KEEP_ALIVE: Duration = Duration::from_secs(10);
const RETRY_FIRST: Duration = Duration::from_millis(500);
const RETRY_MOST: Duration = Duration::from_secs(60);
const MAX_PACKET: usize = 4 << 20;

/// Where a broker is and how to sign in.
#[derive(Clone)]
pub struct Endpoint {
    host: String,
    port: u16,
    tls: bool,
    /// User name and password.
    pub login: Option<(String, String)>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", if self.tls { "mqtts" } else { "mqtt" }, self.host, self.port)
    }
}

/// Why a broker address cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Not a URL, or one without host.
    #[error("{0:?} is not a broker address; write mqtt://HOST:PORT or mqtts://HOST:PORT")]
    Malformed(String),
    /// The operating system's certificates cannot be read.
    #[error("no trusted certificates for mqtts: install ca-certificates, or name a file in SSL_CERT_FILE")]
    NoRoots,
}

impl Endpoint {
    /// Reads `mqtt://[user:password@]host[:port]` or `mqtts://…`; the ports default to 1883 and 8883.
    ///
    /// # Errors
    /// When the text is no such address.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        let malformed = || EndpointError::Malformed(text.to_owned());
        let url = url::Url::parse(text).map_err(|_| malformed())?;
        let tls = match url.scheme() {
            "mqtt" => false,
            "mqtts" => true,
            _ => return Err(malformed()),
        };
        let host = url.host_str().filter(|h| !h.is_empty()).ok_or_else(malformed)?.to_owned();
        let port = url.port().unwrap_or(if tls { 8883 } else { 1883 });
        let login = match (url.username(), url.password()) {
            ("", _) => None,
            (user, password) => Some((user.to_owned(), password.unwrap_or_default().to_owned())),
        };
        Ok(Self { host, port, tls, login })
    }

    /// Whether the password would cross a network in the clear.
    pub(crate) fn exposes_password(&self) -> bool {
        let local =
            self.host == "localhost" || self.host.parse::<std::net::IpAddr>().is_ok_and(|a| a.is_loopback());
        !self.tls && !local && self.login.is_some()
    }

    /// Client options. Sessions are clean: what must not be lost is in the journal, not in the broker.
    fn options(&self, client_id: &str, inflight: u16) -> Result<MqttOptions, EndpointError> {
        let mut options = MqttOptions::new(client_id, &self.host, self.port);
        options.set_keep_alive(KEEP_ALIVE);
        options.set_clean_session(true);
        options.set_max_packet_size(MAX_PACKET, MAX_PACKET);
        options.set_inflight(inflight);
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password);
        }
        if self.tls {
            let mut roots = RootCertStore::empty();
            let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if added == 0 {
                return Err(EndpointError::NoRoots);
            }
            let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
            options.set_transport(Transport::tls_with_config(TlsConfiguration::Rustls(Arc::new(config))));
        }
        Ok(options)
    }
}

/// What happened on a connection.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    /// Connected; nothing is subscribed.
    Up,
    /// Not connected any more, or again not; why.
    Down(String),
    /// A message for one of our subscriptions.
    Message(Publish),
    /// The broker took a message of ours: there is room for the next.
    Acked,
}

/// A connection that is re-established until dropped.
pub(crate) struct Link {
    pub(crate) client: AsyncClient,
    pub(crate) events: mpsc::Receiver<LinkEvent>,
    task: JoinHandle<()>,
}

impl Link {
    pub(crate) fn open(endpoint: &Endpoint, client_id: &str, inflight: u16) -> Result<Self, EndpointError> {
        let (client, event_loop) = AsyncClient::new(endpoint.options(client_id, inflight)?, REQUESTS);
        let (sender, events) = mpsc::channel(64);
        let task = tokio::spawn(keep_up(event_loop, sender));
        Ok(Self { client, events, task })
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn keep_up(mut event_loop: EventLoop, events: mpsc::Sender<LinkEvent>) {
    let mut backoff = Backoff::new(RETRY_FIRST, RETRY_MOST);
    loop {
        let event = match event_loop.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                backoff.reset();
                LinkEvent::Up
            }
            Ok(Event::Incoming(Packet::Publish(message))) => LinkEvent::Message(message),
            Ok(Event::Incoming(Packet::PubAck(_))) => LinkEvent::Acked,
            Ok(Event::Incoming(Packet::SubAck(ack))) => {
                if ack.return_codes.contains(&rumqttc::SubscribeReasonCode::Failure) {
                    tracing::error!("the broker refused a subscription");
                }
                continue;
            }
            Ok(_) => continue,
            Err(error) => {
                // The client would wait for ever for an acknowledgement that the old connection owed.
                event_loop.state.collision = None;
                if events.send(LinkEvent::Down(error.to_string())).await.is_err() {
                    return;
                }
                tokio::time::sleep(backoff.delay()).await;
                continue;
            }
        };
        if events.send(event).await.is_err() {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_default_ports_and_optional_login() {
        let plain = Endpoint::parse("mqtt://127.0.0.1").unwrap();
        assert_eq!((plain.host.as_str(), plain.port, plain.tls), ("127.0.0.1", 1883, false));
        let secure = Endpoint::parse("mqtts://user:secret@broker.example:9999").unwrap();
        assert_eq!((secure.host.as_str(), secure.port, secure.tls), ("broker.example", 9999, true));
        assert_eq!(secure.login, Some(("user".to_owned(), "secret".to_owned())));
        for text in ["", "broker", "http://broker", "mqtt://"] {
            assert!(Endpoint::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_password_in_the_clear_is_noticed() {
        for (text, exposed) in [
            ("mqtt://u:p@broker.example", true),
            ("mqtts://u:p@broker.example", false),
            ("mqtt://u:p@127.0.0.1", false),
            ("mqtt://u:p@localhost", false),
            ("mqtt://broker.example", false),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().exposes_password(), exposed, "{text}");
        }
    }
}
