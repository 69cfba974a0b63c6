//! Tools that cargo compiles, kept in the cache folder.

use super::debian;
use crate::layout::Layout;
use crate::process::Cmd;
use anyhow::{Context, Result};
use std::fs;
use std::time::Duration;

const CARGO_LEPTOS: &str = "0.3.11";
const LIMIT: Duration = Duration::from_secs(2400);
const QUICK: Duration = Duration::from_secs(60);

/// cargo-leptos, without the parts that download tools by themselves.
pub(super) fn cargo_leptos(layout: &Layout) -> Result<()> {
    if has(layout, "cargo-leptos", CARGO_LEPTOS) {
        return Ok(());
    }
    let install = install(layout, "cargo-leptos", CARGO_LEPTOS).args(["--features", "no_downloads"]);
    install
        .clone()
        // Its lock file holds crates that ask for a newer compiler than they need.
        .args(["--locked", "--ignore-rust-version"])
        .run(LIMIT)
        .or_else(|_| install.run(LIMIT))
}

/// wasm-bindgen's program has to be of exactly the version that the crate is.
pub(super) fn wasm_bindgen(layout: &Layout) -> Result<()> {
    let lock = fs::read_to_string(layout.root.join("Cargo.lock"))?;
    let version = lock
        .split("[[package]]")
        .filter(|package| package.contains("name = \"wasm-bindgen\"\n"))
        .find_map(|package| package.split_once("version = \"")?.1.split('"').next())
        .context("Cargo.lock names no wasm-bindgen")?;
    if has(layout, "wasm-bindgen", version) {
        return Ok(());
    }
    let install = install(layout, "wasm-bindgen-cli", version);
    // A registry mirror that lags may lack a locked version.
    install.clone().arg("--locked").run(LIMIT).or_else(|_| install.run(LIMIT))
}

/// Formatting and lints, components of rustup's toolchain.
pub(super) fn lints(layout: &Layout) -> Result<()> {
    let has = |name: &str| layout.cmd("cargo").args([name, "--version"]).succeeds();
    if !has("clippy") {
        if layout.toolchain().is_some() {
            debian::packages(&["rust-web-clippy"])?;
        } else {
            layout.cmd("rustup").args(["component", "add", "clippy"]).run(LIMIT)?;
        }
    }
    if !format(layout).arg("--version").succeeds() {
        layout.cmd("rustup").args(["component", "add", "rustfmt"]).run(LIMIT)?;
    }
    Ok(())
}

/// `cargo fmt`; Debian's toolchain has none, and any version formats alike.
pub(crate) fn format(layout: &Layout) -> Cmd {
    let command = layout.cmd("cargo").arg("fmt");
    if layout.toolchain().is_some() { command.env("RUSTUP_TOOLCHAIN", "stable") } else { command }
}

fn has(layout: &Layout, program: &str, version: &str) -> bool {
    let path = layout.cache.join("bin").join(program);
    let said = path.is_file().then(|| Cmd::new(path).arg("--version").output(QUICK).ok()).flatten();
    said.is_some_and(|said| said.split_whitespace().any(|word| word == version))
}

/// Compiled fast rather than fast when compiled: link-time optimisation would take half an hour.
fn install(layout: &Layout, package: &str, version: &str) -> Cmd {
    layout
        .cmd("cargo")
        .args(["install", package, "--version", version, "--force", "--root"])
        .arg(&layout.cache)
        // Its default here is a folder that cargo removes afterwards.
        .without_env("CARGO_TARGET_DIR")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256")
}
