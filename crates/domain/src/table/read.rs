//! Rows: what they say, or which cell stands in the way.

use super::value::{clock, number, stamp};
use super::{ClockOf, Edge, Field, Settings, ValueUnit};
use crate::id::ZoneId;
use crate::production::{CropPlanRow, Equipment, Harvest};
use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a row cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowError {
    /// The row, from 1.
    pub row: u32,
    /// The column, from 0; none where the row as a whole is at fault.
    pub column: Option<u32>,
    /// What stands in the cell.
    pub value: String,
    /// What is wrong with it.
    pub message: String,
}

/// A reading of a meter with the time that its row names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IntervalRow {
    /// The row, from 1.
    pub row: u32,
    /// The time named; which end of the interval it is the settings say.
    pub at: DateTime<Utc>,
    /// In the unit of the settings; none where the cell is empty, which is a gap.
    pub value: Option<Decimal>,
}

/// Reads rows one after the other.
#[derive(Debug)]
pub struct Reader<'a> {
    settings: &'a Settings,
    zone: Tz,
    /// Rooms by slug and by name, lower case.
    rooms: BTreeMap<String, ZoneId>,
    /// The last local time, and whether its repetition has begun: in autumn an hour occurs twice, in order.
    last: Option<(NaiveDateTime, bool)>,
    /// Whether the newest row comes first, as far as can be told.
    newest_first: bool,
}

impl<'a> Reader<'a> {
    /// A reader of a table of a facility in `zone` with these rooms.
    pub fn new(settings: &'a Settings, zone: Tz, rooms: BTreeMap<String, ZoneId>) -> Self {
        Self { settings, zone, rooms, last: None, newest_first: false }
    }

