//! Command line and credentials.

use std::fmt;
use std::path::{Path, PathBuf};

use domain::id::GatewayId;
use serde::Deserialize;

use crate::broker::{Endpoint, EndpointError};
use crate::journal;

/// Reads meters and sensors, keeps every reading on disk, and sends it until the server has committed it.
#[derive(Debug, clap::Parser)]
#[command(name = "gainshare-gateway", version)]
pub struct Args {
    /// Credentials file written by `server admin gateway provision`.
    #[arg(long)]
    pub credentials: PathBuf,
    /// Folder for the journal and the cached point map.
    #[arg(long)]
    pub data: PathBuf,
    /// The site's own MQTT broker, e.g. mqtt://127.0.0.1:1883; without it only Modbus points are read.
    #[arg(long)]
    pub local_mqtt: Option<String>,
    /// Point map to use until the server has sent one.
    #[arg(long)]
    pub offline_map: Option<PathBuf>,
    /// Most disk space for readings that the server has not committed, bytes.
    #[arg(long, default_value_t = journal::DEFAULT_MAX_BYTES)]
    pub journal_max_bytes: u64,
    /// Time between status lines (and writes of status.json), seconds.
    #[arg(long, default_value_t = 60)]
    pub status_seconds: u64,
    /// Send again when the server has not committed anything for this long, seconds.
    #[arg(long, default_value_t = 15)]
    pub resend_seconds: u64,
}

/// Who this gateway is, and where it sends. The password is not shown by `Debug`.
#[derive(Clone)]
pub struct Credentials {
    /// The gateway's identity; it decides the MQTT topics.
    pub gateway: GatewayId,
    /// The cloud broker, with user name and password.
    pub endpoint: Endpoint,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} at {:?})", self.gateway, self.endpoint)
    }
}

/// Why the gateway will not start with these credentials.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// There is no such file, or it may not be read.
    #[error("cannot read the credentials file {path}: {source}. {HELP}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The file is not the JSON object it should be.
    #[error("the credentials file {path} is not valid: {source}. {HELP}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where it is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// A field has no value.
    #[error("the credentials file has no {0}. {HELP}")]
    Missing(&'static str),
    /// A password that was never issued by a server.
    #[error("the password in the credentials file is a default or too short to have been issued. {HELP}")]
    DefaultPassword,
    /// Credentials of something else.
    #[error("the user name in the credentials file is {found:?}, but this gateway's is {expected:?}. {HELP}")]
    WrongUser {
        /// What the file says.
        found: String,
        /// What it must say.
        expected: String,
    },
    /// The broker address cannot be used.
    #[error("mqtt_url in the credentials file: {0}")]
    Url(#[from] EndpointError),
}

const HELP: &str = "Each gateway needs its own, from `server admin gateway provision FACILITY --out FILE`";
const LEAST_PASSWORD: usize = 16;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsFile {
    gateway_id: Option<GatewayId>,
    mqtt_url: Option<String>,
    username: Option<String>,
    password: Option<String>,
}

impl Credentials {
    /// Reads and checks a credentials file.
    ///
    /// # Errors
    /// When it is missing, incomplete, or holds credentials that a server did not issue to this gateway.
    pub fn load(path: &Path) -> Result<Self, CredentialsError> {
        let bytes = std::fs::read(path)
            .map_err(|source| CredentialsError::Unreadable { path: path.to_owned(), source })?;
        let file: CredentialsFile = serde_json::from_slice(&bytes)
            .map_err(|source| CredentialsError::Malformed { path: path.to_owned(), source })?;
        file.check()
    }
}

impl CredentialsFile {
    fn check(self) -> Result<Credentials, CredentialsError> {
        let text = |value: Option<String>, name| {
            value.filter(|v| !v.trim().is_empty()).ok_or(CredentialsError::Missing(name))
        };
        let gateway =
            self.gateway_id.filter(|id| !id.0.is_nil()).ok_or(CredentialsError::Missing("gateway_id"))?;
        let url = text(self.mqtt_url, "mqtt_url")?;
        let username = text(self.username, "username")?;
        let password = text(self.password, "password")?;
        let expected = format!("gw-{gateway}");
        if username != expected {
            return Err(CredentialsError::WrongUser { found: username, expected });
        }
        let varied = password.chars().any(|c| !password.starts_with(c));
        if password.len() < LEAST_PASSWORD || !varied || password.contains(&gateway.to_string()) {
            return Err(CredentialsError::DefaultPassword);
        }
        let mut endpoint = Endpoint::parse(&url)?;
        endpoint.login = Some((username, password));
        Ok(Credentials { gateway, endpoint })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0197a0de-0000-7000-8000-000000000001";
    const PASSWORD: &str = "kR7mPq2vXw9sLd4f";

    fn check(json: &str) -> Result<Credentials, CredentialsError> {
        serde_json::from_str::<CredentialsFile>(json).unwrap().check()
    }

    fn with(id: &str, url: &str, user: &str, password: &str) -> Result<Credentials, CredentialsError> {
        check(&format!(
            r#"{{"gateway_id":"{id}","mqtt_url":"{url}","username":"{user}","password":"{password}"}}"#
        ))
    }

    #[test]
    fn issued_credentials_are_accepted_and_not_printed() {
        let credentials = with(ID, "mqtt://broker:1884", &format!("gw-{ID}"), PASSWORD).unwrap();
        assert_eq!(credentials.gateway.to_string(), ID);
        assert!(!format!("{credentials:?}").contains(PASSWORD));
    }

    #[test]
    fn missing_fields_are_named() {
        for (json, field) in [
            ("{}".to_owned(), "gateway_id"),
            (format!(r#"{{"gateway_id":"{}"}}"#, uuid::Uuid::nil()), "gateway_id"),
            (format!(r#"{{"gateway_id":"{ID}","mqtt_url":" "}}"#), "mqtt_url"),
            (format!(r#"{{"gateway_id":"{ID}","mqtt_url":"mqtt://b"}}"#), "username"),
            (
                format!(r#"{{"gateway_id":"{ID}","mqtt_url":"mqtt://b","username":"x","password":""}}"#),
                "password",
            ),
        ] {
            let error = check(&json).unwrap_err();
            assert!(matches!(error, CredentialsError::Missing(f) if f == field), "{json}: {error}");
        }
    }

    #[test]
    fn default_and_foreign_credentials_are_refused() {
        let user = format!("gw-{ID}");
        for password in
            ["password", "admin", "changeme", "gateway", "short", "aaaaaaaaaaaaaaaaaaaa", ID, &user]
        {
            let error = with(ID, "mqtt://broker", &user, password).unwrap_err();
            assert!(matches!(error, CredentialsError::DefaultPassword), "{password}: {error}");
        }
        let error = with(ID, "mqtt://broker", "admin", PASSWORD).unwrap_err();
        assert!(matches!(error, CredentialsError::WrongUser { .. }), "{error}");
        assert!(matches!(with(ID, "http://broker", &user, PASSWORD), Err(CredentialsError::Url(_))));
    }
}
