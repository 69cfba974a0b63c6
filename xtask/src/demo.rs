//! The demonstration facilities: set up through the server's command line, just as real ones are.

use crate::layout::Layout;
use crate::process::Cmd;
use crate::product::Settings;
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(300);

/// A facility of the twin, the customer it belongs to (`server admin demo` makes those), and the host of the customer's
/// accounts where it is to have a verified baseline.
pub(crate) struct Facility {
    pub(crate) name: &'static str,
    customer: &'static str,
    verified: Option<&'static str>,
}

pub(crate) const FACILITIES: [Facility; 2] = [
    Facility { name: "flower", customer: "Cedar Ridge Cultivation", verified: Some("cedar") },
    Facility { name: "lettuce", customer: "Harbor Greens", verified: None },
];

/// A set-up facility.
pub(crate) struct Ready {
    pub(crate) slug: String,
    pub(crate) credentials: PathBuf,
}

/// What setting up needs.
pub(crate) struct Demo<'a> {
    pub(crate) layout: &'a Layout,
    pub(crate) settings: &'a Settings,
    pub(crate) folder: &'a Path,
    pub(crate) environment: Vec<(&'static str, String)>,
    /// Time between readings instead of the facility file's, ms.
    pub(crate) interval_ms: Option<u32>,
}

