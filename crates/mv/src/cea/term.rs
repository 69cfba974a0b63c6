//! Variables that a model may have.

use super::Row;
use super::driver::{ExogenousDriver, Kind};
use crate::degree_days::{cooling, heating};
use serde::{Deserialize, Serialize};

/// A variable of a day. Balance points are °F.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// A driver itself.
    Driver(usize),
    /// Canopy of all stages.
    Canopy,
    /// Area in use that is not planted, m². Never negative: rooms planted denser than their area got lamps to go with it.
    Unplanted,
    /// Heating degree days.
    Heating(i32),
    /// Cooling degree days.
    Cooling(i32),
    /// Heating degree days times canopy.
    HeatingCanopy(i32),
    /// Cooling degree days times canopy.
    CoolingCanopy(i32),
    /// Heating degree days times area in use: rooms are heated whole, however full.
    HeatingArea(i32),
    /// Cooling degree days times area in use.
    CoolingArea(i32),
    /// Heating degree days times photons called for: lamps heat the house.
    HeatingLight(i32),
    /// Cooling degree days times photons called for: their heat is removed at a worse efficiency on hot days.
    CoolingLight(i32),
    /// Outdoor humidity above a set point, g per kg.
    Humid(i32),
    /// The same times canopy.
    HumidCanopy(i32),
    /// Photons called for that outdoor light does not give, mol per day, with this per cent of it reaching the crop.
    Supplement(i32),
    /// Canopy times the outdoor light that a day has less than this, mol · m⁻²: lamps and heating make up for the sun.
    DimCanopy(i32),
}

/// Humidity set points tried, g per kg.
pub const HUMIDITY_POINTS: [i32; 5] = [4, 6, 8, 10, 12];
/// Per cent of outdoor light that reaches the crop, tried.
pub const TRANSMISSIONS: [i32; 5] = [30, 40, 50, 60, 70];

/// Outdoor light below which a day is dim, tried; several may hold together, which bends the line. mol · m⁻².
pub const DIM_POINTS: [i32; 4] = [10, 20, 30, 45];

/// Where to find each meaning among the drivers.
#[derive(Clone, Debug, Default)]
pub struct Meaning {
    /// Canopy, all stages.
    pub canopy: Vec<usize>,
    /// Area in use.
    pub area: Option<usize>,
    /// Photons called for.
    pub photons: Option<usize>,
    /// Outdoor light.
    pub light: Option<usize>,
    /// Outdoor humidity.
    pub humidity: Option<usize>,
}

impl Meaning {
    /// Of these drivers.
    pub fn of(drivers: &[ExogenousDriver]) -> Self {
        let place = |wanted: &Kind| drivers.iter().position(|d| d.kind == *wanted);
        let is_canopy = |d: &ExogenousDriver| matches!(d.kind, Kind::Canopy { .. });
        Self {
            canopy: (0..drivers.len()).filter(|i| is_canopy(&drivers[*i])).collect(),
            area: place(&Kind::AreaInUse),
            photons: place(&Kind::PhotonsCalledFor),
            light: place(&Kind::OutdoorLight),
            humidity: place(&Kind::OutdoorHumidity),
        }
    }

    fn canopy(&self, row: &Row) -> f64 {
        self.canopy.iter().fold(0.0, |t, i| t + row.drivers[*i])
    }
}

impl Term {
    /// Its value on a day.
    pub fn value(self, row: &Row, meaning: &Meaning) -> f64 {
        let at = |place: Option<usize>| place.map_or(0.0, |i| row.drivers[i]);
        let t = row.temperature_f;
        match self {
            Self::Driver(index) => row.drivers[index],
            Self::Canopy => meaning.canopy(row),
            Self::Unplanted => (at(meaning.area) - meaning.canopy(row)).max(0.0),
            Self::Heating(b) => heating(t, b),
            Self::Cooling(b) => cooling(t, b),
            Self::HeatingCanopy(b) => heating(t, b) * meaning.canopy(row),
            Self::CoolingCanopy(b) => cooling(t, b) * meaning.canopy(row),
            Self::HeatingArea(b) => heating(t, b) * at(meaning.area),
            Self::CoolingArea(b) => cooling(t, b) * at(meaning.area),
            Self::HeatingLight(b) => heating(t, b) * at(meaning.photons),
            Self::CoolingLight(b) => cooling(t, b) * at(meaning.photons),
            Self::Humid(point) => (at(meaning.humidity) - f64::from(point)).max(0.0),
            Self::HumidCanopy(point) => {
                (at(meaning.humidity) - f64::from(point)).max(0.0) * meaning.canopy(row)
            }
            Self::Supplement(percent) => {
                let sun = f64::from(percent) / 100.0 * at(meaning.light) * meaning.canopy(row);
                (at(meaning.photons) - sun).max(0.0)
            }
            Self::DimCanopy(point) => (f64::from(point) - at(meaning.light)).max(0.0) * meaning.canopy(row),
        }
    }

