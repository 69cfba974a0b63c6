//! Packages of Debian, or the same programs from anywhere else.

use crate::layout::is_root;
use crate::process::Cmd;
use anyhow::{Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Oldest PostgreSQL that serves.
const POSTGRES: u32 = 15;
const LIMIT: Duration = Duration::from_secs(900);

/// A package and how to tell that what it brings is there.
pub(super) struct Need {
    package: &'static str,
    present: fn() -> bool,
}

pub(super) const FOR_RUN: [Need; 4] = [
    Need { package: "postgresql", present: || postgres_folder().is_ok() },
    Need {
        package: "mosquitto",
        present: || program("mosquitto").is_some() && program("mosquitto_ctrl").is_some(),
    },
    Need { package: "nodejs", present: || program("node").is_some() },
    Need { package: "npm", present: || program("npm").is_some() },
];

pub(super) const FOR_TESTS: [Need; 2] = [
    Need { package: "chromium", present: || chromium().is_ok() },
    Need {
        package: "python3-venv",
        present: || Cmd::new("python3").args(["-c", "import ensurepip, venv"]).succeeds(),
    },
];

/// Installs the packages whose programs are missing.
pub(super) fn install(needs: &[Need]) -> Result<()> {
    let missing: Vec<&str> = needs.iter().filter(|need| !(need.present)()).map(|need| need.package).collect();
    if missing.is_empty() {
        return Ok(());
    }
    packages(&missing)?;
    let still: Vec<&str> = needs.iter().filter(|need| !(need.present)()).map(|need| need.package).collect();
    ensure!(still.is_empty(), "after installing, still missing: {}", still.join(" "));
    Ok(())
}

/// Installs packages with apt-get, as root or through sudo without a password.
pub(super) fn packages(names: &[&str]) -> Result<()> {
    let list = names.join(" ");
    let apt = |args: &[&str]| {
        let command = if is_root() { Cmd::new("apt-get") } else { Cmd::new("sudo").args(["-n", "apt-get"]) };
        command
            .args(["-q", "-o", "DPkg::Lock::Timeout=300"])
            .args(args)
            .env("DEBIAN_FRONTEND", "noninteractive")
    };
    if program("apt-get").is_none() || !(is_root() || Cmd::new("sudo").args(["-n", "true"]).succeeds()) {
        bail!("these programs are missing and installing them needs root. Run: sudo apt-get install {list}");
    }
    println!("    installing {list}");
    let update = apt(&["update"]).output(LIMIT);
    if let Err(error) = update {
        println!("    apt-get update failed, going on with the lists there are: {error:#}");
    }
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(names);
    apt(&args).run(LIMIT)
}

/// A program on PATH or where Debian keeps servers.
pub(crate) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/local/sbin".into()]);
    folders.map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// The browser for the tests.
pub(super) fn chromium() -> Result<PathBuf> {
    let found = ["chromium", "chromium-browser", "google-chrome"].iter().find_map(|name| program(name));
    found.ok_or_else(|| anyhow::anyhow!("there is no chromium"))
}

/// Folder with the programs of the newest PostgreSQL that serves.
///
/// # Errors
/// When there is none.
pub(crate) fn postgres_folder() -> Result<PathBuf> {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = installed
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, bin)| *version >= POSTGRES && bin.join("initdb").is_file())
        .collect();
    found.sort();
    if let Some((_, bin)) = found.pop() {
        return Ok(bin);
    }
    let bin = program("initdb").and_then(|initdb| fs::canonicalize(initdb).ok());
    let bin = bin.as_deref().and_then(Path::parent).filter(|bin| {
        let version = Cmd::new(bin.join("postgres")).arg("--version").output(LIMIT).unwrap_or_default();
        let major = version.split_whitespace().find_map(|word| word.split('.').next()?.parse::<u32>().ok());
        major.is_some_and(|major| major >= POSTGRES)
    });
    bin.map(Path::to_owned).ok_or_else(|| anyhow::anyhow!("there is no PostgreSQL {POSTGRES} or newer"))
}
