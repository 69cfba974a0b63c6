//! Private MQTT brokers: one as the cloud's, with a sign-in for every client, and one as a site's own.

use crate::layout::{Layout, service_account};
use crate::process::{Cmd, Running};
use crate::setup::program;
use anyhow::{Context, Result, bail};
use std::fs;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(20);
const PLUGIN: &str = "mosquitto_dynamic_security.so";

/// Name of the administrator in the cloud broker.
pub(crate) const ADMINISTRATOR: &str = "admin";

/// Starts the cloud broker: nobody gets in whom the dynamic-security plugin does not know, at first the administrator.
pub(crate) fn start_cloud(
    layout: &Layout,
    folder: &Path,
    logs: &Path,
    port: u16,
    password: &str,
) -> Result<()> {
    layout.service_folder(folder)?;
    let rules = folder.join("dynamic-security.json");
    if !rules.is_file() {
        let control = Cmd::new(program("mosquitto_ctrl").context("mosquitto_ctrl is missing")?);
        let control = control.args(["dynsec", "init"]).arg(&rules).args([ADMINISTRATOR, password]);
        control.account(service_account()?).dir(folder).output(LIMIT)?;
    }
    let settings = format!(
        "listener {port} 127.0.0.1\nallow_anonymous false\nplugin {}\nplugin_opt_config_file {}\n\
         persistence true\npersistence_location {}/\nlog_dest stderr\n",
        plugin()?.display(),
        rules.display(),
        folder.display()
    );
    start(layout, folder, &logs.join("broker-cloud.log"), port, &settings)
}

/// Starts a site's own broker, for devices on its network.
pub(crate) fn start_site(layout: &Layout, folder: &Path, logs: &Path, port: u16) -> Result<()> {
    layout.service_folder(folder)?;
    let settings =
        format!("listener {port} 127.0.0.1\nallow_anonymous true\npersistence false\nlog_dest stderr\n");
    start(layout, folder, &logs.join("broker-site.log"), port, &settings)
}

fn start(layout: &Layout, folder: &Path, log: &Path, port: u16, settings: &str) -> Result<()> {
    let file = folder.join("mosquitto.conf");
    fs::write(&file, settings)?;
    layout.give(&file)?;
    let broker = Cmd::new(program("mosquitto").context("mosquitto is missing")?).arg("-c").arg(&file);
    let running = broker.account(service_account()?).dir(folder).serve(log)?;
    wait_for_port(&running, port)
}

/// Waits until a service listens.
fn wait_for_port(running: &Running, port: u16) -> Result<()> {
    let end = Instant::now() + LIMIT;
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        running.check()?;
        if Instant::now() > end {
            bail!("nothing listens on port {port} after {} s", LIMIT.as_secs());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

fn plugin() -> Result<PathBuf> {
    let folders = fs::read_dir("/usr/lib")?.flatten().map(|entry| entry.path());
    let mut folders = folders.chain(["/usr/lib".into(), "/usr/local/lib".into()]);
    folders
        .find_map(|folder| Some(folder.join(PLUGIN)).filter(|file| file.is_file()))
        .with_context(|| format!("{PLUGIN} is missing; Debian's package mosquitto carries it"))
}
