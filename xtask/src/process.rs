//! Child processes that never outlive this tool.
//!
//! Each child leads its own process group, so that it can be stopped together with its own children, and asks the
//! kernel (through `setpriv`, part of every Debian) to be stopped when this process dies, even by SIGKILL. The kernel
//! watches the thread that started the child, so children are only started from the main thread.

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longest wait for all children that were asked to stop.
const GRACE: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

static RUNNING: Mutex<Vec<Running>> = Mutex::new(Vec::new());

/// A user that services run as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// A started child.
#[derive(Clone)]
pub(crate) struct Running {
    name: String,
    child: Arc<Mutex<Child>>,
    group: Pid,
    stop: Signal,
    log: Option<PathBuf>,
}

/// A command to run.
#[derive(Clone)]
pub(crate) struct Cmd {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, Option<OsString>)>,
    folder: Option<PathBuf>,
    account: Option<Account>,
    stop: Signal,
}

impl Cmd {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        Self {
            program: program.as_ref().to_owned(),
            args: Vec::new(),
            env: Vec::new(),
            folder: None,
            account: None,
            stop: Signal::SIGTERM,
        }
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.args.push(arg.as_ref().to_owned());
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args.extend(args.into_iter().map(|a| a.as_ref().to_owned()));
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.env.push((name.into(), Some(value.as_ref().to_owned())));
        self
    }

    pub(crate) fn without_env(mut self, name: &str) -> Self {
        self.env.push((name.into(), None));
        self
    }

    pub(crate) fn dir(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_owned());
        self
    }

    /// Runs as somebody else; needs root.
    pub(crate) fn account(mut self, account: Option<Account>) -> Self {
        self.account = account;
        self
    }

    /// The signal that asks this program to stop, instead of SIGTERM.
    pub(crate) fn stop_with(mut self, signal: Signal) -> Self {
        self.stop = signal;
        self
    }

    fn name(&self) -> String {
        let program =
            Path::new(&self.program).file_name().unwrap_or(&self.program).to_string_lossy().into_owned();
        let args = self.args.iter().take(3).map(|arg| arg.to_string_lossy());
        args.fold(program, |line, arg| format!("{line} {arg}"))
    }

    fn command(&self) -> Command {
        let mut command = Command::new("setpriv");
        command.arg("--pdeathsig").arg(self.stop.as_str().trim_start_matches("SIG"));
        if let Some(Account { uid, gid }) = self.account {
            command.arg(format!("--reuid={uid}")).arg(format!("--regid={gid}")).arg("--clear-groups");
        }
        command.arg("--").arg(&self.program).args(&self.args).process_group(0).stdin(Stdio::null());
        // `cargo run` describes this crate in the environment. Build scripts watch such variables, so passing them
        // on would compile crates again that plain cargo compiled before.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                .iter()
                .any(|p| text.starts_with(p))
            {
                command.env_remove(&name);
            }
        }
        command.env_remove("OUT_DIR");
        for (name, value) in &self.env {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    fn start(&self, mut command: Command, log: Option<&Path>) -> Result<Running> {
        let name = self.name();
        let child = command.spawn().with_context(|| format!("cannot start {name}"))?;
        let group = Pid::from_raw(i32::try_from(child.id())?);
        let log = log.map(Path::to_owned);
        let running = Running { name, child: Arc::new(Mutex::new(child)), group, stop: self.stop, log };
        lock(&RUNNING).push(running.clone());
        Ok(running)
    }

    /// Runs to the end with its output on this terminal.
    pub(crate) fn run(&self, limit: Duration) -> Result<()> {
        self.start(self.command(), None)?.finish(limit)
    }

    /// Runs to the end, its output shown on this terminal and line by line to `look`.
    pub(crate) fn watch(&self, limit: Duration, mut look: impl FnMut(&str)) -> Result<()> {
        let mut command = self.command();
        let (reader, writer) = std::io::pipe()?;
        command.stdout(writer.try_clone()?).stderr(writer);
        let running = self.start(command, None)?;
        let clock = std::thread::spawn(move || running.finish(limit));
        for line in BufReader::new(reader).split(b'\n') {
            let line = line?;
            let line = String::from_utf8_lossy(&line);
            println!("{line}");
            look(&line);
        }
        clock.join().map_err(|_| anyhow::anyhow!("the waiting thread ended early"))?
    }

    /// Runs to the end and returns what it wrote to standard output. What it wrote to standard error is in the error.
    pub(crate) fn output(&self, limit: Duration) -> Result<String> {
        let mut command = self.command();
        let (reader, writer) = std::io::pipe()?;
        let (errors, errors_in) = std::io::pipe()?;
        command.stdout(writer).stderr(errors_in);
        let running = self.start(command, None)?;
        let out = std::thread::spawn(move || std::io::read_to_string(reader));
        let err = std::thread::spawn(move || std::io::read_to_string(errors));
        let end = running.finish(limit);
        let text = |read: std::thread::JoinHandle<std::io::Result<String>>| match read.join() {
            Ok(Ok(text)) => text,
            _ => String::new(),
        };
        let (out, err) = (text(out), text(err));
        end.with_context(|| err.trim().to_owned())?;
        Ok(out)
    }

    /// Whether it runs and succeeds, without a word.
    pub(crate) fn succeeds(&self) -> bool {
        self.output(Duration::from_secs(60)).is_ok()
    }

    /// Starts a service that writes to a log file.
    pub(crate) fn serve(&self, log: &Path) -> Result<Running> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        let mut command = self.command();
        command.stdout(file.try_clone()?).stderr(file);
        self.start(command, Some(log))
    }
}

