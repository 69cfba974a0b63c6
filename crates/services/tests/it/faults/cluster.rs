//! A PostgreSQL and a Mosquitto of the test's own, to be killed.

use sqlx::{Connection, PgConnection};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) struct Cluster {
    folder: PathBuf,
    process: Child,
}

/// The newest installed server programs.
fn programs() -> PathBuf {
    let version = |path: &Path| path.parent()?.file_name()?.to_str()?.parse::<u32>().ok();
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = installed.map(|entry| entry.path().join("bin")).filter(|p| p.join("postgres").exists());
    found.max_by_key(|p| version(p)).expect("PostgreSQL has to be installed")
}

/// PostgreSQL refuses to run as root: then the system's `postgres` does it.
fn unprivileged(program: &Path) -> Command {
    let mut command = Command::new(program);
    if let Some(id) = other_user() {
        command.uid(id).gid(id_of_group(id));
    }
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn other_user() -> Option<u32> {
    (std::fs::metadata("/proc/self").unwrap().uid() == 0).then(|| passwd(|f| f[0] == "postgres", 2))
}

fn id_of_group(user: u32) -> u32 {
    passwd(|f| f[2] == user.to_string(), 3)
}

fn passwd(wanted: impl Fn(&[&str]) -> bool, field: usize) -> u32 {
    let text = std::fs::read_to_string("/etc/passwd").unwrap();
    let mut lines = text.lines().map(|line| line.split(':').collect::<Vec<_>>());
    lines.find(|f| wanted(f)).map(|f| f[field].parse().unwrap()).expect("a user called postgres")
}

impl Cluster {
    /// A new cluster with one database.
    pub(crate) async fn start(database: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("gainshare-faults-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir(&folder).unwrap();
        std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o700)).unwrap();
        if let Some(id) = other_user() {
            chown(&folder, Some(id), Some(id_of_group(id))).unwrap();
        }
        let made = unprivileged(&programs().join("initdb"))
            .arg("-D")
            .arg(folder.join("data"))
            .args(["-A", "trust", "-U", "postgres", "--no-sync"])
            .status()
            .unwrap();
        assert!(made.success());
        let process = postmaster(&folder);
        let cluster = Self { folder, process };
        let mut connection = cluster.reached("postgres").await;
        let sql = format!("CREATE DATABASE {database}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
        cluster
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Waits until the server answers.
    async fn reached(&self, database: &str) -> PgConnection {
        let end = Instant::now() + Duration::from_secs(60);
        loop {
            match PgConnection::connect(&self.url(database)).await {
                Ok(connection) => return connection,
                Err(error) => assert!(Instant::now() < end, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// `kill -9` of the postmaster and every process it has started, then a start that recovers.
    pub(crate) async fn crash_and_restart(&mut self) {
        let family = children(self.process.id());
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        let pids: Vec<String> = family.iter().map(ToString::to_string).collect();
        let _ = Command::new("kill").arg("-9").args(&pids).stderr(Stdio::null()).status();
        while family.iter().any(|pid| Path::new(&format!("/proc/{pid}")).exists()) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.process = postmaster(&self.folder);
        self.reached("postgres").await.close().await.unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        let _ = Command::new("kill").args(["-QUIT", &self.process.id().to_string()]).status();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn postmaster(folder: &Path) -> Child {
    unprivileged(&programs().join("postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder)
        .args(["-h", "", "-c", "shared_buffers=32MB"])
        .spawn()
        .unwrap()
}

fn children(parent: u32) -> Vec<u32> {
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let pids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let is_child = |pid: &u32| {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        status.lines().any(|line| line.strip_prefix("PPid:").is_some_and(|p| p.trim() == parent.to_string()))
    };
    pids.filter(is_child).collect()
}

pub(crate) struct Mosquitto {
    port: u16,
    process: Child,
}

impl Mosquitto {
    pub(crate) fn start() -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { port, process: Self::spawn(port) }
    }

    fn spawn(port: u16) -> Child {
        // Without a configuration file it keeps nothing, and listens on the loopback only.
        Command::new("mosquitto")
            .env("PATH", format!("{}:/usr/sbin", std::env::var("PATH").unwrap_or_default()))
            .args(["-p", &port.to_string()])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("mosquitto has to be installed")
    }

    pub(crate) fn url(&self) -> String {
        format!("mqtt://127.0.0.1:{}", self.port)
    }

    /// `kill -9`, then a broker that knows nothing of what the first one held.
    pub(crate) fn crash_and_restart(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.process = Self::spawn(self.port);
    }
}

impl Drop for Mosquitto {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
