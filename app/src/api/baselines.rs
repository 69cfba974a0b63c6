//! Baselines.

use super::Zoned;
use crate::error::ApiError;
use domain::baseline::view::{BaselineView, BaselinesView};
use domain::id::BaselineId;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Baselines of a facility.
#[server(endpoint = "baselines/list", input = GetUrl)]
pub async fn get_baselines(facility: String) -> Result<Zoned<BaselinesView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let view = services::baselines::list(&ctx, &caller, &facility).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    Ok(Zoned::new(view, &zone, now - chrono::TimeDelta::days(3_650), now))
}

/// The daily rows a baseline was fitted to, as canonical CSV.
#[server(endpoint = "baselines/inputs", input = GetUrl)]
pub async fn get_baseline_inputs(facility: String, baseline: BaselineId) -> Result<String, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let scope = caller.scope(domain::access::Permission::ViewFacility).map_err(services::Error::from)?;
    Ok(services::baselines::inputs_csv(&ctx, &scope, &facility, baseline).await?)
}

/// One baseline, with the days of the candidate of this method; empty for the one that was picked.
#[server(endpoint = "baselines/get", input = GetUrl)]
pub async fn get_baseline(
    facility: String,
    baseline: BaselineId,
    method: String,
) -> Result<Zoned<BaselineView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let view = services::baselines::view(&ctx, &caller, &facility, baseline, &method).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    Ok(Zoned::new(view, &zone, now - chrono::TimeDelta::days(3_650), now))
}
