//! Settings, read once from the command line and the environment.

use crate::signing_key;
use axum::http::HeaderName;
use clap::Args;
use integrations::mail::Mailer;
use services::live::Hub;
use services::{Clock, Context};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use store::Db;

/// Where the database is.
#[derive(Clone, Debug, Args)]
pub struct Database {
    /// PostgreSQL, e.g. postgres://user@host/gainshare
    #[arg(long = "database-url", env = "DATABASE_URL", hide_env_values = true)]
    pub url: String,
}

/// What a use case needs, whether it is called by a page or from the command line.
#[derive(Clone, Debug, Args)]
pub struct UseCases {
    #[command(flatten)]
    pub database: Database,
    /// Where browsers reach this server, without a slash at the end.
    #[arg(long, env = "GAINSHARE_ORIGIN", default_value = "http://localhost:3000", value_parser = origin)]
    pub origin: String,
    /// Mail server, e.g. smtps://user:password@host; mail is printed to the log when none is set.
    #[arg(long, env = "SMTP_URL", hide_env_values = true)]
    pub smtp_url: Option<String>,
    /// File with the key that signs verifications, 64 hexadecimal digits; made where there is none. Without the setting
    /// nothing can be signed.
    #[arg(long, env = "GAINSHARE_SIGNING_KEY_FILE")]
    pub signing_key_file: Option<PathBuf>,
    /// Sender of mail.
    #[arg(long, env = "GAINSHARE_MAIL_FROM", default_value = "Gainshare <no-reply@localhost>")]
    pub mail_from: String,
}

/// What `serve` needs.
#[derive(Clone, Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    pub use_cases: UseCases,
    /// Address to listen on.
    #[arg(long, env = "GAINSHARE_ADDR", default_value = "127.0.0.1:3000")]
    pub addr: SocketAddr,
    /// Address for Prometheus to read /metrics from; off when not set.
    #[arg(long, env = "GAINSHARE_METRICS_ADDR")]
    pub metrics_addr: Option<SocketAddr>,
    /// Header in which a proxy in front names the reader's address, e.g. x-forwarded-for; only set it behind one.
    #[arg(long, env = "GAINSHARE_CLIENT_IP_HEADER")]
    pub client_ip_header: Option<HeaderName>,
    /// MQTT broker, e.g. mqtt://user:password@host:1883; without one nothing is ingested.
    #[arg(long, env = "MQTT_URL", hide_env_values = true)]
    pub mqtt_url: Option<String>,
    /// Host of Open-Meteo, e.g. https://customer-api.open-meteo.com; without it no weather is asked for.
    #[arg(long, env = "GAINSHARE_OPEN_METEO_URL")]
    pub open_meteo_url: Option<String>,
    /// Key of a paid plan.
    #[arg(long, env = "GAINSHARE_OPEN_METEO_KEY", hide_env_values = true)]
    pub open_meteo_key: Option<String>,
    /// Whether webhooks may go to plain HTTP and to machines of our own network: for trying things out, never in production.
    #[arg(long, env = "GAINSHARE_WEBHOOKS_PRIVATE")]
    pub webhooks_private: bool,
    /// Folder with the built browser files.
    #[arg(long, env = "LEPTOS_SITE_ROOT", default_value = "target/site")]
    pub site_root: PathBuf,
}

impl UseCases {
    /// Opens the database and puts together what use cases need.
    ///
    /// # Errors
    /// When the database cannot be reached or the mail settings or the signing key cannot be used.
    pub async fn context(&self) -> anyhow::Result<Context> {
        Ok(Context {
            db: Db::connect(&self.database.url).await?,
            live: Hub::default(),
            mailer: Mailer::new(self.smtp_url.as_deref(), &self.mail_from)?,
            clock: Clock::System,
            origin: self.origin.clone(),
            signer: self.signing_key_file.as_deref().map(signing_key::open).transpose()?,
            broker_session: Arc::default(),
        })
    }
}

/// Scheme, host and port alone: what a browser sends as `Origin`.
fn origin(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let host = rest.ok_or("it has to start with http:// or https://")?;
    if host.is_empty() || host.contains(['/', '?', '#', '@']) {
        return Err("only scheme, host and port, e.g. https://portal.example.com".to_owned());
    }
    Ok(text.to_ascii_lowercase())
}
