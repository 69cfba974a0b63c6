//! A PostgreSQL of our own, on a Unix socket in a folder that only its owner may enter.

use crate::layout::{Layout, service_account};
use crate::process::{Account, Cmd, Running};
use crate::setup::postgres_folder;
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

const LIMIT: Duration = Duration::from_secs(120);
/// The kernel takes socket paths of up to 107 bytes, and PostgreSQL appends a file name.
const SOCKET_PATH_MAX: usize = 85;

/// What losing power may cost.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing that was committed.
    Full,
    /// Everything: for tests.
    None,
}

/// A running server.
pub(crate) struct Postgres {
    bin: PathBuf,
    socket: PathBuf,
    account: Option<Account>,
}

impl Postgres {
    /// Starts the cluster in a folder, made on first use.
    pub(crate) fn start(layout: &Layout, folder: &Path, logs: &Path, durability: Durability) -> Result<Self> {
        let account = service_account()?;
        layout.service_folder(folder)?;
        let cluster = folder.join("cluster");
        let bin = programs_for(&cluster)?;
        if !cluster.join("PG_VERSION").is_file() {
            let initdb = Cmd::new(bin.join("initdb")).arg("-D").arg(&cluster).account(account).dir(folder);
            let initdb =
                initdb.args(["-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]);
            initdb.arg("--no-sync").output(LIMIT).context("cannot make a database cluster")?;
        }
        let socket = socket_folder(layout, folder)?;
        let mut server = Cmd::new(bin.join("postgres")).arg("-D").arg(&cluster).account(account).dir(folder);
        server = server.arg("-k").arg(&socket).args(["-c", "listen_addresses=", "-c", "max_connections=300"]);
        server = server.args(["-c", "shared_buffers=256MB", "-c", "log_min_duration_statement=2s"]);
        if durability == Durability::None {
            server = server.args([
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
            ]);
        }
        let running = server.stop_with(Signal::SIGINT).serve(&logs.join("postgres.log"))?;
        let postgres = Self { bin, socket, account };
        postgres.wait(&running)?;
        Ok(postgres)
    }

    fn wait(&self, running: &Running) -> Result<()> {
        let end = Instant::now() + LIMIT;
        while !self.client("pg_isready").arg("-q").succeeds() {
            running.check()?;
            if Instant::now() > end {
                bail!("PostgreSQL does not become ready within {} s", LIMIT.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }

    fn client(&self, program: &str) -> Cmd {
        let command = Cmd::new(self.bin.join(program)).arg("-h").arg(&self.socket).args(["-U", "postgres"]);
        command.account(self.account).dir(Path::new("/"))
    }

    /// Makes the database if it does not exist; returns its address.
    pub(crate) fn database(&self, name: &str) -> Result<String> {
        let exists = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
        if self.client("psql").args(["-d", "postgres", "-Atc", &exists]).output(LIMIT)?.trim().is_empty() {
            self.client("createdb").arg(name).output(LIMIT)?;
        }
        Ok(format!("postgres://postgres@localhost/{name}?host={}", self.socket.display()))
    }

    /// Runs a file of SQL, all or nothing.
    pub(crate) fn run_file(&self, database: &str, file: &Path) -> Result<()> {
        let sql = fs::read_to_string(file)?;
        let psql =
            self.client("psql").args(["-d", database, "-q", "-v", "ON_ERROR_STOP=1", "-1", "-c", &sql]);
        psql.output(LIMIT).with_context(|| format!("{} fails", file.display())).map(drop)
    }
}

/// The newest programs, or for an existing cluster those of its own version.
fn programs_for(cluster: &Path) -> Result<PathBuf> {
    let Ok(version) = fs::read_to_string(cluster.join("PG_VERSION")) else { return postgres_folder() };
    let own = PathBuf::from(format!("/usr/lib/postgresql/{}/bin", version.trim()));
    if own.join("postgres").is_file() { Ok(own) } else { postgres_folder() }
}

fn socket_folder(layout: &Layout, folder: &Path) -> Result<PathBuf> {
    let socket = folder.join("socket");
    if socket.as_os_str().len() <= SOCKET_PATH_MAX {
        layout.service_folder(&socket)?;
        return Ok(socket);
    }
    let socket = std::env::temp_dir().join(format!("gainshare-socket-{}", std::process::id()));
    // Fails when it exists: in a shared folder somebody else might have made it.
    fs::create_dir(&socket).with_context(|| format!("cannot make {}", socket.display()))?;
    layout.service_folder(&socket)?;
    Ok(socket)
}
