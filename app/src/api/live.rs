//! The newest values, for pages whose websocket is blocked.

use crate::error::ApiError;
use domain::id::FacilityId;
use domain::live::Snapshot;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The snapshots a websocket would begin with. Facilities the caller may not see are left out.
#[server(endpoint = "live/snapshots", input = GetUrl)]
pub async fn get_live_snapshots(facilities: Vec<FacilityId>) -> Result<Vec<Snapshot>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    Ok(services::live::snapshots(&crate::caller::context()?, &scope, &facilities).await?)
}
