//! What a dry run of an import found, as shown before it is confirmed.

use super::{Commodity, FileSeries, Flow, Measure, Unit, UtilityFile, exact_sum, gaps};
use crate::id::UtilitySeriesId;
use crate::quality::Quality;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Gaps listed one by one; beyond that only their number is kept.
const GAPS_LISTED: usize = 100;

/// A part of a file, or all of it, that is not imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Which part, in words a person can find in the file.
    pub subject: String,
    /// The element that is at fault, e.g. `ReadingType.uom`.
    pub element: String,
    /// What is wrong with it.
    pub reason: String,
    /// What to do about it.
    pub advice: String,
}

/// Something about one or more readings that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// The element concerned.
    pub element: String,
    /// A sentence.
    pub text: String,
    /// Number of readings concerned.
    pub readings: u32,
    /// Start of the first of them.
    pub first: Option<DateTime<Utc>>,
}

/// A half-open span of time, [start, end).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gap {
    /// Included.
    pub start: DateTime<Utc>,
    /// Not included.
    pub end: DateTime<Utc>,
}

/// Number of intervals by quality. Missing ones are gaps, not intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QualityCounts {
    /// Measured.
    pub measured: u32,
    /// Estimated.
    pub estimated: u32,
    /// Questionable.
    pub questionable: u32,
}

impl QualityCounts {
    /// Counts one more.
    pub fn add(&mut self, quality: Quality) {
        match quality {
            Quality::Measured => self.measured += 1,
            Quality::Estimated => self.estimated += 1,
            Quality::Questionable => self.questionable += 1,
            Quality::Missing => {}
        }
    }
}

/// What an import changes, or changed, as numbers of intervals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// Not stored before.
    pub new: u32,
    /// Stored already with the same values.
    pub same: u32,
    /// Stored with other values that the file corrects; the old ones are kept for audit.
    pub corrected: u32,
    /// The file is older than what is stored, which stays.
    pub older: u32,
    /// Contradict what is stored without being later; not imported.
    pub conflicting: u32,
}

impl std::ops::AddAssign for Changes {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.same += other.same;
        self.corrected += other.corrected;
        self.older += other.older;
        self.conflicting += other.conflicting;
    }
}

/// A summary the utility put into the file beside the readings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The summary's title or kind.
    pub name: String,
    /// Its billing period.
    pub period: Option<Gap>,
    /// Its figures.
    pub items: Vec<StatementItem>,
}

/// One figure of a [`Statement`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementItem {
    /// What it is.
    pub label: String,
    /// In `unit`.
    pub value: Decimal,
    /// Unit symbol or currency code.
    pub unit: String,
}

/// A series of a file with its totals.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeriesPreview {
    /// The stored series, once there is one.
    pub series: Option<UtilitySeriesId>,
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
    pub from: DateTime<Utc>,
    /// End of the last interval.
    pub to: DateTime<Utc>,
    /// Number of intervals.
    pub intervals: u32,
    /// Exact sum of the values; none for levels.
    pub total: Option<Decimal>,
    /// Exact sum of the costs; none when there are none.
    pub cost: Option<Decimal>,
    /// Intervals by quality.
    pub quality: QualityCounts,
    /// The first hundred gaps.
    pub gaps: Vec<Gap>,
    /// Number of gaps.
    pub gap_count: u32,
    /// Readings that are not imported, and why.
    pub left_out: Vec<Remark>,
    /// What is worth knowing about those that are.
    pub remarks: Vec<Remark>,
    /// What would change, or after the import what did.
    pub changes: Changes,
    /// Intervals that contradict what is stored.
    pub conflicts: Vec<Remark>,
}

/// What an import would do, or did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Why the file as a whole cannot be read; then the rest is empty.
    pub refused: Option<Refusal>,
    /// Series that are imported.
    pub series: Vec<SeriesPreview>,
    /// Parts that are not.
    pub refusals: Vec<Refusal>,
    /// Remarks on the file as a whole.
    pub remarks: Vec<Remark>,
    /// The file's own bill summaries.
    pub statements: Vec<Statement>,
}

impl SeriesPreview {
    /// Totals of a series; nothing is known yet about what would change. None for a series without intervals.
    pub fn of(file: &FileSeries) -> Option<Self> {
        let (first, last) = (file.intervals.first()?, file.intervals.last()?);
        let mut quality = QualityCounts::default();
        file.intervals.iter().for_each(|i| quality.add(i.quality));
        let mut gaps = gaps(file.intervals.iter().map(|i| (i.start, i.end)));
        let gap_count = u32::try_from(gaps.len()).unwrap_or(u32::MAX);
        gaps.truncate(GAPS_LISTED);
        let costs = || file.intervals.iter().filter_map(|i| i.cost);
        Some(Self {
            series: None,
            name: file.name.clone(),
            commodity: file.commodity,
            unit: file.unit,
            flow: file.flow,
            measure: file.measure,
            interval_s: file.interval_s,
            currency: file.currency.clone(),
            from: first.start,
            to: last.end,
            intervals: u32::try_from(file.intervals.len()).unwrap_or(u32::MAX),
            total: match file.measure {
                Measure::Amount => exact_sum(file.intervals.iter().map(|i| i.value)),
                Measure::Level => None,
            },
            cost: costs().next().and_then(|_| exact_sum(costs())),
            quality,
            gaps,
            gap_count,
            left_out: file.left_out.clone(),
            remarks: file.remarks.clone(),
            changes: Changes::default(),
            conflicts: Vec::new(),
        })
    }
}

impl Preview {
    /// The preview of a file that could be read.
    pub fn of(file: &UtilityFile) -> Self {
        Self {
            refused: None,
            series: file.series.iter().filter_map(SeriesPreview::of).collect(),
            refusals: file.refusals.clone(),
            remarks: file.remarks.clone(),
            statements: file.statements.clone(),
        }
    }

    /// The preview of a file that could not be read at all.
    pub fn refused(refusal: Refusal) -> Self {
        Self { refused: Some(refusal), ..Self::default() }
    }

    /// Changes of all series together.
    pub fn changes(&self) -> Changes {
        let mut all = Changes::default();
        self.series.iter().for_each(|s| all += s.changes);
        all
    }
}
