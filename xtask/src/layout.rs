//! Where things are.

use crate::files::fingerprint;
use crate::process::{Account, Cmd};
use anyhow::{Context, Result};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Folders, and who services run as.
pub(crate) struct Layout {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// Tools, shared by all checkouts.
    pub(crate) cache: PathBuf,
    /// Cargo's output.
    pub(crate) target: PathBuf,
    /// Databases, credentials and logs.
    pub(crate) data: PathBuf,
    toolchain: OnceLock<&'static str>,
}

impl Layout {
    pub(crate) fn new() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("start this as `cargo xtask`")?;
        let root = Path::new(&manifest).parent().context("xtask lies in no checkout")?.to_owned();
        let folder = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let cache = match (folder("GAINSHARE_CACHE"), folder("XDG_CACHE_HOME")) {
            (Some(cache), _) => cache,
            (None, Some(caches)) => caches.join("gainshare"),
            (None, None) => folder("HOME").context("HOME is not set")?.join(".cache/gainshare"),
        };
        let target = folder("CARGO_TARGET_DIR").map_or_else(|| cache.join("target"), |dir| root.join(dir));
        let data = match folder("GAINSHARE_DATA") {
            Some(data) => root.join(data),
            None if !is_root() || open_to_all(&root) => root.join("data"),
            None => {
                let data = PathBuf::from(format!("/var/tmp/gainshare-{:016x}", fingerprint(&root)));
                // In a folder that everybody may write to, it has to be ours.
                let owner = fs::metadata(&data).map(|meta| meta.uid());
                anyhow::ensure!(
                    matches!(owner, Err(_) | Ok(0)),
                    "{} belongs to somebody else",
                    data.display()
                );
                println!(
                    "The database user cannot enter {}, so data goes to {}",
                    root.display(),
                    data.display()
                );
                data
            }
        };
        fs::create_dir_all(&cache).with_context(|| format!("cannot make {}", cache.display()))?;
        Ok(Self { root, cache, target, data, toolchain: OnceLock::new() })
    }

    /// Makes a toolchain of rustup the compiler of every later command.
    pub(crate) fn use_toolchain(&self, name: &'static str) {
        self.toolchain.get_or_init(|| name);
    }

    /// The toolchain chosen instead of the active one, if any.
    pub(crate) fn toolchain(&self) -> Option<&'static str> {
        self.toolchain.get().copied()
    }

    /// A program that cargo built with the dev profile.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target.join("debug").join(name)
    }

    /// The built browser files.
    pub(crate) fn site(&self) -> PathBuf {
        self.root.join("target/site")
    }

    /// PATH with our tools first.
    pub(crate) fn path(&self) -> String {
        let path = std::env::var("PATH").unwrap_or_default();
        format!("{}:{path}:/usr/sbin", self.cache.join("bin").display())
    }

    /// A command with our tools on its PATH, cargo's output where it belongs, in the checkout.
    pub(crate) fn cmd(&self, program: impl AsRef<std::ffi::OsStr>) -> Cmd {
        let command = Cmd::new(program)
            .env("PATH", self.path())
            .env("CARGO_TARGET_DIR", &self.target)
            .env("SQLX_OFFLINE", "true")
            .dir(&self.root);
        if let Some(name) = self.toolchain() { command.env("RUSTUP_TOOLCHAIN", name) } else { command }
    }

    /// Makes a folder that services may write to and nobody else may read.
    pub(crate) fn service_folder(&self, folder: &Path) -> Result<()> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
        self.give(folder)
    }

    /// Hands a file or folder to the account of the services.
    pub(crate) fn give(&self, path: &Path) -> Result<()> {
        if let Some(Account { uid, gid }) = service_account()? {
            chown(path, Some(uid), Some(gid))
                .with_context(|| format!("cannot hand over {}", path.display()))?;
        }
        Ok(())
    }
}

pub(crate) fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// Whom services run as when this tool runs as root, because PostgreSQL refuses root.
///
/// # Errors
/// As root, before Debian's PostgreSQL is installed.
pub(crate) fn service_account() -> Result<Option<Account>> {
    if !is_root() {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        if let Some(user) = nix::unistd::User::from_name(name)? {
            return Ok(Some(Account { uid: user.uid.as_raw(), gid: user.gid.as_raw() }));
        }
    }
    anyhow::bail!("run as root, this needs a user `postgres` or `nobody` for the database")
}

/// Whether any user may pass through a folder and all above it.
fn open_to_all(folder: &Path) -> bool {
    folder.ancestors().all(|dir| fs::metadata(dir).is_ok_and(|meta| meta.permissions().mode() & 0o001 != 0))
}
