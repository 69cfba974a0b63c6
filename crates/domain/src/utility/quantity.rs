//! Exact arithmetic on decimals: `Decimal` itself rounds silently when a result needs more than 28 digits.

use rust_decimal::Decimal;

/// `value` × 10^`power`, exactly; none if the result does not fit a [`Decimal`].
pub fn scaled(value: Decimal, power: i8) -> Option<Decimal> {
    let scale = i64::from(value.scale()) - i64::from(power);
    if scale >= 0 {
        return Decimal::try_from_i128_with_scale(value.mantissa(), u32::try_from(scale).ok()?).ok();
    }
    let factor = 10_i128.checked_pow(u32::try_from(-scale).ok()?)?;
    Decimal::try_from_i128_with_scale(value.mantissa().checked_mul(factor)?, 0).ok()
}

/// The exact sum; none if it does not fit a [`Decimal`]. The sum of nothing is 0.
pub fn exact_sum(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    let (mut mantissa, mut scale) = (0_i128, 0_u32);
    for value in values {
        let mut add = value.mantissa();
        if value.scale() > scale {
            mantissa = mantissa.checked_mul(10_i128.checked_pow(value.scale() - scale)?)?;
            scale = value.scale();
        } else {
            add = add.checked_mul(10_i128.checked_pow(scale - value.scale())?)?;
        }
        mantissa = mantissa.checked_add(add)?;
    }
    Decimal::try_from_i128_with_scale(mantissa, scale).ok().map(|sum| sum.normalize())
}
