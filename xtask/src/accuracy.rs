//! `cargo xtask accuracy`: the engine against facilities with known truth, into docs/ACCURACY.md.

use crate::layout::Layout;
use anyhow::{Result, bail};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3600);

/// Builds both programs for release, measures, and writes the table.
pub(crate) fn accuracy(layout: &Layout, options: &[String]) -> Result<()> {
    let seeds = match options {
        [] => "40",
        [flag, seeds] if flag == "--seeds" => seeds,
        _ => bail!("usage: cargo xtask accuracy [--seeds N]"),
    };
    layout.cmd("cargo").args(["build", "--release", "-p", "mv-cli", "-p", "accuracy"]).run(LIMIT)?;
    let programs = layout.target.join("release");
    layout
        .cmd(programs.join("gainshare-accuracy"))
        .args(["measure", "--from", "100", "--seeds", seeds, "--engine"])
        .arg(programs.join("gainshare-mv"))
        .arg("--page")
        .arg(layout.root.join("docs/ACCURACY.md"))
        .run(LIMIT)
}
