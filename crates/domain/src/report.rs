//! A performance report as a plain value: what its documents say, whatever their format.
//!
//! Amounts are in the metric's unit and money is in the report's currency. What is not known is none, never zero.

mod choices;
mod shown;
pub mod view;

pub use choices::{Choices, Dates, Energy, Part, Water};

use crate::names::names;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// Paper that a report is set for.
    #[derive(Default)]
    Paper {
        /// 210 mm × 297 mm.
        #[default]
        A4 = "a4", "A4";
        /// 8.5 in × 11 in.
        Letter = "letter", "US Letter";
    }
}

names! {
    /// What stands between two cells of a CSV file.
    #[derive(Default)]
    Delimiter {
        /// `,`.
        #[default]
        Comma = "comma", "Comma";
        /// `;`, as spreadsheets with a decimal comma expect it.
        Semicolon = "semicolon", "Semicolon";
        /// A tabulator.
        Tab = "tab", "Tab";
    }
}

impl Delimiter {
    /// The character itself.
    pub fn char(self) -> char {
        match self {
            Self::Comma => ',',
            Self::Semicolon => ';',
            Self::Tab => '\t',
        }
    }
}

names! {
    /// What a report can be taken away as.
    Format {
        /// Pages to print and to read.
        Pdf = "pdf", "PDF";
        /// A workbook.
        Xlsx = "xlsx", "Excel";
        /// Rows as text.
        Csv = "csv", "CSV";
        /// The signed bundle, to be checked by anybody.
        Bundle = "zip", "Signed bundle";
    }
}

/// How a report's documents are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Style {
    /// Paper of the PDF.
    pub paper: Paper,
    /// Whether decimals follow a comma and not a point, in PDF and CSV. A workbook leaves that to its reader.
    pub decimal_comma: bool,
    /// Between the cells of a CSV file.
    pub delimiter: Delimiter,
    /// How days are written.
    #[serde(default)]
    pub dates: Dates,
}

/// What a report is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewReport {
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// How its documents are written.
    pub style: Style,
    /// What it says of them.
    #[serde(default)]
    pub choices: Choices,
}

/// What a facility saved over a range of local days, usually a month.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PerformanceReport {
    /// Name of the facility.
    pub facility: String,
    /// Name of the organisation that runs it.
    pub organisation: String,
    /// IANA name of the zone whose days are meant.
    pub time_zone: String,
    /// ISO 4217 code of all money.
    pub currency: String,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// When it was made.
    pub generated_at: DateTime<Utc>,
    /// The same as text in the facility's zone.
    pub generated_text: String,
    /// How final the figures are, for people.
    pub state: String,
    /// The vendor's share of the cost savings, 0 to 1.
    pub share_rate: Decimal,
    /// What the share is subject to, for people.
    pub share_note: String,
    /// What was saved, by metric.
    pub metrics: Vec<ReportMetric>,
    /// Agreed non-routine events with a part in the range.
    pub events: Vec<ReportEvent>,
    /// Crop cycles harvested in the range.
    pub cycles: Vec<ReportCycle>,
    /// Things worth knowing before the figures are used.
    pub notes: Vec<String>,
    /// SHA-256 of everything the figures were computed from, hexadecimal.
    pub sources_sha256: String,
    /// What it was asked to say; figures here are in the platform's units all the same, see [`PerformanceReport::shown`].
    #[serde(default, skip_serializing_if = "Choices::is_usual")]
    pub choices: Choices,
}

