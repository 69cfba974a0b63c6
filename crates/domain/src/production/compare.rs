//! Two rooms or crop cycles beside each other, day by day.

use super::cycles::Mass;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What is compared. In text `room:SLUG` or `cycle:SLUG:NAME`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Subject {
    /// A room over the range of the page, or over the days of the cycle that it is held against.
    Room(String),
    /// A closed crop cycle of a room, from planting to harvest.
    Cycle {
        /// Slug of the room.
        room: String,
        /// Name or number of the cycle.
        cycle: String,
    },
}

impl Subject {
    /// Reads what an address says; none where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "room" if !rest.is_empty() => Some(Self::Room(rest.to_owned())),
            "cycle" => {
                let (room, cycle) = rest.split_once(':')?;
                Some(Self::Cycle { room: room.to_owned(), cycle: cycle.to_owned() })
            }
            _ => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Room(room) => write!(f, "room:{room}"),
            Self::Cycle { room, cycle } => write!(f, "cycle:{room}:{cycle}"),
        }
    }
}

/// Where a room's electricity is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Method {
    /// Its own meters.
    Metered,
    /// Of the facility's use, the part that the photons called for in the room are of all photons called for.
    ByLight,
}

/// Electricity of a room over consecutive local days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Course {
    /// What it is of.
    pub subject: Subject,
    /// Its name.
    pub label: String,
    /// First local day.
    pub from: NaiveDate,
    /// One value per day, kWh; none where it is not known.
    pub kwh: Vec<Option<f64>>,
    /// Mean canopy of the days that the crop plan covers, m²; none without one.
    pub canopy_m2: Option<f64>,
    /// What a cycle gave.
    pub mass: Option<Mass>,
    /// Photons that the recipe called for in these days, mol; none without a plan.
    pub light_mol: Option<f64>,
}

impl Course {
    /// kWh over the days that are known, and how many these are; none where no day is.
    pub fn total(&self) -> Option<(f64, usize)> {
        let known: Vec<f64> = self.kwh.iter().flatten().copied().collect();
        (!known.is_empty()).then(|| (known.iter().sum(), known.len()))
    }

    /// kWh per known day.
    pub fn per_day(&self) -> Option<f64> {
        let (kwh, days) = self.total()?;
        Some(kwh / f64::from(u32::try_from(days).ok()?))
    }

    /// kWh per m² of canopy and known day.
    pub fn per_canopy(&self) -> Option<f64> {
        self.canopy_m2.filter(|area| *area > 0.0).and_then(|area| Some(self.per_day()? / area))
    }

    /// g per mol of light called for; of a cycle that was weighed.
    pub fn grams_per_mol(&self) -> Option<f64> {
        let light = self.light_mol.filter(|mol| *mol > 0.0)?;
        Some(self.grams()? / light)
    }

    /// kWh per kg; of a weighed cycle whose days are all known.
    pub fn kwh_per_kg(&self) -> Option<f64> {
        let (kwh, days) = self.total()?;
        let grams = self.grams().filter(|grams| *grams > 0.0)?;
        (days == self.kwh.len()).then(|| kwh / grams * 1_000.0)
    }

    fn grams(&self) -> Option<f64> {
        rust_decimal::prelude::ToPrimitive::to_f64(&self.mass?.grams())
    }
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CompareView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// What can be chosen, with names: rooms first, then cycles, newest first.
    pub choices: Vec<(Subject, String)>,
    /// Both sides; none where there is less than two to compare.
    pub sides: Option<(Course, Course)>,
    /// How both were found: alike, so that they can be compared.
    pub method: Method,
    /// The range of rooms as the address says it.
    pub range: String,
    /// Its first local day.
    pub from: NaiveDate,
    /// Local day after its last.
    pub until: NaiveDate,
    /// Today at the facility.
    pub today: NaiveDate,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rust_decimal::Decimal;

    #[test]
    fn subjects_are_written_as_they_are_read() {
        for text in ["room:flower-1", "cycle:flower-1:2026-03", "cycle:flower-1:a:b"] {
            assert_eq!(Subject::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "room", "room:", "cycle:flower-1", "house:1"] {
            assert_eq!(Subject::parse(text), None, "{text}");
        }
    }

    #[test]
    fn figures_of_a_cycle_by_hand() {
        let course = Course {
            subject: Subject::Room("a".to_owned()),
            label: String::new(),
            from: "2026-03-01".parse().unwrap(),
            kwh: vec![Some(100.0), Some(140.0)],
            canopy_m2: Some(60.0),
            mass: Some(Mass::Dry(Decimal::from(12_000))),
            light_mol: Some(10_000.0),
        };
        assert_eq!((course.per_day(), course.per_canopy()), (Some(120.0), Some(2.0)));
        assert_eq!((course.grams_per_mol(), course.kwh_per_kg()), (Some(1.2), Some(20.0)));
        let gap = Course { kwh: vec![Some(100.0), None], ..course };
        assert_eq!((gap.per_day(), gap.kwh_per_kg()), (Some(100.0), None));
    }
}
