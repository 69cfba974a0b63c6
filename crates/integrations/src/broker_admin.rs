//! Who may sign in to the MQTT broker and touch which topic: Mosquitto's dynamic-security plugin, driven through its
//! control topic. See docs/BROKER.md.
//!
//! Every command's answer is awaited and checked; a command that meets a state it wanted to reach is no error, so each
//! operation can be repeated.

mod commands;
mod session;

use commands::Command;
use domain::id::GatewayId;
use rumqttc::MqttOptions;
use std::fmt;

/// Sign-in name and password of a broker client.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// Sign-in name.
    pub username: String,
    /// Password in the clear; the broker keeps a salted hash.
    pub password: String,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Login({})", self.username)
    }
}

/// Why the broker's access rules were not changed, or not all of them.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address is unusable.
    #[error("unusable broker address: {0}")]
    Address(String),
    /// The broker cannot be reached, does not let the administrator in, or does not answer.
    #[error("the broker does not answer: {0}")]
    Away(String),
    /// The broker refused a command.
    #[error("the broker refused {command}: {message}")]
    Refused {
        /// Name of the command.
        command: String,
        /// The broker's words.
        message: String,
    },
}

/// The broker's administrator. Connects anew for each operation.
#[derive(Clone)]
pub struct BrokerAdmin {
    options: MqttOptions,
}

impl fmt::Debug for BrokerAdmin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, port) = self.options.broker_address();
        write!(f, "BrokerAdmin({host}:{port})")
    }
}

/// The sign-in name of a gateway, which is also the only client identifier it may connect with.
pub fn gateway_username(gateway: GatewayId) -> String {
    format!("gw-{gateway}")
}

/// Name and password in a URL such as `mqtt://name:password@host:1883`.
///
/// # Errors
/// [`Error::Address`] when the URL is malformed or lacks either.
pub fn login_of(url: &str) -> Result<Login, Error> {
    let options = session::options(url)?;
    match options.credentials() {
        Some(login) if !login.username.is_empty() && !login.password.is_empty() => {
            Ok(Login { username: login.username, password: login.password })
        }
        _ => Err(Error::Address(
            "it has to carry a name and a password, as in mqtt://name:password@host:1883".into(),
        )),
    }
}

/// The role with which the server ingests.
const SERVER_ROLE: &str = "server";

impl BrokerAdmin {
    /// `url` carries the administrator's name and password: `mqtt://admin:…@host:1883` or `mqtts://…`.
    ///
    /// # Errors
    /// [`Error::Address`] when the URL is malformed or carries no password.
    pub fn new(url: &str) -> Result<Self, Error> {
        login_of(url)?;
        Ok(Self { options: session::options(url)? })
    }

    /// Denies everything that no role allows, and lets the server in with what ingest needs.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn init(&self, server: &Login) -> Result<(), Error> {
        let mut commands = vec![Command::deny_by_default()];
        commands.extend(Command::replace_client(server, None, SERVER_ROLE, &commands::server_rights()));
        session::run(&self.options, &commands).await
    }

    /// Gives a gateway its sign-in and its own topics, and nothing else. An earlier sign-in of the same gateway stops
    /// working, and its session ends.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn provision(&self, gateway: GatewayId, password: &str) -> Result<(), Error> {
        let login = Login { username: gateway_username(gateway), password: password.to_owned() };
        let rights = commands::gateway_rights(gateway);
        let name = &login.username;
        session::run(&self.options, &Command::replace_client(&login, Some(name), name, &rights)).await
    }

    /// Takes a gateway's sign-in away and ends its session.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn revoke(&self, gateway: GatewayId) -> Result<(), Error> {
        let name = gateway_username(gateway);
        session::run(&self.options, &Command::remove_client(&name, &name)).await
    }
}
