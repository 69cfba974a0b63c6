//! Outdoor weather.

use super::Zoned;
use crate::error::ApiError;
use domain::weather::view::{FileView, WeatherView};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// The weather page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeatherPage {
    /// Stations, days, normal year and frozen sets.
    pub weather: WeatherView,
    /// An uploaded file that waits.
    pub file: Option<FileView>,
    /// Whether the reader may upload files.
    pub may_import: bool,
    /// Whether the reader may choose the station.
    pub may_choose: bool,
}

/// Weather of a facility over local days; `from` and `until` empty for the last 90 days. `file` names an uploaded file.
#[server(endpoint = "weather/get", input = GetUrl)]
pub async fn get_weather(
    facility: String,
    from: String,
    until: String,
    file: String,
) -> Result<Zoned<WeatherPage>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let ctx = crate::caller::context()?;
    let range = (from.parse().ok(), until.parse().ok());
    let weather = services::weather::view(&ctx, &scope, &facility, range).await?;
    let file = match file.parse() {
        Ok(id) => match services::weather::inspect(&ctx, &scope, &facility, id).await {
            // Stored or discarded since.
            Err(services::Error::NotFound) => None,
            found => Some(found?),
        },
        Err(_) => None,
    };
    let (zone, now) = (weather.time_zone.clone(), ctx.clock.now());
    let page = WeatherPage {
        weather,
        file,
        may_import: caller.may(domain::access::Permission::ImportData),
        may_choose: caller.may(domain::access::Permission::ManageBaselines),
    };
    Ok(Zoned::new(page, &zone, now - chrono::TimeDelta::days(3_650), now))
}
