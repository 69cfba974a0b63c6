//! What lies behind a range's savings, and what lies ahead.

use crate::outlook::{BurnUp, Demand, Fan, Reason, Step};
use crate::series::Slice;
use crate::tariff::view::BillView;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Why a range saved more or less than the one before it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Why {
    /// First day of the stretch before.
    pub from: NaiveDate,
    /// Its savings, in `unit`.
    pub before: Decimal,
    /// Savings of the range.
    pub after: Decimal,
    /// Currency where both have a price, else the metric's unit.
    pub unit: String,
    /// From one to the other; they add up to the digit.
    pub steps: Vec<Step>,
}

/// What the cards below the dashboard's charts show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct InsightView {
    /// The metric's unit.
    pub unit: String,
    /// First local day of the range.
    pub from: NaiveDate,
    /// Local day after its last.
    pub until: NaiveDate,
    /// kWh per day of the range by end use, the unmetered remainder last; empty without sub-meters.
    pub end_uses: Vec<(Slice, Vec<Option<Decimal>>)>,
    /// Against the stretch of the same length before it; none where either has no savings.
    pub why: Option<Why>,
    /// The month that is running, by its first day.
    pub month: NaiveDate,
    /// Its savings day by day against what the days before it let expect.
    pub burn_up: BurnUp,
    /// Savings of the months to come, or why there is no telling.
    pub projection: Result<Fan, Reason>,
    /// The month's demand; none for other metrics than electricity.
    pub demand: Option<Demand>,
    /// Bills of the range's months, each with and without the measure; none where the range is not whole calendar months, a
    /// sentence where they cannot be told.
    pub bills: Option<Result<Vec<BillView>, String>>,
    /// Sums of twelve months by the first day of their last one.
    pub rolling: Vec<(NaiveDate, Decimal)>,
}
