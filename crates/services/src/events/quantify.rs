//! What an event came to per day, by the method that a side chose.

use crate::baselines::inputs;
use crate::telemetry::counted;
use crate::{Context, Error, Result};
use chrono::{NaiveDate, TimeDelta};
use domain::baseline::MetricType;
use domain::events::{Event, EventMethod, Figures};
use domain::id::PointId;
use domain::local_time::{day_of, day_start};
use domain::point::Kind;
use domain::range::Granularity;
use domain::time::bucket_edges;
use mv::adjust::{Basis, Event as Quantified};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use store::Tx;
use store::baselines::{self, Baseline};
use store::facilities::Facility;
use store::points::{self, Point};

/// Days before an event that say what is usual for a sub-meter, at most and at least.
const USUAL_DAYS: i64 = 28;
const USUAL_DAYS_MIN: usize = 7;
/// Error of a sub-meter, a share of what it counts: class 1 of EN 62053.
const METER_ERROR: f64 = 0.01;
/// Of a two-sided 90 % interval.
const Z90: f64 = 1.645;

/// Figures as a side asks for them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// How they are to be found.
    pub method: EventMethod,
    /// Local day after the event's last; none while it lasts.
    pub until: Option<NaiveDate>,
    /// Local day from which it adjusts nothing any more.
    pub expires_on: NaiveDate,
    /// Of an estimate: per day above usual, and its half-width.
    pub estimate: Option<(Decimal, Decimal)>,
    /// Of a sub-meter: which.
    pub sub_meter: Option<PointId>,
    /// Why so.
    pub note: String,
}

pub(super) async fn figures(
    ctx: &Context,
    tx: &mut Tx<'_>,
    facility: &Facility,
    event: &Event,
    proposal: &Proposal,
    note: &str,
) -> Result<Figures> {
    let today = day_of(facility.time_zone, ctx.clock.now());
    let (per_day, half_width, how) = match proposal.method {
        EventMethod::Estimate => {
            let (per_day, half_width) = proposal
                .estimate
                .ok_or_else(|| Error::field("per_day", "Say how much a day, and how sure that is."))?;
            if half_width <= Decimal::ZERO {
                return Err(Error::field("half_width", "An estimate is never certain: say ± how much."));
            }
            (per_day, half_width, String::new())
        }
        EventMethod::SubMeter => {
            let id = proposal
                .sub_meter
                .ok_or_else(|| Error::field("sub_meter", "Say which meter measured it."))?;
            by_sub_meter(tx, facility, event, id, today).await?
        }
        EventMethod::Indicator | EventMethod::Exclusion => {
            by_model(tx, facility, event, proposal.method, today).await?
        }
    };
    let how = [how.as_str(), note].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ");
    Ok(Figures { method: proposal.method, per_day, half_width, how })
}

fn decimal(value: f64) -> Decimal {
    Decimal::from_f64_retain(value).unwrap_or_default().round_dp(3)
}

/// Meters within the facility that count what the event changed.
pub(super) async fn sub_meters(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
) -> Result<Vec<Point>> {
    let all = points::of_facility(tx, facility.id).await?;
    let counts = |p: &Point| Some(p.spec.metric) == inputs::metered(metric) && p.spec.kind != Kind::Gauge;
    Ok(all.into_iter().filter(counts).collect())
}

/// Mean of the event's days less the mean of the days before it.
async fn by_sub_meter(
    tx: &mut Tx<'_>,
    facility: &Facility,
    event: &Event,
    id: PointId,
    today: NaiveDate,
) -> Result<(Decimal, Decimal, String)> {
    let found = sub_meters(tx, facility, event.metric_type).await?.into_iter().find(|p| p.id == id);
    let point = found.ok_or_else(|| Error::field("sub_meter", "There is no such meter in this facility."))?;
    let zone = facility.time_zone;
    let (first, end) = (event.start - TimeDelta::days(USUAL_DAYS), event.days().end.min(today));
    let edges = bucket_edges(Granularity::Day, zone, day_start(zone, first), day_start(zone, end));
    let days = counted(tx, &point, Granularity::Day, &edges).await?;
    let whole = days
        .iter()
        .filter(|day| day.coverage > 0.9)
        .filter_map(|day| Some((day_of(zone, day.start), day.value?.to_f64()?)));
    let (during, before): (Vec<_>, Vec<_>) = whole.partition(|(day, _)| *day >= event.start);
    let values = |days: Vec<(NaiveDate, f64)>| days.into_iter().map(|(_, value)| value).collect::<Vec<_>>();
    let (during, before) = (values(during), values(before));
    if before.len() < USUAL_DAYS_MIN || during.is_empty() {
        return Err(Error::field(
            "sub_meter",
            format!(
                "“{}” measured {} of the event's days and {} of the {USUAL_DAYS} days before, of which {USUAL_DAYS_MIN} are \
                 needed.",
                point.spec.name,
                during.len(),
                before.len()
            ),
        ));
    }
    let ((mean, error), (usual, usual_error)) = (mean(&during), mean(&before));
    let per_day = mean - usual;
    let half_width = Z90 * error.hypot(usual_error).hypot(METER_ERROR * per_day.abs() / Z90);
    let how = format!(
        "“{}”: {mean:.1} {unit} a day in {} days of the event, {usual:.1} {unit} in {} days before.",
        point.spec.name,
        during.len(),
        before.len(),
        unit = event.metric_type.unit()
    );
    Ok((decimal(per_day), decimal(half_width), how))
}

/// Mean and its standard error.
fn mean(values: &[f64]) -> (f64, f64) {
    let n = f64::from(u32::try_from(values.len()).unwrap_or(u32::MAX));
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0).max(1.0) / n).sqrt())
}

async fn by_model(
    tx: &mut Tx<'_>,
    facility: &Facility,
    event: &Event,
    method: EventMethod,
    today: NaiveDate,
) -> Result<(Decimal, Decimal, String)> {
    let baseline = active(tx, facility, event.metric_type).await?;
    if event.start < baseline.summary.effective_from {
        return Err(Error::field(
            "start",
            format!("Savings count from {} on; the event begins before.", baseline.summary.effective_from),
        ));
    }
    let days = inputs::both_periods(tx, facility, &baseline, today).await?;
    let basis = if method == EventMethod::Indicator { Basis::Indicator } else { Basis::Exclusion };
    // The engine's last day is one of the event's.
    let end = event.days().end.min(today) - TimeDelta::days(1);
    let quantified = Quantified { start: event.start, end, basis };
    let (split, metric) = (baseline.summary.effective_from, event.metric_type);
    let used = baseline.summary.method.clone().unwrap_or_default();
    let work = move || recompute::quantify(&days, split, metric, &used, quantified);
    let found = tokio::task::spawn_blocking(work).await.map_err(Error::internal)?;
    let found = found.map_err(|error| Error::field("method", format!("That cannot be told: {error}.")))?;
    #[allow(clippy::cast_precision_loss)]
    let n = found.days as f64;
    let how = format!(
        "By the model of baseline v{}, over {} days of the event with savings.",
        baseline.summary.version, found.days
    );
    Ok((decimal(found.kwh_per_day), decimal(found.uncertainty / n), how))
}

pub(super) async fn active(tx: &mut Tx<'_>, facility: &Facility, metric: MetricType) -> Result<Baseline> {
    let none =
        || Error::Conflict(format!("There is no active baseline of {}.", metric.label().to_lowercase()));
    baselines::active(tx, facility.id, metric).await?.ok_or_else(none)
}
