//! Webhooks of the reader's organisation.

use crate::error::ApiError;
use domain::webhooks::view::WebhooksView;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Endpoints and deliveries; `state` and `before` as the address has them, empty for all and for the newest.
#[server(endpoint = "webhooks/list", input = GetUrl)]
pub async fn get_webhooks(state: String, before: String) -> Result<WebhooksView, ApiError> {
    let caller = crate::caller::caller().await?;
    let shown = domain::webhooks::DeliveryState::parse(&state);
    let ctx = crate::caller::context()?;
    Ok(services::webhooks::view(&ctx, &caller, shown, before.parse().ok()).await?)
}
