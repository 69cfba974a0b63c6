//! What lies behind a range's savings and ahead of them: causes, end uses, the running month, the coming ones.

use super::dashboard::{Asked, days_of};
use super::why;
use crate::telemetry::{amounts, by_end_use};
use crate::{Context, Result, tariffs};
use chrono::{Datelike, Days, Months, NaiveDate};
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::local_time::{day_of, day_start};
use domain::outlook::{self, Day, Month};
use domain::point::Metric;
use domain::range::Granularity;
use domain::savings::insight::InsightView;
use domain::savings::{FigureState, Performance};
use domain::series::Slice;
use rust_decimal::Decimal;
use store::facilities::Facility;
use store::savings as stored;
use store::{Tx, facilities};

/// Months of history that are looked at.
const MONTHS: u32 = 36;
/// Months ahead.
const AHEAD: usize = 12;

/// What lies behind and ahead of a range.
///
/// # Errors
/// As [`super::dashboard()`].
pub async fn insight(ctx: &Context, scope: &Scope, facility: &str, asked: Asked) -> Result<InsightView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let (_, from, until) = days_of(&facility, asked.range, now)?;
    let today = day_of(facility.time_zone, now);
    let month = first_of(today);
    let since = month.checked_sub_months(Months::new(MONTHS)).unwrap_or(month);
    let read = stored::performance(&mut tx, facility.id, (since, today + Days::new(1))).await?;
    let days: Vec<Day> = read
        .iter()
        .filter(|p| p.metric_type == asked.metric && p.state != FigureState::Live)
        .map(|p| Day { day: p.day, savings: p.savings_value, coverage: p.coverage })
        .collect();
    let in_month = days_in(month);
    let (before, running): (Vec<Day>, Vec<Day>) = days.iter().partition(|d| d.day < month);
    let months = outlook::months(&days);
    Ok(InsightView {
        unit: asked.metric.unit().to_owned(),
        from,
        until,
        end_uses: end_uses(&mut tx, &facility, asked.metric, (from, until)).await?,
        why: why::why(&mut tx, &facility, asked.metric, (from, until)).await?,
        month,
        burn_up: outlook::burn_up(&running, &before, in_month),
        projection: outlook::project(&months, AHEAD),
        demand: (asked.metric == MetricType::Electricity)
            .then(|| outlook::demand(&peaks(&read), today, in_month)),
        bills: tariffs::bills(&mut tx, &facility, asked.metric, (from, until)).await?,
        rolling: rolling(&months),
    })
}

fn first_of(day: NaiveDate) -> NaiveDate {
    day.with_day(1).unwrap_or(day)
}

fn days_in(month: NaiveDate) -> u32 {
    let next = month.checked_add_months(Months::new(1)).unwrap_or(month);
    u32::try_from((next - month).num_days()).unwrap_or(31)
}

fn peaks(read: &[Performance]) -> Vec<(NaiveDate, Decimal)> {
    let peaks = read.iter().filter(|p| p.metric_type == MetricType::PeakDemand);
    peaks.filter_map(|p| Some((p.day, p.actual_value?))).collect()
}

fn rolling(months: &[Month]) -> Vec<(NaiveDate, Decimal)> {
    let sums = outlook::rolling_12(months);
    months.iter().zip(sums).filter_map(|(month, sum)| Some((month.first, sum?))).collect()
}

/// Sub-metered energy of each day by end use, and what is left of the main meter.
async fn end_uses(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Vec<(Slice, Vec<Option<Decimal>>)>> {
    let zone = facility.time_zone;
    let stretch = (day_start(zone, from), day_start(zone, until));
    if metric != MetricType::Electricity {
        return Ok(vec![]);
    }
    let parts = by_end_use(tx, facility, Granularity::Day, stretch).await?;
    if parts.is_empty() {
        return Ok(vec![]);
    }
    let total = amounts(tx, facility, Metric::Energy, Granularity::Day, stretch).await?;
    let mut all: Vec<(Slice, Vec<Option<Decimal>>)> = parts
        .into_iter()
        .map(|(end_use, days)| (Slice::Metered(end_use), days.into_iter().map(|i| i.value).collect()))
        .collect();
    let remainder = total.iter().enumerate().map(|(n, whole)| {
        let metered: Option<Decimal> = all.iter().map(|(_, days)| days.get(n).copied().flatten()).sum();
        whole.value.zip(metered).map(|(whole, metered)| whole - metered)
    });
    let remainder = remainder.collect();
    all.push((Slice::Unmetered, remainder));
    Ok(all)
}
