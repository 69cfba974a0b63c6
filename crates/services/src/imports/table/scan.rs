//! One pass over a table: what its rows say, and which cannot be read.

use chrono::TimeDelta;
use chrono_tz::Tz;
use domain::id::ZoneId;
use domain::production::{CropPlanRow, Equipment, Harvest};
use domain::table::{Field, IntervalRow, Reader, RowError, Settings, Target};
use integrations::table::{Format, TableError, rows};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::ops::ControlFlow;

/// Cells kept of rows that cannot be read; beyond that a row is only counted.
const BAD_KEPT: usize = 5_000;

/// What rows say.
#[derive(Debug)]
pub(super) enum Parsed {
    /// Readings of a meter, by time.
    Intervals(Vec<IntervalRow>),
    /// Rows of the crop plan.
    CropPlan(Vec<CropPlanRow>),
    /// Harvests.
    Harvests(Vec<Harvest>),
    /// Equipment.
    Equipment(Vec<Equipment>),
}

/// A table that was passed over.
#[derive(Debug)]
pub(super) struct Scan {
    /// Rows with anything in them, below the headings.
    pub(super) rows: u32,
    /// What the good ones say.
    pub(super) parsed: Parsed,
    /// What is wrong with the others, by row.
    pub(super) errors: Vec<RowError>,
    /// Cells of the others, mended where somebody has.
    pub(super) bad: BTreeMap<u32, Vec<String>>,
}

/// Passes over a table.
pub(super) fn scan(
    bytes: &[u8],
    format: Format,
    settings: &Settings,
    zone: Tz,
    rooms: BTreeMap<String, ZoneId>,
) -> Result<Scan, TableError> {
    let mut reader = Reader::new(settings, zone, rooms);
    let parsed = match settings.target {
        Target::Intervals => Parsed::Intervals(vec![]),
        Target::CropPlan => Parsed::CropPlan(vec![]),
        Target::Harvests => Parsed::Harvests(vec![]),
        Target::Equipment => Parsed::Equipment(vec![]),
    };
    let mut found = Scan { rows: 0, parsed, errors: vec![], bad: BTreeMap::new() };
    rows(bytes, format, &mut |row, mut cells| {
        let empty = cells.iter().all(|cell| cell.trim().is_empty());
        if row <= settings.header_row || empty || settings.skipped.contains(&row) {
            return ControlFlow::Continue(());
        }
        if let Some(mended) = settings.repairs.get(&row) {
            for (column, text) in mended {
                let column = *column as usize;
                if column >= cells.len() {
                    cells.resize(column + 1, String::new());
                }
                cells[column].clone_from(text);
            }
        }
        found.rows += 1;
        if let Err(error) = found.parsed.push(&mut reader, row, &cells) {
            if found.bad.len() < BAD_KEPT {
                found.bad.insert(row, cells);
            }
            found.errors.push(error);
        }
        ControlFlow::Continue(())
    })?;
    if let Parsed::Intervals(readings) = &mut found.parsed {
        let wrong = in_order(readings, settings);
        found.errors.extend(wrong);
        found.errors.sort_by_key(|error| error.row);
    }
    Ok(found)
}

impl Parsed {
    fn push(&mut self, reader: &mut Reader<'_>, row: u32, cells: &[String]) -> Result<(), RowError> {
        match self {
            Self::Intervals(all) => all.push(reader.interval(row, cells)?),
            Self::CropPlan(all) => all.push(reader.crop_plan(row, cells)?),
            Self::Harvests(all) => all.push(reader.harvest(row, cells)?),
            Self::Equipment(all) => all.push(reader.equipment(row, cells)?),
        }
        Ok(())
    }
}

/// Sorts readings by time and takes out those that cannot stand beside the others.
fn in_order(readings: &mut Vec<IntervalRow>, settings: &Settings) -> Vec<RowError> {
    readings.shrink_to_fit();
    readings.sort_unstable_by_key(|reading| (reading.at, reading.row));
    let length = length(readings);
    let mut errors = Vec::new();
    let column = |field| settings.column(field).and_then(|place| u32::try_from(place).ok());
    let mut last: Option<IntervalRow> = None;
    readings.retain(|reading| {
        let error = |field, message: String| RowError {
            row: reading.row,
            column: column(field),
            value: String::new(),
            message,
        };
        if reading.value.is_some_and(|value| value < Decimal::ZERO) {
            let message = "Value: it is negative. Import exported energy as a series of its own.".to_owned();
            errors.push(error(Field::Value, message));
            return false;
        }
        // Local days of 23 hours are closer together than most.
        let closest = if length == TimeDelta::days(1) { TimeDelta::hours(23) } else { length };
        match last.filter(|before| reading.at - before.at < closest) {
            Some(before) if before.at == reading.at && before.value == reading.value => false,
            Some(before) => {
                let text = format!("Date and time: it overlaps the interval of row {}.", before.row);
                errors.push(error(Field::Time, text));
                false
            }
            None => {
                last = Some(*reading);
                true
            }
        }
    });
    errors
}

/// The usual distance between readings, a day where there are fewer than two.
pub(super) fn length(readings: &[IntervalRow]) -> TimeDelta {
    let mut counts: BTreeMap<TimeDelta, u32> = BTreeMap::new();
    for pair in readings.windows(2).filter(|pair| pair[1].at > pair[0].at) {
        *counts.entry(pair[1].at - pair[0].at).or_default() += 1;
    }
    let usual = counts.into_iter().max_by_key(|(length, n)| (*n, std::cmp::Reverse(*length)));
    usual.map_or(TimeDelta::days(1), |(length, _)| length)
}
