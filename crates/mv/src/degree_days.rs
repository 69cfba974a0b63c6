//! Heating and cooling degree days on CalTRACK's grid of balance points (CalTRACK 3.2.2, 3.3.4, 3.3.5).

use std::ops::RangeInclusive;

/// Balance points tried, °F. CalTRACK allows steps up to 3 °F; eemeter takes 1.
pub const BALANCE_POINTS: RangeInclusive<i32> = 30..=90;

/// Heating degree days of one day at a mean of `temperature` and balance point `balance`, both °F.
pub fn heating(temperature: f64, balance: i32) -> f64 {
    (f64::from(balance) - temperature).max(0.0)
}

/// Cooling degree days of one day, as [`heating`].
pub fn cooling(temperature: f64, balance: i32) -> f64 {
    (temperature - f64::from(balance)).max(0.0)
}

/// °C as °F.
pub fn fahrenheit(celsius: f64) -> f64 {
    32.0 + celsius * 1.8
}
