//! The whole product, running on this machine.

use crate::demo::{Demo, FACILITIES, Ready};
use crate::files::{free_port, port_is_free, secret, write_secret};
use crate::layout::Layout;
use crate::mosquitto;
use crate::postgres::{Durability, Postgres};
use crate::process::{Cmd, Running};
use crate::step::step;
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How to run it.
pub(crate) struct Plan {
    /// Where everything is kept.
    pub(crate) data: PathBuf,
    /// Port for browsers; another is taken when it is in use.
    pub(crate) web_port: u16,
    pub(crate) durability: Durability,
    /// Months of history, and how many of them are after the retrofit.
    pub(crate) history_months: (u32, u32),
    /// Expected time between readings instead of what the facility files say, ms.
    pub(crate) interval_ms: Option<u32>,
    /// Servers to use instead of private ones.
    pub(crate) database_url: Option<String>,
    pub(crate) mqtt_url: Option<String>,
}

/// Running services.
pub(crate) struct Product {
    pub(crate) url: String,
    pub(crate) people: String,
    pub(crate) password: String,
    pub(crate) logs: PathBuf,
    services: Vec<Running>,
}

/// What is chosen once for a data folder and kept there.
pub(crate) struct Settings {
    broker_port: u16,
    site_port: u16,
    pub(crate) modbus_port: u16,
    broker_admin: String,
    broker_server: String,
    pub(crate) demo_password: String,
}

impl Settings {
    /// Reads or makes them. A kept port that somebody else has taken meanwhile is replaced.
    fn keep(folder: &Path) -> Result<Self> {
        let path = folder.join("settings.json");
        let kept: Value =
            fs::read_to_string(&path).ok().and_then(|t| serde_json::from_str(&t).ok()).unwrap_or_default();
        let port = |name: &str| match kept[name].as_u64().and_then(|port| u16::try_from(port).ok()) {
            Some(port) if port_is_free(port) => Ok(port),
            _ => free_port(),
        };
        let password = |name: &str| kept[name].as_str().map_or_else(secret, |text| Ok(text.to_owned()));
        let settings = Self {
            broker_port: port("broker_port")?,
            site_port: port("site_port")?,
            modbus_port: port("modbus_port")?,
            broker_admin: password("broker_admin")?,
            broker_server: password("broker_server")?,
            demo_password: match std::env::var("GAINSHARE_DEMO_PASSWORD") {
                Ok(chosen) => chosen,
                Err(_) => password("demo_password")?.chars().take(20).collect(),
            },
        };
        let text = json!({
            "broker_port": settings.broker_port, "site_port": settings.site_port,
            "modbus_port": settings.modbus_port, "broker_admin": settings.broker_admin,
            "broker_server": settings.broker_server, "demo_password": settings.demo_password,
        });
        write_secret(&path, &format!("{text:#}\n"))?;
        Ok(settings)
    }

    /// Where gateways reach the cloud broker, without sign-in.
    pub(crate) fn broker_address(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.broker_port)
    }

    fn broker_url(&self, user: &str, password: &str) -> String {
        format!("mqtt://{user}:{password}@127.0.0.1:{}", self.broker_port)
    }

    fn site_broker(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.site_port)
    }
}

/// Starts everything and waits until the server is ready.
pub(crate) fn start(layout: &Layout, plan: &Plan) -> Result<Product> {
    fs::create_dir_all(&plan.data).with_context(|| format!("cannot make {}", plan.data.display()))?;
    let logs = plan.data.join("logs");
    fs::create_dir_all(&logs)?;
    let settings = Settings::keep(&plan.data)?;

    let database_url = match &plan.database_url {
        Some(url) => url.clone(),
        None => step("PostgreSQL", || {
            let postgres = Postgres::start(layout, &plan.data.join("postgres"), &logs, plan.durability)?;
            postgres.database("gainshare")
        })?,
    };
    let (admin_url, server_url) = match &plan.mqtt_url {
        Some(url) => (url.clone(), url.clone()),
        None => (
            settings.broker_url(mosquitto::ADMINISTRATOR, &settings.broker_admin),
            settings.broker_url("server", &settings.broker_server),
        ),
    };
    step("MQTT brokers", || {
        if plan.mqtt_url.is_none() {
            let (folder, port) = (plan.data.join("broker-cloud"), settings.broker_port);
            mosquitto::start_cloud(layout, &folder, &logs, port, &settings.broker_admin)?;
        }
        mosquitto::start_site(layout, &plan.data.join("broker-site"), &logs, settings.site_port)
    })?;

    let web_port = web_port(plan.web_port)?;
    let url = format!("http://localhost:{web_port}");
    let environment = vec![
        ("DATABASE_URL", database_url),
        ("MQTT_ADMIN_URL", admin_url),
        ("MQTT_URL", server_url),
        (
            "MQTT_PUBLIC_URL",
            plan.mqtt_url.as_deref().map_or_else(|| settings.broker_address(), without_sign_in),
        ),
        ("GAINSHARE_ORIGIN", url.clone()),
        ("GAINSHARE_ADDR", format!("127.0.0.1:{web_port}")),
        ("LEPTOS_SITE_ROOT", layout.site().display().to_string()),
        ("GAINSHARE_SIGNING_KEY_FILE", plan.data.join("signing-key").display().to_string()),
    ];
    let folder = plan.data.join("facilities");
    fs::create_dir_all(&folder)?;
    let demo =
        Demo { layout, settings: &settings, folder: &folder, environment, interval_ms: plan.interval_ms };
    let (people, facilities) = set_up(&demo, plan)?;
    let services = step("server, gateways and twin", || {
        let mut services =
            vec![demo.server(&["serve"]).env("RUST_LOG", "info").serve(&logs.join("server.log"))?];
        services.extend(start_site(&demo, &facilities, &logs)?);
        wait_until_ready(web_port, &services)?;
        Ok(services)
    })?;
    Ok(Product { url, people, password: settings.demo_password, logs, services })
}

