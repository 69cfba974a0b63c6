//! Conversions from `f64`, saturating, in one place.

/// Nearest integer; saturates.
#[expect(clippy::cast_possible_truncation, reason = "saturation is wanted")]
pub(crate) fn round(value: f64) -> i64 {
    value.round() as i64
}

/// Nearest single-precision number, as a meter's register holds it.
#[expect(clippy::cast_possible_truncation, reason = "this is the meter's precision")]
pub(crate) fn single(value: f64) -> f32 {
    value as f32
}

/// Rounds to `decimals` decimal places, as a device prints a number.
pub(crate) fn printed(value: f64, decimals: i32) -> f64 {
    let scale = 10f64.powi(decimals);
    (value * scale).round() / scale
}
