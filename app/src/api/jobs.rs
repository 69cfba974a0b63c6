//! Reports and exports that are being made for the reader.

use crate::error::ApiError;
use domain::jobs::JobRow;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The reader's jobs, newest first: those that make reports of a facility, or their exports where none is named.
#[server(endpoint = "jobs/list", input = GetUrl)]
pub async fn get_jobs(facility: String) -> Result<Vec<JobRow>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    Ok(services::jobs::list(&ctx, &caller, &facility).await?)
}
