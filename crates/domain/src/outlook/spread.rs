//! Spread of a handful of values, and how many spreads wide a band of 80 % is.

use super::count;

/// 90 % quantile of the normal distribution: a band of 80 % is this many standard deviations to either side.
pub(super) const NORMAL_P90: f64 = 1.281_551_565_544_600_4;

/// 90 % quantiles of Student's t with 1 to 10 degrees of freedom; NIST/SEMATECH e-Handbook, 1.3.6.7.2.
const T_P90: [f64; 10] = [3.078, 1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372];

/// 90 % quantile of Student's t. Beyond the table the expansion of Abramowitz & Stegun 26.7.5 to its second term, which
/// is exact to three decimals there. No degree of freedom counts as one.
pub(super) fn t_p90(degrees: usize) -> f64 {
    if let Some(known) = T_P90.get(degrees.saturating_sub(1)) {
        return *known;
    }
    let (z, n) = (NORMAL_P90, count(degrees));
    z + (z.powi(3) + z) / (4.0 * n) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n)
}

/// Mean; nothing of nothing.
pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / count(values.len()) }
}

/// Variance of what the values are a sample of; nothing for fewer than two.
pub(super) fn variance(values: &[f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mean = mean(values);
    values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / count(values.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_tables() {
        // From the printed tables, beyond the part that is in the program.
        for (degrees, known) in [(0, 3.078), (1, 3.078), (4, 1.533), (11, 1.363), (20, 1.325), (30, 1.310)] {
            assert!((t_p90(degrees) - known).abs() < 6e-4, "{degrees}: {}", t_p90(degrees));
        }
        assert!((t_p90(1_000_000) - NORMAL_P90).abs() < 1e-5);
    }

    #[test]
    fn spread_of_a_handful() {
        // By hand: 2, 4, 9 have the mean 5 and squares 9 + 1 + 16 over 2.
        assert!((variance(&[2.0, 4.0, 9.0]) - 13.0).abs() < 1e-12);
        assert!((variance(&[7.0]), mean(&[])) == (0.0, 0.0));
    }
}
