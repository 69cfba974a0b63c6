//! The performance dashboard: one read model for a range of days.

use super::band::Errors;
use crate::baselines::inputs::metered;
use crate::baselines::measured;
use crate::events;
use crate::production::guard;
use crate::{Context, Error, Result};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, Utc};
use domain::access::Scope;
use domain::baseline::{BaselineState, MetricType};
use domain::events::Event;
use domain::events::view::Effect;
use domain::local_time::{day_of, day_start};
use domain::range::{Granularity, Range, Window};
use domain::savings::dashboard::{Comparison, DashboardView, MonthFigure, Other};
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use domain::savings::view::Band;
use domain::savings::{FigureState, Performance};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use store::facilities::Facility;
use store::savings as stored;
use store::{Tx, baselines, facilities};

/// Longest range that is shown by the quarter hour, days.
const QUARTERS_DAYS: i64 = 3;
/// Days that are shown when nothing is asked for.
const DAYS: u32 = 30;
/// Longest range, days.
const DAYS_MAX: i64 = 800;
/// Days that are shown hour by hour.
const HOURS_DAYS: u64 = 31;
/// Months of history.
const MONTHS: u32 = 24;

/// What a dashboard is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Asked {
    /// Whole local days.
    pub range: Range,
    /// Of what.
    pub metric: MetricType,
    /// Held against what.
    pub comparison: Comparison,
}

impl Asked {
    /// Reads what an address says; nothing stands for the last 30 days, electricity and the baseline.
    ///
    /// # Errors
    /// `Invalid` names the part that is none of the known ones.
    pub fn read(range: &str, metric: &str, comparison: &str) -> Result<Self> {
        let range = if range.is_empty() { Ok(Range::LastDays(DAYS)) } else { Range::parse(range) };
        let range = range.map_err(|error| Error::field("range", format!("{error}.")))?;
        let metric =
            if metric.is_empty() { Some(MetricType::Electricity) } else { MetricType::parse(metric) };
        let metric = metric.filter(|metric| metered(*metric).is_some());
        let comparison =
            if comparison.is_empty() { Some(Comparison::Baseline) } else { Comparison::parse(comparison) };
        Ok(Self {
            range,
            metric: metric.ok_or_else(|| Error::field("metric", "Choose electricity, gas or water."))?,
            comparison: comparison
                .ok_or_else(|| Error::field("compare", "Compare with baseline, previous or last_year."))?,
        })
    }
}

/// The dashboard of a facility.
///
/// # Errors
/// `NotFound` for a facility out of scope, `Invalid` for a range that is empty or too long.
pub async fn dashboard(ctx: &Context, scope: &Scope, facility: &str, asked: Asked) -> Result<DashboardView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let (window, from, until) = days_of(&facility, asked.range, now)?;
    let all = baselines::list(&mut tx, facility.id).await?;
    let stretch = (from, until);
    let read = stored::performance(&mut tx, facility.id, stretch).await?;
    let agreed = store::events::list(&mut tx, facility.id).await?;
    let peaks = read.iter().filter(|p| p.metric_type == MetricType::PeakDemand);
    let peaks = peaks.filter_map(|p| Some((p.day, p.actual_value?))).collect();
    let days: Vec<Performance> = read.into_iter().filter(|p| p.metric_type == asked.metric).collect();
    let effects = events::effects(&agreed, &days);
    let errors = Errors::load(&mut tx, &facility, from..until, asked.metric, &days).await?;
    let band = errors.as_ref().and_then(Errors::of_range).map(|band| widened(band, &effects));
    let quarters = if (until - from).num_days() <= QUARTERS_DAYS {
        stored::intervals(&mut tx, facility.id, asked.metric, stretch).await?
    } else {
        vec![]
    };
    let added: Decimal = effects.iter().map(|effect| effect.amount).sum();
    let borrowed: Vec<&Performance> = days.iter().collect();
    let cycles = guard::judged(&mut tx, &facility).await?.cycles;
    let shown_from = from.max(until - Days::new(HOURS_DAYS));
    let hours = stored::hours(&mut tx, facility.id, asked.metric, (shown_from, until)).await?;
    let view = DashboardView {
        facility: facility.id,
        hours,
        metric: asked.metric,
        metrics: metrics(&all),
        unit: asked.metric.unit().to_owned(),
        range: asked.range.to_string(),
        window,
        from,
        until,
        today: day_of(facility.time_zone, now),
        baseline: all
            .iter()
            .find(|b| b.metric_type == asked.metric && b.state == BaselineState::Active)
            .cloned(),
        any_baseline: !all.is_empty(),
        totals: Totals::of(&borrowed, added, PROVISIONAL_SHARE_RATE),
        band,
        state: state(&days),
        day_bands: days.iter().map(|p| errors.as_ref().and_then(|errors| errors.of_day(p.day))).collect(),
        quarters,
        comparison: asked.comparison,
        other: other(&mut tx, &facility, asked, stretch).await?,
        history: history(&mut tx, (&facility, &agreed), asked.metric, until, now).await?,
        effects,
        cycles: cycles.into_iter().filter(|cycle| cycle.within(from, until)).collect(),
        peaks,
        days,
        time_zone: facility.time_zone.name().to_owned(),
        facility_slug: facility.slug,
        facility_name: facility.name,
        currency: facility.currency,
        as_of: now,
    };
    Ok(view)
}

