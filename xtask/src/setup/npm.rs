//! Packages of npm: the chart library and the font for the browser, wasm-opt, Playwright.

use crate::files::{below, fingerprint, newer, same};
use crate::layout::Layout;
use crate::process::Cmd;
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(600);
const FONT: &str = "node_modules/@fontsource-variable/inter/files/inter-latin-wght-normal.woff2";

/// Folder with wasm-opt.
pub(crate) fn wasm_opt_folder(layout: &Layout) -> PathBuf {
    layout.cache.join("npm/web/node_modules/.bin")
}

/// Makes `public/generated`: the parts of ECharts we use as one module, and the font.
pub(super) fn assets(layout: &Layout) -> Result<()> {
    let source = layout.root.join("xtask/web");
    let modules = install(layout, "web", &source)?;
    let generated = layout.root.join("public/generated");
    let charts = generated.join("echarts.js");
    let font = generated.join("inter-latin.woff2");
    if newer(&charts, &[source.join("echarts.js"), source.join("package-lock.json")]) && font.is_file() {
        return Ok(());
    }
    fs::create_dir_all(&generated)?;
    fs::copy(modules.join(FONT), &font).context("the font is not where it was")?;
    Cmd::new(modules.join("node_modules/.bin/esbuild"))
        .arg(source.join("echarts.js"))
        .args(["--bundle", "--minify", "--format=esm", "--target=es2022", "--log-level=warning"])
        .arg(format!("--outfile={}", charts.display()))
        .env("NODE_PATH", modules.join("node_modules"))
        .run(LIMIT)
}

/// Playwright and axe, linked to where the specifications look for them.
pub(super) fn browser_tests(layout: &Layout) -> Result<PathBuf> {
    let source = layout.root.join("end2end");
    let modules = install(layout, "end2end", &source)?.join("node_modules");
    let link = source.join("node_modules");
    if fs::canonicalize(&link).ok() != fs::canonicalize(&modules).ok() {
        let _ = fs::remove_file(&link);
        symlink(&modules, &link).with_context(|| format!("{} is in the way", link.display()))?;
    }
    Ok(source)
}

/// Folder with Lighthouse, which only a benchmark needs.
pub(crate) fn lighthouse(layout: &Layout) -> Result<PathBuf> {
    install(layout, "lighthouse", &layout.root.join("xtask/lighthouse"))
}

/// Folder with the same pages in SvelteKit and Next.js, built from `xtask/ssr`.
pub(super) fn ssr_peers(layout: &Layout) -> Result<PathBuf> {
    let source = layout.root.join("xtask/ssr");
    let folder = install(layout, "ssr", &source)?;
    let files = below(&source, "")?;
    let read = |file: &PathBuf| Ok((file.strip_prefix(&source)?.to_owned(), fs::read(file)?));
    let files = files.iter().map(read).collect::<Result<Vec<_>>>()?;
    let (stamp, built) = (format!("{:016x}", fingerprint(&files)), folder.join("built.txt"));
    if fs::read_to_string(&built).is_ok_and(|text| text == stamp) {
        return Ok(folder);
    }
    for (name, content) in &files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap_or(&folder))?;
        fs::write(&path, content).with_context(|| format!("cannot write {}", path.display()))?;
    }
    for (framework, tool) in [("sveltekit", "vite"), ("next", "next")] {
        let build = layout.cmd(folder.join("node_modules/.bin").join(tool)).arg("build");
        build.env("NEXT_TELEMETRY_DISABLED", "1").dir(&folder.join(framework)).output(LIMIT)?;
    }
    fs::write(built, stamp)?;
    Ok(folder)
}

/// Installs what a lock file names into the cache, unless that is there already.
fn install(layout: &Layout, name: &str, source: &Path) -> Result<PathBuf> {
    let folder = layout.cache.join("npm").join(name);
    let installed = folder.join("node_modules/.installed-lock.json");
    let lock = source.join("package-lock.json");
    if same(&lock, &installed) {
        return Ok(folder);
    }
    fs::create_dir_all(&folder)?;
    for file in ["package.json", "package-lock.json", ".npmrc"] {
        fs::copy(source.join(file), folder.join(file))?;
    }
    let npm = layout.cmd("npm").args(["ci", "--no-audit", "--no-fund"]).dir(&folder);
    npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1").run(LIMIT)?;
    fs::copy(&lock, installed)?;
    Ok(folder)
}
