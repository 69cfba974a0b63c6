//! Sums and moments in a fixed order of operations.

/// Sum with Neumaier's compensation, in the order given.
pub fn sum(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = total + value;
        lost += if total.abs() >= value.abs() { (total - next) + value } else { (value - next) + total };
        total = next;
    }
    total + lost
}

/// Mean; NaN for no values.
pub fn mean(values: &[f64]) -> f64 {
    sum(values.iter().copied()) / values.len() as f64
}

/// Sum of the products of two columns.
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |total, (x, y)| total + x * y)
}

/// Sum of squares.
pub fn sum_of_squares(values: &[f64]) -> f64 {
    sum(values.iter().map(|v| v * v))
}

/// Variance with divisor n (not n − 1).
pub fn variance(values: &[f64]) -> f64 {
    let centre = mean(values);
    sum(values.iter().map(|v| (v - centre) * (v - centre))) / values.len() as f64
}

/// Pearson correlation of two columns of one length; NaN when either is constant.
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (mean_a, mean_b) = (mean(a), mean(b));
    let product = sum(a.iter().zip(b).map(|(x, y)| (x - mean_a) * (y - mean_b)));
    let square_a = sum(a.iter().map(|x| (x - mean_a) * (x - mean_a)));
    let square_b = sum(b.iter().map(|y| (y - mean_b) * (y - mean_b)));
    product / (square_a.sqrt() * square_b.sqrt())
}

/// Correlation of a series with itself one step later, as ASHRAE Guideline 14 wants of residuals; neighbours are
/// neighbours in the list, also across a gap (eemeter does the same).
pub fn lag1_autocorrelation(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return f64::NAN;
    }
    correlation(&values[1..], &values[..values.len() - 1])
}

/// Quantile between 0 and 1 of values in any order, linear between neighbours; NaN for no values.
pub fn quantile(values: &[f64], fraction: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    quantile_of_sorted(&sorted, fraction)
}

/// As [`quantile`], of values already in ascending order.
pub fn quantile_of_sorted(sorted: &[f64], fraction: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = fraction.clamp(0.0, 1.0) * last as f64;
    // `last` is a length, so the place fits.
    let below = (0..=last).rev().find(|&index| index as f64 <= place).unwrap_or(0);
    let above = (below + 1).min(last);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}

/// Median.
pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compensated_sum_keeps_what_a_plain_one_loses() {
        assert!((sum([1e16, 1.0, -1e16]) - 1.0).abs() < f64::EPSILON);
        assert!((sum([1.0, 1e100, 1.0, -1e100]) - 2.0).abs() < f64::EPSILON);
    }

    #[test]
    fn quantiles_are_linear_between_neighbours() {
        let values = [4.0, 1.0, 3.0, 2.0];
        assert!((median(&values) - 2.5).abs() < 1e-15);
        assert!((quantile(&values, 0.25) - 1.75).abs() < 1e-15);
        assert!((quantile(&values, 1.0) - 4.0).abs() < 1e-15);
        assert!(median(&[]).is_nan());
    }

    #[test]
    fn autocorrelation_of_an_alternating_series_is_minus_one() {
        assert!((lag1_autocorrelation(&[1.0, -1.0, 1.0, -1.0, 1.0]) + 1.0).abs() < 1e-12);
        assert!(lag1_autocorrelation(&[1.0]).is_nan());
    }
}
