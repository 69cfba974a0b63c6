//! Ingest health.

use crate::error::ApiError;
use domain::id::QuarantineId;
use domain::series::IngestView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Gateways and what is held in quarantine.
#[server(endpoint = "ingest/health", input = GetUrl)]
pub async fn get_ingest() -> Result<IngestView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewIngest)?;
    Ok(services::telemetry::ingest_view(&crate::caller::context()?, &scope).await?)
}

/// Lets a quarantined item count after all, or keeps it out for good. `release` decides which.
#[server(endpoint = "quarantine/resolve")]
pub async fn resolve_quarantine(id: QuarantineId, decision: String, note: String) -> Result<(), ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    match decision.as_str() {
        "release" => services::quarantine::release(&ctx, &caller, id, &note).await?,
        "reject" => services::quarantine::reject(&ctx, &caller, id, &note).await?,
        _ => return Err(ApiError::new(crate::error::Code::Invalid, "Choose release or reject.")),
    }
    Ok(())
}
