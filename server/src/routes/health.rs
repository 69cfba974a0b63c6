//! Whether this process lives, and whether it can do its work.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use services::Context;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// A database slower than this is no help to a request.
const PATIENCE: Duration = Duration::from_secs(2);

/// What readiness depends on.
#[derive(Clone, Debug)]
pub struct Health {
    /// For the database and the broker's session.
    pub ctx: Context,
    /// Whether a broker is configured at all.
    pub needs_broker: bool,
    /// Set when the process has been told to stop: balancers send no new readers, running requests are finished.
    pub draining: Arc<AtomicBool>,
}

/// `/livez` and `/readyz`.
pub fn routes(health: Health) -> Router {
    Router::new().route("/livez", get(|| async { "ok\n" })).route("/readyz", get(ready)).with_state(health)
}

/// One line for each thing checked, so that a person sees what is missing.
async fn ready(State(health): State<Health>) -> (StatusCode, String) {
    let database = match tokio::time::timeout(PATIENCE, health.ctx.db.check()).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(store::Error::Migration(_))) => {
            Err("its schema is not the one of this build: run `server migrate`")
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready");
            Err("it does not take writes")
        }
        Err(_) => Err("it does not answer"),
    };
    let mut checks = vec![("database", database)];
    if health.needs_broker {
        let up = health.ctx.broker_session.load(Ordering::Relaxed);
        checks.push(("broker", if up { Ok(()) } else { Err("no session yet") }));
    }
    let draining = health.draining.load(Ordering::Relaxed);
    checks.push(("process", if draining { Err("stopping") } else { Ok(()) }));

    let ready = checks.iter().all(|(_, outcome)| outcome.is_ok());
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let lines = checks.iter().map(|(name, outcome)| format!("{name}: {}\n", outcome.err().unwrap_or("ok")));
    (status, lines.collect())
}
