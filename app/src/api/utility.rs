//! Series of utility data.

use super::Zoned;
use crate::error::ApiError;
use domain::id::UtilitySeriesId;
use domain::utility::LoadProfile;
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;

/// The load profile of a series. `from` and `to` are local days, `step` a width; empty for the defaults.
#[server(endpoint = "utility/profile", input = GetUrl)]
pub async fn get_profile(
    facility: String,
    series: UtilitySeriesId,
    from: String,
    to: String,
    step: String,
) -> Result<Zoned<LoadProfile>, ApiError> {
    let caller = crate::caller::caller().await?;
    let scope = caller.scope(domain::access::Permission::ViewFacility)?;
    let query = domain::utility::ProfileQuery {
        from: from.parse().ok(),
        to: to.parse().ok(),
        step: domain::utility::Step::parse(&step),
    };
    let view =
        services::utility::profile(&crate::caller::context()?, &scope, &facility, series, query).await?;
    let zone = view.time_zone.clone();
    let day = |date: chrono::NaiveDate| date.and_time(chrono::NaiveTime::MIN).and_utc();
    let around = chrono::TimeDelta::days(2);
    let first = view.series.from.unwrap_or(day(view.from)).min(day(view.from)) - around;
    let last = view.series.to.unwrap_or(day(view.to)).max(day(view.to)) + around;
    Ok(Zoned::new(view, &zone, first, last))
}
