//! One day of one facility: counterfactual, quarter hours, figures.

use super::write;
use crate::baselines::{inputs, measured};
use crate::weather::{self, WeatherDay};
use crate::{Context, Error, Result, production};
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use domain::baseline::MetricType;
use domain::local_time::day_bounds;
use domain::quality::Quality;
use domain::range::Granularity;
use domain::savings::{FigureState, Performance, SavingsInterval, spread};
use domain::series::SeriesInterval;
use domain::tariff::Tariff;
use recompute::{Day, Days, Model};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use store::baselines::{self as stored, Baseline};
use store::facilities::Facility;
use store::savings::Due;
use store::{Tx, production as grown, tariffs};

/// A day as it is computed.
pub(super) struct Stretch {
    pub(super) day: NaiveDate,
    pub(super) start: DateTime<Utc>,
    pub(super) end: DateTime<Utc>,
    /// End of the last closed quarter hour; `end` once the day is over.
    closed: DateTime<Utc>,
    pub(super) now: DateTime<Utc>,
}

impl Stretch {
    fn new(facility: &Facility, day: NaiveDate, now: DateTime<Utc>) -> Self {
        let (start, end) = day_bounds(facility.time_zone, day);
        let closed = Granularity::QuarterHour.floor(facility.time_zone, now).clamp(start, end);
        Self { day, start, end, closed, now }
    }

    pub(super) fn state(&self) -> FigureState {
        if self.closed < self.end { FigureState::Live } else { FigureState::Provisional }
    }

    /// Whether any quarter hour has passed.
    fn begun(&self) -> bool {
        self.closed > self.start
    }
}

/// Figures of a day with what they were computed from.
pub(super) struct Computed {
    pub(super) performance: Performance,
    pub(super) intervals: Vec<SavingsInterval>,
    pub(super) inputs: Value,
}

/// Computes every metric of a day that is due and writes what changed.
pub(super) async fn day(ctx: &Context, tx: &mut Tx<'_>, facility: &Facility, due: &Due) -> Result<()> {
    let stretch = Stretch::new(facility, due.day, ctx.clock.now());
    if !stretch.begun() {
        return Ok(());
    }
    let reason = due.reasons.join(", ");
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let Some(baseline) = stored::active(tx, facility.id, metric).await? else { continue };
        if due.day < baseline.summary.effective_from {
            continue;
        }
        let computed = metered(tx, facility, &stretch, &baseline).await?;
        if metric == MetricType::Electricity {
            let peak = peak_demand(facility, &stretch, &baseline, &computed.intervals);
            write::day(tx, facility, &stretch, peak, &reason).await?;
        }
        write::day(tx, facility, &stretch, computed, &reason).await?;
    }
    let harvested = harvested(tx, facility, &stretch).await?;
    write::day(tx, facility, &stretch, harvested, &reason).await
}

/// A metered metric against its baseline.
async fn metered(
    tx: &mut Tx<'_>,
    facility: &Facility,
    stretch: &Stretch,
    baseline: &Baseline,
) -> Result<Computed> {
    let metric = baseline.summary.metric_type;
    let conditions = conditions(tx, facility, stretch, metric).await?;
    let model = baseline.chosen().and_then(|c| c.model.as_ref());
    let mut flags = Vec::new();
    let expected = match (model, conditions.days.first()) {
        (Some(model), Some(day)) => {
            match Model::read(model).map_err(Error::internal)?.expect(&conditions.names, day) {
                Ok(expected) => Decimal::from_f64_retain(expected.max(0.0)).map(|value| value.round_dp(3)),
                Err(lacking) => {
                    flags.push(flag_of(&lacking));
                    None
                }
            }
        }
        _ => None,
    };
    flags.extend(extrapolated(baseline, &conditions));
    let (series, closed) = (baseline.summary.series, (stretch.start, stretch.closed));
    let used = measured::for_savings(tx, facility, metric, series, Granularity::QuarterHour, closed).await?;
    let tariff = tariffs::current(tx, facility.id, metric).await?;
    let prices = tariff.as_ref().and_then(|t| Tariff::new(t.terms.clone()).ok());
    let mut intervals = quarters(facility, stretch, baseline, expected, &used);
    price(&mut intervals, prices.as_ref());
    if prices.is_none() {
        flags.push("no_tariff".to_owned());
    }
    if intervals.iter().any(|i| i.actual.is_some() && i.quality != Quality::Measured) {
        flags.push("estimated".to_owned());
    }
    let inputs = json!({
        "baseline": baseline.summary.id, "baseline_version": baseline.summary.version, "model": model,
        "conditions": condition_values(&conditions), "expected_day": expected, "tariff": tariff.as_ref().map(|t| t.id),
        "profile_sha256": write::sha256(&json!(baseline.profile)),
        "readings_sha256": write::sha256(&json!(used.iter().map(|i| (i.start, i.value, i.quality)).collect::<Vec<_>>())),
    });
    let performance = totals(facility, stretch, baseline, &intervals, flags);
    Ok(Computed { performance, intervals, inputs })
}

