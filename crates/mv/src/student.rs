//! Student's t distribution.

/// Digits beyond these do not change.
const TOLERANCE: f64 = 1e-15;

/// The value that a two-sided interval at `confidence` (e.g. 0.9) reaches with `degrees` of freedom, which need not be
/// whole: t(0.95, degrees) for 0.9. None where it is not defined.
pub fn two_sided_t(confidence: f64, degrees: f64) -> Option<f64> {
    if !(confidence > 0.0 && confidence < 1.0 && degrees.is_finite() && degrees > 0.0) {
        return None;
    }
    let tail = 1.0 - confidence;
    // P(|T| > t) = I(degrees / (degrees + t²); degrees / 2, 1 / 2) falls with t.
    let beyond = |t: f64| incomplete_beta(degrees / (degrees + t * t), degrees / 2.0, 0.5);
    let (mut low, mut high) = (0.0, 1.0);
    while beyond(high) > tail {
        high *= 2.0;
        if high > 1e12 {
            return None;
        }
    }
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if beyond(middle) > tail {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(0.5 * (low + high))
}

/// Regularised incomplete beta function I(x; a, b) by its continued fraction (Lentz).
pub fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = libm::exp(
        libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log1p(-x),
    );
    if x < (a + 1.0) / (a + b + 2.0) {
        front * fraction(x, a, b) / a
    } else {
        1.0 - front * fraction(1.0 - x, b, a) / b
    }
}

fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let away_from_zero = |v: f64| if v.abs() < 1e-300 { 1e-300 } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for step in 1..10_000_u32 {
        let m = f64::from(step);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / away_from_zero(1.0 + term * d);
            c = away_from_zero(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() < TOLERANCE {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values as tables print them.
    #[test]
    fn quantiles_are_those_of_the_tables() {
        let table = [
            (0.9, 1.0, 6.313_751_514_675_04),
            (0.95, 1.0, 12.706_204_736_174_7),
            (0.9, 10.0, 1.812_461_122_811_68),
            (0.95, 30.0, 2.042_272_456_301_24),
            (0.9, 363.0, 1.649_061_713_698),
            (0.68, 363.0, 0.995_807_0),
            (0.99, 3.0, 5.840_909_309_733_4),
        ];
        for (confidence, degrees, expected) in table {
            let t = two_sided_t(confidence, degrees).unwrap();
            assert!((t / expected - 1.0).abs() < 1e-4, "t({confidence}, {degrees}) = {t}, not {expected}");
        }
        assert!((two_sided_t(0.9, 1.0).unwrap() - 6.313_751_514_675_04).abs() < 1e-10);
        assert!((two_sided_t(0.9, 10.0).unwrap() - 1.812_461_122_811_68).abs() < 1e-11);
        assert_eq!(two_sided_t(0.9, 0.0), None);
        assert_eq!(two_sided_t(1.0, 5.0), None);
    }
}
