//! Moist air at sea-level pressure. Altitude is left out: at Denver it would change densities by 17 % and no
//! conclusion drawn from the twin.

/// Heat of evaporation of water, J·kg⁻¹.
pub const LATENT: f64 = 2.45e6;
/// Heat capacity of air, J·m⁻³·K⁻¹.
pub const AIR_HEAT: f64 = 1_207.0;
/// Heat capacity of air, J·kg⁻¹·K⁻¹.
pub const AIR_HEAT_KG: f64 = 1_006.0;
/// Density of air, kg·m⁻³.
pub const AIR_DENSITY: f64 = 1.2;
const PRESSURE: f64 = 101_325.0;
const KELVIN: f64 = 273.15;
/// Gas constant of water vapour, J·kg⁻¹·K⁻¹.
const R_VAPOUR: f64 = 461.5;
/// Gas constant of CO₂, J·kg⁻¹·K⁻¹.
const R_CO2: f64 = 188.9;

/// Saturation vapour pressure at °C, Pa.
pub fn saturation_pressure(celsius: f64) -> f64 {
    1_000.0 * domain::climate::saturation_vapour_pressure(celsius)
}

/// Density of saturated vapour at °C, kg·m⁻³.
pub fn saturation_density(celsius: f64) -> f64 {
    saturation_pressure(celsius) / (R_VAPOUR * (celsius + KELVIN))
}

/// Slope of [`saturation_density`], kg·m⁻³·K⁻¹.
pub fn saturation_slope(celsius: f64) -> f64 {
    let relative = 17.27 * 237.3 / (celsius + 237.3).powi(2) - 1.0 / (celsius + KELVIN);
    saturation_density(celsius) * relative
}

/// Relative humidity, %, of air at °C that holds `vapour` kg·m⁻³.
pub fn relative_humidity(celsius: f64, vapour: f64) -> f64 {
    100.0 * vapour / saturation_density(celsius)
}

/// Vapour pressure deficit of air, kPa.
pub fn deficit(celsius: f64, vapour: f64) -> f64 {
    (saturation_pressure(celsius) - vapour * R_VAPOUR * (celsius + KELVIN)) / 1_000.0
}

/// Humidity ratio, kg water per kg dry air, at °C and `vapour` kg·m⁻³.
pub fn humidity_ratio(celsius: f64, vapour: f64) -> f64 {
    let pressure = vapour * R_VAPOUR * (celsius + KELVIN);
    0.622 * pressure / (PRESSURE - pressure)
}

/// Vapour density, kg·m⁻³, of air at °C with this humidity ratio.
pub fn vapour_density(celsius: f64, ratio: f64) -> f64 {
    PRESSURE * ratio / (0.622 + ratio) / (R_VAPOUR * (celsius + KELVIN))
}

/// CO₂ density, kg·m⁻³, at °C and ppm.
pub fn co2_density(celsius: f64, ppm: f64) -> f64 {
    ppm * 1e-6 * PRESSURE / (R_CO2 * (celsius + KELVIN))
}

/// CO₂ concentration, ppm, at °C and kg·m⁻³.
pub fn co2_ppm(celsius: f64, density: f64) -> f64 {
    density * 1e6 * R_CO2 * (celsius + KELVIN) / PRESSURE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand at 20 °C: 2 338 Pa ÷ (461.5 × 293.15) = 0.01728 kg·m⁻³. Van Henten's greenhouse model writes the same
    /// curve as 10 998 / (8 314 (T + 273.15)) · exp(17.4 T / (T + 239)), and uses 85 % of it: 0.0147 at 20 °C.
    #[test]
    fn saturation_agrees_with_van_henten() {
        assert!((saturation_density(20.0) - 0.01728).abs() < 2e-5);
        for celsius in [5.0, 15.0, 20.0, 25.0, 35.0] {
            let published: f64 =
                610.0 * 18.03 / (8_314.0 * (celsius + 273.15)) * f64::exp(17.4 * celsius / (celsius + 239.0));
            let ratio = saturation_density(celsius) / published;
            assert!((ratio - 1.0).abs() < 0.01, "{celsius}: {ratio}");
        }
    }

    #[test]
    fn slope_is_the_derivative() {
        let numeric = (saturation_density(25.01) - saturation_density(24.99)) / 0.02;
        assert!((saturation_slope(25.0) / numeric - 1.0).abs() < 1e-5);
    }

    /// By hand: 400 ppm of 101 325 Pa is 40.53 Pa; ÷ (188.9 × 298.15) = 0.7196 g·m⁻³.
    #[test]
    fn conversions_invert() {
        assert!((co2_density(25.0, 400.0) - 0.7196e-3).abs() < 1e-6);
        assert!((co2_ppm(25.0, co2_density(25.0, 900.0)) - 900.0).abs() < 1e-9);
        let vapour = vapour_density(24.0, 0.0112);
        assert!((humidity_ratio(24.0, vapour) - 0.0112).abs() < 1e-12);
        assert!((deficit(24.0, saturation_density(24.0))).abs() < 1e-9);
        assert!((relative_humidity(24.0, saturation_density(24.0)) - 100.0).abs() < 1e-9);
    }
}
