//! Logs and metrics. `RUST_LOG` chooses what is written, `GAINSHARE_LOG=json` how.

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
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

/// Durations in seconds are counted up to these, the service level's one second among them.
const SECONDS: [f64; 10] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

/// Starts collecting metrics; the handle renders them.
///
/// # Errors
/// When something collects them already.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    let seconds = Matcher::Suffix("_seconds".to_owned());
    Ok(PrometheusBuilder::new().set_buckets_for_metric(seconds, &SECONDS)?.install_recorder()?)
}
