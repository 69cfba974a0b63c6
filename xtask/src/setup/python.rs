//! Peers of our protocols that are not ours, from PyPI.

use crate::files::same;
use crate::layout::Layout;
use crate::process::Cmd;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

/// Installs them into an environment of their own; returns its Python.
pub(super) fn install(layout: &Layout) -> Result<PathBuf> {
    let wanted = layout.root.join("xtask/peers.txt");
    let folder = layout.cache.join("python");
    let python = folder.join("bin/python");
    let installed = folder.join("peers.txt");
    if same(&wanted, &installed) && python.exists() {
        return Ok(python);
    }
    Cmd::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).run(LIMIT)?;
    Cmd::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted).run(LIMIT)?;
    fs::copy(&wanted, installed)?;
    Ok(python)
}
