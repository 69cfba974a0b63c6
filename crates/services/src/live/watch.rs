//! Joining a facility: the permission is checked by reading its points under the caller's scope.

use super::Subscription;
use crate::telemetry::live_sources;
use crate::{Context, Error, Result};
use domain::access::Scope;
use domain::id::FacilityId;
use domain::live::{FACILITIES_MAX, Snapshot};

/// Watches a facility of the scope.
///
/// # Errors
/// [`Error::NotFound`] when it is not in scope; when the database fails.
pub async fn subscribe(ctx: &Context, scope: &Scope, facility: FacilityId) -> Result<Subscription> {
    let sources = live_sources(ctx, scope, facility).await?;
    if let Some(joined) = ctx.live.join(facility) {
        return Ok(joined);
    }
    let subscription = ctx.live.open(facility, &sources);
    // What was committed between reading the points and opening is read now, and sent as the first delta.
    ctx.live.fill(facility, &live_sources(ctx, scope, facility).await?);
    Ok(subscription)
}

/// The present state of those facilities that are in scope, for readers without a websocket.
///
/// # Errors
/// [`Error::Invalid`] when too many are named; when the database fails.
pub async fn snapshots(ctx: &Context, scope: &Scope, facilities: &[FacilityId]) -> Result<Vec<Snapshot>> {
    if facilities.len() > FACILITIES_MAX {
        return Err(Error::field("facilities", format!("Name at most {FACILITIES_MAX} facilities.")));
    }
    let mut found = Vec::with_capacity(facilities.len());
    for &facility in facilities {
        match live_sources(ctx, scope, facility).await {
            Ok(sources) => {
                let points = sources.into_iter().map(|source| source.point).collect();
                found.push(Snapshot { facility, topic: 0, seq: 0, points });
            }
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}
