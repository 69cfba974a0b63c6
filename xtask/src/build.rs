//! Compiles the product.

use crate::files::{below, fingerprint};
use crate::layout::Layout;
use crate::process::Cmd;
use crate::setup::wasm_opt_folder;
use anyhow::Result;
use std::fs;
use std::path::{Path, PathBuf};
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
    checker(layout)?;
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

/// The checker of statement bundles as `public/generated/bundle.wasm`. It has no imports, so there is nothing to bind; cargo
/// leaves it alone when nothing changed, and so does this.
fn checker(layout: &Layout) -> Result<()> {
    let (target, profile) = ("wasm32-unknown-unknown", "wasm-release");
    let cargo = layout.cmd("cargo").args(["build", "--quiet", "--package", "bundle-wasm", "--lib"]);
    cargo.args(["--target", target, "--profile", profile]).run(LIMIT)?;
    let made = layout.target.join(target).join(profile).join("bundle_wasm.wasm");
    let kept = layout.root.join("public/generated/bundle.wasm");
    let newer = |file: &Path| fs::metadata(file).and_then(|meta| meta.modified()).ok();
    if newer(&kept) >= newer(&made) && kept.is_file() {
        return Ok(());
    }
    let optimiser = wasm_opt_folder(layout).join("wasm-opt");
    Cmd::new(&optimiser).args(["-Oz", "--all-features"]).arg(made).arg("-o").arg(kept).run(LIMIT)
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
