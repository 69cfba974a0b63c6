//! Compiles the product.

use crate::files::{below, fingerprint};
use crate::layout::Layout;
use crate::setup::wasm_opt_folder;
use anyhow::Result;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3600);
/// What the browser files are made of.
const BROWSER: [&str; 5] = ["app", "crates/domain", "frontend", "public", "style"];
const WORKSPACE: [&str; 3] = [".cargo/config.toml", "Cargo.lock", "Cargo.toml"];

/// Builds the browser files and the programs: cargo-leptos compiles twin and gateway with the server
/// (`bin-cargo-args` in Cargo.toml), so that all share their dependencies.
///
/// Its release mode runs wasm-opt; the programs keep the dev profile there too (`bin-profile-release`). It would run
/// wasm-bindgen and wasm-opt every time, so the browser files are left alone when nothing they are made of changed.
pub(crate) fn build(layout: &Layout) -> Result<()> {
    let stamp = layout.root.join("target/site.stamp");
    let made_of = fingerprint(&browser_inputs(layout)?).to_string();
    let built = layout.site().join("pkg/gainshare.wasm").is_file();
    let fresh = built && fs::read_to_string(&stamp).is_ok_and(|before| before == made_of);
    if !fresh {
        let _ = fs::remove_file(&stamp);
    }
    layout
        .cmd("cargo")
        .args(["leptos", "build", "--release", "--split", "--precompress"])
        .args(fresh.then_some("--server-only"))
        .env("PATH", format!("{}:{}", wasm_opt_folder(layout).display(), layout.path()))
        .run(LIMIT)?;
    Ok(fs::write(stamp, made_of)?)
}

/// Every file with its size and time of change.
fn browser_inputs(layout: &Layout) -> Result<Vec<(PathBuf, u64, Option<Duration>)>> {
    let mut files: Vec<PathBuf> = WORKSPACE.iter().map(|name| layout.root.join(name)).collect();
    for folder in BROWSER {
        files.extend(below(&layout.root.join(folder), "")?);
    }
    let describe = |file: PathBuf| {
        let meta = fs::metadata(&file)?;
        let changed = meta.modified()?.duration_since(std::time::UNIX_EPOCH).ok();
        Ok((file, meta.len(), changed))
    };
    files.into_iter().map(describe).collect()
}
