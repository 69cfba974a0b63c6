//! Logs. `RUST_LOG` chooses what is written, `GAINSHARE_LOG=json` how.

use tracing_subscriber::EnvFilter;

/// Starts writing logs to standard error, so that what a command prints stays clean.
///
/// # Errors
/// When `RUST_LOG` cannot be read.
pub fn start() -> anyhow::Result<()> {
    let filter = match std::env::var("RUST_LOG") {
        Ok(filter) => EnvFilter::try_new(filter)?,
        Err(_) => EnvFilter::new("info"),
    };
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::env::var("GAINSHARE_LOG").is_ok_and(|form| form == "json") {
        logs.json().init();
    } else {
        logs.init();
    }
    Ok(())
}
