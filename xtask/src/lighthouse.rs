//! Lighthouse on the dashboard, a report and a day's derivation of a product of its own with verified savings.

use crate::layout::Layout;
use crate::postgres::Durability;
use crate::process::Cmd;
use crate::product::{self, Plan};
use crate::setup::{self, Peers};
use crate::{build, files};
use anyhow::Result;
use serde_json::Value;
use std::fs;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(1800);
/// A year before the retrofit and three months after it, so that there are savings to look at.
const HISTORY_MONTHS: (u32, u32) = (15, 3);

/// The lines of `xtask/lighthouse/measure.mjs`: scores of 0 to 100.
pub(crate) fn measure(layout: &Layout, peers: &Peers) -> Result<Vec<Value>> {
    build::build(layout)?;
    let folder = setup::lighthouse(layout)?;
    let data = layout.data.join("bench/lighthouse");
    let _ = fs::remove_dir_all(&data);
    let plan = Plan {
        data,
        web_port: files::free_port()?,
        durability: Durability::Full,
        history_months: HISTORY_MONTHS,
        interval_ms: None,
        database_url: None,
        mqtt_url: None,
    };
    let product = product::start(layout, &plan)?;
    let out = layout.target.join("bench");
    fs::create_dir_all(&out)?;
    // The script runs beside its packages, which are in the cache and not in the checkout.
    fs::copy(layout.root.join("xtask/lighthouse/measure.mjs"), folder.join("measure.mjs"))?;
    let script = Cmd::new("node").arg("measure.mjs").dir(&folder);
    let script = script
        .env("GAINSHARE_URL", &product.url)
        .env("GAINSHARE_DEMO_PASSWORD", &product.password)
        .env("CHROMIUM", &peers.chromium)
        .env("OUT", &out);
    let printed = script.output(LIMIT)?;
    product.check()?;
    printed.lines().filter(|line| line.starts_with('{')).map(|line| Ok(serde_json::from_str(line)?)).collect()
}
