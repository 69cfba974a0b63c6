//! Non-routine events.

use super::Zoned;
use crate::error::ApiError;
use domain::events::view::{EventView, EventsView};
use domain::id::EventId;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Events of a facility; `look` not empty also has the engine look for unusual stretches.
#[server(endpoint = "events/list", input = GetUrl)]
pub async fn get_events(facility: String, look: String) -> Result<Zoned<EventsView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let view = services::events::list(&ctx, &caller, &facility, !look.is_empty()).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    Ok(Zoned::new(view, &zone, now, now))
}

/// One event.
#[server(endpoint = "events/get", input = GetUrl)]
pub async fn get_event(facility: String, event: EventId) -> Result<Zoned<EventView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let view = services::events::view(&ctx, &caller, &facility, event).await?;
    let oldest = view.event.created_at;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    Ok(Zoned::new(view, &zone, oldest, now))
}
