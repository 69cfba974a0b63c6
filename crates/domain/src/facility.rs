//! Facilities and their zones, and the facility file by which one is set up in one go.

mod check;

pub use check::Problem;

use crate::point::PointSpec;
use serde::{Deserialize, Serialize};

/// What a facility grows in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FacilityKind {
    /// Closed rooms, lamps only.
    Indoor,
    /// Sun and lamps under glass.
    Greenhouse,
}

impl FacilityKind {
    /// The name used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Indoor => "indoor",
            Self::Greenhouse => "greenhouse",
        }
    }

    /// The kind with this wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Indoor, Self::Greenhouse].into_iter().find(|k| k.as_str() == name)
    }
}

/// Growth stages a zone can be in.
pub const STAGES: [&str; 5] = ["clone", "veg", "flower", "dry", "produce"];

/// A room or compartment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ZoneSpec {
    /// Stable key within the facility, used in URLs (e.g. `flower-1`).
    pub slug: String,
    /// Name shown to people.
    pub name: String,
    /// Growth stage: `clone`, `veg`, `flower`, `dry` or `produce`.
    pub stage: String,
    /// Canopy area, m².
    pub canopy_m2: f64,
    /// Local time of lights-on, minutes after midnight.
    pub lights_on_min: u32,
    /// Length of the photoperiod, minutes.
    pub photoperiod_min: u32,
    /// Leaf temperature minus air temperature, K; used for leaf VPD until leaf temperature is measured.
    pub leaf_offset_k: f64,
}

/// Everything needed to create a facility: `server admin facility import FILE`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FacilityFile {
    /// Stable key used in URLs (e.g. `cedar-flower`).
    pub slug: String,
    /// Name shown to people.
    pub name: String,
    /// Indoor or greenhouse.
    pub kind: FacilityKind,
    /// IANA zone, e.g. `America/Denver`.
    pub time_zone: String,
    /// Degrees north.
    pub latitude: f64,
    /// Degrees east.
    pub longitude: f64,
    /// ISO 4217 code.
    pub currency: String,
    /// Rooms and compartments.
    pub zones: Vec<ZoneSpec>,
    /// Points read by the facility's gateway; channels are unique.
    pub points: Vec<PointSpec>,
}
