//! Compiles the product.

use crate::layout::Layout;
use crate::setup::wasm_opt_folder;
use anyhow::Result;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3600);

/// Builds the browser files and the programs: cargo-leptos compiles twin and gateway with the server
/// (`bin-cargo-args` in Cargo.toml), so that all share their dependencies.
///
/// Its release mode runs wasm-opt; the programs keep the dev profile there too (`bin-profile-release`).
pub(crate) fn build(layout: &Layout) -> Result<()> {
    layout
        .cmd("cargo")
        .args(["leptos", "build", "--release"])
        .env("PATH", format!("{}:{}", wasm_opt_folder(layout).display(), layout.path()))
        .run(LIMIT)
}
