//! What energy costs.

use super::Zoned;
use crate::error::ApiError;
use domain::tariff::view::TariffView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The tariff of a facility; `metric` empty for electricity, `month` a day of the month whose bill is shown.
#[server(endpoint = "tariff/get", input = GetUrl)]
pub async fn get_tariff(
    facility: String,
    metric: String,
    month: String,
) -> Result<Zoned<TariffView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let metric =
        domain::baseline::MetricType::parse(&metric).unwrap_or(domain::baseline::MetricType::Electricity);
    let view = services::tariffs::view(&ctx, &caller, &facility, metric, month.parse().ok()).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    let entered = view.tariff.as_ref().map_or(now, |(_, _, at)| *at);
    Ok(Zoned::new(view, &zone, entered, now))
}
