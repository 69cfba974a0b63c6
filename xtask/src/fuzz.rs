//! `cargo xtask fuzz`: the bounded fuzz loops among the tests, run for longer.

use crate::layout::Layout;
use crate::setup;
use crate::step::{step, summary};
use anyhow::{Context, Result};
use std::time::Duration;

/// Crates that parse what strangers send.
const PARSERS: [&str; 3] = ["domain", "gateway", "integrations"];

/// Feeds every parser damaged input for so many seconds each.
pub(crate) fn fuzz(layout: &Layout, seconds: Option<&str>) -> Result<()> {
    let seconds: u64 = seconds.unwrap_or("60").parse().context("give whole seconds")?;
    setup::for_run(layout)?;
    for package in PARSERS {
        step(&format!("fuzz {package}"), || {
            let cargo =
                layout.cmd("cargo").args(["test", "--package", package, "fuzz_", "--", "--nocapture"]);
            // A crate has a handful of targets, and two at least run at a time.
            cargo.env("FUZZ_SECONDS", seconds.to_string()).run(Duration::from_secs(1800 + 20 * seconds))
        })?;
    }
    summary();
    Ok(())
}
