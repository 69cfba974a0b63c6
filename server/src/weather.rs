//! Keeping weather up to date: the loop that asks Open-Meteo.

use integrations::weather::open_meteo::OpenMeteo;
use services::Context;
use std::time::Duration;

/// Between two looks; the service has a new hour every hour.
const PAUSE: Duration = Duration::from_secs(3_600);

/// Reads every facility's newest hours as long as the server runs. A failure is logged; the next round makes up for it.
pub(crate) async fn keep_up(ctx: Context, service: OpenMeteo) {
    loop {
        match services::weather::refresh(&ctx, &service).await {
            Ok(hours) => tracing::debug!(hours, "weather read from Open-Meteo"),
            Err(error) => tracing::error!(%error, "weather could not be read from Open-Meteo"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
