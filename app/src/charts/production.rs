//! Yield of crop cycles, one after the other.

use super::plot::{Hue, Mark, Plot, Series, Slot};
use crate::components::data_table::Data;
use crate::format;
use domain::production::view::{CycleView, Verdict};

/// Cycles on the axis that carry a tick, at most.
const TICKS: usize = 8;

/// g per mol of each cycle, oldest first, beside the least that is no breach. `cycles` are newest first.
pub fn yields(cycles: &[&CycleView]) -> Plot {
    let ordered: Vec<&CycleView> = cycles.iter().rev().copied().collect();
    let every = ordered.len().div_ceil(TICKS).max(1);
    let slot = |(i, cycle): (usize, &&CycleView)| Slot {
        // Two rooms may be harvested on one day, so the cycle's own name is part of the label.
        label: format!("{}, {} {}, harvested {}", cycle.room, cycle.crop, cycle.cycle, cycle.harvested),
        tick: i.is_multiple_of(every).then(|| cycle.harvested.format("%-d %b %y").to_string()),
    };
    let least = |cycle: &&CycleView| match &cycle.verdict {
        Verdict::Within(held) | Verdict::Breach(held) => Some(held.grams_per_mol.1),
        Verdict::Baseline | Verdict::Open(_) => None,
    };
    let series = |name: &str, hue, mark, values| Series {
        name: name.to_owned(),
        hue,
        mark,
        values,
        estimated: vec![],
    };
    let mut all = vec![series(
        "Yield per light",
        Hue::Actual,
        Mark::Bar,
        ordered.iter().map(|c| c.grams_per_mol).collect(),
    )];
    if ordered.iter().any(|cycle| least(cycle).is_some()) {
        all.push(series(
            "Least without a breach",
            Hue::Baseline,
            Mark::Dashed,
            ordered.iter().map(least).collect(),
        ));
    }
    Plot {
        axis: "Yield per light, g/mol".to_owned(),
        unit: "g/mol".to_owned(),
        slots: ordered.iter().enumerate().map(slot).collect(),
        series: all,
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

/// The cycles in rows, newest first.
pub fn table(cycles: &[&CycleView]) -> Data {
    let columns = ["Room", "Crop", "Cycle", "Harvested", "Yield, g/mol", "Least without a breach, g/mol"];
    let cell = |v: Option<f64>| v.map_or_else(|| format::MISSING.to_owned(), |v| format::number(v, 3));
    let row = |cycle: &&CycleView| {
        let least = match &cycle.verdict {
            Verdict::Within(held) | Verdict::Breach(held) => Some(held.grams_per_mol.1),
            Verdict::Baseline | Verdict::Open(_) => None,
        };
        vec![
            cycle.room.clone(),
            cycle.crop.clone(),
            cycle.cycle.clone(),
            cycle.harvested.to_string(),
            cell(cycle.grams_per_mol),
            cell(least),
        ]
    };
    Data {
        caption: "Yield per light of closed crop cycles".to_owned(),
        columns: columns.map(str::to_owned).to_vec(),
        rows: cycles.iter().map(row).collect(),
        totals: None,
    }
}
