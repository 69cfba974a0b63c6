//! Keeping savings up to date: the loop that computes what is due.

use services::Context;
use std::time::Duration;

/// Between two looks at what is due. Readings come every few seconds; a quarter hour closes rarely.
const PAUSE: Duration = Duration::from_secs(10);
/// Days computed before looking up again.
const BATCH: i64 = 200;

/// Computes due days as long as the server runs. A failure is logged and tried again: what is due stays due.
pub(crate) async fn keep_up(ctx: Context) {
    loop {
        match services::savings::compute_due(&ctx, BATCH).await {
            Ok(0) => tokio::time::sleep(PAUSE).await,
            Ok(days) => tracing::debug!(days, "savings computed"),
            Err(error) => {
                tracing::error!(%error, "savings could not be computed; they stay due");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
