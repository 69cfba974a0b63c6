//! `server admin gateway …` and `server admin broker …`: who may talk to the broker.

use anyhow::Context as _;
use clap::{Args, Subcommand};
use integrations::broker_admin::{BrokerAdmin, login_of};
use serde::Serialize;
use services::{Context, gateways};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The broker's administrator.
#[derive(Debug, Args)]
struct Administrator {
    /// The broker with its administrator's sign-in, e.g. mqtt://admin:password@host:1883
    #[arg(long = "mqtt-admin-url", env = "MQTT_ADMIN_URL", hide_env_values = true)]
    url: String,
}

impl Administrator {
    fn connect(&self) -> anyhow::Result<BrokerAdmin> {
        BrokerAdmin::new(&self.url).context("MQTT_ADMIN_URL")
    }
}

/// The broker's access rules.
#[derive(Debug, Args)]
pub struct Broker {
    #[command(subcommand)]
    verb: BrokerVerb,
}

#[derive(Debug, Subcommand)]
enum BrokerVerb {
    /// Deny everything by default, and let the server in. Running it again sets the server's password anew.
    Init {
        #[command(flatten)]
        administrator: Administrator,
        /// The broker with the sign-in that the server is to use.
        #[arg(long = "mqtt-url", env = "MQTT_URL", hide_env_values = true)]
        server_url: String,
    },
}

impl Broker {
    /// Does it.
    ///
    /// # Errors
    /// When the broker is away or refuses.
    pub async fn run(self) -> anyhow::Result<()> {
        let BrokerVerb::Init { administrator, server_url } = self.verb;
        let server = login_of(&server_url).context("MQTT_URL")?;
        administrator.connect()?.init(&server).await?;
        println!("the broker lets {} in and denies everything else", server.username);
        Ok(())
    }
}

/// Gateways.
#[derive(Debug, Args)]
pub struct Gateways {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Make new credentials for a facility's gateway; earlier ones stop working.
    Provision {
        /// Slug of the facility.
        facility: String,
        /// Credentials file to write, readable by its owner alone.
        #[arg(long)]
        out: PathBuf,
        /// Where gateways reach the broker, without sign-in.
        #[arg(long, env = "MQTT_PUBLIC_URL", default_value = "mqtt://127.0.0.1:1883")]
        gateway_mqtt_url: String,
        #[command(flatten)]
        administrator: Administrator,
    },
    /// Take the credentials away and end the session.
    Revoke {
        /// Slug of the facility.
        facility: String,
        #[command(flatten)]
        administrator: Administrator,
    },
    /// Write the point map of a facility's gateway.
    Map {
        /// Slug of the facility.
        facility: String,
        /// File to write.
        #[arg(long)]
        out: PathBuf,
    },
}

impl Gateways {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        match self.verb {
            Verb::Provision { facility, out, gateway_mqtt_url, administrator } => {
                // The password exists nowhere else, so the file has to be writable before it is made.
                let mut file = Private::create(&out)?;
                let broker = administrator.connect()?;
                let credentials = gateways::provision(ctx, &broker, &facility, &gateway_mqtt_url).await?;
                file.write(&credentials)?;
                println!("{} may sign in; its credentials are in {}", credentials.username, out.display());
            }
            Verb::Revoke { facility, administrator } => {
                gateways::revoke(ctx, &administrator.connect()?, &facility).await?;
                println!("the gateway of {facility} is cut off");
            }
            Verb::Map { facility, out } => {
                let map = gateways::map(ctx, &facility).await?;
                std::fs::write(&out, serde_json::to_vec_pretty(&map)?)
                    .with_context(|| format!("writing {}", out.display()))?;
                println!("version {} with {} points is in {}", map.version, map.points.len(), out.display());
            }
        }
        Ok(())
    }
}

/// A file that only its owner may read, put in its place when it is complete.
struct Private {
    file: std::fs::File,
    draft: PathBuf,
    path: PathBuf,
}

impl Private {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let mut draft = path.as_os_str().to_owned();
        draft.push(format!(".{}", std::process::id()));
        let draft = PathBuf::from(draft);
        let file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)
            .with_context(|| format!("writing {}", draft.display()))?;
        Ok(Self { file, draft, path: path.to_owned() })
    }

    fn write(&mut self, content: &impl Serialize) -> anyhow::Result<()> {
        self.file.write_all(&serde_json::to_vec_pretty(content)?)?;
        self.file.sync_all()?;
        std::fs::rename(&self.draft, &self.path).with_context(|| format!("writing {}", self.path.display()))
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        // Already in its place unless something failed.
        let _ = std::fs::remove_file(&self.draft);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;

    #[test]
    fn credentials_are_their_owners_alone_and_replaced_as_a_whole() {
        let folder = std::env::temp_dir().join(format!("gainshare-private-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join("gateway.json");
        std::fs::write(&path, "old").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        drop(Private::create(&path).unwrap());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old", "nothing was written");
        Private::create(&path).unwrap().write(&"new").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "\"new\"");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "no draft is left");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
