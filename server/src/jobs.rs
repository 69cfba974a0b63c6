//! Reports and exports in the queue: the loops that work it off.

use services::Context;
use services::jobs::{expire, run_due};
use std::time::Duration;

/// Jobs that one server does side by side, so that a long export keeps no report waiting.
pub(crate) const WORKERS: usize = 2;
/// Between two looks when there was nothing to do.
const PAUSE: Duration = Duration::from_secs(1);

/// Does what is due as long as the server runs. A failure is logged; what is due stays due.
pub(crate) async fn keep_up(ctx: Context) {
    loop {
        let found = match run_due(&ctx).await {
            Ok(false) => expire(&ctx).await.map(|_| false),
            found => found,
        };
        match found {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::error!(%error, "jobs could not be looked for; they stay due");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
