//! Tables that people upload: which column means what, how its cells are read, and what is wrong with a row.
//!
//! A table is a list of rows of text, whatever file it came from. Rows are numbered as a spreadsheet does, from 1.

mod guess;
mod read;
mod value;
pub mod view;

#[cfg(test)]
mod tests;

pub use guess::{fingerprint, guess};
pub use read::{IntervalRow, Reader, RowError};
pub use value::{DateOrder, number, stamp};

use crate::names::names;
use crate::utility::Commodity;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

names! {
    /// What a table is about.
    Target {
        /// Readings of a meter.
        Intervals = "intervals", "Meter readings per interval";
        /// The crop plan of the rooms.
        CropPlan = "crop_plan", "Crop plan: canopy, photoperiod and PPFD by room";
        /// Harvests.
        Harvests = "harvests", "Harvests";
        /// Equipment.
        Equipment = "equipment", "Equipment";
    }
}

names! {
    /// What a column means.
    Field {
        /// Date and time at which an interval begins or ends.
        Time = "time", "Date and time";
        /// The date alone.
        Date = "date", "Date";
        /// The time of day alone.
        Clock = "clock", "Time of day";
        /// What the meter counted in the interval.
        Value = "value", "Value";
        /// Slug or name of a room.
        Zone = "zone", "Room";
        /// First day.
        From = "from", "First day";
        /// Day after the last.
        Until = "until", "Day after the last";
        /// Stage of growth.
        Stage = "stage", "Stage";
        /// Canopy, m².
        Canopy = "canopy_m2", "Canopy, m²";
        /// Hours of light a day.
        Photoperiod = "photoperiod_h", "Photoperiod, h";
        /// Photon flux density called for.
        Ppfd = "ppfd", "PPFD, µmol/m²/s";
        /// Day of a harvest.
        Day = "day", "Day";
        /// What grew.
        Crop = "crop", "Crop";
        /// Crop cycle.
        Cycle = "cycle", "Crop cycle";
        /// Dry mass, g.
        Dry = "dry_g", "Dry mass, g";
        /// Fresh mass, g.
        Wet = "wet_g", "Fresh mass, g";
        /// Kind of equipment.
        Kind = "kind", "Kind";
        /// Make and model.
        Name = "name", "Make and model";
        /// How many.
        Quantity = "quantity", "How many";
        /// Power of one, W.
        RatedW = "rated_w", "Rated power, W";
        /// First day in service.
        InstalledOn = "installed_on", "Installed on";
        /// Day after the last in service.
        RemovedOn = "removed_on", "Removed on";
    }
}

impl Target {
    /// Fields that a column can mean, and whether the table needs it.
    pub fn fields(self) -> &'static [(Field, bool)] {
        match self {
            Self::Intervals => {
                &[(Field::Time, false), (Field::Date, false), (Field::Clock, false), (Field::Value, true)]
            }
            Self::CropPlan => &[
                (Field::Zone, true),
                (Field::From, true),
                (Field::Until, false),
                (Field::Stage, true),
                (Field::Canopy, true),
                (Field::Photoperiod, true),
                (Field::Ppfd, true),
            ],
            Self::Harvests => &[
                (Field::Zone, true),
                (Field::Day, true),
                (Field::Crop, true),
                (Field::Cycle, true),
                (Field::Dry, false),
                (Field::Wet, false),
            ],
            Self::Equipment => &[
                (Field::Zone, false),
                (Field::Kind, true),
                (Field::Name, true),
                (Field::Quantity, true),
                (Field::RatedW, false),
                (Field::InstalledOn, false),
                (Field::RemovedOn, false),
            ],
        }
    }
}

names! {
    /// Unit of a column of meter values.
    ValueUnit {
        /// kWh.
        KilowattHour = "kwh", "kWh";
        /// Wh.
        WattHour = "wh", "Wh";
        /// MWh.
        MegawattHour = "mwh", "MWh";
        /// Mean kW of the interval.
        Kilowatt = "kw", "kW (mean of the interval)";
        /// Therms.
        Therm = "therm", "therm";
        /// Cubic metres.
        CubicMetre = "m3", "m³";
    }
}

names! {
    /// Which end of its interval a row's time is.
    Edge {
        /// Its beginning.
        Start = "start", "the beginning of the interval";
        /// Its end.
        End = "end", "the end of the interval";
    }
}

names! {
    /// Whose clock times are of that do not say it themselves.
    ClockOf {
        /// The facility's, with its summer time.
        Facility = "facility", "The facility's clock, with summer time";
        /// UTC.
        Utc = "utc", "UTC";
    }
}

names! {
    /// Where the set-up of a table stands.
    Stage {
        /// Which row has the headings.
        Header = "header", "Headings";
        /// Which column means what.
        Columns = "columns", "Columns";
        /// What the times mean.
        Time = "time", "Times";
        /// Rows that cannot be read.
        Rows = "rows", "Rows";
    }
}

/// How a table is read. It is kept with the draft, so that nothing is lost when the browser is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The next question.
    pub stage: Stage,
    /// Which sheet of a workbook is read, from 0.
    #[serde(default)]
    pub sheet: u32,
    /// Row of the headings; 0 where there are none.
    pub header_row: u32,
    /// What it is about.
    pub target: Target,
    /// What each column means, from the left.
    pub columns: Vec<Option<Field>>,
    /// Unit of the values.
    pub unit: ValueUnit,
    /// What the meter counts.
    pub commodity: Commodity,
    /// Name of the series.
    pub series: String,
    /// Which end of the interval a time is.
    pub edge: Edge,
    /// Whose clock it is.
    pub clock: ClockOf,
    /// Order of day and month.
    pub dates: DateOrder,
    /// Whether a comma is the decimal mark.
    pub decimal_comma: bool,
    /// Cells that were mended, by row and column from 0.
    pub repairs: BTreeMap<u32, BTreeMap<u32, String>>,
    /// Rows that are left out on purpose.
    pub skipped: BTreeSet<u32>,
}

impl Settings {
    /// The column that means a field, from 0.
    pub fn column(&self, field: Field) -> Option<usize> {
        self.columns.iter().position(|column| *column == Some(field))
    }

    /// What the mapping lacks or has twice, in words; empty when it will do.
    pub fn lacking(&self) -> Vec<String> {
        let mut lacking = Vec::new();
        for (field, needed) in self.target.fields() {
            let n = self.columns.iter().filter(|column| **column == Some(*field)).count();
            if n == 0 && *needed {
                lacking.push(format!("Say which column is “{}”.", field.label()));
            } else if n > 1 {
                lacking.push(format!("“{}” is said of {n} columns; leave one.", field.label()));
            }
        }
        let has = |field| self.column(field).is_some();
        if self.target == Target::Intervals && !has(Field::Time) && !(has(Field::Date) && has(Field::Clock)) {
            lacking.push(
                "Say which column is “Date and time”, or which two are “Date” and “Time of day”.".to_owned(),
            );
        }
        lacking
    }
}
