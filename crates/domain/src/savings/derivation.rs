//! How a figure of a range comes about: the values in its formula, the parts that add up to it, and what changed it.

use super::FigureState;
use super::Performance;
use super::equation::{Equation, Totals};
use super::view::Band;
use crate::baseline::MetricType;
use crate::baseline::view::BaselineSummary;
use crate::events::view::Effect;
use crate::id::EventId;
use crate::names::names;
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

names! {
    /// A figure of a range.
    Derived {
        /// What the baseline would have cost, agreed events included.
        BaselineCost = "baseline_cost", "Baseline cost";
        /// What was paid for.
        ActualCost = "actual_cost", "Actual cost";
        /// Baseline cost − actual cost.
        Savings = "savings", "Verified savings";
        /// What stays with the customer.
        Keep = "keep", "You keep";
        /// What the vendor gets.
        Share = "vendor_share", "Vendor share";
        /// What the baseline expects, agreed events included, in the metric's unit.
        BaselineEnergy = "baseline_energy", "Adjusted baseline";
        /// What was measured.
        ActualEnergy = "actual_energy", "Actual use";
        /// Adjusted baseline − actual.
        SavedEnergy = "saved_energy", "Savings";
    }
}

/// Decimals of energies: Wh in kWh.
const ENERGY_PLACES: u32 = 3;
/// Decimals of money.
const MONEY_PLACES: u32 = 2;

impl Derived {
    /// Whether it is in the facility's currency; otherwise it is in the metric's unit.
    pub fn money(self) -> bool {
        !matches!(self, Self::BaselineEnergy | Self::ActualEnergy | Self::SavedEnergy)
    }

    /// To how many decimals its parts add up.
    fn places(self) -> u32 {
        if self.money() { MONEY_PLACES } else { ENERGY_PLACES }
    }

    /// Its value in a range: money to the cent, energy to the Wh. None where the range has no price.
    pub fn value(self, totals: &Totals) -> Option<Decimal> {
        let money = |of: fn(&Equation) -> Decimal| totals.equation.as_ref().map(of);
        let (baseline, actual) = (energy(totals.baseline + totals.events), energy(totals.actual));
        match self {
            Self::BaselineCost => money(|e| e.baseline_cost),
            Self::ActualCost => money(|e| e.actual_cost),
            Self::Savings => money(|e| e.savings),
            Self::Keep => money(|e| e.keep),
            Self::Share => money(|e| e.share),
            Self::BaselineEnergy => Some(baseline),
            Self::ActualEnergy => Some(actual),
            Self::SavedEnergy => Some(baseline - actual),
        }
    }

    /// What a day with these values adds to the figure, before anything is rounded. `rate` is the vendor's share of savings.
    pub fn of_day(self, day: &DayValues, rate: Decimal) -> Option<Decimal> {
        match self {
            Self::BaselineCost => day.baseline_cost,
            Self::ActualCost => Some(day.baseline_cost? - day.cost_savings?),
            Self::Savings => day.cost_savings,
            Self::Keep => day.cost_savings.map(|saved| saved - saved * rate),
            Self::Share => day.cost_savings.map(|saved| saved * rate),
            Self::BaselineEnergy => day.baseline_value,
            Self::ActualEnergy => day.actual_value,
            Self::SavedEnergy => day.savings_value,
        }
    }

    /// What an agreed event adds, before anything is rounded; nothing to what was measured. `price` is the baseline's mean one.
    fn of_event(self, amount: Decimal, price: Decimal, rate: Decimal) -> Option<Decimal> {
        let worth = amount * price;
        match self {
            Self::ActualCost | Self::ActualEnergy => None,
            Self::BaselineCost | Self::Savings => Some(worth),
            Self::Keep => Some(worth - worth * rate),
            Self::Share => Some(worth * rate),
            Self::BaselineEnergy | Self::SavedEnergy => Some(amount),
        }
    }

