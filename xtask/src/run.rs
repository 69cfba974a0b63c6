//! `cargo xtask run`

use crate::layout::Layout;
use crate::postgres::Durability;
use crate::product::{self, Plan};
use crate::step::{step, summary};
use crate::{build, files, setup};
use anyhow::{Context, Result};
use std::fs;
use std::time::Duration;

/// Twelve months before the retrofit and three after it.
const HISTORY_MONTHS: (u32, u32) = (15, 3);

/// Builds and starts the product, and keeps it running until Ctrl-C.
pub(crate) fn run(layout: &Layout) -> Result<()> {
    setup::for_run(layout)?;
    step("build", || build::build(layout))?;
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let (database_url, mqtt_url) = (variable("DATABASE_URL"), variable("MQTT_URL"));
    let data = match (&database_url, &mqtt_url) {
        (None, None) => layout.data.clone(),
        // What is known about one database or broker is not true of another.
        others => layout.data.join(format!("with-{:016x}", files::fingerprint(&others))),
    };
    fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let lock = fs::File::create(data.join("lock"))?;
    if lock.try_lock().is_err() {
        anyhow::bail!("it is already running from {}", data.display());
    }
    let plan = Plan {
        data,
        web_port: 3000,
        durability: Durability::Full,
        history_months: HISTORY_MONTHS,
        interval_ms: None,
        database_url,
        mqtt_url,
    };
    let product = product::start(layout, &plan)?;
    summary();
    println!(
        "\n{}\nGainshare is at {}\nLogs are in {}\nCtrl-C stops it.",
        product.people,
        product.url,
        product.logs.display()
    );
    loop {
        product.check()?;
        std::thread::sleep(Duration::from_millis(500));
    }
}
