//! Savings of facilities beside each other.

use super::plot::{Hue, Mark, Plot, Series, Slot};
use crate::format;
use domain::savings::portfolio::Row;

/// Names on the axis, at most; more would cover each other.
const TICKS: usize = 8;

/// A bar for each facility with savings.
pub fn savings(rows: &[&Row], unit: &str) -> Plot {
    let every = rows.len().div_ceil(TICKS).max(1);
    let slot = |(n, row): (usize, &&Row)| Slot {
        // Two customers may call a facility alike.
        label: format!("{} ({})", row.name, row.slug),
        tick: n.is_multiple_of(every).then(|| row.name.clone()),
    };
    let bars = Series {
        name: "Savings".to_owned(),
        hue: Hue::Actual,
        mark: Mark::Bar,
        values: rows.iter().map(|row| row.totals.map(|t| format::float(t.savings + t.events))).collect(),
        estimated: vec![],
    };
    Plot {
        axis: format!("Savings, {unit}"),
        unit: unit.to_owned(),
        slots: rows.iter().enumerate().map(slot).collect(),
        series: vec![bars],
        bands: vec![],
        stacked: false,
        nights: vec![],
    }
}
