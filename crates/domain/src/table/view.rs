//! What the set-up page of a table shows.

use super::{ClockOf, Edge, RowError, Settings};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The first reading as it would be understood.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// By whose clock.
    pub clock: ClockOf,
    /// Which end of the interval.
    pub edge: Edge,
    /// Start of the interval.
    pub start: DateTime<Utc>,
    /// Its end.
    pub end: DateTime<Utc>,
}

/// A sheet of a workbook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sheet {
    /// Its name.
    pub name: String,
    /// Rows, as far as the workbook tells without being read.
    pub rows: Option<u32>,
    /// Whether there is anything in it.
    pub filled: bool,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Name of the file.
    pub file_name: String,
    /// Sheets of the workbook, while it is asked which one; empty for other files.
    pub sheets: Vec<Sheet>,
    /// How the table is read so far.
    pub settings: Settings,
    /// Headings, from the left; empty where there are none.
    pub header: Vec<String>,
    /// The first rows.
    pub head: Vec<Vec<String>>,
    /// What the mapping lacks.
    pub lacking: Vec<String>,
    /// The first reading taken all ways.
    pub examples: Vec<Example>,
    /// Rows with anything in them.
    pub rows: u32,
    /// The first rows that cannot be read.
    pub errors: Vec<RowError>,
    /// How many cannot.
    pub error_count: u32,
    /// Cells of the rows in `errors`.
    pub cells: BTreeMap<u32, Vec<String>>,
}
