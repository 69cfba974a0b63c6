//! The two facilities the twin knows, as built.

mod flower;
mod lettuce;

pub use flower::CLIMATE as FLOWER_CLIMATE;

use crate::physics::room::RoomSpec;
use crate::weather::Climate;
use domain::facility::FacilityKind;
use domain::point::EndUse;

/// Which facility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Name {
    /// Cedar Flower: six closed rooms near Denver.
    Flower,
    /// Lakeside Lettuce: two greenhouse compartments near Chicago.
    Lettuce,
}

/// A facility as built.
#[derive(Clone, Debug)]
pub struct FacilitySpec {
    /// Stable key, e.g. `cedar-flower`.
    pub slug: &'static str,
    /// Name shown to people.
    pub name: &'static str,
    /// Indoor or greenhouse.
    pub kind: FacilityKind,
    /// Where civil time is kept.
    pub time_zone: chrono_tz::Tz,
    /// Climate and position.
    pub climate: Climate,
    /// Rooms.
    pub rooms: Vec<RoomSpec>,
    /// SDM630 meters: unit id, what they measure, kWh on the register when commissioned.
    pub meters: Vec<MeterSpec>,
    /// Load around the clock outside the rooms, W.
    pub base_w: f64,
    /// Further load on weekdays from 8 to 18, W.
    pub office_w: f64,
    /// Boiler efficiency when heat comes from gas; none when heaters are electric.
    pub boiler: Option<f64>,
}

/// One meter in the switchboard.
#[derive(Clone, Copy, Debug)]
pub struct MeterSpec {
    /// Modbus unit id.
    pub unit: u8,
    /// What it measures.
    pub end_use: EndUse,
    /// Register when commissioned, kWh. Low on purpose: a single-precision kWh register resolves 1 Wh only below
    /// 16 384 kWh, 31 Wh from 262 144 kWh on and 125 Wh from 1 048 576 kWh on.
    pub start_kwh: f64,
    /// Largest load it can see, W.
    pub max_w: f64,
    /// Power factor of that load.
    pub power_factor: f64,
}

impl Name {
    /// The facility as built.
    pub fn spec(self) -> FacilitySpec {
        match self {
            Self::Flower => flower::spec(),
            Self::Lettuce => lettuce::spec(),
        }
    }
}
