//! Series from utility files, as pages and exports show them.

use crate::{Context, Error, Result};
use domain::access::Scope;
use domain::id::UtilitySeriesId;
use domain::utility::{LoadProfile, ProfilePlace, ProfileQuery, SeriesSummary, UtilityInterval};
use store::facilities::Facility;

/// Series of a facility with their totals, by name.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn series(ctx: &Context, scope: &Scope, facility: &str) -> Result<Vec<SeriesSummary>> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    Ok(store::utility::series_list(&mut tx, facility.id, None).await?)
}

/// A series over a range of local days.
///
/// # Errors
/// `NotFound` when the series is not one of the facility or out of scope.
pub async fn profile(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    series: UtilitySeriesId,
    query: ProfileQuery,
) -> Result<LoadProfile> {
    let part = part(ctx, scope, facility, series, query).await?;
    let place = ProfilePlace {
        slug: part.facility.slug.clone(),
        name: part.facility.name.clone(),
        zone: part.facility.time_zone,
    };
    Ok(LoadProfile::of(&place, part.series, part.days, query.step, &part.intervals))
}

/// Metered intervals of a series, for an export. By default all of them.
///
/// # Errors
/// `NotFound` when the series is not one of the facility or out of scope.
pub async fn export(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    series: UtilitySeriesId,
    query: ProfileQuery,
) -> Result<Part> {
    // Before anything that was metered, unless the caller says otherwise.
    let from = query.from.or(chrono::NaiveDate::from_ymd_opt(1990, 1, 1));
    part(ctx, scope, facility, series, ProfileQuery { from, ..query }).await
}

/// A series over a range of local days, as metered.
#[derive(Clone, Debug)]
pub struct Part {
    /// The facility, with its time zone.
    pub facility: Facility,
    /// The series as a whole.
    pub series: SeriesSummary,
    /// First and last local day, both included.
    pub days: (chrono::NaiveDate, chrono::NaiveDate),
    /// Intervals that start in these days, ascending.
    pub intervals: Vec<UtilityInterval>,
}

async fn part(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    series: UtilitySeriesId,
    query: ProfileQuery,
) -> Result<Part> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = store::facilities::by_slug(&mut tx, facility).await?;
    let found = store::utility::series_list(&mut tx, facility.id, Some(series)).await?;
    let series = found.into_iter().next().ok_or(Error::NotFound)?;
    let now = ctx.clock.now();
    let (first, last) = (series.from.unwrap_or(now), series.to.unwrap_or(now));
    let days = query.days(facility.time_zone, first, last);
    let (from, to) = LoadProfile::bounds(facility.time_zone, days.0, days.1);
    let mut intervals = store::utility::intervals_touching(&mut tx, series.id, from, to).await?;
    // An interval belongs to the day it starts in, so that ranges side by side add up.
    intervals.retain(|interval| interval.start >= from);
    Ok(Part { facility, series, days, intervals })
}
