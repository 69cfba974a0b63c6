//! Peers of our protocols that are not ours, from PyPI.

use crate::files::same;
use crate::layout::Layout;
use crate::process::Cmd;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);

/// Installs what `xtask/<list>.txt` names into an environment of its own; returns its Python.
pub(super) fn install(layout: &Layout, list: &str) -> Result<PathBuf> {
    let wanted = layout.root.join("xtask").join(list).with_extension("txt");
    let folder = layout.cache.join("python").join(list);
    let python = folder.join("bin/python");
    let installed = folder.join("installed.txt");
    if same(&wanted, &installed) && python.exists() {
        return Ok(python);
    }
    Cmd::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).run(LIMIT)?;
    Cmd::new(&python).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(&wanted).run(LIMIT)?;
    fs::copy(&wanted, installed)?;
    Ok(python)
}
