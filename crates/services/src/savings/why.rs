//! Why a range saved more or less than the stretch before it, by the baseline model's own account.
//!
//! Savings are taken as a share f of the baseline. What the weather, the light and the canopy add to the baseline of a day adds
//! f times as much to savings; so do days. What prices change is the tariff's, agreed events are the equipment's, and the change of
//! the share itself, which the meter alone cannot explain, stays unexplained.

use crate::baselines::inputs;
use crate::events;
use crate::{Error, Result};
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::outlook::{Cause, Parts, explain};
use domain::savings::Performance;
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use domain::savings::insight::Why;
use recompute::{Day, Days, Model};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use store::facilities::Facility;
use store::savings as stored;
use store::{Tx, baselines};

/// A stretch with its sums.
struct Stretch {
    totals: Totals,
    /// Days by how much of them counts.
    covered: f64,
    days: Days,
}

/// The causes; none where either stretch has no savings, or not of the active baseline.
pub(super) async fn why(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    (from, until): (NaiveDate, NaiveDate),
) -> Result<Option<Why>> {
    let Some(baseline) = baselines::active(tx, facility.id, metric).await? else { return Ok(None) };
    let Some(model) = baseline.chosen().and_then(|c| c.model.as_ref()) else { return Ok(None) };
    let model = Model::read(model).map_err(Error::internal)?;
    let earlier = from - (until - from);
    let before = stretch(tx, facility, metric, (earlier, from)).await?;
    let after = stretch(tx, facility, metric, (from, until)).await?;
    let Some((before, after)) = before.zip(after) else { return Ok(None) };
    let priced = before.totals.equation.zip(after.totals.equation);
    // Savings, and currency per unit of savings; in energy where there is no price.
    let (old, new) =
        (before.totals.savings + before.totals.events, after.totals.savings + after.totals.events);
    let (savings, unit) = match priced {
        Some((a, b)) => ((a.savings, b.savings), facility.currency.clone()),
        None => ((old, new), metric.unit().to_owned()),
    };
    let price =
        |money: Decimal, energy: Decimal| if energy.is_zero() { Decimal::ZERO } else { money / energy };
    let (price_before, price_after) = match priced {
        Some(_) => (price(savings.0, old), price(savings.1, new)),
        None => (Decimal::ONE, Decimal::ONE),
    };
    let decimal = |value: f64| Decimal::from_f64_retain(value).unwrap_or_default();
    let mut contributions: Vec<(Cause, Decimal)> = scaled(&model, &before, &after)
        .into_iter()
        .map(|(cause, energy)| (cause, (decimal(energy) * price_before).round_dp(2)))
        .collect();
    if priced.is_some() {
        contributions.push((Cause::Tariff, ((price_after - price_before) * new).round_dp(2)));
    }
    let agreed = (after.totals.events - before.totals.events) * price_before;
    contributions.push((Cause::Equipment, agreed.round_dp(2)));
    let round = |value: Decimal| value.round_dp(2);
    let first = Parts { savings: round(savings.0), contributions: vec![] };
    let second = Parts { savings: round(savings.1), contributions };
    Ok(Some(Why {
        from: earlier,
        before: first.savings,
        after: second.savings,
        unit,
        steps: explain(&first, &second),
    }))
}

async fn stretch(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    range: (NaiveDate, NaiveDate),
) -> Result<Option<Stretch>> {
    let read = stored::performance(tx, facility.id, range).await?;
    let read: Vec<Performance> = read.into_iter().filter(|p| p.metric_type == metric).collect();
    let agreed = store::events::list(tx, facility.id).await?;
    let added = events::effects(&agreed, &read).iter().map(|effect| effect.amount).sum();
    let borrowed: Vec<&Performance> = read.iter().collect();
    let Some(totals) = Totals::of(&borrowed, added, PROVISIONAL_SHARE_RATE) else { return Ok(None) };
    let known = read.iter().filter(|p| p.savings_value.is_some());
    let covered = known.map(|p| p.coverage).sum();
    let (weather, plan) = inputs::conditions(tx, facility, range.0..range.1).await?;
    let days = inputs::join(range.0..range.1, facility.kind, metric, &[], weather, plan);
    Ok(Some(Stretch { totals, covered, days }))
}

/// What days, weather, light and canopy add to the savings, in energy, by changing one after the other.
fn scaled(model: &Model, before: &Stretch, after: &Stretch) -> Vec<(Cause, f64)> {
    let share = {
        let baseline = before.totals.baseline.to_f64().unwrap_or_default();
        let savings = before.totals.savings.to_f64().unwrap_or_default();
        if baseline > 0.0 { savings / baseline } else { 0.0 }
    };
    let per_day =
        |weather: &Stretch, light: &Stretch, canopy: &Stretch| expected(model, weather, light, canopy);
    let course = [
        per_day(before, before, before),
        per_day(after, before, before),
        per_day(after, after, before),
        per_day(after, after, after),
    ];
    let [Some(start), Some(weather), Some(light), Some(canopy)] = course else {
        return vec![];
    };
    let (days, scale) = (after.covered - before.covered, share * after.covered);
    vec![
        (Cause::Weather, scale * (weather - start)),
        (Cause::Photoperiod, scale * (light - weather)),
        (Cause::Production, scale * (canopy - light)),
        (Cause::Days, share * start * days),
    ]
}

/// Mean expectation over the weather of one stretch with the mean light and canopy of others.
fn expected(model: &Model, weather: &Stretch, light: &Stretch, canopy: &Stretch) -> Option<f64> {
    let names = &weather.days.names;
    let source = |name: &str| {
        if name.starts_with("canopy_") || name == "area_in_use_m2" {
            Some(canopy)
        } else if name == "ppf_mol" {
            Some(light)
        } else {
            None
        }
    };
    let fixed: Vec<Option<f64>> =
        names.iter().map(|name| source(name).map(|from| mean_of(from, name).unwrap_or(0.0))).collect();
    let known = weather.days.days.iter().filter_map(|day| {
        let drivers = day.drivers.iter().zip(&fixed).map(|(own, fixed)| fixed.or(*own)).collect();
        let day = Day { drivers, ..day.clone() };
        model.expect(names, &day).ok()
    });
    let values: Vec<f64> = known.collect();
    #[allow(clippy::cast_precision_loss)]
    let n = values.len() as f64;
    (n > 0.0).then(|| values.iter().sum::<f64>() / n)
}

fn mean_of(stretch: &Stretch, name: &str) -> Option<f64> {
    let place = stretch.days.names.iter().position(|n| n == name)?;
    let known: Vec<f64> =
        stretch.days.days.iter().filter_map(|d| d.drivers.get(place).copied().flatten()).collect();
    #[allow(clippy::cast_precision_loss)]
    let n = known.len() as f64;
    (n > 0.0).then(|| known.iter().sum::<f64>() / n)
}
