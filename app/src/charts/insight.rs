//! Charts of what lies behind a range's savings and ahead of them.

use super::performance::{band, day_slots, series};
use super::plot::{Hue, Mark, Plot, Series, Slot};
use super::savings::{float, midnight};
use super::series::hue_of;
use crate::format;
use chrono::Datelike;
use domain::outlook::{BurnUp, Cause, Fan, Step};
use domain::savings::insight::{InsightView, Why};
use domain::series::Slice;

/// Energy of each day by end use, standing on each other.
pub fn end_uses(view: &InsightView) -> Plot {
    let part = |(slice, values): &(Slice, Vec<Option<rust_decimal::Decimal>>)| {
        let hue = match slice {
            Slice::Metered(end_use) => hue_of(Some(*end_use)),
            Slice::Unmetered => Hue::Remainder,
        };
        let values = values.iter().map(|v| float(*v)).collect();
        Series { name: slice.label().to_owned(), ..series("", hue, Mark::Bar, values) }
    };
    Plot {
        axis: "Energy per day, kWh".to_owned(),
        unit: "kWh".to_owned(),
        slots: day_slots(view.from.iter_days().take_while(|day| *day < view.until)),
        series: view.end_uses.iter().map(part).collect(),
        bands: vec![],
        stacked: true,
        nights: vec![],
    }
}

/// What each cause changed: above zero it adds to savings, below it takes away.
pub fn causes(why: &Why) -> Plot {
    let short = |cause: Cause| match cause {
        Cause::Photoperiod => "Light",
        Cause::Production => "Canopy",
        Cause::Equipment => "Events",
        Cause::Days => "Days",
        cause => cause.label(),
    };
    let slot =
        |step: &Step| Slot { label: step.cause.label().to_owned(), tick: Some(short(step.cause).to_owned()) };
    let bars = |adds: bool| {
        let amounts = why.steps.iter().map(|step| format::float(step.amount));
        amounts.map(|amount| Some(amount).filter(|amount| (*amount >= 0.0) == adds)).collect()
    };
    Plot {
        axis: format!("Change of savings, {}", why.unit),
        unit: why.unit.clone(),
        slots: why.steps.iter().map(slot).collect(),
        series: vec![
            series("Adds to savings", Hue::Actual, Mark::Bar, bars(true)),
            series("Takes away", Hue::Excess, Mark::Bar, bars(false)),
        ],
        bands: vec![],
        stacked: true,
        nights: vec![],
    }
}

/// The running month's savings added up, within what was to be expected.
pub fn burn_up(view: &InsightView) -> Plot {
    let BurnUp { actual, expected, .. } = &view.burn_up;
    let edge = |of: fn(&(f64, f64, f64)) -> f64| -> Vec<Option<f64>> {
        expected.iter().flatten().map(|days| Some(of(days))).collect()
    };
    let mut all =
        vec![series("Saved so far", Hue::Actual, Mark::Line, actual.iter().map(|v| float(*v)).collect())];
    let mut bands = vec![];
    if expected.is_some() {
        all.push(series("Expected", Hue::Baseline, Mark::Dashed, edge(|e| e.1)));
        bands.push(band("8 months in 10", Hue::Baseline, edge(|e| e.0), edge(|e| e.2)));
    }
    Plot {
        axis: format!("Since the first of the month, {}", view.unit),
        unit: view.unit.clone(),
        slots: day_slots(view.month.iter_days().take(actual.len())),
        series: all,
        bands,
        stacked: false,
        nights: vec![],
    }
}

/// Savings of the coming months.
pub fn fan(fan: &Fan, unit: &str) -> Plot {
    let slot = |month: &domain::outlook::FanMonth| {
        let at = midnight(month.first);
        let label = format!("{} {}", format::month(at), month.first.year());
        Slot { tick: (month.first.month() % 2 == 1).then(|| label.clone()), label }
    };
    let edge = |of: fn(&domain::outlook::FanMonth) -> f64| fan.months.iter().map(|m| Some(of(m))).collect();
    Plot {
        axis: format!("Savings per month, {unit}"),
        unit: unit.to_owned(),
        slots: fan.months.iter().map(slot).collect(),
        series: vec![series("P50", Hue::Actual, Mark::Line, edge(|m| m.p50))],
        bands: vec![band("P10 to P90", Hue::Actual, edge(|m| m.p10), edge(|m| m.p90))],
        stacked: false,
        nights: vec![],
    }
}
