//! Keeping watch: the loop that looks at the rules of alerts and sends what there is to be said.

use services::Context;
use std::time::Duration;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(15);

/// Looks and sends as long as the server runs. A failure is logged; the next look makes up for it.
pub(crate) async fn keep_watch(ctx: Context) {
    loop {
        if let Err(error) = services::alerts::evaluate(&ctx).await {
            tracing::error!(%error, "alerts could not be evaluated; they are again soon");
        }
        if let Err(error) = services::alerts::send_due(&ctx).await {
            tracing::error!(%error, "mails about alerts could not be sent; they stay due");
        }
        tokio::time::sleep(PAUSE).await;
    }
}
