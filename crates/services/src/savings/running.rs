//! Where the running quarter hour stands: what the dashboard begins with, before frames go on from there.

use super::quarter::readings;
use crate::baselines::inputs::metered;
use crate::telemetry::mains;
use crate::{Context, Result};
use chrono::{DateTime, Days, TimeDelta, Timelike, Utc};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::local_time::{day_bounds, day_of};
use domain::point::Kind;
use domain::range::Granularity;
use domain::savings::SavingsInterval;
use domain::savings::running::{Expected, Register, Running};
use domain::series::to_display;
use domain::time::bucket_edges;
use rust_decimal::Decimal;
use store::baselines::Baseline;
use store::facilities::Facility;
use store::{baselines, facilities, points, savings as stored};

/// How far behind the figures may be; beyond that, frames have nothing to go on from.
const BEHIND: TimeDelta = TimeDelta::hours(2);

/// The running day beyond its figures. None without an active baseline, where today has no figures yet, or where the facility is
/// not measured by registers that gateways send.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn running(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    metric: MetricType,
) -> Result<Option<Running>> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let Some(baseline) = baselines::active(&mut tx, facility.id, metric).await? else { return Ok(None) };
    let Some(point_metric) = metered(metric) else { return Ok(None) };
    let meters = mains(points::of_facility(&mut tx, facility.id).await?, point_metric);
    if meters.is_empty() || meters.iter().any(|point| point.spec.kind != Kind::Counter) {
        return Ok(None);
    }
    let today = day_of(facility.time_zone, now);
    let days = (today, today.checked_add_days(Days::new(1)).unwrap_or(today));
    let computed = stored::intervals(&mut tx, facility.id, metric, days).await?;
    let Some(start) = computed.last().map(|i| i.end).filter(|end| now - *end < BEHIND) else {
        return Ok(None);
    };
    let (_, end) = day_bounds(facility.time_zone, today);
    let quarters = expected(&facility, &baseline, &computed, (start, end));
    let cubic_metres = if metric == MetricType::Water { Decimal::new(1, 3) } else { Decimal::ONE };
    let scale = to_display(point_metric, Decimal::ONE) * cubic_metres;
    let ids: Vec<_> = meters.iter().map(|point| point.id).collect();
    let mut running = Running::new(&ids, quarters, scale);
    for point in &meters {
        for reading in readings(&mut tx, point, (start, now)).await? {
            running.observe(point.id, Register { at: reading.at, value: reading.value });
        }
    }
    Ok(Some(running))
}

/// What the baseline expects of the quarter hours of [start, end): the rest of the day follows its course in the baseline period, as
/// the quarter hours before did.
fn expected(
    facility: &Facility,
    baseline: &Baseline,
    computed: &[SavingsInterval],
    (start, end): (DateTime<Utc>, DateTime<Utc>),
) -> Vec<Expected> {
    let weight = |at: DateTime<Utc>| {
        let local = at.with_timezone(&facility.time_zone);
        let quarter = (local.hour() * 4 + local.minute() / 15) as usize;
        let weight = baseline.profile.get(quarter).copied().unwrap_or(0.0);
        Decimal::from_f64_retain(weight).unwrap_or_default()
    };
    let passed: Decimal = computed.iter().map(|i| weight(i.start)).sum();
    let so_far: Option<Decimal> = computed.iter().map(|i| i.counterfactual).sum();
    let edges = bucket_edges(Granularity::QuarterHour, facility.time_zone, start, end);
    let quarter = |edge: &[DateTime<Utc>]| Expected {
        start: edge[0],
        end: edge[1],
        value: so_far
            .filter(|_| !passed.is_zero())
            .and_then(|sum| sum.checked_mul(weight(edge[0]))?.checked_div(passed))
            .map(|value| value.round_dp(3)),
    };
    let edges: Vec<_> = edges.into_iter().filter_map(DateTime::from_timestamp_millis).collect();
    edges.windows(2).map(quarter).collect()
}
