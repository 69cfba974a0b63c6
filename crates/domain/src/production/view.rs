//! What the production page shows.

use super::cycles::Mass;
use super::{CropPlanRow, Equipment};
use crate::id::BaselineId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// What a facility grew and grows, held against its baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProductionView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// The active baseline of electricity: identifier, version, first day on which savings count.
    pub baseline: Option<(BaselineId, u32, NaiveDate)>,
    /// Shares by which yield may fall and energy per kg rise before a cycle is a breach.
    pub tolerance: (f64, f64),
    /// What the light of the cycles is.
    pub light: LightOf,
    /// Closed cycles, newest first.
    pub cycles: Vec<CycleView>,
    /// The crop plan with the names of its rooms, from today on.
    pub plan: Vec<(String, CropPlanRow)>,
    /// Rows of the plan that are not listed, past and later ones.
    pub plan_more: usize,
    /// Equipment with the names of its rooms.
    pub equipment: Vec<(Option<String>, Equipment)>,
}

/// What a cycle's light is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LightOf {
    /// What the recipe calls for: closed rooms have lamps alone.
    Recipe,
    /// Sun and lamps under glass.
    SunAndLamps,
    /// Under glass, but nobody has told the outdoor light: what the recipe calls for.
    SunUnknown,
}

/// A closed crop cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CycleView {
    /// Name of the room.
    pub room: String,
    /// What grew.
    pub crop: String,
    /// Name or number.
    pub cycle: String,
    /// First local day.
    pub planted: Option<NaiveDate>,
    /// Local day of the last harvest.
    pub harvested: NaiveDate,
    /// What was weighed.
    pub mass: Option<Mass>,
    /// Photons of the cycle, mol, as [`ProductionView::light`] says.
    pub light_mol: Option<f64>,
    /// The room's share of the electricity, kWh.
    pub energy_kwh: Option<f64>,
    /// g per mol.
    pub grams_per_mol: Option<f64>,
    /// kWh per kg.
    pub kwh_per_kg: Option<f64>,
    /// How it stands against the baseline's cycles.
    pub verdict: Verdict,
}

/// How a cycle stands against the baseline's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Verdict {
    /// It is one of those that the others are held against.
    Baseline,
    /// It is within tolerance or band.
    Within(Held),
    /// It is outside of both: savings of its time are flagged.
    Breach(Held),
    /// It cannot be judged, and why.
    Open(String),
}

/// What a cycle was held against.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Held {
    /// Mean of the baseline's cycles, g per mol, and the lowest that is no breach.
    pub grams_per_mol: (f64, f64),
    /// Mean of the baseline's cycles, kWh per kg, and the highest that is no breach; none where energy is not known.
    pub kwh_per_kg: Option<(f64, f64)>,
    /// How many of the baseline's cycles, and whether they are those of the season rather than all of them.
    pub against: (usize, bool),
    /// Yield per mol has fallen too far.
    pub yield_breach: bool,
    /// Energy per kg has risen too far.
    pub intensity_breach: bool,
}

impl CycleView {
    /// Whether the cycle ran on a day of [`from`, `until`).
    pub fn within(&self, from: NaiveDate, until: NaiveDate) -> bool {
        self.harvested >= from && self.planted.unwrap_or(self.harvested) < until
    }
}
