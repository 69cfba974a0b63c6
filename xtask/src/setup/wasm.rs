//! A compiler that can make WebAssembly.

use super::debian;
use crate::layout::Layout;
use anyhow::{Context, Result, bail};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::time::Duration;

/// Name under which Debian's compiler is known to rustup.
pub(super) const DEBIAN: &str = "debian";
const TARGET: &str = "wasm32-unknown-unknown";
const QUICK: Duration = Duration::from_secs(60);
const LIMIT: Duration = Duration::from_secs(1200);

/// Uses the active toolchain when it has the target or can get it; otherwise Debian's, with the target's standard
/// library built from Debian's source package.
pub(super) fn install(layout: &Layout) -> Result<()> {
    if has_target(layout, None) {
        return Ok(());
    }
    // Where Debian's was set up before, asking the network again would only cost time.
    if has_target(layout, Some(DEBIAN)) {
        return use_debian(layout);
    }
    let added = layout.cmd("rustup").args(["target", "add", TARGET]).run(Duration::from_secs(300));
    match added {
        Ok(()) if has_target(layout, None) => return Ok(()),
        Ok(()) => println!("    rustup added the target but the compiler in use lacks it"),
        Err(error) => println!("    rustup cannot add the target ({error:#}); using Debian's compiler"),
    }
    debian::packages(&["rustc-web", "cargo-web", "rust-web-src", "lld-22"])
        .context("rustup cannot add the WebAssembly target, and Debian's compiler could not be installed")?;
    layout.cmd("rustup").args(["toolchain", "link", DEBIAN, "/usr"]).run(QUICK)?;
    use_debian(layout)?;
    build_std(layout)?;
    if has_target(layout, Some(DEBIAN)) {
        Ok(())
    } else {
        bail!("the built target is not found by the compiler")
    }
}

fn target_folder(layout: &Layout, toolchain: Option<&str>) -> Option<String> {
    let rustc = layout.cmd("rustc").args(["--print", "target-libdir", "--target", TARGET]);
    let rustc = if let Some(name) = toolchain { rustc.env("RUSTUP_TOOLCHAIN", name) } else { rustc };
    rustc.output(QUICK).ok().map(|folder| folder.trim().to_owned())
}

fn has_target(layout: &Layout, toolchain: Option<&str>) -> bool {
    let files = target_folder(layout, toolchain).and_then(|folder| fs::read_dir(folder).ok());
    let mut names = files.into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.any(|name| name.to_string_lossy().starts_with("libstd-"))
}

/// Makes Debian's the compiler of everything that follows.
fn use_debian(layout: &Layout) -> Result<()> {
    let linker = layout.cache.join("bin/rust-lld");
    if !linker.is_file() {
        let lld = debian::program("lld-22").context("Debian's package lld-22 is missing")?;
        fs::create_dir_all(layout.cache.join("bin"))?;
        let _ = fs::remove_file(&linker);
        symlink(lld, &linker)?;
    }
    layout.use_toolchain(DEBIAN);
    Ok(())
}

/// Builds the target's standard library once, into the compiler's own folder, so that no nightly flag is needed later.
fn build_std(layout: &Layout) -> Result<()> {
    let folder = layout.cache.join("std");
    fs::create_dir_all(folder.join("src"))?;
    let manifest =
        "[package]\nname = \"std-build\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n[lib]\n";
    fs::write(folder.join("Cargo.toml"), manifest)?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\n")?;
    layout
        .cmd("cargo")
        .args(["build", "-Zbuild-std=std,panic_abort,proc_macro,test", "--release", "--target", TARGET])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .dir(&folder)
        .run(LIMIT)?;
    let to = target_folder(layout, Some(DEBIAN)).context("Debian's compiler does not know the target")?;
    let from = folder.join("target").join(TARGET).join("release/deps");
    copy_libraries(&from, Path::new(&to))
        .with_context(|| format!("cannot write to {to}; run `setup` once as root"))
}

fn copy_libraries(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in crate::files::below(from, ".rlib")? {
        fs::copy(&file, to.join(file.file_name().context("a library without a name")?))?;
    }
    Ok(())
}
