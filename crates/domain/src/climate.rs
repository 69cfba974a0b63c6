//! Growers' climate figures: vapour pressure deficit, dew point and daily light integral.
//!
//! These are shown to people and never billed, so they are plain `f64`.

/// Saturation vapour pressure over water at `temperature` °C, kPa (Tetens 1930, the form of FAO-56 equation 11).
pub fn saturation_vapour_pressure(temperature: f64) -> f64 {
    0.6108 * (17.27 * temperature / (temperature + 237.3)).exp()
}

/// Vapour pressure deficit between leaf and air, kPa: saturation at the leaf, `leaf_offset` K from the air, minus the
/// vapour pressure of the air at `relative_humidity` %. An offset of 0 gives the air's own deficit. Negative when
/// dew forms on the leaf.
pub fn vapour_pressure_deficit(temperature: f64, relative_humidity: f64, leaf_offset: f64) -> f64 {
    saturation_vapour_pressure(temperature + leaf_offset)
        - saturation_vapour_pressure(temperature) * relative_humidity / 100.0
}

/// Dew point of air at `temperature` °C and `relative_humidity` %, °C; none for perfectly dry air.
pub fn dew_point(temperature: f64, relative_humidity: f64) -> Option<f64> {
    if relative_humidity <= 0.0 {
        return None;
    }
    let exponent = (relative_humidity / 100.0).ln() + 17.27 * temperature / (temperature + 237.3);
    Some(237.3 * exponent / (17.27 - exponent))
}

/// Light received, mol·m⁻²: the sum of mean PPFD (µmol·m⁻²·s⁻¹) times seconds over the pieces given.
pub fn daily_light_integral(pieces: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    pieces.into_iter().map(|(ppfd, seconds)| ppfd * seconds).sum::<f64>() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(actual: f64, expected: f64, tolerance: f64) {
        assert!((actual - expected).abs() <= tolerance, "{actual} is not {expected} ± {tolerance}");
    }

    /// FAO Irrigation and Drainage Paper 56, annex 2, table 2.3.
    #[test]
    fn saturation_pressure_is_that_of_the_fao_table() {
        for (celsius, kpa) in [
            (1.0, 0.657),
            (10.0, 1.228),
            (15.0, 1.705),
            (20.0, 2.338),
            (24.5, 3.075),
            (30.0, 4.243),
            (40.0, 7.376),
        ] {
            near(saturation_vapour_pressure(celsius), kpa, 0.0006);
        }
    }

    /// FAO-56 example 4: 19.5 °C dry bulb with 1.91 kPa actual vapour pressure has a dew point of 16.8 °C or so.
    #[test]
    fn dew_point_inverts_the_saturation_pressure() {
        let humidity = 100.0 * 1.91 / saturation_vapour_pressure(19.5);
        near(dew_point(19.5, humidity).unwrap(), 16.8, 0.05);
        near(dew_point(22.0, 100.0).unwrap(), 22.0, 1e-9);
        assert_eq!(dew_point(22.0, 0.0), None);
    }

    /// Values growers know from the common charts: 25 °C and 60 % are 1.27 kPa in the air, and 0.91 at a leaf 2 K cooler.
    #[test]
    fn deficit_of_air_and_leaf() {
        near(vapour_pressure_deficit(25.0, 60.0, 0.0), 1.27, 0.005);
        near(vapour_pressure_deficit(25.0, 60.0, -2.0), 0.91, 0.005);
        near(vapour_pressure_deficit(30.0, 100.0, 0.0), 0.0, 1e-12);
        assert!(vapour_pressure_deficit(20.0, 100.0, -2.0) < 0.0);
    }

    /// 900 µmol·m⁻²·s⁻¹ over 12 h are 38.88 mol·m⁻²; darkness adds nothing.
    #[test]
    fn light_integral_is_ppfd_times_time() {
        near(daily_light_integral([(900.0, 12.0 * 3600.0), (0.0, 12.0 * 3600.0)]), 38.88, 1e-9);
        near(daily_light_integral(std::iter::repeat_n((900.0, 300.0), 144)), 38.88, 1e-9);
    }
}