impl Running {
    /// How it ended, if it did.
    fn ended(&self) -> Option<ExitStatus> {
        lock(&self.child).try_wait().ok().flatten()
    }

    /// An error when it ended, with the end of its log.
    pub(crate) fn check(&self) -> Result<()> {
        let Some(status) = self.ended() else { return Ok(()) };
        let log = self.log.as_deref().map(tail).unwrap_or_default();
        bail!("{} ended ({status}){log}", self.name)
    }

    fn finish(&self, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        while self.ended().is_none() && Instant::now() < end {
            std::thread::sleep(POLL);
        }
        let status = self.ended();
        if status.is_none() {
            self.ask();
        }
        // What a finished program left behind in its group would hold ports, locks and pipes.
        self.clear_away(Instant::now() + Duration::from_secs(5));
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("{} failed ({status})", self.name),
            None => bail!("{} did not finish within {} s", self.name, limit.as_secs()),
        }
    }

    /// Asks it to stop.
    fn ask(&self) {
        if self.ended().is_none() {
            let _ = kill(self.group, self.stop);
        }
    }

    /// Waits for its end, insists after that moment, and kills what is left of its group.
    fn clear_away(&self, end: Instant) {
        while self.ended().is_none() && Instant::now() < end {
            std::thread::sleep(POLL);
        }
        let _ = killpg(self.group, Signal::SIGKILL);
        lock(&RUNNING).retain(|other| other.group != self.group);
    }
}

/// The last lines of a log file, for an error message.
fn tail(log: &Path) -> String {
    let text = std::fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let last = lines[lines.len().saturating_sub(15)..].join("\n    ");
    format!(", see {}:\n    {last}", log.display())
}

/// Stops everything that runs, the last started first, because it may need those before it to finish its work.
pub(crate) fn stop_all() {
    let end = Instant::now() + GRACE;
    loop {
        let Some(last) = lock(&RUNNING).last().cloned() else { return };
        last.ask();
        last.clear_away(end);
    }
}

/// Ctrl-C, SIGTERM and SIGHUP stop the children, then this process.
pub(crate) fn stop_children_on_signal() -> Result<()> {
    ctrlc::set_handler(|| {
        eprintln!("\nstopping …");
        stop_all();
        std::process::exit(130);
    })
    .context("cannot wait for signals")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
