//! Exports of a facility's data.

use crate::error::ApiError;
use domain::export::ExportView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// What can be exported of a facility.
#[server(endpoint = "exports/get", input = GetUrl)]
pub async fn get_export(facility: String) -> Result<ExportView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    Ok(services::exports::view(&ctx, &scope, &facility).await?)
}
