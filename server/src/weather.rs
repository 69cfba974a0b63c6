//! Keeping weather up to date: the loops that ask Open-Meteo and close months.

use integrations::weather::open_meteo::OpenMeteo;
use services::Context;
use std::time::Duration;

/// Between two looks; a service has a new hour every hour.
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

/// Freezes the weather of months that are over as long as the server runs.
pub(crate) async fn close_months(ctx: Context) {
    loop {
        match services::weather::close_months(&ctx).await {
            Ok(months) => tracing::debug!(months, "weather of ended months frozen"),
            Err(error) => tracing::error!(%error, "weather of ended months could not be frozen"),
        }
        tokio::time::sleep(PAUSE).await;
    }
}
