//! Points: what is measured, in which unit, and how a raw value becomes a physical one.
//!
//! A reading travels and is stored as a scaled integer: physical value = `raw` × 10^-`decimals` in the point's
//! unit. Integers add up the same in every order, so a rollup can be rebuilt bit for bit.

use crate::names::names;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// What a point measures. Each metric has one canonical unit, see [`Metric::unit`].
    Metric {
        /// Cumulative active energy register, Wh, import positive.
        Energy = "energy", "Energy";
        /// Active power, W, import positive.
        Power = "power", "Power";
        /// Air temperature, °C.
        Temperature = "temperature", "Air temperature";
        /// Relative humidity of air, %.
        RelativeHumidity = "relative_humidity", "Relative humidity";
        /// CO₂ concentration, ppm.
        Co2 = "co2", "CO₂";
        /// Photosynthetic photon flux density at canopy, µmol·m⁻²·s⁻¹.
        Ppfd = "ppfd", "PPFD";
        /// Volumetric water content of the substrate, %.
        SubstrateMoisture = "substrate_moisture", "Substrate moisture";
        /// Cumulative irrigation water, L.
        Water = "water", "Irrigation water";
        /// Harvest weight on a scale, g.
        HarvestWeight = "harvest_weight", "Harvest weight";
        /// Outdoor air temperature, °C.
        OutdoorTemperature = "outdoor_temperature", "Outdoor temperature";
        /// Outdoor global horizontal irradiance, W·m⁻².
        OutdoorIrradiance = "outdoor_irradiance", "Outdoor irradiance";
        /// Cumulative gas energy, Wh (higher heating value).
        Gas = "gas", "Gas";
    }
}

impl Metric {
    /// The canonical unit symbol.
    pub fn unit(self) -> &'static str {
        match self {
            Self::Energy | Self::Gas => "Wh",
            Self::Power => "W",
            Self::Temperature | Self::OutdoorTemperature => "°C",
            Self::RelativeHumidity | Self::SubstrateMoisture => "%",
            Self::Co2 => "ppm",
            Self::Ppfd => "µmol/m²/s",
            Self::Water => "L",
            Self::HarvestWeight => "g",
            Self::OutdoorIrradiance => "W/m²",
        }
    }
}

/// How successive readings of a point relate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A register that only grows; energy is the difference of two readings.
    Counter,
    /// An instantaneous value.
    Gauge,
    /// Each reading is the amount since the one before.
    Delta,
}

impl Kind {
    /// The name used in the database and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Delta => "delta",
        }
    }

    /// The kind with this wire name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Counter, Self::Gauge, Self::Delta].into_iter().find(|k| k.as_str() == name)
    }
}

names! {
    /// What a meter's energy is used for. `Total` is the main meter; what the others leave is the unmetered remainder.
    EndUse {
        /// The whole facility's main meter.
        Total = "total", "Main meter";
        /// Lamps and drivers.
        Lighting = "lighting", "Lighting";
        /// Cooling, heating and air handling.
        Hvac = "hvac", "HVAC";
        /// Stand-alone dehumidifiers.
        Dehumidification = "dehumidification", "Dehumidification";
        /// Irrigation and pumps.
        Irrigation = "irrigation", "Irrigation & pumps";
    }
}

/// Where a gateway reads a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "protocol", rename_all = "snake_case")]
pub enum Source {
    /// A register of a Modbus TCP device.
    Modbus {
        /// Host and port, e.g. `192.168.1.20:502`.
        address: String,
        /// Unit (slave) identifier.
        unit: u8,
        /// Function code: 3 holding, 4 input registers.
        function: u8,
        /// 0-based register address.
        register: u16,
        /// How registers encode the number.
        encoding: Encoding,
        /// Multiplies the decoded number to give the point's unit (e.g. 1000 for kWh → Wh).
        scale: Decimal,
    },
    /// A field of a JSON (or bare number) MQTT payload on the local broker.
    Mqtt {
        /// Topic filter; `+` and `#` as in MQTT.
        topic: String,
        /// RFC 6901 pointer into the JSON payload; empty for a bare number.
        pointer: String,
        /// Multiplies the number to give the point's unit.
        scale: Decimal,
        /// RFC 6901 pointer to an ISO 8601 or Unix time in the payload; receipt time when absent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        time_pointer: Option<String>,
    },
}

/// Encodings of a number in 16-bit Modbus registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// IEEE 754 single, high word first (Eastron SDM630).
    F32Be,
    /// IEEE 754 single, low word first.
    F32Le,
    /// Unsigned 16 bit.
    U16,
    /// Signed 16 bit.
    I16,
    /// Unsigned 32 bit, high word first.
    U32Be,
    /// Unsigned 32 bit, low word first.
    U32Le,
    /// Signed 32 bit, low word first (Carlo Gavazzi EM24).
    I32Le,
    /// Unsigned 64 bit, high word first.
    U64Be,
}

/// A point as the gateway and the ingest path know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointSpec {
    /// Number of the point within its gateway; never reused.
    pub channel: u32,
    /// Short name shown to people, unique in the facility (e.g. `Flower 1 temperature`).
    pub name: String,
    /// Slug of the zone the point belongs to; none for facility-wide points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// What is measured.
    pub metric: Metric,
    /// Counter, gauge or delta.
    pub kind: Kind,
    /// Physical value = raw × 10^-decimals in the metric's unit.
    pub decimals: u8,
    /// What the energy is used for, on energy and power points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_use: Option<EndUse>,
    /// Expected time between readings, ms. Three times this without a reading is a gap.
    pub interval_ms: u32,
    /// For counters: the raw value at which the register wraps to zero (2^16, 2^32, 10^n); none if it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modulus: Option<i64>,
    /// For counters: the largest plausible rise per hour, raw units. A faster rise is a flagged gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rate_max: Option<i64>,
    /// Lowest plausible raw value; a reading below is quarantined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_min: Option<i64>,
    /// Highest plausible raw value; a reading above is quarantined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_max: Option<i64>,
    /// Where the gateway reads it; none for points fed by imports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
}
