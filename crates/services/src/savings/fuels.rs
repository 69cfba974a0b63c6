//! Electricity, gas and water of a range together, in money and in CO₂ equivalent.

use super::bases::Stretch;
use crate::baselines::inputs;
use crate::{Result, events};
use domain::baseline::MetricType;
use domain::local_time::day_start;
use domain::savings::Performance;
use domain::savings::bases::{Fuel, Fuels, Missing};
use domain::savings::equation::{PROVISIONAL_SHARE_RATE, Totals};
use domain::tariff::Tariff;
use domain::tariff::netting::{FuelSavings, Net, net};
use rust_decimal::Decimal;
use store::{Tx, baselines, points, tariffs};

/// Every fuel that is metered or has a baseline, and their sum where each has a price. `read` are the range's days of all
/// metrics.
pub(super) async fn fuels(tx: &mut Tx<'_>, stretch: &Stretch<'_>, read: &[Performance]) -> Result<Fuels> {
    let points = points::of_facility(tx, stretch.facility.id).await?;
    let mut fuels = Vec::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let baseline = baselines::active(tx, stretch.facility.id, metric).await?.is_some();
        let counts = |p: &store::points::Point| {
            p.retired_at.is_none() && Some(p.spec.metric) == inputs::metered(metric)
        };
        let metered = points.iter().any(counts);
        if baseline || metered {
            fuels.push(fuel(tx, stretch, metric, baseline, read).await?);
        }
    }
    Ok(Fuels { net: sum(stretch, &fuels), fuels })
}

async fn fuel(
    tx: &mut Tx<'_>,
    stretch: &Stretch<'_>,
    metric: MetricType,
    baseline: bool,
    read: &[Performance],
) -> Result<Fuel> {
    let days: Vec<Performance> = read.iter().filter(|p| p.metric_type == metric).cloned().collect();
    let effects = events::effects(stretch.agreed, &days);
    let added: Decimal = effects.iter().map(|effect| effect.amount).sum();
    let totals = Totals::of(&days.iter().collect::<Vec<_>>(), added, PROVISIONAL_SHARE_RATE);
    let name = metric.label();
    let Some(totals) = totals else {
        let lacks = if baseline {
            Missing::new(format!("{name} has no figures in these days."), "Choose other days.")
        } else {
            let reason =
                format!("{name} is metered, but has no active baseline: what it changed is unknown.");
            Missing::new(reason, format!("Fit a baseline of {}.", name.to_lowercase()))
        };
        return Ok(Fuel { metric, avoided: None, days: 0, cost: None, co2e_kg: None, lacks: Some(lacks) });
    };
    let tariff = tariffs::current(tx, stretch.facility.id, metric).await?;
    let tariff = tariff.and_then(|tariff| Tariff::new(tariff.terms).ok());
    let co2e_kg = tariff.as_ref().and_then(|tariff| co2e(tariff, stretch, &days, added));
    let lacks = totals.equation.is_none().then(|| {
        let reason = format!("{name} has no price for every day.");
        Missing::new(
            reason,
            format!("Enter a tariff of {} from the first of these days.", name.to_lowercase()),
        )
    });
    Ok(Fuel {
        metric,
        avoided: Some(totals.savings + totals.events),
        days: totals.days,
        cost: totals.equation.map(|money| money.savings),
        co2e_kg,
        lacks,
    })
}

/// Avoided kg. Versions of a tariff begin with local days, so a day has one factor; agreed events count at the baseline's mean
/// one, as they do in money. None where a day has none.
fn co2e(tariff: &Tariff, stretch: &Stretch<'_>, days: &[Performance], added: Decimal) -> Option<Decimal> {
    let zone = stretch.facility.time_zone;
    let (mut avoided, mut emitted, mut baseline) = (Decimal::ZERO, Decimal::ZERO, Decimal::ZERO);
    for day in days {
        let (Some(saved), Some(expected)) = (day.savings_value, day.baseline_value) else { continue };
        let factor = tariff.co2e_kg_per_kwh(day_start(zone, day.day))?;
        avoided += saved * factor;
        emitted += expected * factor;
        baseline += expected;
    }
    let mean = if baseline.is_zero() { Decimal::ZERO } else { emitted / baseline };
    Some((avoided + added * mean).round_dp(3).normalize())
}

fn sum(stretch: &Stretch<'_>, fuels: &[Fuel]) -> std::result::Result<Net, Missing> {
    if let Some(lacks) = fuels.iter().find_map(|fuel| fuel.lacks.clone()) {
        let reason = format!("The sum of all fuels is not stated: it would leave one out. {}", lacks.reason);
        return Err(Missing::new(reason, lacks.what_to_do));
    }
    let known = fuels.iter().filter_map(|fuel| {
        Some(FuelSavings {
            fuel: fuel.metric.label().to_owned(),
            avoided: fuel.avoided?,
            unit: fuel.metric.unit().to_owned(),
            avoided_cost: fuel.cost?,
            currency: stretch.facility.currency.clone(),
            avoided_co2e_kg: fuel.co2e_kg,
        })
    });
    net(known.collect()).map_err(|error| {
        Missing::new(
            format!("Fuels cannot be added: {error}."),
            "Give the facility a main meter and a baseline.",
        )
    })
}
