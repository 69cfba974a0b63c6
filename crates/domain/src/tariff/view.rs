//! What the tariff page shows.

use super::cost::{AvoidedCost, Line, LineKind};
use super::terms::Terms;
use crate::baseline::MetricType;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The tariff of a facility for one metric, and a month's bill with and without the measure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TariffView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// What the tariff is of.
    pub metric_type: MetricType,
    /// The tariff that counts: its terms, who entered it and when.
    pub tariff: Option<(Terms, String, DateTime<Utc>)>,
    /// First days of the months that have savings, newest first.
    pub months: Vec<NaiveDate>,
    /// The bill of one of them; a sentence where there is none.
    pub bill: Result<BillView, String>,
    /// Terms as JSON to begin with: those that count, or an example.
    pub json: String,
    /// Whether the reader may enter another.
    pub may_set: bool,
}

/// A month's bill, as the baseline expects it and as it was measured.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BillView {
    /// First day of the month.
    pub month: NaiveDate,
    /// Quarter hours that have both values, and those of the month.
    pub quarters: (u32, u32),
    /// Both bills.
    pub cost: AvoidedCost,
}

/// One line of both bills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// The line of the expected bill, which every line of the other has a partner in.
    pub expected: &'a Line,
    /// The same line as measured.
    pub measured: Option<&'a Line>,
}

impl Pair<'_> {
    /// Expected less measured.
    pub fn avoided(&self) -> Decimal {
        self.expected.amount - self.measured.map(|line| line.amount).unwrap_or_default()
    }
}

impl BillView {
    /// The lines of both bills side by side.
    pub fn pairs(&self) -> Vec<Pair<'_>> {
        let same = |a: &Line, b: &Line| (a.kind, a.version, &a.name) == (b.kind, b.version, &b.name);
        let pair = |expected| Pair {
            expected,
            measured: self.cost.actual.lines.iter().find(|line| same(line, expected)),
        };
        self.cost.counterfactual.lines.iter().map(pair).collect()
    }
}

/// A line of several bills, added up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summed {
    /// What for.
    pub kind: LineKind,
    /// Name of the rate.
    pub name: String,
    /// As the baseline expects, currency.
    pub expected: Decimal,
    /// As measured.
    pub measured: Decimal,
}

/// Lines of the same kind and name over all bills, in the order in which they first appear.
pub fn summed(bills: &[BillView]) -> Vec<Summed> {
    let mut sums: Vec<Summed> = Vec::new();
    for pair in bills.iter().flat_map(BillView::pairs) {
        let (line, measured) = (pair.expected, pair.expected.amount - pair.avoided());
        match sums.iter_mut().find(|sum| (sum.kind, &sum.name) == (line.kind, &line.name)) {
            Some(sum) => {
                sum.expected += line.amount;
                sum.measured += measured;
            }
            None => sums.push(Summed {
                kind: line.kind,
                name: line.name.clone(),
                expected: line.amount,
                measured,
            }),
        }
    }
    sums
}

/// What a line counts.
pub fn unit(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Energy => "kWh",
        LineKind::Fixed => "days",
        LineKind::Demand => "kW",
    }
}
