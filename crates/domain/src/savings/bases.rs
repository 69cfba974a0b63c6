//! Savings of one range on other bases than the one that is billed, and whether these agree.
//!
//! Energies are in the metric's unit; savings are positive where less was used than expected. A basis that cannot be told is
//! [`Missing`] with the reason, never a guess.

use super::FigureState;
use super::equation::Totals;
use super::view::Band;
use crate::baseline::MetricType;
use crate::baseline::view::BaselineSummary;
use crate::point::EndUse;
use crate::tariff::netting::Net;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Why something cannot be told, and what would help.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// What is not there.
    pub reason: String,
    /// What to do about it.
    pub what_to_do: String,
}

impl Missing {
    /// From both sentences.
    pub fn new(reason: impl Into<String>, what_to_do: impl Into<String>) -> Self {
        Self { reason: reason.into(), what_to_do: what_to_do.into() }
    }
}

/// Avoided energy use, which is what is billed: counterfactual − measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct AvoidedUse {
    /// Sums of the range, agreed events apart.
    pub totals: Totals,
    /// How sure the savings are, events included.
    pub band: Option<Band>,
    /// How final they are.
    pub state: FigureState,
}

/// Days of the normal year, both included, that a period has not seen the like of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unseen {
    /// First day, in a nominal year.
    pub from: NaiveDate,
    /// Last day.
    pub last: NaiveDate,
    /// Unlike every day of the baseline.
    pub baseline: bool,
    /// Unlike every day of the reporting period.
    pub reporting: bool,
}

/// Savings of a normal year with a normal crop plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Normalised {
    /// Days of the normal year that both models could be evaluated at.
    pub days: u32,
    /// Days of it of which something that a model needs is not known.
    pub left_out: u32,
    /// What they take without the measure.
    pub before: f64,
    /// What they take with it.
    pub after: f64,
    /// Before − after.
    pub savings: f64,
    /// Savings over before.
    pub share: Option<f64>,
    /// How sure the savings are; none where a model's errors are not known.
    pub band: Option<Band>,
    /// Method of both models.
    pub method: String,
    /// Days that the model of the reporting period was fitted to.
    pub fitted_days: u32,
    /// Its CV(RMSE), a fraction.
    pub cv_rmse: Option<f64>,
    /// Agreed events whose amount was taken out of its days.
    pub events: u32,
    /// Name of the normal year's station.
    pub station: String,
    /// First and last measured day of its mean; none for a typical year.
    pub over: Option<(NaiveDate, NaiveDate)>,
    /// First and last day of the baseline, whose canopy and light are the normal crop plan.
    pub plan: (NaiveDate, NaiveDate),
    /// Days that a period has not seen, ascending.
    pub unseen: Vec<Unseen>,
}

/// A figure with the half-width of its 90 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Value.
    pub value: f64,
    /// Half-width.
    pub band: f64,
}

/// An end use, sub-metered before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubMetered {
    /// What the energy is used for.
    pub end_use: EndUse,
    /// Names of its sub-meters.
    pub meters: Vec<String>,
    /// Days of the baseline that they measured whole, under known conditions.
    pub before_days: u32,
    /// The same of the range, of days with savings.
    pub after_days: u32,
    /// Mean use of a day before, kWh; none without such a day.
    pub before: Option<f64>,
    /// Mean use of a day of the range, kWh.
    pub after: Option<f64>,
    /// Savings of the range's days at their own light and weather, kWh; none with too few days.
    pub saved: Option<Estimate>,
}

/// Where an interactive factor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FactorSource {
    /// The baseline's sub-meters of lighting and climate, over so many days.
    SubMeters(u32),
    /// Figures of the plant that the reader states.
    Plant,
    /// No lamps are involved, so there is none.
    None,
}

/// Option B against Option C over the same days.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Days that are compared.
    pub days: u32,
    /// Savings of the sub-metered end use.
    pub sub_metered: Estimate,
    /// What heating and cooling save on top of each kWh of it.
    pub factor: Estimate,
    /// Where that comes from.
    pub source: FactorSource,
    /// Sub-metered × (1 + factor).
    pub option_b: Estimate,
    /// Savings of the whole facility, agreed events included.
    pub option_c: Estimate,
    /// C − B.
    pub difference: f64,
    /// Half-width of the difference.
    pub band: f64,
    /// Whether the difference is within it.
    pub agrees: bool,
}

/// Sub-meters before and after, and what they say beside the main meter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OptionB {
    /// End uses with sub-meters.
    pub parts: Vec<SubMetered>,
    /// The end use that the measure is at.
    pub retrofit: EndUse,
    /// Both options side by side.
    pub reconciled: Result<Reconciled, Missing>,
}

/// A fuel of the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fuel {
    /// Which.
    pub metric: MetricType,
    /// Avoided use with agreed events; negative where more was used than expected.
    pub avoided: Option<Decimal>,
    /// Days in it.
    pub days: u32,
    /// Avoided cost, whole cents.
    pub cost: Option<Decimal>,
    /// Avoided CO₂ equivalent, kg.
    pub co2e_kg: Option<Decimal>,
    /// Why something of it is not known.
    pub lacks: Option<Missing>,
}

/// All fuels of the range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fuels {
    /// Those that are metered or have a baseline.
    pub fuels: Vec<Fuel>,
    /// Their sum, stated only where every one has a price.
    pub net: Result<Net, Missing>,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BasesView {
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
    /// The range as the address says it; empty for the reporting period to date.
    pub range: String,
    /// First local day.
    pub from: NaiveDate,
    /// Local day after the last.
    pub until: NaiveDate,
    /// Today at the facility.
    pub today: NaiveDate,
    /// The active baseline.
    pub baseline: Option<BaselineSummary>,
    /// What is billed.
    pub avoided: Result<AvoidedUse, Missing>,
    /// A normal year.
    pub normalised: Result<Normalised, Missing>,
    /// Sub-meters.
    pub option_b: Result<OptionB, Missing>,
    /// Fuels netted.
    pub fuels: Fuels,
}
