//! Facilities, rooms, points and their series.

use super::Zoned;
use crate::error::ApiError;
use domain::id::PointId;
use domain::series::{FacilityOverview, HomeView, PointsView, RoomView, SeriesView};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// Every facility the caller can see.
#[server(endpoint = "facilities/home", input = GetUrl)]
pub async fn get_home() -> Result<HomeView, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    Ok(services::telemetry::home(&crate::caller::context()?, &scope).await?)
}

/// One facility today.
#[server(endpoint = "facilities/overview", input = GetUrl)]
pub async fn get_facility(facility: String) -> Result<Zoned<FacilityOverview>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let view = services::telemetry::facility_overview(&crate::caller::context()?, &scope, &facility).await?;
    let (zone, as_of) = (view.facility.time_zone.clone(), view.as_of);
    Ok(Zoned::new(view, &zone, as_of - chrono::TimeDelta::days(9), as_of + chrono::TimeDelta::days(2)))
}

/// One room now.
#[server(endpoint = "facilities/room", input = GetUrl)]
pub async fn get_room(facility: String, room: String) -> Result<Zoned<RoomView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let view = services::telemetry::room(&crate::caller::context()?, &scope, &facility, &room).await?;
    let (zone, as_of) = (view.facility.time_zone.clone(), view.as_of);
    Ok(Zoned::new(view, &zone, as_of - chrono::TimeDelta::days(2), as_of + chrono::TimeDelta::days(2)))
}

/// The points of a facility with the health of their data.
#[server(endpoint = "facilities/points", input = GetUrl)]
pub async fn get_points(facility: String) -> Result<Zoned<PointsView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let view = services::telemetry::points(&crate::caller::context()?, &scope, &facility).await?;
    let (zone, as_of) = (view.facility.time_zone.clone(), view.as_of);
    Ok(Zoned::new(view, &zone, as_of - chrono::TimeDelta::days(46), as_of))
}

/// The series of a point. `range` and `interval` are as the address of the page says them; empty for the defaults.
#[server(endpoint = "facilities/series", input = GetUrl)]
pub async fn get_series(
    facility: String,
    point: PointId,
    range: String,
    interval: String,
) -> Result<Zoned<SeriesView>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let range = if range.is_empty() { "24h" } else { &range };
    let interval = domain::range::Granularity::parse(&interval);
    let ctx = crate::caller::context()?;
    let view = services::telemetry::series(&ctx, &scope, &facility, point, range, interval).await?;
    let (zone, window) = (view.facility.time_zone.clone(), view.window);
    let from = window.start.min(view.as_of - chrono::TimeDelta::days(46));
    let to = window.end.max(view.as_of);
    Ok(Zoned::new(view, &zone, from, to))
}
