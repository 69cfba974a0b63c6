//! The form of a tariff on the wire and in files.

use chrono::{NaiveDate, Weekday};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A tariff as written. Amounts are of one currency and may be negative (credits) where noted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// IANA name of the zone whose clock decides, e.g. `America/Denver`.
    pub zone: String,
    /// ISO 4217 code.
    pub currency: String,
    /// Versions, ascending by their first day.
    pub versions: Vec<Version>,
}

/// What holds from a day until the next version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// First local day.
    pub from: NaiveDate,
    /// Rates of energy; together their windows cover every hour of the year once.
    pub energy: Vec<EnergyRate>,
    /// Amount per local day, whatever is used.
    #[serde(default)]
    pub fixed_per_day: Decimal,
    /// Charges on the highest quarter hour of a billing month.
    #[serde(default)]
    pub demand: Vec<DemandCharge>,
    /// CO₂ equivalent, kg per kWh; none where it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub co2e_kg_per_kwh: Option<Decimal>,
}

/// A price of energy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EnergyRate {
    /// Name on the bill, e.g. `On peak`.
    pub name: String,
    /// Currency per kWh; negative prices occur.
    pub rate: Decimal,
    /// When it holds; always, without a window.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
}

/// A price of the highest mean power of a quarter hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DemandCharge {
    /// Name on the bill, e.g. `Facility demand`.
    pub name: String,
    /// Currency per kW and billing month, not negative.
    pub rate: Decimal,
    /// When the meter looks; always (non-coincident demand), without a window. Windows of charges may overlap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub windows: Vec<Window>,
}

/// Hours of the week in some months, by the local clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Months, 1 to 12; all, without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub months: Vec<u32>,
    /// Days of the week, `Mon` to `Sun`; all, without any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weekdays: Vec<Weekday>,
    /// First quarter hour, `HH:MM`.
    #[serde(default = "midnight")]
    pub from: String,
    /// End, not included, up to `24:00`. Earlier than `from`: over midnight, both parts on the window's own days.
    #[serde(default = "end_of_day")]
    pub to: String,
}

impl Default for Window {
    fn default() -> Self {
        Self { months: Vec::new(), weekdays: Vec::new(), from: midnight(), to: end_of_day() }
    }
}

fn midnight() -> String {
    "00:00".into()
}

fn end_of_day() -> String {
    "24:00".into()
}