    /// How parts are rounded, as a sentence.
    pub fn rule(self) -> &'static str {
        match self {
            Self::BaselineCost | Self::ActualCost => {
                "Costs are rounded once, half a cent away from zero, over the whole range. A part's share of it is what the rounded sum grows by when the part is added, so the parts add up to the cent."
            }
            Self::Savings => {
                "Savings are the difference of two rounded costs, for every part as for the range, so the parts add up to the cent."
            }
            Self::Keep | Self::Share => {
                "The vendor's share is rounded once, half a cent away from zero, over the whole range; what stays is the rest. A part's share is what the rounded sum grows by when the part is added, so the parts add up to the cent. A loss of the range is shared with nobody."
            }
            Self::BaselineEnergy | Self::ActualEnergy | Self::SavedEnergy => {
                "A part is what the sum, rounded to the third decimal, grows by when the part is added, so the parts add up to the last digit."
            }
        }
    }
}

fn energy(value: Decimal) -> Decimal {
    value.round_dp_with_strategy(ENERGY_PLACES, RoundingStrategy::MidpointAwayFromZero)
}

/// The values of a day that figures are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayValues {
    /// What the baseline expects.
    pub baseline_value: Option<Decimal>,
    /// What was measured.
    pub actual_value: Option<Decimal>,
    /// Baseline − actual.
    pub savings_value: Option<Decimal>,
    /// What the baseline would have cost.
    pub baseline_cost: Option<Decimal>,
    /// Savings in money.
    pub cost_savings: Option<Decimal>,
}

impl From<&Performance> for DayValues {
    fn from(p: &Performance) -> Self {
        Self {
            baseline_value: p.baseline_value,
            actual_value: p.actual_value,
            savings_value: p.savings_value,
            baseline_cost: p.baseline_cost,
            cost_savings: p.cost_savings,
        }
    }
}

/// Rounds parts so that they add up to `total`: each is what the rounded sum grows by when it is added.
fn apportion(parts: &[Decimal], total: Decimal, places: u32) -> Vec<Decimal> {
    let (mut sum, mut before) = (Decimal::ZERO, Decimal::ZERO);
    let last = parts.len();
    let part = |(n, part): (usize, &Decimal)| {
        sum += part;
        let rounded = sum.round_dp_with_strategy(places, RoundingStrategy::MidpointAwayFromZero);
        // The last digits of a division must not cost a cent.
        let until = if n + 1 == last { total } else { rounded };
        let part = until - before;
        before = until;
        part
    };
    parts.iter().enumerate().map(part).collect()
}

/// What a part is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// A local day.
    Day(NaiveDate),
    /// An agreed non-routine event.
    Event(EventId, String),
}

/// A part of a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// What it is of.
    pub source: Source,
    /// Before rounding.
    pub exact: Decimal,
    /// As it counts; these add up to the figure.
    pub value: Decimal,
    /// Share of the day that has both values; none for events.
    pub coverage: Option<f64>,
    /// How final the day is; none for events.
    pub state: Option<FigureState>,
    /// The day's revision that counts; 0 while it runs and for events.
    pub revision: u32,
    /// The derivation of the day's values: `/x/{id}` leads to it.
    pub derivation: Option<uuid::Uuid>,
    /// SHA-256 of its inputs, hexadecimal.
    pub inputs_sha256: Option<String>,
}

/// The parts of a figure, days first, and what they add up to; none where the range has no such figure.
pub fn parts(
    figure: Derived,
    days: &[Performance],
    effects: &[Effect],
    totals: &Totals,
) -> Option<(Vec<Part>, Decimal)> {
    let total = figure.value(totals)?;
    let price = mean_price(days, totals);
    let rate = rate_of(totals);
    let known: Vec<&Performance> = days.iter().filter(|day| day.savings_value.is_some()).collect();
    let exact_of = |figure: Derived| -> Vec<Decimal> {
        let of_days = known.iter().filter_map(|day| figure.of_day(&DayValues::from(*day), rate));
        let of_events = effects.iter().filter_map(|effect| figure.of_event(effect.amount, price, rate));
        of_days.chain(of_events).collect()
    };
    let rounded = |figure: Derived| -> Option<Vec<Decimal>> {
        Some(apportion(&exact_of(figure), figure.value(totals)?, figure.places()))
    };
    // What was measured has no part for events.
    let less = |all: Vec<Decimal>, other: Vec<Decimal>| {
        let other = other.into_iter().chain(std::iter::repeat(Decimal::ZERO));
        all.into_iter().zip(other).map(|(a, b)| a - b).collect::<Vec<_>>()
    };
    let costs = || Some(less(rounded(Derived::BaselineCost)?, rounded(Derived::ActualCost)?));
    let values = match figure {
        Derived::Savings => costs()?,
        Derived::SavedEnergy => less(rounded(Derived::BaselineEnergy)?, rounded(Derived::ActualEnergy)?),
        Derived::Share => shares(&costs()?, rate, total),
        Derived::Keep => {
            let saved = costs()?;
            let shared = shares(&saved, rate, Derived::Share.value(totals)?);
            less(saved, shared)
        }
        other => rounded(other)?,
    };
    let events = effects.iter().filter(|effect| figure.of_event(effect.amount, price, rate).is_some());
    let sources = known.iter().map(|day| of_day(day)).chain(events.map(of_event));
    let parts = sources.zip(exact_of(figure)).zip(values);
    Some((parts.map(|((part, exact), value)| Part { exact, value, ..part }).collect(), total))
}