/// One metric of a report over its whole range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportMetric {
    /// Name for people.
    pub name: String,
    /// Unit of its amounts, as a symbol.
    pub unit: String,
    /// Name and version of the baseline.
    pub baseline_name: String,
    /// Who verified the baseline and when, for people.
    pub verification: String,
    /// What the baseline expects.
    pub baseline: Option<Decimal>,
    /// What was measured.
    pub actual: Option<Decimal>,
    /// Baseline − actual, and what agreed events add.
    pub savings: Option<Decimal>,
    /// Half the width of the savings' two-sided interval.
    pub half_width: Option<Decimal>,
    /// Confidence of that interval, %.
    pub confidence_percent: Option<Decimal>,
    /// Share of the range that has both values, 0 to 1.
    pub coverage: Decimal,
    /// The baseline's amount at the tariff, money.
    pub baseline_cost: Option<Decimal>,
    /// The measured amount at the tariff, money.
    pub actual_cost: Option<Decimal>,
    /// The savings at the tariff, money.
    pub cost_savings: Option<Decimal>,
    /// What of them the customer keeps, money.
    pub keep: Option<Decimal>,
    /// What of them is the vendor's, money.
    pub share: Option<Decimal>,
    /// Its days, ascending.
    pub days: Vec<ReportDay>,
    /// The months up to the range's end, oldest first, where they were asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<ReportMonth>,
    /// Why it saved more or less than the stretch before, where that was asked for and is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causes: Option<ReportCauses>,
    /// Sub-metered use by end use, the unmetered remainder last, where that was asked for and there are sub-meters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub end_uses: Vec<ReportEndUse>,
}

/// One calendar month of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportMonth {
    /// Its first day.
    pub month: NaiveDate,
    /// What the baseline expects, agreed events included; in the metric's unit.
    pub baseline: Option<Decimal>,
    /// What was measured, in the metric's unit.
    pub actual: Option<Decimal>,
    /// Baseline − actual, in the metric's unit.
    pub savings: Option<Decimal>,
    /// The savings at the tariff, money.
    pub cost_savings: Option<Decimal>,
    /// Whether it was still running.
    pub running: bool,
}

/// The way from the savings of the stretch before to those of the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportCauses {
    /// First day of the stretch before, which is as long.
    pub from: NaiveDate,
    /// Its savings.
    pub before: Decimal,
    /// Savings of the range.
    pub after: Decimal,
    /// Currency, or the metric's unit.
    pub unit: String,
    /// Cause and what it changes; they add up to `after` − `before`.
    pub steps: Vec<(String, Decimal)>,
}

/// Use of one kind over the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportEndUse {
    /// What for.
    pub name: String,
    /// In the metric's unit; none where nothing was measured.
    pub amount: Option<Decimal>,
}

/// One local day of a metric.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportDay {
    /// The day.
    pub day: NaiveDate,
    /// What the baseline expects, in the metric's unit.
    pub baseline: Option<Decimal>,
    /// What was measured, in the metric's unit.
    pub actual: Option<Decimal>,
    /// Baseline − actual, in the metric's unit.
    pub savings: Option<Decimal>,
    /// The savings at the tariff, money.
    pub cost_savings: Option<Decimal>,
    /// Share of the day that has both values, 0 to 1.
    pub coverage: Decimal,
    /// How final its figures are, for people.
    pub state: String,
}

/// An agreed non-routine event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportEvent {
    /// What happened.
    pub title: String,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last; none while it lasts.
    pub until: Option<NaiveDate>,
    /// What it adds to the savings of the range.
    pub amount: Decimal,
    /// Half the width of that amount's interval.
    pub half_width: Decimal,
    /// Unit of both.
    pub unit: String,
}

/// A crop cycle that was harvested in the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportCycle {
    /// Name of the room.
    pub room: String,
    /// What grew.
    pub crop: String,
    /// Name of the cycle.
    pub cycle: String,
    /// Local day of its last harvest.
    pub harvested: NaiveDate,
    /// Electricity for a kilogram of harvest, kWh/kg.
    pub kwh_per_kg: Option<Decimal>,
    /// Harvest for the light given, g/mol.
    pub grams_per_mol: Option<Decimal>,
    /// Whether it gave less for its light than the cycles of the baseline.
    pub flagged: bool,
}
