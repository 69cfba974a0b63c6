//! What a billing period costs, and what a measure avoided.

use super::Tariff;
use super::terms::Version;
use crate::local_time::day_start;
use chrono::{DateTime, Datelike, Months, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Decimals of amounts: cents.
const CENTS: u32 = 2;
/// Mean kW of a quarter hour, per kWh used in it.
const KW_PER_KWH: Decimal = Decimal::from_parts(4, 0, 0, false, 0);
/// Seconds in a quarter hour.
const QUARTER_S: i64 = 900;

/// Local days [from, to) that one bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// First day.
    pub from: NaiveDate,
    /// First day of the next period.
    pub to: NaiveDate,
}

impl Period {
    /// The calendar month that holds a day.
    pub fn month_of(day: NaiveDate) -> Self {
        let from = day.with_day(1).unwrap_or(day);
        Self { from, to: from.checked_add_months(Months::new(1)).unwrap_or(NaiveDate::MAX) }
    }

    /// Its days.
    pub fn days(&self) -> i64 {
        (self.to - self.from).num_days()
    }
}

/// Energy of a quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quarter {
    /// Start, a multiple of 15 minutes.
    pub start: DateTime<Utc>,
    /// Energy used, kWh.
    pub kwh: Decimal,
}

/// A quarter hour of savings: both values or no quarter hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Avoided {
    /// Start, a multiple of 15 minutes.
    pub start: DateTime<Utc>,
    /// What the baseline model expects, kWh.
    pub counterfactual: Decimal,
    /// What was measured, kWh.
    pub actual: Decimal,
}

/// What a line of a bill is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LineKind {
    /// kWh at a rate.
    Energy,
    /// Days.
    Fixed,
    /// Highest kW.
    Demand,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// What for.
    pub kind: LineKind,
    /// First day of the tariff version it comes from.
    pub version: NaiveDate,
    /// Name of the rate; `Fixed` for the amount per day.
    pub name: String,
    /// kWh, days or kW.
    pub quantity: Decimal,
    /// Currency per unit of it.
    pub rate: Decimal,
    /// Part of the period's days that the version was in force, which a demand charge is scaled by.
    pub share_of_period: Decimal,
    /// Start of the quarter hour of highest demand; none for other lines.
    pub peak_at: Option<DateTime<Utc>>,
    /// Quantity × rate, rounded to the cent (half away from zero).
    pub amount: Decimal,
}

/// A bill.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cost {
    /// Its lines: by version energy, fixed, demand.
    pub lines: Vec<Line>,
    /// Sum of the lines.
    pub total: Decimal,
    /// CO₂ equivalent of the energy, kg; none where a version does not say how much.
    pub co2e_kg: Option<Decimal>,
}

/// What a measure avoided in a period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AvoidedCost {
    /// Cost of what the baseline model expects.
    pub counterfactual: Cost,
    /// Cost of what was measured.
    pub actual: Cost,
    /// Counterfactual − actual, to the cent.
    pub total: Decimal,
    /// The same in kg of CO₂ equivalent.
    pub co2e_kg: Option<Decimal>,
}

/// Why something cannot be priced.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CostError {
    /// A day has no version.
    #[error("the tariff begins on {first}; {day} has no price")]
    NoVersion {
        /// The day.
        day: NaiveDate,
        /// First day of the first version.
        first: NaiveDate,
    },
    /// A start that is no multiple of 15 minutes.
    #[error("{0} is not the start of a quarter hour")]
    NotAQuarter(DateTime<Utc>),
    /// A quarter hour of another period.
    #[error("{0} is outside of the billing period")]
    OutsidePeriod(DateTime<Utc>),
    /// Two quarter hours with one start, or in the wrong order.
    #[error("{0} is listed twice or out of order")]
    OutOfOrder(DateTime<Utc>),
}

impl Tariff {
    /// Cost of a billing period in which these quarter hours were used, ascending. Quarter hours that are missing cost
    /// nothing; days cost their fixed amount whether anything was used or not. Where versions change within the period,
    /// each has its own highest demand, charged for its share of the days.
    pub fn cost(&self, period: Period, quarters: &[Quarter]) -> Result<Cost, CostError> {
        let placed = self.placed(period, quarters)?;
        let (mut lines, mut co2e) = (Vec::new(), Some(Decimal::ZERO));
        for (index, version) in self.terms().versions.iter().enumerate() {
            let next =
                self.terms().versions.get(index + 1).map_or(period.to, |next| next.from.min(period.to));
            let days = (next - version.from.max(period.from)).num_days();
            if days <= 0 {
                continue;
            }
            let share = Decimal::from(days) / Decimal::from(period.days());
            let own: Vec<&Placed> = placed.iter().filter(|quarter| quarter.version == index).collect();
            self.energy_lines(index, version, &own, &mut lines);
            lines.extend(fixed_line(version, days));
            self.demand_lines(index, version, &own, share, &mut lines);
            let kwh: Decimal = own.iter().map(|quarter| quarter.kwh).sum();
            co2e = co2e.zip(version.co2e_kg_per_kwh).map(|(sum, factor)| sum + kwh * factor);
        }
        let total = lines.iter().map(|line| line.amount).sum();
        Ok(Cost { lines, total, co2e_kg: co2e })
    }