    /// Whether physics forbids a negative slope. Lamps relieve heating, and the sun both heats and saves lamps.
    pub fn is_non_negative(self, drivers: &[ExogenousDriver]) -> bool {
        match self {
            Self::Driver(i) => {
                matches!(drivers[i].kind, Kind::Canopy { .. } | Kind::AreaInUse | Kind::PhotonsCalledFor)
            }
            Self::HeatingLight(_) => false,
            _ => true,
        }
    }

    /// Whether it grows with what the recipe calls for.
    pub fn is_light(self, meaning: &Meaning) -> bool {
        match self {
            Self::Driver(i) => meaning.photons == Some(i),
            Self::Supplement(_) | Self::HeatingLight(_) | Self::CoolingLight(_) => true,
            _ => false,
        }
    }

    /// Whether it grows with what is grown.
    pub fn is_production(self, meaning: &Meaning) -> bool {
        match self {
            Self::Driver(i) => {
                meaning.canopy.contains(&i) || meaning.area == Some(i) || self.is_light(meaning)
            }
            Self::Heating(_) | Self::Cooling(_) | Self::Humid(_) => false,
            _ => true,
        }
    }

    /// The same variable at other balance points.
    pub fn moved(self, heating: Option<i32>, cooling: Option<i32>) -> Option<Self> {
        match self {
            Self::Heating(_) => heating.map(Self::Heating),
            Self::HeatingCanopy(_) => heating.map(Self::HeatingCanopy),
            Self::HeatingArea(_) => heating.map(Self::HeatingArea),
            Self::HeatingLight(_) => heating.map(Self::HeatingLight),
            Self::Cooling(_) => cooling.map(Self::Cooling),
            Self::CoolingCanopy(_) => cooling.map(Self::CoolingCanopy),
            Self::CoolingArea(_) => cooling.map(Self::CoolingArea),
            Self::CoolingLight(_) => cooling.map(Self::CoolingLight),
            other => Some(other),
        }
    }

    /// Name of its coefficient.
    pub fn name(self, drivers: &[ExogenousDriver]) -> String {
        match self {
            Self::Driver(index) => drivers[index].name.clone(),
            Self::Canopy => "canopy_total_m2".into(),
            Self::Unplanted => "unplanted_m2".into(),
            Self::Heating(_) => "beta_hdd".into(),
            Self::Cooling(_) => "beta_cdd".into(),
            Self::HeatingCanopy(_) => "beta_hdd_x_canopy_m2".into(),
            Self::CoolingCanopy(_) => "beta_cdd_x_canopy_m2".into(),
            Self::HeatingArea(_) => "beta_hdd_x_area_in_use_m2".into(),
            Self::CoolingArea(_) => "beta_cdd_x_area_in_use_m2".into(),
            Self::HeatingLight(_) => "beta_hdd_x_ppf_mol".into(),
            Self::CoolingLight(_) => "beta_cdd_x_ppf_mol".into(),
            Self::Humid(point) => format!("outdoor_w_above_{point}_g_kg"),
            Self::HumidCanopy(point) => format!("outdoor_w_above_{point}_g_kg_x_canopy_m2"),
            Self::DimCanopy(point) => format!("dli_out_below_{point}_mol_m2_x_canopy_m2"),
            Self::Supplement(percent) => format!("ppf_mol_beyond_{percent}_percent_of_sun"),
        }
    }
}
