//! Reports that are made by themselves: the loop that looks for those that are due.

use services::Context;
use std::time::Duration;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60);

/// Makes what is due as long as the server runs. A failure is logged; what is due stays due.
pub(crate) async fn keep_up(ctx: Context) {
    loop {
        match services::reports::run_due(&ctx).await {
            Ok(true) => {}
            Ok(false) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::error!(%error, "scheduled reports could not be looked for");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