/// Avoided energy at the price of its quarter hour. Demand charges are a matter of whole billing months.
fn price(intervals: &mut [SavingsInterval], tariff: Option<&Tariff>) {
    for interval in intervals {
        interval.price = tariff.and_then(|t| t.energy_price(interval.start));
        interval.money = interval.avoided.zip(interval.price).map(|(avoided, price)| avoided * price);
    }
}

fn flag_of(lacking: &mv::baseline::Lacking) -> String {
    match lacking {
        mv::baseline::Lacking::Temperature => "temperature_missing".to_owned(),
        mv::baseline::Lacking::Driver(name) => format!("driver_missing: {name}"),
    }
}

/// Weather and drivers of the day. While it is running its weather is taken to be that of the last 24 hours.
async fn conditions(
    tx: &mut Tx<'_>,
    facility: &Facility,
    stretch: &Stretch,
    metric: MetricType,
) -> Result<Days> {
    let days = stretch.day..stretch.day.succ_opt().unwrap_or(stretch.day);
    if stretch.state() == FigureState::Provisional {
        let (weather, plan) = inputs::conditions(tx, facility, days.clone()).await?;
        return Ok(inputs::join(days, facility.kind, metric, &[], weather, plan));
    }
    let hours = weather::hours(tx, facility, stretch.now - TimeDelta::hours(24)..stretch.now).await?;
    let weather = weather::mean_of(&hours, stretch.day).into_iter().collect::<Vec<WeatherDay>>();
    let plan = production::daily_drivers(tx, facility, days.clone()).await?;
    Ok(inputs::join(days, facility.kind, metric, &[], weather, plan))
}

fn condition_values(conditions: &Days) -> Value {
    let Some(day) = conditions.days.first() else { return Value::Null };
    let drivers: serde_json::Map<String, Value> =
        conditions.names.iter().cloned().zip(day.drivers.iter().map(|v| json!(v))).collect();
    json!({ "temperature_c": day.temperature_c, "drivers": drivers })
}

/// Names of conditions that are outside of what the baseline has seen by more than a tenth of its range.
fn extrapolated(baseline: &Baseline, conditions: &Days) -> Vec<String> {
    let (Some(day), Some(chosen)) = (conditions.days.first(), baseline.chosen()) else { return vec![] };
    let value = |name: &str, day: &Day| match conditions.names.iter().position(|n| n == name) {
        Some(place) => day.drivers.get(place).copied().flatten(),
        None => day.temperature_c.filter(|_| name.starts_with("Outdoor temperature")),
    };
    let beyond = chosen.coverage.iter().filter(|range| {
        let slack = 0.1 * (range.high - range.low);
        value(&range.name, day).is_some_and(|v| v < range.low - slack || v > range.high + slack)
    });
    beyond.map(|range| format!("extrapolation: {}", range.name)).collect()
}

/// Quarter hours of the day that are closed.
fn quarters(
    facility: &Facility,
    stretch: &Stretch,
    baseline: &Baseline,
    expected: Option<Decimal>,
    used: &[SeriesInterval],
) -> Vec<SavingsInterval> {
    let zone = facility.time_zone;
    let mut edges = vec![stretch.start];
    while let Some(last) = edges.last().copied().filter(|last| *last < stretch.end) {
        edges.push(Granularity::QuarterHour.next(zone, last).min(stretch.end));
    }
    let weight = |at: &DateTime<Utc>| {
        let local = at.with_timezone(&zone);
        let quarter = (local.hour() * 4 + local.minute() / 15) as usize;
        baseline.profile.get(quarter).copied().unwrap_or(0.0)
    };
    let starts = &edges[..edges.len().saturating_sub(1)];
    let parts = expected.map(|total| spread(total, &starts.iter().map(weight).collect::<Vec<_>>()));
    let cubic_metres = baseline.summary.metric_type == MetricType::Water;
    edges
        .windows(2)
        .enumerate()
        .take_while(|(_, edge)| edge[1] <= stretch.closed)
        .map(|(index, edge)| {
            let found = used.iter().find(|i| i.start == edge[0]);
            let actual = found
                .and_then(|i| i.value)
                .map(|value| if cubic_metres { value / Decimal::from(1_000) } else { value });
            let counterfactual = parts.as_ref().and_then(|parts| parts.get(index).copied());
            SavingsInterval {
                start: edge[0],
                end: edge[1],
                actual,
                counterfactual,
                avoided: counterfactual.zip(actual).map(|(expected, used)| expected - used),
                price: None,
                money: None,
                quality: found.map_or(Quality::Missing, |i| i.quality),
            }
        })
        .collect()
}