/// The band of savings with what is unsure about agreed events.
pub(super) fn widened(band: Band, effects: &[Effect]) -> Band {
    let widths = effects.iter().filter_map(|effect| effect.half_width.to_f64());
    Band { half_width: widths.fold(band.half_width, f64::hypot), ..band }
}

/// How final days are together.
pub(super) fn state(days: &[Performance]) -> FigureState {
    let live = days.iter().any(|p| p.state == FigureState::Live);
    if live { FigureState::Live } else { FigureState::Provisional }
}

/// The whole local days that a range touches.
pub(crate) fn days_of(
    facility: &Facility,
    range: Range,
    now: DateTime<Utc>,
) -> Result<(Window, NaiveDate, NaiveDate)> {
    let invalid = |error: domain::range::RangeError| Error::field("range", format!("{error}."));
    let window = range.window(facility.time_zone, now, Some(Granularity::Day)).map_err(invalid)?;
    let (from, until) = (day_of(facility.time_zone, window.start), day_of(facility.time_zone, window.end));
    let length = (until - from).num_days();
    if length > DAYS_MAX {
        return Err(Error::field("range", format!("Choose at most {DAYS_MAX} days; these are {length}.")));
    }
    Ok((window, from, until))
}

/// Metrics with an active baseline, electricity first.
fn metrics(all: &[domain::baseline::view::BaselineSummary]) -> Vec<MetricType> {
    let active = |metric: &MetricType| {
        all.iter().any(|b| b.metric_type == *metric && b.state == BaselineState::Active)
    };
    [MetricType::Electricity, MetricType::Gas, MetricType::Water].into_iter().filter(active).collect()
}

/// Use of the days that the range is compared with.
async fn other(
    tx: &mut Tx<'_>,
    facility: &Facility,
    asked: Asked,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Option<Other>> {
    let moved = match asked.comparison {
        Comparison::Baseline => None,
        Comparison::Previous => Some((from - (until - from), from)),
        Comparison::LastYear => {
            let year = Months::new(12);
            from.checked_sub_months(year).map(|first| (first, first + (until - from)))
        }
    };
    let Some((first, last)) = moved else { return Ok(None) };
    let zone = facility.time_zone;
    let stretch = (day_start(zone, first), day_start(zone, last));
    let used = measured::by_meters(tx, facility, asked.metric, Granularity::Day, stretch).await?;
    // Water meters count litres; figures of savings are in cubic metres.
    let scale = if asked.metric == MetricType::Water { Decimal::from(1_000) } else { Decimal::ONE };
    let value = |day: NaiveDate| {
        let start = day_start(zone, day);
        used.iter().find(|i| i.start == start).and_then(|i| i.value).map(|value| value / scale)
    };
    let values = first.iter_days().take_while(|day| *day < last).map(value).collect();
    Ok(Some(Other { from: first, until: last, values }))
}

/// The months up to the one that holds the range's last day.
async fn history(
    tx: &mut Tx<'_>,
    (facility, agreed): (&Facility, &[Event]),
    metric: MetricType,
    until: NaiveDate,
    now: DateTime<Utc>,
) -> Result<Vec<MonthFigure>> {
    let today = day_of(facility.time_zone, now);
    let newest = until.pred_opt().unwrap_or(until).min(today);
    let newest = newest.with_day(1).unwrap_or(newest);
    let first = newest.checked_sub_months(Months::new(MONTHS - 1)).unwrap_or(newest);
    let end = newest.checked_add_months(Months::new(1)).unwrap_or(newest);
    let read = stored::performance(tx, facility.id, (first, end)).await?;
    let read: Vec<Performance> = read.into_iter().filter(|p| p.metric_type == metric).collect();
    let month = |month: NaiveDate| {
        let own: Vec<Performance> =
            read.iter().filter(|p| p.day.with_day(1) == Some(month)).cloned().collect();
        let added = events::effects(agreed, &own).iter().map(|effect| effect.amount).sum();
        let own: Vec<&Performance> = own.iter().collect();
        MonthFigure {
            month,
            totals: Totals::of(&own, added, PROVISIONAL_SHARE_RATE),
            running: month.checked_add_months(Months::new(1)).is_some_and(|next| next > today),
        }
    };
    let months = (0..MONTHS).filter_map(|n| first.checked_add_months(Months::new(n)));
    // Months before there was a baseline say nothing.
    Ok(months.map(month).skip_while(|month| month.totals.is_none()).collect())
}
