//! ESPI code lists, as far as they matter here. A code that is not listed is refused by the caller, never guessed.

use domain::quality::Quality;
use domain::utility::{Commodity, Flow, Unit};

/// `uom`.
pub(super) fn unit(code: &str) -> Option<Unit> {
    Some(match code {
        "72" => Unit::WattHour,
        "71" => Unit::VoltAmpereHour,
        "73" => Unit::VarHour,
        "38" => Unit::Watt,
        "61" => Unit::VoltAmpere,
        "63" => Unit::Var,
        "169" => Unit::Therm,
        "132" => Unit::Btu,
        "133" => Unit::BtuPerHour,
        "31" => Unit::Joule,
        "119" => Unit::CubicFoot,
        "120" => Unit::CompensatedCubicFoot,
        "42" => Unit::CubicMetre,
        "134" => Unit::Litre,
        "128" => Unit::UsGallon,
        "130" => Unit::ImperialGallon,
        "29" => Unit::Volt,
        "5" => Unit::Ampere,
        "33" => Unit::Hertz,
        "65" => Unit::PowerFactor,
        "23" => Unit::Celsius,
        "6" => Unit::Kelvin,
        _ => return None,
    })
}

/// `commodity` of a reading type; missing and 0 are "not stated".
pub(super) fn commodity(code: Option<&str>) -> Option<Commodity> {
    Some(match code {
        None | Some("0") => Commodity::NotStated,
        Some("1" | "2") => Commodity::Electricity,
        Some("7") => Commodity::Gas,
        Some("8") => Commodity::Propane,
        Some("9") => Commodity::Water,
        Some("10") => Commodity::Steam,
        Some("11") => Commodity::WasteWater,
        Some("12") => Commodity::HeatingFluid,
        Some("13") => Commodity::CoolingFluid,
        Some("14") => Commodity::ReclaimedWater,
        Some(_) => return None,
    })
}

/// `ServiceCategory.kind` of a usage point, where it names a commodity.
pub(super) fn service(code: &str) -> Option<Commodity> {
    Some(match code {
        "0" => Commodity::Electricity,
        "1" => Commodity::Gas,
        "2" => Commodity::Water,
        _ => return None,
    })
}

/// `flowDirection`; missing and 0 are "not stated".
pub(super) fn flow(code: Option<&str>) -> Option<Flow> {
    Some(match code {
        None | Some("0") => Flow::NotStated,
        Some("1") => Flow::Delivered,
        Some("19") => Flow::Received,
        Some("4") => Flow::Net,
        Some("20") => Flow::Total,
        Some(_) => return None,
    })
}

/// How values of a series relate to consumption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Accumulation {
    /// Each value is the amount of its own interval.
    Delta,
    /// Readings of a register that only grows.
    Register,
    /// A level during its interval.
    Level,
}

/// `accumulationBehaviour`.
pub(super) fn accumulation(code: &str) -> Option<Accumulation> {
    Some(match code {
        "1" | "2" | "3" => Accumulation::Register,
        "4" | "9" | "14" => Accumulation::Delta,
        "0" | "6" | "12" => Accumulation::Level,
        _ => return None,
    })
}

/// Quality codes of one reading, as a set; bit n is code n. Codes above 30 share bit 31.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Codes(u32);

impl Codes {
    /// Adds a code as it stands in the file; what is no code is kept as "unknown".
    pub(super) fn insert(&mut self, text: &str) {
        self.0 |= 1 << text.parse::<u32>().map_or(31, |code| code.min(31));
    }

    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn contains(self, code: u32) -> bool {
        self.0 & (1 << code) != 0
    }

    /// Ascending.
    pub(super) fn list(self) -> Vec<i16> {
        (0..32_i16).filter(|code| self.0 & (1 << code) != 0).collect()
    }

    /// The worst quality any of the codes stands for. No code at all means nothing is wrong with the reading.
    pub(super) fn quality(self) -> Quality {
        self.list()
            .into_iter()
            .map(|code| match code {
                0 | 7 | 17 | 19 => Quality::Measured,
                8 | 9 | 11 => Quality::Estimated,
                _ => Quality::Questionable,
            })
            .max()
            .unwrap_or(Quality::Measured)
    }
}

/// ISO 4217 number to code.
pub(super) fn currency(number: &str) -> Option<&'static str> {
    let number: u16 = number.parse().ok()?;
    CURRENCIES.iter().find(|(n, _)| *n == number).map(|(_, code)| *code)
}

const CURRENCIES: &[(u16, &str)] = &[
    (32, "ARS"),
    (36, "AUD"),
    (124, "CAD"),
    (152, "CLP"),
    (156, "CNY"),
    (170, "COP"),
    (203, "CZK"),
    (208, "DKK"),
    (344, "HKD"),
    (348, "HUF"),
    (352, "ISK"),
    (356, "INR"),
    (360, "IDR"),
    (376, "ILS"),
    (392, "JPY"),
    (410, "KRW"),
    (458, "MYR"),
    (484, "MXN"),
    (554, "NZD"),
    (578, "NOK"),
    (604, "PEN"),
    (608, "PHP"),
    (643, "RUB"),
    (682, "SAR"),
    (702, "SGD"),
    (704, "VND"),
    (710, "ZAR"),
    (752, "SEK"),
    (756, "CHF"),
    (764, "THB"),
    (784, "AED"),
    (818, "EGP"),
    (826, "GBP"),
    (840, "USD"),
    (858, "UYU"),
    (901, "TWD"),
    (946, "RON"),
    (949, "TRY"),
    (978, "EUR"),
    (980, "UAH"),
    (985, "PLN"),
    (986, "BRL"),
];
