//! Logs and metrics. `RUST_LOG` chooses what is written, `GAINSHARE_LOG=json` how.

use axum::Router;
use axum::routing::get;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use services::ingest::{Ingestor, State};
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::net::TcpListener;
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

/// Serves `/metrics` until the process ends; `ingestor` is none on a server without a broker.
pub async fn serve_metrics(listener: TcpListener, metrics: PrometheusHandle, ingestor: Option<Ingestor>) {
    let render = async move || {
        if let Some(ingestor) = &ingestor {
            count_ingest(ingestor.state());
        }
        metrics.run_upkeep();
        metrics.render()
    };
    if let Err(error) = axum::serve(listener, Router::new().route("/metrics", get(render))).await {
        tracing::error!(%error, "metrics are no longer served");
    }
}

fn count_ingest(state: &State) {
    let now = |number: &AtomicU64| number.load(Ordering::Relaxed);
    metrics::counter!("ingest_envelopes_total", "outcome" => "kept").absolute(now(&state.kept));
    metrics::counter!("ingest_envelopes_total", "outcome" => "duplicate").absolute(now(&state.duplicates));
    metrics::counter!("ingest_envelopes_total", "outcome" => "held").absolute(now(&state.held));
    metrics::counter!("ingest_envelopes_total", "outcome" => "not_taken").absolute(now(&state.refused));
    metrics::counter!("ingest_readings_total").absolute(now(&state.samples));
    metrics::counter!("ingest_commits_total", "outcome" => "done").absolute(now(&state.commits));
    metrics::counter!("ingest_commits_total", "outcome" => "tried_again").absolute(now(&state.retries));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ingest_has_done_is_counted_once() {
        let recorder = PrometheusBuilder::new().build_recorder();
        let state = State { kept: AtomicU64::new(3), retries: AtomicU64::new(1), ..State::default() };
        metrics::with_local_recorder(&recorder, || {
            count_ingest(&state);
            state.kept.store(5, Ordering::Relaxed);
            count_ingest(&state);
        });
        let page = recorder.handle().render();
        assert!(page.contains("ingest_envelopes_total{outcome=\"kept\"} 5"), "{page}");
        assert!(page.contains("ingest_commits_total{outcome=\"tried_again\"} 1"), "{page}");
    }
}
