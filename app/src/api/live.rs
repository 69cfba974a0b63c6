//! The newest values, for pages whose websocket is blocked.

use crate::error::ApiError;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, PointId};
use domain::live::Snapshot;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use rust_decimal::Decimal;

/// The snapshots a websocket would begin with. Facilities the caller may not see are left out.
#[server(endpoint = "live/snapshots", input = GetUrl)]
pub async fn get_live_snapshots(facilities: Vec<FacilityId>) -> Result<Vec<Snapshot>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    Ok(services::live::snapshots(&crate::caller::context()?, &scope, &facilities).await?)
}

/// Readings of points after an instant, for a live chart whose connection was away: ms since the Unix epoch, and the sum of the points
/// in their metric's unit.
#[server(endpoint = "live/missed", input = GetUrl)]
pub async fn get_missed_readings(
    facility: String,
    points: Vec<PointId>,
    after: DateTime<Utc>,
) -> Result<Vec<(i64, Decimal)>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    Ok(services::live::missed(&crate::caller::context()?, &scope, &facility, &points, after).await?)
}
