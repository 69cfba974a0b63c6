//! Closed sets of names in utility data: commodity, direction, unit, measure.

use crate::names::names;

names! {
    /// What is metered.
    Commodity {
        /// Electric energy or power.
        Electricity = "electricity", "Electricity";
        /// Natural gas.
        Gas = "gas", "Natural gas";
        /// Propane.
        Propane = "propane", "Propane";
        /// Drinking water.
        Water = "water", "Water";
        /// Steam.
        Steam = "steam", "Steam";
        /// Waste water.
        WasteWater = "waste_water", "Waste water";
        /// Heating fluid.
        HeatingFluid = "heating_fluid", "Heating fluid";
        /// Cooling fluid.
        CoolingFluid = "cooling_fluid", "Cooling fluid";
        /// Reclaimed water.
        ReclaimedWater = "reclaimed_water", "Reclaimed water";
        /// The file does not say.
        NotStated = "not_stated", "Commodity not stated";
    }
}

names! {
    /// Direction of flow, as seen by the customer. Values are not negated: received energy is positive in its own series.
    Flow {
        /// To the customer.
        Delivered = "delivered", "Delivered";
        /// From the customer, e.g. exported solar.
        Received = "received", "Received from customer";
        /// Delivered minus received; may be negative.
        Net = "net", "Net";
        /// Delivered plus received.
        Total = "total", "Total";
        /// The file does not say.
        NotStated = "not_stated", "Direction not stated";
    }
}

names! {
    /// Whether values of a series add up.
    Measure {
        /// An amount per interval, such as Wh: values add up.
        Amount = "amount", "Amount per interval";
        /// A level during the interval, such as W: values have a mean and a peak and no sum.
        Level = "level", "Level";
    }
}

names! {
    /// Unit of a series. There is no conversion between them: a therm stays a therm.
    Unit {
        /// Active energy.
        WattHour = "wh", "Wh";
        /// Apparent energy.
        VoltAmpereHour = "vah", "VAh";
        /// Reactive energy.
        VarHour = "varh", "varh";
        /// Active power.
        Watt = "w", "W";
        /// Apparent power.
        VoltAmpere = "va", "VA";
        /// Reactive power.
        Var = "var", "var";
        /// Energy of gas.
        Therm = "therm", "therm";
        /// British thermal units.
        Btu = "btu", "BTU";
        /// British thermal units per hour.
        BtuPerHour = "btu_per_h", "BTU/h";
        /// Joules.
        Joule = "j", "J";
        /// Volume as metered.
        CubicFoot = "ft3", "ft³";
        /// Volume compensated for pressure and temperature.
        CompensatedCubicFoot = "ft3_compensated", "ft³ (compensated)";
        /// Volume.
        CubicMetre = "m3", "m³";
        /// Volume.
        Litre = "l", "L";
        /// US liquid gallons.
        UsGallon = "us_gal", "US gal";
        /// Imperial gallons.
        ImperialGallon = "imp_gal", "imp gal";
        /// Voltage.
        Volt = "v", "V";
        /// Current.
        Ampere = "a", "A";
        /// Frequency.
        Hertz = "hz", "Hz";
        /// Power factor, a number.
        PowerFactor = "power_factor", "power factor";
        /// Temperature.
        Celsius = "degc", "°C";
        /// Temperature.
        Kelvin = "k", "K";
    }
}

impl Unit {
    /// The unit's symbol.
    pub fn symbol(self) -> &'static str {
        self.label()
    }

    /// Whether values in this unit are amounts that add up over time, or levels that do not.
    pub fn measure(self) -> Measure {
        match self {
            Self::WattHour
            | Self::VoltAmpereHour
            | Self::VarHour
            | Self::Therm
            | Self::Btu
            | Self::Joule
            | Self::CubicFoot
            | Self::CompensatedCubicFoot
            | Self::CubicMetre
            | Self::Litre
            | Self::UsGallon
            | Self::ImperialGallon => Measure::Amount,
            Self::Watt
            | Self::VoltAmpere
            | Self::Var
            | Self::BtuPerHour
            | Self::Volt
            | Self::Ampere
            | Self::Hertz
            | Self::PowerFactor
            | Self::Celsius
            | Self::Kelvin => Measure::Level,
        }
    }
}
