//! Tariffs: what energy costs when, and what avoided energy would have cost.
//!
//! A tariff is a list of versions, each in force from a local day. A version has energy rates by time of use, an amount
//! per day and demand charges. Its form on the wire is [`Terms`]; [`Tariff::new`] checks it and says what is wrong, field
//! by field. Everything is priced by quarter hours, whose local time decides: every zone's offset is a multiple of 15
//! minutes, so a quarter hour has one price on days of 23 and 25 hours as well.
//!
//! Avoided cost is cost(counterfactual) − cost(actual), line by line: savings are positive.

mod check;
pub mod cost;
pub mod netting;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod view;

use crate::facility::Problem;
use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use chrono_tz::Tz;
use rust_decimal::Decimal;
use terms::Terms;

/// Quarter hours of a day of 24 hours.
const QUARTERS: usize = 96;
/// Quarter hours of a week in each of twelve months.
const SLOTS: usize = 12 * 7 * QUARTERS;

/// A checked tariff, ready to price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tariff {
    zone: Tz,
    terms: Terms,
    /// Ascending by first day, as the versions of `terms`.
    versions: Vec<Slots>,
}

/// Which rates hold in each quarter hour of a year's months and weekdays.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Slots {
    from: NaiveDate,
    /// Index of the energy rate.
    energy: Vec<usize>,
    /// For each demand charge, whether it looks at the quarter hour.
    demand: Vec<Vec<bool>>,
}

impl Tariff {
    /// Checks terms; everything wrong with them, if anything is.
    pub fn new(terms: Terms) -> Result<Self, Vec<Problem>> {
        let (zone, versions) = check::check(&terms)?;
        Ok(Self { zone, terms, versions })
    }

    /// Reads and checks the JSON form.
    pub fn from_json(text: &str) -> Result<Self, Vec<Problem>> {
        let terms = serde_json::from_str(text).map_err(|error| {
            let field = format!("line {}, column {}", error.line(), error.column());
            vec![Problem { field, message: format!("This is not a tariff: {error}.") }]
        })?;
        Self::new(terms)
    }

    /// What it was made of.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// Zone whose clock decides.
    pub fn zone(&self) -> Tz {
        self.zone
    }

    /// Price of energy in the quarter hour that holds an instant, currency per kWh; none before the first version.
    pub fn energy_price(&self, at: DateTime<Utc>) -> Option<Decimal> {
        let (version, slot) = self.place(at)?;
        let rate = *self.versions.get(version)?.energy.get(slot)?;
        Some(self.terms.versions.get(version)?.energy.get(rate)?.rate)
    }

    /// CO₂ equivalent of energy used at an instant, kg per kWh; none before the first version or where it says none.
    pub fn co2e_kg_per_kwh(&self, at: DateTime<Utc>) -> Option<Decimal> {
        let (version, _) = self.place(at)?;
        self.terms.versions.get(version)?.co2e_kg_per_kwh
    }

    /// The version in force on a local day.
    fn version_on(&self, day: NaiveDate) -> Option<usize> {
        self.versions.iter().rposition(|version| version.from <= day)
    }

    /// Version and slot of an instant.
    fn place(&self, at: DateTime<Utc>) -> Option<(usize, usize)> {
        let local = at.with_timezone(&self.zone);
        let version = self.version_on(local.date_naive())?;
        let quarter = (local.hour() * 4 + local.minute() / 15) as usize;
        let weekday = local.weekday().num_days_from_monday() as usize;
        Some((version, slot(local.month0() as usize, weekday, quarter)))
    }
}

/// Place of a quarter hour among the slots.
fn slot(month0: usize, weekday: usize, quarter: usize) -> usize {
    (month0 * 7 + weekday) * QUARTERS + quarter
}
