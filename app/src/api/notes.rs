//! Notes on the timeline.

use super::Zoned;
use crate::error::ApiError;
use domain::notes::{Filter, NotesView};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The notes of a facility that a filter leaves.
#[server(endpoint = "notes/list", input = GetUrl)]
pub async fn get_notes(facility: String, filter: Filter) -> Result<Zoned<NotesView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let ctx = crate::caller::context()?;
    let view = services::notes::list(&ctx, &caller, &facility, filter).await?;
    let (zone, now) = (view.time_zone.clone(), ctx.clock.now());
    let times =
        view.notes.iter().flat_map(|note| [Some(note.created_at), note.stretch.instants.map(|i| i.0)]);
    let oldest = times.flatten().min().unwrap_or(now);
    Ok(Zoned::new(view, &zone, oldest, now))
}