/// The vendor's part of savings to the cent.
fn shares(saved: &[Decimal], rate: Decimal, total: Decimal) -> Vec<Decimal> {
    let exact: Vec<Decimal> = saved.iter().map(|part| part * rate).collect();
    apportion(&exact, total, MONEY_PLACES)
}

/// The vendor's share of the range's savings; none of a loss.
pub fn rate_of(totals: &Totals) -> Decimal {
    let shared = totals.equation.filter(|money| money.savings.is_sign_positive());
    shared.map_or(Decimal::ZERO, |money| money.share_rate)
}

/// What a unit of the baseline costs in the mean, at which agreed events count.
pub fn mean_price(days: &[Performance], totals: &Totals) -> Decimal {
    let known = days.iter().filter(|day| day.savings_value.is_some());
    let cost: Decimal = known.filter_map(|day| day.baseline_cost).sum();
    if totals.baseline.is_zero() { Decimal::ZERO } else { cost / totals.baseline }
}

fn of_day(day: &Performance) -> Part {
    Part {
        source: Source::Day(day.day),
        exact: Decimal::ZERO,
        value: Decimal::ZERO,
        coverage: Some(day.coverage),
        state: Some(day.state),
        revision: day.revision,
        derivation: None,
        inputs_sha256: None,
    }
}

fn of_event(effect: &Effect) -> Part {
    Part {
        source: Source::Event(effect.event, effect.title.clone()),
        exact: Decimal::ZERO,
        value: Decimal::ZERO,
        coverage: None,
        state: None,
        revision: 0,
        derivation: None,
        inputs_sha256: None,
    }
}

/// A value in a formula.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Term {
    /// `+`, `−`, `×`, or nothing before the first.
    pub sign: String,
    /// What it is.
    pub label: String,
    /// The figure that it is, where it has a derivation of its own.
    pub figure: Option<Derived>,
    /// Its value.
    pub value: Decimal,
    /// Unit of it; empty for a plain number.
    pub unit: String,
}

