//! Several fuels of one facility, netted in money and in CO₂ equivalent: lamps that give less heat save electricity and
//! use gas, and only the sum is a saving.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Savings of one fuel in a period; negative where more was used than expected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FuelSavings {
    /// Which, e.g. `electricity`.
    pub fuel: String,
    /// Avoided use, in `unit`.
    pub avoided: Decimal,
    /// kWh, or m³ of water.
    pub unit: String,
    /// Avoided cost, in cents exactly.
    pub avoided_cost: Decimal,
    /// ISO 4217 code of it.
    pub currency: String,
    /// Avoided CO₂ equivalent, kg; none where a factor is not known.
    pub avoided_co2e_kg: Option<Decimal>,
}

/// Savings of all fuels. Their use is not added: a kWh of gas is not one of electricity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Net {
    /// The fuels.
    pub fuels: Vec<FuelSavings>,
    /// Sum of avoided costs.
    pub avoided_cost: Decimal,
    /// ISO 4217 code of it.
    pub currency: String,
    /// Sum of avoided CO₂ equivalents, kg; none where that of a fuel is not known.
    pub avoided_co2e_kg: Option<Decimal>,
}

/// Why fuels cannot be netted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NettingError {
    /// There is nothing to add.
    #[error("there are no savings of any fuel")]
    NoFuel,
    /// A fuel is there twice.
    #[error("{0} is listed twice")]
    Twice(String),
    /// Currencies differ.
    #[error("{fuel} is in {found}, the others are in {expected}; use one currency")]
    Currencies {
        /// The fuel that differs.
        fuel: String,
        /// Its currency.
        found: String,
        /// That of the first fuel.
        expected: String,
    },
}

/// Nets fuels of one period.
pub fn net(fuels: Vec<FuelSavings>) -> Result<Net, NettingError> {
    let currency = fuels.first().ok_or(NettingError::NoFuel)?.currency.clone();
    for (index, one) in fuels.iter().enumerate() {
        if fuels[..index].iter().any(|other| other.fuel == one.fuel) {
            return Err(NettingError::Twice(one.fuel.clone()));
        }
        if one.currency != currency {
            let (fuel, found) = (one.fuel.clone(), one.currency.clone());
            return Err(NettingError::Currencies { fuel, found, expected: currency });
        }
    }
    let avoided_cost = fuels.iter().map(|one| one.avoided_cost).sum();
    let avoided_co2e_kg = fuels.iter().map(|one| one.avoided_co2e_kg).sum();
    Ok(Net { fuels, avoided_cost, currency, avoided_co2e_kg })
}
