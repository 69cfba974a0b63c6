//! What the import and utility pages show.

use super::{Changes, Commodity, Flow, Measure, Preview, QualityCounts, Unit};
use crate::id::{ImportId, UtilitySeriesId};
use crate::names::names;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// Format of an uploaded file.
    FileFormat {
        /// Green Button (ESPI) XML.
        GreenButton = "green_button", "Green Button";
        /// Text with delimiters.
        Csv = "csv", "CSV";
        /// An Excel workbook.
        Xlsx = "xlsx", "XLSX";
    }
}

/// Where an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ImportState {
    /// A table of which it is not said yet how to read it.
    Mapping,
    /// Looked through, waiting for somebody to confirm it.
    Draft,
    /// In the series.
    Imported,
    /// Nothing in it could be imported.
    Refused,
    /// Somebody decided against it.
    Discarded,
}

impl ImportState {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Mapping, Self::Draft, Self::Imported, Self::Refused, Self::Discarded];

    /// The name used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mapping => "mapping",
            Self::Draft => "draft",
            Self::Imported => "imported",
            Self::Refused => "refused",
            Self::Discarded => "discarded",
        }
    }

    /// Human name for labels.
    pub fn label(self) -> &'static str {
        match self {
            Self::Mapping => "Being set up",
            Self::Draft => "To be confirmed",
            Self::Imported => "Imported",
            Self::Refused => "Refused",
            Self::Discarded => "Discarded",
        }
    }

    /// The state with this wire name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// One line of the list of imports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportSummary {
    /// The import.
    pub id: ImportId,
    /// Name of the file as uploaded.
    pub file_name: String,
    /// Where it stands.
    pub state: ImportState,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// Who uploaded it; none for the command line.
    pub created_by: Option<String>,
    /// When it was confirmed.
    pub imported_at: Option<DateTime<Utc>>,
    /// Number of series that can be, or were, imported.
    pub series: u32,
    /// Number of refused parts.
    pub refusals: u32,
    /// What it changes, or changed.
    pub changes: Changes,
}

/// One import with its preview.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportView {
    /// The import.
    pub id: ImportId,
    /// Slug of the facility.
    pub facility_slug: String,
    /// Name of the facility.
    pub facility_name: String,
    /// IANA zone in which times are shown.
    pub time_zone: String,
    /// What kind of file it is.
    pub format: FileFormat,
    /// Name of the file as uploaded.
    pub file_name: String,
    /// Size of the file.
    pub bytes: u64,
    /// SHA-256 of the file, hex.
    pub sha256: String,
    /// Where it stands.
    pub state: ImportState,
    /// When it was uploaded.
    pub created_at: DateTime<Utc>,
    /// Who uploaded it; none for the command line.
    pub created_by: Option<String>,
    /// When it was confirmed.
    pub imported_at: Option<DateTime<Utc>>,
    /// What it would do, or did.
    pub preview: Preview,
}

/// A stored series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesSummary {
    /// The series.
    pub id: UtilitySeriesId,
    /// Name shown to people.
    pub name: String,
    /// What is metered.
    pub commodity: Commodity,
    /// Unit of the values.
    pub unit: Unit,
    /// Direction.
    pub flow: Flow,
    /// Whether values add up.
    pub measure: Measure,
    /// Nominal length of an interval, s.
    pub interval_s: Option<u32>,
    /// Currency of the costs.
    pub currency: Option<String>,
    /// Start of the first interval.
    pub from: Option<DateTime<Utc>>,
    /// End of the last interval.
    pub to: Option<DateTime<Utc>>,
    /// Number of intervals.
    pub intervals: u32,
    /// Sum of the values; none for levels.
    pub total: Option<Decimal>,
    /// Sum of the costs; none when there are none.
    pub cost: Option<Decimal>,
    /// Intervals by quality.
    pub quality: QualityCounts,
    /// Number of values that a later file corrected.
    pub corrections: u32,
}