    /// Cost of the counterfactual minus cost of what was measured over the same quarter hours, to the cent.
    pub fn avoided_cost(&self, period: Period, quarters: &[Avoided]) -> Result<AvoidedCost, CostError> {
        let of = |value: fn(&Avoided) -> Decimal| -> Vec<Quarter> {
            quarters.iter().map(|q| Quarter { start: q.start, kwh: value(q) }).collect()
        };
        let counterfactual = self.cost(period, &of(|q| q.counterfactual))?;
        let actual = self.cost(period, &of(|q| q.actual))?;
        let total = counterfactual.total - actual.total;
        let co2e_kg = counterfactual.co2e_kg.zip(actual.co2e_kg).map(|(before, after)| before - after);
        Ok(AvoidedCost { counterfactual, actual, total, co2e_kg })
    }

    fn placed(&self, period: Period, quarters: &[Quarter]) -> Result<Vec<Placed>, CostError> {
        let zone = self.zone();
        let (from, to) = (day_start(zone, period.from), day_start(zone, period.to));
        let first = self.terms().versions.first().map_or(NaiveDate::MAX, |version| version.from);
        if period.from < first {
            return Err(CostError::NoVersion { day: period.from, first });
        }
        let mut placed: Vec<Placed> = Vec::with_capacity(quarters.len());
        for quarter in quarters {
            let start = quarter.start;
            if start.timestamp() % QUARTER_S != 0 || start.timestamp_subsec_nanos() != 0 {
                return Err(CostError::NotAQuarter(start));
            }
            if start < from || start >= to {
                return Err(CostError::OutsidePeriod(start));
            }
            if placed.last().is_some_and(|before| before.start >= start) {
                return Err(CostError::OutOfOrder(start));
            }
            let none = CostError::NoVersion { day: period.from, first };
            let (version, slot) = self.place(start).ok_or(none)?;
            placed.push(Placed { start, kwh: quarter.kwh, version, slot });
        }
        Ok(placed)
    }

    /// A line for each rate that a quarter hour fell under.
    fn energy_lines(&self, index: usize, version: &Version, quarters: &[&Placed], lines: &mut Vec<Line>) {
        let slots = &self.versions[index].energy;
        for (rate_index, rate) in version.energy.iter().enumerate() {
            let mut own = quarters.iter().filter(|quarter| slots[quarter.slot] == rate_index).peekable();
            if own.peek().is_some() {
                let kwh: Decimal = own.map(|quarter| quarter.kwh).sum();
                lines.push(line(LineKind::Energy, version, &rate.name, kwh, rate.rate));
            }
        }
    }

    /// A line for each demand charge that looked at a quarter hour. The earliest of equal peaks is named.
    fn demand_lines(
        &self,
        index: usize,
        version: &Version,
        quarters: &[&Placed],
        share: Decimal,
        lines: &mut Vec<Line>,
    ) {
        for (charge, looks) in version.demand.iter().zip(&self.versions[index].demand) {
            let seen = quarters.iter().filter(|quarter| looks[quarter.slot]);
            let Some(peak) = seen.reduce(|best, q| if q.kwh > best.kwh { q } else { best }) else { continue };
            let kw = (peak.kwh * KW_PER_KWH).max(Decimal::ZERO);
            let mut charged = line(LineKind::Demand, version, &charge.name, kw, charge.rate);
            charged.amount = cents(kw * charge.rate * share);
            charged.share_of_period = share;
            charged.peak_at = Some(peak.start);
            lines.push(charged);
        }
    }
}

/// A quarter hour with its version and slot.
struct Placed {
    start: DateTime<Utc>,
    kwh: Decimal,
    version: usize,
    slot: usize,
}

fn fixed_line(version: &Version, days: i64) -> Option<Line> {
    (!version.fixed_per_day.is_zero())
        .then(|| line(LineKind::Fixed, version, "Fixed", Decimal::from(days), version.fixed_per_day))
}

fn line(kind: LineKind, version: &Version, name: &str, quantity: Decimal, rate: Decimal) -> Line {
    Line {
        kind,
        version: version.from,
        name: name.to_owned(),
        quantity,
        rate,
        share_of_period: Decimal::ONE,
        peak_at: None,
        amount: cents(quantity * rate),
    }
}

/// Rounded as bills are: half a cent goes away from zero.
pub(crate) fn cents(amount: Decimal) -> Decimal {
    amount.round_dp_with_strategy(CENTS, RoundingStrategy::MidpointAwayFromZero)
}
