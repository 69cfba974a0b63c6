//! Telling endpoints of events: the loop that sends what is due.

use integrations::webhook::Sender;
use services::Context;
use services::webhooks::{Outcome, send_due};
use std::time::Duration;

/// Between two looks when there was nothing to send.
const PAUSE: Duration = Duration::from_secs(2);

/// Sends as long as the server runs. A failure is logged; what is due stays due.
pub(crate) async fn keep_up(ctx: Context, sender: Sender) {
    loop {
        match send_due(&ctx, &sender).await {
            Ok(outcome) if outcome != Outcome::default() => {
                tracing::debug!(outcome.delivered, outcome.failed, "webhooks sent");
            }
            Ok(_) => tokio::time::sleep(PAUSE).await,
            Err(error) => {
                tracing::error!(%error, "webhooks could not be sent; they stay due");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