/// The formula of a figure with its values, ahead of the equals sign; `unit` is the metric's.
pub fn formula(
    figure: Derived,
    days: &[Performance],
    totals: &Totals,
    (unit, currency): (&str, &str),
) -> Vec<Term> {
    let of = |sign: &str, other: Derived| {
        let unit = if other.money() { currency } else { unit };
        let value = other.value(totals).unwrap_or_default();
        Term { sign: sign.into(), label: other.label().into(), figure: Some(other), value, unit: unit.into() }
    };
    let plain = |sign: &str, label: String, value: Decimal, unit: &str| Term {
        sign: sign.into(),
        label,
        figure: None,
        value: value.normalize(),
        unit: unit.into(),
    };
    let known = || days.iter().filter(|day| day.savings_value.is_some());
    let summed = |of: fn(&Performance) -> Option<Decimal>| known().filter_map(of).sum::<Decimal>();
    let n = if totals.days == 1 { "1 day".to_owned() } else { format!("{} days", totals.days) };
    match figure {
        Derived::BaselineCost => {
            let cost = summed(|d| d.baseline_cost);
            let mut terms =
                vec![plain("", format!("Expected use of {n} at each quarter hour's price"), cost, currency)];
            if !totals.events.is_zero() {
                let price = mean_price(days, totals);
                let label = format!("Agreed events, {} {unit} at the mean price", totals.events.normalize());
                terms.push(plain("+", label, (totals.events * price).round_dp(4), currency));
            }
            terms
        }
        Derived::ActualCost => {
            let paid = summed(|d| Some(d.baseline_cost? - d.cost_savings?));
            vec![plain("", format!("Measured use of {n} at each quarter hour's price"), paid, currency)]
        }
        Derived::Savings => vec![of("", Derived::BaselineCost), of("−", Derived::ActualCost)],
        Derived::Share => {
            vec![of("", Derived::Savings), plain("×", "Share of savings".into(), rate_of(totals), "")]
        }
        Derived::Keep => vec![of("", Derived::Savings), of("−", Derived::Share)],
        Derived::BaselineEnergy => {
            let mut terms = vec![plain("", format!("Expected use of {n}"), totals.baseline, unit)];
            if !totals.events.is_zero() {
                terms.push(plain("+", "Agreed events".into(), totals.events, unit));
            }
            terms
        }
        Derived::ActualEnergy => {
            vec![plain("", format!("Measured use of {n}, in the same quarter hours"), totals.actual, unit)]
        }
        Derived::SavedEnergy => vec![of("", Derived::BaselineEnergy), of("−", Derived::ActualEnergy)],
    }
}

/// A baseline that has a part in a figure.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaselineUsed {
    /// The baseline.
    pub summary: BaselineSummary,
    /// Days measured against it.
    pub days: u32,
    /// When a third party signed it; none where nobody has.
    pub signed_at: Option<DateTime<Utc>>,
    /// SHA-256 of the dossier that was signed, hexadecimal.
    pub dossier_sha256: Option<String>,
}

/// A day of the range that was computed again after it was over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// The day.
    pub day: NaiveDate,
    /// The derivation: `/x/{id}` leads to it.
    pub derivation: uuid::Uuid,
    /// Its number, from 2.
    pub revision: u32,
    /// What changed.
    pub reason: String,
    /// When it was computed.
    pub at: DateTime<Utc>,
    /// Version of the engine.
    pub engine_version: String,
    /// SHA-256 of its inputs, hexadecimal.
    pub inputs_sha256: String,
    /// The day's part of the figure before, not rounded.
    pub before: Option<Decimal>,
    /// And since.
    pub after: Option<Decimal>,
}

/// A figure of a range with everything it comes from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FigureView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Which figure.
    pub figure: Derived,
    /// Of what.
    pub metric: MetricType,
    /// The range as the address says it.
    pub range: String,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// The figure; none where no day has it.
    pub value: Option<Decimal>,
    /// Its unit.
    pub unit: String,
    /// The values in its formula.
    pub formula: Vec<Term>,
    /// What adds up to it.
    pub parts: Vec<Part>,
    /// Days of the range that were computed and have no savings.
    pub left_out: Vec<NaiveDate>,
    /// Share of the time of all computed days that has both values, 0 to 1.
    pub coverage: f64,
    /// How final it is.
    pub state: FigureState,
    /// How sure savings are, in the metric's unit.
    pub band: Option<Band>,
    /// Baselines that have a part in it.
    pub baselines: Vec<BaselineUsed>,
    /// Versions of the engine that computed its days.
    pub engine_versions: Vec<String>,
    /// Days that were computed again, newest first.
    pub changes: Vec<Change>,
    /// When it was read.
    pub as_of: DateTime<Utc>,
    /// SHA-256 over the canonical JSON of all of the above but `as_of`.
    pub sha256: String,
}

impl FigureView {
    /// The lasting address of the figure: whole days, by their dates.
    pub fn lasting(&self) -> String {
        let last = self.until.pred_opt().unwrap_or(self.until);
        let (slug, metric, figure) = (&self.facility_slug, self.metric.as_str(), self.figure.as_str());
        format!("/x/{slug}/{metric}/{figure}/{}..{last}", self.from)
    }
}

#[cfg(test)]
mod tests;
