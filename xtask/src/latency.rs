//! P12: a product of its own whose gateways read every second, watched by one browser and 500 other viewers.

use crate::layout::Layout;
use crate::postgres::Durability;
use crate::process::Cmd;
use crate::product::{self, Plan};
use crate::setup::Peers;
use crate::{build, files};
use anyhow::{Context, Result};
use serde_json::Value;
use std::fs;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(1800);

/// The result line of `end2end/latency.mjs`.
pub(crate) fn measure(layout: &Layout, peers: &Peers) -> Result<Vec<Value>> {
    build::build(layout)?;
    let data = layout.data.join("bench/product");
    let _ = fs::remove_dir_all(&data);
    let plan = Plan {
        data,
        web_port: files::free_port()?,
        durability: Durability::Full,
        history_months: (1, 0),
        interval_ms: Some(1_000),
        database_url: None,
        mqtt_url: None,
    };
    let product = product::start(layout, &plan)?;
    let script = Cmd::new("node").arg("latency.mjs").dir(&peers.browser_tests);
    let script = script
        .env("GAINSHARE_URL", &product.url)
        .env("GAINSHARE_DEMO_PASSWORD", &product.password)
        .env("CHROMIUM", &peers.chromium);
    let printed = script.output(LIMIT)?;
    product.check()?;
    let line = printed.lines().last().context("the script printed no result")?;
    Ok(vec![serde_json::from_str(line)?])
}
