//! Savings of every facility a person can see, beside each other and together.

use super::FigureState;
use super::equation::{Equation, Totals};
use super::view::Band;
use crate::baseline::MetricType;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A facility of the portfolio.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Key of the facility in URLs.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The customer it belongs to.
    pub organisation: String,
    /// ISO 4217 code of its money.
    pub currency: String,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// Sums; none where no day has savings.
    pub totals: Option<Totals>,
    /// How sure they are.
    pub band: Option<Band>,
    /// How final they are.
    pub state: FigureState,
    /// Whether it has an active baseline of the metric.
    pub baseline: bool,
}

/// Energy of all facilities with savings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Together {
    /// Facilities in it.
    pub facilities: u32,
    /// Adjusted baselines with agreed events, the metric's unit.
    pub baseline: Decimal,
    /// Measured.
    pub actual: Decimal,
    /// Baseline − actual.
    pub savings: Decimal,
    /// Half-width of the sum; none unless that of every facility is known.
    pub band: Option<Band>,
}

/// The share of the error's variance that is the same at all facilities: one vendor, one method, one climate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Common {
    /// 0 to 1.
    pub share: f64,
    /// Facilities and calendar months without a measure that it was measured over; none where it is assumed.
    pub measured: Option<(u32, u32)>,
}

impl Common {
    /// While it has not been measured: half, which is on the careful side.
    pub const ASSUMED: Self = Self { share: 0.5, measured: None };
}

/// Money of the facilities of one currency. Sums of whole cents, so every column adds up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Money {
    /// ISO 4217 code.
    pub currency: String,
    /// Facilities in it.
    pub facilities: u32,
    /// Cost of the adjusted baselines.
    pub baseline_cost: Decimal,
    /// Cost of what was measured.
    pub actual_cost: Decimal,
    /// Baseline − actual.
    pub savings: Decimal,
    /// What stays with the customers.
    pub keep: Decimal,
    /// What the vendors get.
    pub share: Decimal,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PortfolioView {
    /// Of what.
    pub metric: MetricType,
    /// The range as the address says it.
    pub range: String,
    /// Its first day, at the facility that comes first.
    pub from: NaiveDate,
    /// The day after its last.
    pub until: NaiveDate,
    /// Today there.
    pub today: NaiveDate,
    /// Facilities by savings, the highest first; those without savings last.
    pub rows: Vec<Row>,
    /// All of them; none where none has savings.
    pub together: Option<Together>,
    /// What their errors have in common, by which the interval of all was made.
    pub common: Common,
    /// Their money, by currency.
    pub money: Vec<Money>,
}

/// Sums of energy, without a band.
pub fn together(rows: &[Row]) -> Option<Together> {
    let known: Vec<&Totals> = rows.iter().filter_map(|row| row.totals.as_ref()).collect();
    let sum = |of: fn(&Totals) -> Decimal| known.iter().map(|t| of(t)).sum::<Decimal>();
    (!known.is_empty()).then(|| Together {
        facilities: u32::try_from(known.len()).unwrap_or(u32::MAX),
        baseline: sum(|t| t.baseline + t.events),
        actual: sum(|t| t.actual),
        savings: sum(|t| t.savings + t.events),
        band: None,
    })
}

/// Sums of money by currency, in alphabetical order.
pub fn money(rows: &[Row]) -> Vec<Money> {
    let mut sums: BTreeMap<&str, Money> = BTreeMap::new();
    for row in rows {
        let Some(e): Option<Equation> = row.totals.and_then(|t| t.equation) else { continue };
        let zero = || Money {
            currency: row.currency.clone(),
            facilities: 0,
            baseline_cost: Decimal::ZERO,
            actual_cost: Decimal::ZERO,
            savings: Decimal::ZERO,
            keep: Decimal::ZERO,
            share: Decimal::ZERO,
        };
        let sum = sums.entry(&row.currency).or_insert_with(zero);
        sum.facilities += 1;
        sum.baseline_cost += e.baseline_cost;
        sum.actual_cost += e.actual_cost;
        sum.savings += e.savings;
        sum.keep += e.keep;
        sum.share += e.share;
    }
    sums.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::savings::equation::PROVISIONAL_SHARE_RATE;

    fn row(currency: &str, savings: Option<i64>) -> Row {
        let day: NaiveDate = "2026-03-01".parse().unwrap();
        let totals = savings.map(|savings| Totals {
            baseline: Decimal::from(1_000),
            actual: Decimal::from(1_000 - savings),
            savings: Decimal::from(savings),
            events: Decimal::from(5),
            equation: Some(Equation::new(
                Decimal::from(200),
                Decimal::from(savings) / Decimal::from(5),
                Decimal::ONE,
                PROVISIONAL_SHARE_RATE,
            )),
            coverage: 1.0,
            days: 30,
        });
        Row {
            slug: String::new(),
            name: String::new(),
            organisation: String::new(),
            currency: currency.to_owned(),
            from: day,
            until: day,
            totals,
            band: None,
            state: FigureState::Provisional,
            baseline: savings.is_some(),
        }
    }

    #[test]
    fn energy_is_added_and_money_only_within_a_currency() {
        let rows = [row("USD", Some(100)), row("EUR", Some(50)), row("USD", Some(-20)), row("USD", None)];
        let all = together(&rows).unwrap();
        assert_eq!((all.facilities, all.baseline - all.actual), (3, all.savings));
        assert_eq!(all.savings, Decimal::from(100 + 50 - 20 + 3 * 5));
        let money = money(&rows);
        assert_eq!((money[0].currency.as_str(), money[1].currency.as_str()), ("EUR", "USD"));
        // 20 + 1 and −4 + 1; a loss is shared with nobody: 30 % of 21.
        let usd = &money[1];
        assert_eq!((usd.facilities, usd.savings), (2, Decimal::from(18)));
        assert_eq!((usd.share, usd.keep), ("6.30".parse().unwrap(), "11.70".parse().unwrap()));
        assert_eq!(usd.baseline_cost - usd.actual_cost, usd.savings);
        assert_eq!(together(&[row("USD", None)]), None);
    }
}
