//! Transpiration of a canopy.

/// Heat of vaporisation, kJ/kg.
pub(crate) const LATENT: f64 = 2450.0;

/// Leaf area per planted area at an age in days: rises along an S to what a closed canopy has.
pub(crate) fn leaf_area(age: f64, transplanted: bool) -> f64 {
    let (start, half) = if transplanted { (0.9, 22.0) } else { (0.35, 13.0) };
    start + 2.9 / (1.0 + (-(age - half) / 5.5).exp())
}

/// Water vapour of 1 m² of planted area as `constant + slope × deficit`, g/s, the deficit in g/kg below saturation.
///
/// `radiation` is what falls on the canopy in W/m². Stomata open with light and nearly close in the dark.
pub(crate) fn transpiration(radiation: f64, leaf_area: f64) -> (f64, f64) {
    let absorbed = radiation * (1.0 - (-0.7 * leaf_area).exp());
    let open = 0.18 + 0.82 * (1.0 - (-radiation / 90.0).exp());
    // A thick canopy shades its own lower leaves.
    let working = 2.2 * (1.0 - (-leaf_area / 2.2).exp());
    (0.42 * absorbed / LATENT, 0.0021 * open * working)
}
