//! Units people read: energy in kWh and power in kW, everything else as it is measured.

use crate::point::Metric;
use rust_decimal::Decimal;

/// The unit of charts and exports, and by which power of ten canonical values are divided for it.
pub fn display_unit(metric: Metric) -> (&'static str, u32) {
    match metric {
        Metric::Energy | Metric::Gas => ("kWh", 3),
        Metric::Power => ("kW", 3),
        other => (other.unit(), 0),
    }
}

/// A canonical value in its display unit, exactly.
pub fn to_display(metric: Metric, value: Decimal) -> Decimal {
    let (_, shift) = display_unit(metric);
    value * Decimal::new(1, shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn watt_hours_become_kilowatt_hours_without_rounding() {
        assert_eq!(to_display(Metric::Energy, Decimal::new(1_234_567, 2)), Decimal::new(1_234_567, 5));
        assert_eq!(to_display(Metric::Power, Decimal::from(-1)), Decimal::new(-1, 3));
        assert_eq!(to_display(Metric::Co2, Decimal::from(900)), Decimal::from(900));
    }
}
