//! What the performance dashboard shows.

use super::equation::{Equation, Totals};
use super::view::Band;
use super::{FigureState, Performance, SavingsInterval};
use crate::baseline::MetricType;
use crate::baseline::view::BaselineSummary;
use crate::events::view::Effect;
use crate::id::FacilityId;
use crate::names::names;
use crate::production::view::CycleView;
use crate::range::Window;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// What the actual use is held against.
    Comparison {
        /// The adjusted baseline.
        Baseline = "baseline", "Baseline";
        /// As many days just before.
        Previous = "previous", "Previous period";
        /// The same days a year before.
        LastYear = "last_year", "Last year";
    }
}

/// Half-widths of a day's prediction interval, in the metric's unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DayBand {
    /// 80 %.
    pub eighty: f64,
    /// 95 %.
    pub ninety_five: f64,
}

/// Use of another stretch, day by day beside the range's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Other {
    /// First day.
    pub from: NaiveDate,
    /// Day after the last.
    pub until: NaiveDate,
    /// One value per day; none where nothing was measured.
    pub values: Vec<Option<Decimal>>,
}

impl Other {
    /// Sum of the known days; none where there is none.
    pub fn total(&self) -> Option<Decimal> {
        self.values.iter().any(Option::is_some).then(|| self.values.iter().flatten().sum())
    }
}

/// Mean use per hour in a local hour: an hour that occurs twice is no higher for that.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct HourOfUse {
    /// Local day.
    pub day: NaiveDate,
    /// 0 to 23.
    pub hour: u32,
    /// In the metric's unit per hour.
    pub value: Decimal,
}

/// A calendar month of savings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct MonthFigure {
    /// First day.
    pub month: NaiveDate,
    /// Sums; none where no day has savings.
    pub totals: Option<Totals>,
    /// Whether it is still running.
    pub running: bool,
}

/// The dashboard of a facility over a range of whole local days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DashboardView {
    /// The facility.
    pub facility: FacilityId,
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// ISO 4217 code of money.
    pub currency: String,
    /// What is shown.
    pub metric: MetricType,
    /// Metrics that have figures.
    pub metrics: Vec<MetricType>,
    /// Its unit.
    pub unit: String,
    /// The range as the address says it.
    pub range: String,
    /// Its instants.
    pub window: Window,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// Today at the facility.
    pub today: NaiveDate,
    /// The active baseline.
    pub baseline: Option<BaselineSummary>,
    /// Whether there is any baseline at all, active or not.
    pub any_baseline: bool,
    /// Sums of the range; none where no day has savings.
    pub totals: Option<Totals>,
    /// How sure the savings are.
    pub band: Option<Band>,
    /// How final they are.
    pub state: FigureState,
    /// Day by day.
    pub days: Vec<Performance>,
    /// How sure the baseline of each of them is.
    pub day_bands: Vec<Option<DayBand>>,
    /// Quarter hours, for ranges of at most three days.
    pub quarters: Vec<SavingsInterval>,
    /// What the use is held against.
    pub comparison: Comparison,
    /// Use of the other stretch; none where it is held against the baseline.
    pub other: Option<Other>,
    /// The last 24 months up to the range's end, oldest first.
    pub history: Vec<MonthFigure>,
    /// Agreed non-routine events of the range.
    pub effects: Vec<Effect>,
    /// Crop cycles of the range.
    pub cycles: Vec<CycleView>,
    /// The highest quarter hour of each day, kW.
    pub peaks: Vec<(NaiveDate, Decimal)>,
    /// Each local hour of the range's last 31 days.
    pub hours: Vec<HourOfUse>,
    /// When it was read.
    pub as_of: DateTime<Utc>,
}

impl DashboardView {
    /// The money of the range, where it has a price.
    pub fn equation(&self) -> Option<Equation> {
        self.totals.and_then(|totals| totals.equation)
    }
}