impl Demo<'_> {
    /// A program of ours that talks to database and broker.
    fn program(&self, name: &str) -> Cmd {
        let command = Cmd::new(self.layout.binary(name)).dir(&self.layout.root).env("RUST_LOG", "warn");
        self.environment.iter().fold(command, |command, (name, value)| command.env(name, value))
    }

    pub(crate) fn server(&self, args: &[&str]) -> Cmd {
        self.program("server").args(args)
    }

    /// Organisations and people; returns the list to show.
    pub(crate) fn people(&self) -> Result<String> {
        self.server(&["admin", "demo"])
            .env("GAINSHARE_DEMO_PASSWORD", &self.settings.demo_password)
            .output(LIMIT)
    }

    /// Points, gateway and credentials of one facility.
    pub(crate) fn facility(&self, facility: &Facility) -> Result<Ready> {
        let modbus = format!("127.0.0.1:{}", self.settings.modbus_port);
        let describe = self.program("gainshare-twin").args(["describe", "--facility", facility.name]);
        let described = describe.args(["--modbus", &modbus, "--mqtt-prefix", "site"]).output(LIMIT)?;
        let mut parsed: Value = serde_json::from_str(&described)?;
        let slug = parsed["slug"].as_str().context("the facility file has no slug")?.to_owned();
        if let Some(interval) = self.interval_ms {
            for point in parsed["points"].as_array_mut().into_iter().flatten() {
                point["interval_ms"] = interval.into();
            }
        }
        let described = format!("{parsed:#}");
        let file = self.folder.join(format!("{slug}.facility.json"));
        // What did not change need not be imported again; the database remembers it.
        let imported = self.folder.join(format!("{slug}.imported.json"));
        if fs::read_to_string(&imported).ok().as_ref() != Some(&described) {
            fs::write(&file, &described)?;
            let import = self.server(&["admin", "facility", "import"]).arg(&file);
            import.args(["--organisation", facility.customer]).output(LIMIT)?;
            fs::rename(&file, &imported)?;
        }
        let credentials = self.folder.join(format!("{slug}.credentials.json"));
        if credentials.is_file() {
            self.point_to_broker(&credentials)?;
        } else {
            let provision = self.server(&["admin", "gateway", "provision", &slug, "--out"]).arg(&credentials);
            provision.output(LIMIT)?;
        }
        Ok(Ready { slug, credentials })
    }

    /// The broker's port may have changed since the credentials were made.
    fn point_to_broker(&self, credentials: &Path) -> Result<()> {
        let mut parsed: Value = serde_json::from_str(&fs::read_to_string(credentials)?)?;
        let address = self.settings.broker_address();
        if parsed["mqtt_url"].as_str() != Some(&address) {
            parsed["mqtt_url"] = address.into();
            crate::files::write_secret(credentials, &serde_json::to_string_pretty(&parsed)?)?;
        }
        Ok(())
    }

    /// A tariff like those of small industry: dearer on summer afternoons, and charges on the highest quarter hour.
    fn tariff(&self, ready: &Ready) -> Result<()> {
        let imported = fs::read_to_string(self.folder.join(format!("{}.imported.json", ready.slug)))?;
        let facility: Value = serde_json::from_str(&imported)?;
        let (summer, other) = ([6, 7, 8, 9], [1, 2, 3, 4, 5, 10, 11, 12]);
        let (workdays, weekend) = (["Mon", "Tue", "Wed", "Thu", "Fri"], ["Sat", "Sun"]);
        let terms = serde_json::json!({
            "zone": facility["time_zone"], "currency": facility["currency"],
            "versions": [{
                "from": "2024-01-01", "fixed_per_day": "3.20", "co2e_kg_per_kwh": "0.45",
                "energy": [
                    { "name": "On peak", "rate": "0.21", "windows": [
                        { "months": summer, "weekdays": workdays, "from": "14:00", "to": "19:00" }] },
                    { "name": "Off peak", "rate": "0.085", "windows": [
                        { "months": summer, "weekdays": workdays, "from": "19:00", "to": "14:00" },
                        { "months": summer, "weekdays": weekend }, { "months": other }] },
                ],
                "demand": [{ "name": "Facility demand", "rate": "9.40" }],
            }],
        });
        let file = self.folder.join(format!("{}.tariff.json", ready.slug));
        fs::write(&file, terms.to_string())?;
        let set = self.server(&["admin", "tariff", "set", "--facility", &ready.slug]).arg(&file);
        print!("    {}", set.output(LIMIT)?);
        Ok(())
    }

    /// A verified baseline of the days from `from` to `retrofit`. Done once.
    pub(crate) fn baseline(
        &self,
        facility: &Facility,
        ready: &Ready,
        from: &str,
        retrofit: &str,
    ) -> Result<()> {
        let Some(customer) = facility.verified else { return Ok(()) };
        let verify =
            self.server(&["admin", "demo-baseline", &ready.slug, "--from", from, "--retrofit", retrofit]);
        let verify = verify.args(["--customer", customer]);
        let verify = verify.env("GAINSHARE_DEMO_PASSWORD", &self.settings.demo_password);
        print!("    {}", verify.output(LIMIT)?);
        Ok(())
    }

    /// Past readings of a facility, through the same ingest as live ones. Done once.
    pub(crate) fn history(
        &self,
        facility: &Facility,
        ready: &Ready,
        from: &str,
        retrofit: &str,
    ) -> Result<()> {
        let folder = self.folder.join("history");
        let done = folder.join(format!("{}.done", ready.slug));
        if done.is_file() {
            return Ok(());
        }
        fs::create_dir_all(&folder)?;
        let map = self.folder.join(format!("{}.map.json", ready.slug));
        self.server(&["admin", "gateway", "map", &ready.slug, "--out"]).arg(&map).output(LIMIT)?;
        let write =
            self.program("gainshare-twin").args(["history", "--facility", facility.name, "--from", from]);
        let write = write.args(["--retrofit", retrofit, "--gateway-map"]).arg(&map).arg("--out").arg(&folder);
        print!("    {}", write.output(LIMIT)?);
        let credentials: Value = serde_json::from_str(&fs::read_to_string(&ready.credentials)?)?;
        let gateway = credentials["gateway_id"].as_str().context("the credentials name no gateway")?;
        let file = folder.join(format!("{}.envelopes", ready.slug));
        let import = self.server(&["admin", "import", "envelopes"]).arg(&file).args(["--gateway", gateway]);
        print!("    {}", import.output(LIMIT)?);
        fs::remove_file(&file)?;
        self.tariff(ready)?;
        for (noun, file) in [("crop-plan", "crop_plan"), ("harvests", "harvests")] {
            let import = self.server(&["admin", "production", noun, "--facility", &ready.slug]);
            let file = folder.join(format!("{}.{file}.csv", ready.slug));
            print!("    {}", import.arg(&file).output(LIMIT)?);
        }
        Ok(fs::write(done, "")?)
    }
}