/// Schema, organisations, facilities and their past.
fn set_up(demo: &Demo, plan: &Plan) -> Result<(String, Vec<Ready>)> {
    step("database schema", || demo.server(&["migrate"]).output(Duration::from_secs(120)))?;
    if plan.mqtt_url.is_none() {
        step("broker rules", || demo.server(&["admin", "broker", "init"]).output(Duration::from_secs(60)))?;
    }
    let shown = demo.folder.join("people.txt");
    let known = fs::read_to_string(&shown).ok().filter(|text| text.contains(&demo.settings.demo_password));
    if known.is_none() {
        step("demonstration people", || demo.people())?;
    }
    let facilities: Vec<Ready> = step("facilities and gateways", || {
        FACILITIES.iter().map(|facility| demo.facility(facility)).collect()
    })?;
    // Again, because the verifier is engaged for the facilities that exist.
    let people = match known {
        Some(text) => text,
        None => demo.people()?,
    };
    write_secret(&shown, &people)?;
    let (months, after) = plan.history_months;
    step("history", || {
        let (from, retrofit) = (months_ago(months)?, months_ago(after)?);
        for (facility, ready) in FACILITIES.iter().zip(&facilities) {
            demo.history(facility, ready, &from, &retrofit)?;
        }
        Ok(())
    })?;
    // Baselines rest on a year; shorter histories, as tests have them, fit their own.
    if months >= 12 + after {
        step("verified baseline", || {
            let (from, retrofit) = (months_ago(months)?, months_ago(after)?);
            let ready = FACILITIES.iter().zip(&facilities);
            ready
                .into_iter()
                .try_for_each(|(facility, ready)| demo.baseline(facility, ready, &from, &retrofit))
        })?;
    }
    Ok((people, facilities))
}

/// The gateways and, in place of real devices, the twin.
fn start_site(demo: &Demo, facilities: &[Ready], logs: &Path) -> Result<Vec<Running>> {
    let binary = |name: &str| Cmd::new(demo.layout.binary(name)).env("RUST_LOG", "info");
    let mut twin = binary("gainshare-twin").arg("serve").args(["--mqtt", &demo.settings.site_broker()]);
    twin = twin.args(["--modbus-bind", &format!("127.0.0.1:{}", demo.settings.modbus_port)]);
    twin = twin.arg("--state").arg(demo.folder.join("history"));
    for facility in &FACILITIES {
        twin = twin.args(["--facility", facility.name]);
    }
    let mut services = vec![twin.serve(&logs.join("twin.log"))?];
    for facility in facilities {
        let data = demo.folder.join(format!("{}.gateway", facility.slug));
        fs::create_dir_all(&data)?;
        let gateway = binary("gainshare-gateway").arg("--credentials").arg(&facility.credentials);
        let gateway = gateway.arg("--data").arg(&data).args(["--local-mqtt", &demo.settings.site_broker()]);
        services.push(gateway.serve(&logs.join(format!("gateway-{}.log", facility.slug)))?);
    }
    Ok(services)
}

impl Product {
    /// An error when a service ended, which none should.
    pub(crate) fn check(&self) -> Result<()> {
        self.services.iter().try_for_each(Running::check)
    }
}

fn web_port(wanted: u16) -> Result<u16> {
    let free = (wanted..wanted.saturating_add(100)).find(|port| port_is_free(*port));
    let port = free.with_context(|| format!("ports {wanted} and the hundred after it are all in use"))?;
    if port != wanted {
        println!("    port {wanted} is in use, taking {port}");
    }
    Ok(port)
}

fn wait_until_ready(port: u16, services: &[Running]) -> Result<()> {
    let end = Instant::now() + Duration::from_secs(60);
    loop {
        let answer = get(port, "/readyz").unwrap_or_else(|error| error.to_string());
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        services.iter().try_for_each(Running::check)?;
        if Instant::now() > end {
            bail!("the server does not become ready: {answer}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn get(port: u16, path: &str) -> Result<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// `mqtt://name:password@host:port` as `mqtt://host:port`.
fn without_sign_in(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => url.to_owned(),
    }
}

/// The first day of the month so many months ago, e.g. 2025-08-01.
fn months_ago(months: u32) -> Result<String> {
    let date = Cmd::new("date").args(["-u", "+%Y %m"]).output(Duration::from_secs(10))?;
    let (year, month) = date.trim().split_once(' ').context("`date` answers strangely")?;
    let count = year.parse::<u32>()? * 12 + month.parse::<u32>()? - 1 - months;
    Ok(format!("{}-{:02}-01", count / 12, count % 12 + 1))
}