    fn cell<'c>(&self, cells: &'c [String], field: Field) -> &'c str {
        self.settings.column(field).and_then(|place| cells.get(place)).map_or("", |cell| cell.trim())
    }

    fn wrong(&self, row: u32, cells: &[String], field: Field, message: impl Into<String>) -> RowError {
        let column = self.settings.column(field).and_then(|place| u32::try_from(place).ok());
        let message = format!("{}: {}", field.label(), message.into());
        RowError { row, column, value: self.cell(cells, field).to_owned(), message }
    }

    /// A row of meter readings.
    ///
    /// # Errors
    /// Names the cell.
    pub fn interval(&mut self, row: u32, cells: &[String]) -> Result<IntervalRow, RowError> {
        let field = if self.settings.column(Field::Time).is_some() { Field::Time } else { Field::Date };
        let read = stamp(self.cell(cells, field), self.settings.dates);
        let (mut local, offset) = read.map_err(|m| self.wrong(row, cells, field, m))?;
        if field == Field::Date {
            let text = self.cell(cells, Field::Clock);
            let time = clock(text).ok_or_else(|| {
                self.wrong(
                    row,
                    cells,
                    Field::Clock,
                    format!("“{text}” is not a time such as 14:00 or 2:00 PM."),
                )
            })?;
            local = local.date().and_time(time);
        }
        let at = match (offset, self.settings.clock) {
            (Some(offset), _) => local.and_utc() - TimeDelta::seconds(i64::from(offset.local_minus_utc())),
            (None, ClockOf::Utc) => local.and_utc(),
            (None, ClockOf::Facility) => self.civil(local).ok_or_else(|| {
                let message = format!(
                    "{local} does not exist in {}: the clock skips it. Is the file in UTC or standard time?",
                    self.zone.name()
                );
                self.wrong(row, cells, field, message)
            })?,
        };
        let text = self.cell(cells, Field::Value);
        let value = if text.is_empty() {
            None
        } else {
            let value = number(text, self.settings.decimal_comma);
            Some(value.map_err(|m| self.wrong(row, cells, Field::Value, m))?)
        };
        Ok(IntervalRow { row, at, value })
    }

    /// The instant of a local time. Of an hour that occurs twice the pass that comes first in the order of the rows counts
    /// until the clock jumps against that order.
    fn civil(&mut self, local: NaiveDateTime) -> Option<DateTime<Utc>> {
        let found = self.zone.from_local_datetime(&local);
        let (first, second) = (found.earliest()?, found.latest()?);
        let twice = first != second;
        if let Some((before, _)) = self.last.filter(|_| !twice) {
            // Of two times that occur once the order is plain; the doubled hour is far from both.
            let plain = self.zone.from_local_datetime(&before).single().is_some();
            self.newest_first = if plain { local < before } else { self.newest_first };
        }
        let jumps = |before: NaiveDateTime| if self.newest_first { before <= local } else { before >= local };
        let again = twice && self.last.is_some_and(|(before, again)| again || jumps(before));
        self.last = Some((local, again));
        let later = again != self.newest_first;
        Some(if twice && later { second } else { first }.with_timezone(&Utc))
    }

    fn number(&self, row: u32, cells: &[String], field: Field) -> Result<Decimal, RowError> {
        let value = number(self.cell(cells, field), self.settings.decimal_comma);
        value.map_err(|m| self.wrong(row, cells, field, m)).and_then(|value| {
            if value < Decimal::ZERO {
                Err(self.wrong(row, cells, field, "It cannot be negative."))
            } else {
                Ok(value)
            }
        })
    }

    fn optional(&self, row: u32, cells: &[String], field: Field) -> Result<Option<Decimal>, RowError> {
        if self.cell(cells, field).is_empty() { Ok(None) } else { self.number(row, cells, field).map(Some) }
    }

    fn day(&self, row: u32, cells: &[String], field: Field) -> Result<Option<NaiveDate>, RowError> {
        let text = self.cell(cells, field);
        if text.is_empty() {
            return Ok(None);
        }
        stamp(text, self.settings.dates)
            .map(|(at, _)| Some(at.date()))
            .map_err(|m| self.wrong(row, cells, field, m))
    }

    fn needed<T>(&self, row: u32, cells: &[String], field: Field, value: Option<T>) -> Result<T, RowError> {
        value.ok_or_else(|| self.wrong(row, cells, field, "The cell is empty."))
    }

    fn text(&self, row: u32, cells: &[String], field: Field) -> Result<String, RowError> {
        let text = self.cell(cells, field);
        self.needed(row, cells, field, (!text.is_empty()).then(|| text.chars().take(200).collect()))
    }

    fn zone(&self, row: u32, cells: &[String]) -> Result<ZoneId, RowError> {
        let text = self.text(row, cells, Field::Zone)?;
        let known = || {
            let names: Vec<&str> = self.rooms.keys().map(String::as_str).take(12).collect();
            format!("There is no room “{text}” here. Rooms are: {}.", names.join(", "))
        };
        self.rooms
            .get(&text.to_lowercase())
            .copied()
            .ok_or_else(|| self.wrong(row, cells, Field::Zone, known()))
    }

    /// A row of the crop plan.
    ///
    /// # Errors
    /// Names the cell.
    pub fn crop_plan(&self, row: u32, cells: &[String]) -> Result<CropPlanRow, RowError> {
        let (from, until) = (self.day(row, cells, Field::From)?, self.day(row, cells, Field::Until)?);
        let from = self.needed(row, cells, Field::From, from)?;
        if until.is_some_and(|until| until <= from) {
            return Err(self.wrong(row, cells, Field::Until, format!("It is not after {from}.")));
        }
        let stage = self.text(row, cells, Field::Stage)?.to_lowercase().replace([' ', '-'], "_");
        if !stage.bytes().all(|c| c.is_ascii_lowercase() || c == b'_') {
            return Err(self.wrong(
                row,
                cells,
                Field::Stage,
                "Use letters only, such as veg, flower or dry.",
            ));
        }
        let photoperiod_h = self.number(row, cells, Field::Photoperiod)?;
        if photoperiod_h > Decimal::from(24) {
            return Err(self.wrong(row, cells, Field::Photoperiod, "A day has 24 hours."));
        }
        Ok(CropPlanRow {
            zone: self.zone(row, cells)?,
            from,
            until,
            stage,
            canopy_m2: self.number(row, cells, Field::Canopy)?,
            photoperiod_h,
            ppfd: self.number(row, cells, Field::Ppfd)?,
        })
    }

    /// A harvest.
    ///
    /// # Errors
    /// Names the cell.
    pub fn harvest(&self, row: u32, cells: &[String]) -> Result<Harvest, RowError> {
        let day = self.day(row, cells, Field::Day)?;
        let (dry_g, wet_g) = (self.optional(row, cells, Field::Dry)?, self.optional(row, cells, Field::Wet)?);
        if dry_g.is_none() && wet_g.is_none() {
            return Err(self.wrong(row, cells, Field::Dry, "Give the dry or the fresh mass."));
        }
        Ok(Harvest {
            zone: self.zone(row, cells)?,
            day: self.needed(row, cells, Field::Day, day)?,
            crop: self.text(row, cells, Field::Crop)?,
            cycle: self.text(row, cells, Field::Cycle)?,
            dry_g,
            wet_g,
        })
    }

    /// Equipment.
    ///
    /// # Errors
    /// Names the cell.
    pub fn equipment(&self, row: u32, cells: &[String]) -> Result<Equipment, RowError> {
        let quantity = self.number(row, cells, Field::Quantity)?;
        let whole = quantity.to_i32().filter(|n| *n > 0 && Decimal::from(*n) == quantity);
        let (from, until) =
            (self.day(row, cells, Field::InstalledOn)?, self.day(row, cells, Field::RemovedOn)?);
        if from.zip(until).is_some_and(|(from, until)| until <= from) {
            return Err(self.wrong(
                row,
                cells,
                Field::RemovedOn,
                "It is not after the day it was installed on.",
            ));
        }
        let zone = if self.cell(cells, Field::Zone).is_empty() { None } else { Some(self.zone(row, cells)?) };
        Ok(Equipment {
            zone,
            kind: self.text(row, cells, Field::Kind)?,
            name: self.text(row, cells, Field::Name)?,
            quantity: whole.ok_or_else(|| {
                self.wrong(row, cells, Field::Quantity, "Give a whole number of at least 1.")
            })?,
            rated_w: self.optional(row, cells, Field::RatedW)?,
            installed_on: from,
            removed_on: until,
        })
    }
}

impl ValueUnit {
    /// The value as an amount of the stored unit over an interval of so many seconds: Wh, therms or m³.
    pub fn amount(self, value: Decimal, seconds: i64) -> Decimal {
        match self {
            Self::KilowattHour => value * Decimal::from(1_000),
            Self::MegawattHour => value * Decimal::from(1_000_000),
            Self::Kilowatt => value * Decimal::from(1_000) * Decimal::from(seconds) / Decimal::from(3_600),
            Self::WattHour | Self::Therm | Self::CubicMetre => value,
        }
    }
}

impl Edge {
    /// The interval of a time, [start, end).
    pub fn interval(self, at: DateTime<Utc>, length: TimeDelta) -> (DateTime<Utc>, DateTime<Utc>) {
        match self {
            Self::Start => (at, at + length),
            Self::End => (at - length, at),
        }
    }
}
