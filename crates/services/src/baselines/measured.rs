//! What a facility used: by its own main meters, or as its utility metered it.

use super::inputs::metered;
use crate::telemetry::amounts;
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use domain::baseline::MetricType;
use domain::id::UtilitySeriesId;
use domain::range::Granularity;
use domain::series::SeriesInterval;
use domain::time::bucket_edges;
use domain::utility::metered::{factor, per_bucket};
use store::facilities::Facility;
use store::{Tx, utility};

type Stretch = (DateTime<Utc>, DateTime<Utc>);

/// By the facility's main meters, in display units (kWh, L); empty where it has none of this metric.
pub(crate) async fn by_meters(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    width: Granularity,
    stretch: Stretch,
) -> Result<Vec<SeriesInterval>> {
    match metered(metric) {
        Some(point) => amounts(tx, facility, point, width, stretch).await,
        None => Ok(vec![]),
    }
}

/// As the utility metered it, in the same units.
///
/// # Errors
/// `Invalid` for a series that the facility does not have or that does not count use of this metric.
pub(crate) async fn by_utility(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    series: UtilitySeriesId,
    width: Granularity,
    (start, end): Stretch,
) -> Result<Vec<SeriesInterval>> {
    let refused = |why: &str| Error::field("measured_by", why.to_owned());
    let found = utility::series_list(tx, facility.id, Some(series)).await?.into_iter().next();
    let found = found.ok_or_else(|| refused("There is no such series in this facility."))?;
    let factor = factor(metric, found.commodity, found.unit, found.flow).ok_or_else(|| {
        refused(&format!(
            "“{}” does not count {} used: it has {} in {}, {}.",
            found.name,
            metric.label().to_lowercase(),
            found.commodity.label().to_lowercase(),
            found.unit.symbol(),
            found.flow.label().to_lowercase(),
        ))
    })?;
    let intervals = utility::intervals_touching(tx, series, start, end).await?;
    let edges = bucket_edges(width, facility.time_zone, start, end);
    let edges: Vec<DateTime<Utc>> = edges.into_iter().filter_map(DateTime::from_timestamp_millis).collect();
    Ok(per_bucket(&intervals, factor, &edges))
}

/// What counts as measured for savings against a baseline: the main meters; where the facility has none, the series that
/// the baseline was fitted to.
pub(crate) async fn for_savings(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    series: Option<UtilitySeriesId>,
    width: Granularity,
    stretch: Stretch,
) -> Result<Vec<SeriesInterval>> {
    let own = by_meters(tx, facility, metric, width, stretch).await?;
    match series {
        Some(series) if own.is_empty() && stretch.0 < stretch.1 => {
            by_utility(tx, facility, metric, series, width, stretch).await
        }
        _ => Ok(own),
    }
}
