//! Alerts of a facility.

use super::Zoned;
use crate::error::ApiError;
use domain::alerts::view::{AlertsView, Firing};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertsPage {
    /// Rules and episodes.
    pub alerts: AlertsView,
    /// Whether the reader may write rules and acknowledge.
    pub may_manage: bool,
}

/// Rules of a facility, and what fired.
#[server(endpoint = "alerts/list", input = GetUrl)]
pub async fn get_alerts(facility: String) -> Result<Zoned<AlertsPage>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let alerts = services::alerts::view(&ctx, &scope, &facility).await?;
    let (zone, now) = (alerts.time_zone.clone(), ctx.clock.now());
    let oldest = alerts.past.iter().chain(&alerts.open).map(|e| e.since).min().unwrap_or(now);
    let page = AlertsPage { alerts, may_manage: caller.may(domain::access::Permission::ManageAlerts) };
    Ok(Zoned::new(page, &zone, oldest, now))
}

/// What is firing at every facility of the caller.
#[server(endpoint = "alerts/firing", input = GetUrl)]
pub async fn get_firing() -> Result<Vec<Zoned<Firing>>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let (all, now) = (services::alerts::firing(&ctx, &scope).await?, ctx.clock.now());
    let zoned = |firing: Firing| {
        let (zone, oldest) = (firing.time_zone.clone(), firing.open.iter().map(|e| e.since).min());
        Zoned::new(firing, &zone, oldest.unwrap_or(now), now)
    };
    Ok(all.into_iter().map(zoned).collect())
}