fn totals(
    facility: &Facility,
    stretch: &Stretch,
    baseline: &Baseline,
    intervals: &[SavingsInterval],
    flags: Vec<String>,
) -> Performance {
    let both: Vec<&SavingsInterval> = intervals.iter().filter(|i| i.avoided.is_some()).collect();
    let known = !both.is_empty();
    let sum =
        |of: fn(&SavingsInterval) -> Option<Decimal>| both.iter().filter_map(|i| of(i)).sum::<Decimal>();
    let priced = known && both.iter().all(|i| i.money.is_some());
    Performance {
        day: stretch.day,
        metric_type: baseline.summary.metric_type,
        baseline: Some(baseline.summary.id),
        baseline_value: known.then(|| sum(|i| i.counterfactual)),
        actual_value: known.then(|| sum(|i| i.actual)),
        savings_value: known.then(|| sum(|i| i.avoided)),
        unit: baseline.summary.unit.clone(),
        baseline_cost: priced.then(|| sum(|i| Some(i.counterfactual? * i.price?)).round_dp(4)),
        cost_savings: priced.then(|| sum(|i| i.money).round_dp(4)),
        currency: facility.currency.clone(),
        coverage: covered(both.iter().map(|i| i.end - i.start).sum(), stretch),
        state: stretch.state(),
        flags,
        revision: 0,
        computed_at: stretch.now,
    }
}

fn covered(known: TimeDelta, stretch: &Stretch) -> f64 {
    let all = (stretch.end - stretch.start).as_seconds_f64();
    (known.as_seconds_f64() / all).clamp(0.0, 1.0)
}

/// The highest quarter hour of the day, kW, measured and expected.
fn peak_demand(
    facility: &Facility,
    stretch: &Stretch,
    baseline: &Baseline,
    intervals: &[SavingsInterval],
) -> Computed {
    let both = || intervals.iter().filter(|i| i.avoided.is_some());
    let highest = |of: fn(&SavingsInterval) -> Option<Decimal>| {
        both()
            .filter_map(|i| {
                Some(of(i)? * Decimal::from(3_600) / Decimal::from((i.end - i.start).num_seconds()))
            })
            .max()
    };
    let (expected, actual) = (highest(|i| i.counterfactual), highest(|i| i.actual));
    let performance = Performance {
        day: stretch.day,
        metric_type: MetricType::PeakDemand,
        baseline: Some(baseline.summary.id),
        baseline_value: expected,
        actual_value: actual,
        savings_value: expected.zip(actual).map(|(a, b)| a - b),
        unit: MetricType::PeakDemand.unit().to_owned(),
        baseline_cost: None,
        cost_savings: None,
        currency: facility.currency.clone(),
        coverage: covered(both().map(|i| i.end - i.start).sum(), stretch),
        state: stretch.state(),
        flags: vec![],
        revision: 0,
        computed_at: stretch.now,
    };
    let inputs = json!({ "from": "electricity", "baseline": baseline.summary.id, "day": stretch.day });
    Computed { performance, intervals: vec![], inputs }
}

/// What was harvested on the day, kg; there is no baseline for it, the yield guard looks at whole cycles.
async fn harvested(tx: &mut Tx<'_>, facility: &Facility, stretch: &Stretch) -> Result<Computed> {
    let days = (stretch.day, stretch.day.succ_opt().unwrap_or(stretch.day));
    let rows = grown::harvests(tx, facility.id, days).await?;
    let grams: Vec<Decimal> = rows.iter().filter_map(|h| h.dry_g.or(h.wet_g)).collect();
    let kilograms = grams.iter().sum::<Decimal>() / Decimal::from(1_000);
    let performance = Performance {
        day: stretch.day,
        metric_type: MetricType::Yield,
        baseline: None,
        baseline_value: None,
        actual_value: (!grams.is_empty()).then_some(kilograms),
        savings_value: None,
        unit: MetricType::Yield.unit().to_owned(),
        baseline_cost: None,
        cost_savings: None,
        currency: facility.currency.clone(),
        coverage: 1.0,
        state: stretch.state(),
        flags: vec![],
        revision: 0,
        computed_at: stretch.now,
    };
    let inputs = json!({ "harvests": rows });
    Ok(Computed { performance, intervals: vec![], inputs })
}
