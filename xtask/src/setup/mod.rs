//! Installs what is missing. Every step first looks, so that a second time costs milliseconds.

mod cargo_tools;
mod debian;
mod npm;
mod python;
mod wasm;

use crate::layout::Layout;
use crate::step::step;
use anyhow::Result;
use std::path::PathBuf;

pub(crate) use cargo_tools::format;
pub(crate) use debian::{postgres_folder, program};
pub(crate) use npm::{lighthouse, wasm_opt_folder};

/// Installs what building and running needs.
///
/// # Errors
/// With what to install by hand, where this tool may not.
pub(crate) fn for_run(layout: &Layout) -> Result<()> {
    step("Debian packages", || debian::install(&debian::FOR_RUN))?;
    step("WebAssembly target", || wasm::install(layout))?;
    step("cargo-leptos", || cargo_tools::cargo_leptos(layout))?;
    step("wasm-bindgen", || cargo_tools::wasm_bindgen(layout))?;
    step("chart library, font, wasm-opt", || npm::assets(layout))
}

/// What the tests need besides: a browser, Playwright, and peers written in Python.
pub(crate) struct Peers {
    /// Folder with Playwright and axe.
    pub(crate) browser_tests: PathBuf,
    /// The browser.
    pub(crate) chromium: PathBuf,
    /// Python with the peers of our protocols.
    pub(crate) python: PathBuf,
}

/// Installs what `run` needs, and what the tests need besides.
///
/// # Errors
/// As [`for_run`].
pub(crate) fn for_tests(layout: &Layout) -> Result<Peers> {
    for_run(layout)?;
    step("Debian packages for tests", || debian::install(&debian::FOR_TESTS))?;
    step("rustfmt and clippy", || cargo_tools::lints(layout))?;
    let browser_tests = step("Playwright and axe", || npm::browser_tests(layout))?;
    let python = step("Python peers", || python::install(layout, "peers"))?;
    Ok(Peers { browser_tests, chromium: debian::chromium()?, python })
}

/// Installs opendsm, which the engine is measured against; returns its Python.
pub(crate) fn opendsm(layout: &Layout) -> Result<PathBuf> {
    step("opendsm", || python::install(layout, "opendsm"))
}

/// Installs and builds the pages in other frameworks, which our server rendering is measured against; returns their folder.
pub(crate) fn ssr_peers(layout: &Layout) -> Result<PathBuf> {
    step("SvelteKit and Next.js", || npm::ssr_peers(layout))
}
