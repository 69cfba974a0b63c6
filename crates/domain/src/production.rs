//! What a facility grows: the crop plan that drives its use, what was harvested, and its equipment.

use crate::id::ZoneId;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

pub mod compare;
pub mod cycles;
#[cfg(test)]
mod tests;
pub mod view;

/// A stretch of the crop plan of a room: what the recipe agreed with the grower calls for, never what lamps delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CropPlanRow {
    /// The room.
    pub zone: ZoneId,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last; none while it runs.
    pub until: Option<NaiveDate>,
    /// Stage of growth, e.g. `veg`, `flower`.
    pub stage: String,
    /// Canopy, m².
    pub canopy_m2: Decimal,
    /// Hours of light a day.
    pub photoperiod_h: Decimal,
    /// Photon flux density over the canopy, µmol·m⁻²·s⁻¹.
    pub ppfd: Decimal,
}

impl CropPlanRow {
    /// Whether the row is about this day.
    pub fn covers(&self, day: NaiveDate) -> bool {
        self.from <= day && self.until.is_none_or(|until| day < until)
    }

    /// Photons called for on a day, mol: ppfd × seconds of light × canopy ÷ 10⁶.
    pub fn ppf_mol(&self) -> f64 {
        let number = |value: Decimal| value.to_f64().unwrap_or(0.0);
        number(self.ppfd) * number(self.photoperiod_h) * 3_600.0 * number(self.canopy_m2) / 1e6
    }
}

/// A harvest of a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Harvest {
    /// The room.
    pub zone: ZoneId,
    /// Local day.
    pub day: NaiveDate,
    /// What grew.
    pub crop: String,
    /// Name or number of the crop cycle.
    pub cycle: String,
    /// Dry mass, g.
    pub dry_g: Option<Decimal>,
    /// Fresh mass, g.
    pub wet_g: Option<Decimal>,
}

/// A kind of equipment in a room, or in the whole facility.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equipment {
    /// The room; none for the facility.
    pub zone: Option<ZoneId>,
    /// E.g. `luminaire`, `dehumidifier`.
    pub kind: String,
    /// Make and model.
    pub name: String,
    /// How many.
    pub quantity: i32,
    /// Power of one, W.
    pub rated_w: Option<Decimal>,
    /// First local day.
    pub installed_on: Option<NaiveDate>,
    /// Local day after the last.
    pub removed_on: Option<NaiveDate>,
}

/// What drives the use of a day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DriverDay {
    /// Local day.
    pub day: NaiveDate,
    /// Canopy by stage, m².
    pub canopy_m2: BTreeMap<String, f64>,
    /// Area of the rooms that hold a crop, however full they are planted, m²; none where the rooms' areas are not asked for.
    pub area_in_use_m2: Option<f64>,
    /// Photons the recipes of all rooms call for, mol.
    pub ppf_mol: f64,
}

/// Drivers of each day in `days` that the plan reaches: from its first day to its last, without end where a row runs.
/// A room without a row is empty on that day.
pub fn daily_drivers(plan: &[CropPlanRow], days: Range<NaiveDate>) -> Vec<DriverDay> {
    let Some(first) = plan.iter().map(|row| row.from).min() else { return vec![] };
    let until = plan.iter().map(|row| row.until.unwrap_or(NaiveDate::MAX)).max().unwrap_or(first);
    let (start, end) = (days.start.max(first), days.end.min(until));
    let stages: Vec<&str> = plan.iter().map(|row| row.stage.as_str()).collect();
    start
        .iter_days()
        .take_while(|day| *day < end)
        .map(|day| {
            let mut canopy_m2: BTreeMap<String, f64> =
                stages.iter().map(|stage| ((*stage).to_owned(), 0.0)).collect();
            let mut ppf_mol = 0.0;
            for row in plan.iter().filter(|row| row.covers(day)) {
                *canopy_m2.entry(row.stage.clone()).or_default() += row.canopy_m2.to_f64().unwrap_or(0.0);
                ppf_mol += row.ppf_mol();
            }
            DriverDay { day, canopy_m2, area_in_use_m2: None, ppf_mol }
        })
        .collect()
}

/// Fills in the area in use: of the rooms with a crop on the day, by their areas in m².
pub fn with_area_in_use(
    mut days: Vec<DriverDay>,
    plan: &[CropPlanRow],
    areas: &BTreeMap<ZoneId, f64>,
) -> Vec<DriverDay> {
    for day in &mut days {
        let planted = plan.iter().filter(|row| row.covers(day.day) && row.canopy_m2 > Decimal::ZERO);
        let rooms: BTreeSet<ZoneId> = planted.map(|row| row.zone).collect();
        day.area_in_use_m2 = Some(rooms.iter().filter_map(|room| areas.get(room)).sum());
    }
    days
}

/// Two rows of one room that are about the same day.
pub fn overlap(plan: &[CropPlanRow]) -> Option<(&CropPlanRow, &CropPlanRow)> {
    let mut sorted: Vec<&CropPlanRow> = plan.iter().collect();
    sorted.sort_by_key(|row| (row.zone, row.from));
    sorted
        .windows(2)
        .find(|pair| pair[0].zone == pair[1].zone && pair[0].until.is_none_or(|until| until > pair[1].from))
        .map(|pair| (pair[0], pair[1]))
}
