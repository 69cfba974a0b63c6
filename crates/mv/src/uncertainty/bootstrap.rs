//! Moving-block bootstrap: what the scatter of the baseline, cut into blocks that keep its memory, can do to savings.

use crate::stats;

/// How it is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draws {
    /// Seed of the generator; the same seed gives the same band everywhere.
    pub seed: u64,
    /// How often.
    pub replicates: usize,
}

/// Half-width that |error of savings| stays under in a share `confidence` of draws.
///
/// An error is the noise of `m` reporting periods minus the error of the model, which is linear in the baseline's noise:
/// `influence[i]` is by how much the summed counterfactual rises with residual i. Both noises are made of blocks of
/// `block` consecutive residuals, wrapping at the end.
pub fn band(
    residuals: &[f64],
    influence: &[f64],
    m: usize,
    block: usize,
    draws: Draws,
    confidence: f64,
) -> Option<f64> {
    let n = residuals.len();
    if n < 2 * block.max(1) || m == 0 {
        return None;
    }
    let mean = stats::mean(residuals);
    let centred: Vec<f64> = residuals.iter().map(|r| r - mean).collect();
    // Blocks drawn from few are less scattered than the truth they stand for.
    let few = n as f64 / block as f64;
    let scale = (few / (few - 1.0)).sqrt();
    let mut sums = vec![0.0; 2 * n + 1];
    (0..2 * n).for_each(|i| sums[i + 1] = sums[i] + centred[i % n]);
    let mut random = SplitMix(draws.seed);
    let mut errors: Vec<f64> = Vec::with_capacity(draws.replicates);
    for _ in 0..draws.replicates {
        let mut model = 0.0;
        let mut at = 0;
        while at < n {
            let start = random.below(n);
            let length = block.min(n - at);
            model = (0..length).fold(model, |t, k| t + influence[at + k] * centred[(start + k) % n]);
            at += length;
        }
        let mut noise = 0.0;
        let mut left = m;
        while left > 0 {
            let start = random.below(n);
            let length = block.min(left);
            noise += sums[start + length] - sums[start];
            left -= length;
        }
        errors.push((scale * (noise - model)).abs());
    }
    Some(stats::quantile(&errors, confidence)).filter(|band| band.is_finite())
}

/// Steele, Lea and Flood's SplitMix64.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number from 0 to `limit` − 1; its bias is below 2⁻⁴⁰ for any series.
    fn below(&mut self, limit: usize) -> usize {
        let product = u128::from(self.next()) * limit as u128;
        usize::try_from(product >> 64).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// White noise: the error of m days has variance σ² m (1 + m/n) for a model that is a mean.
    #[test]
    fn white_noise_gives_the_band_of_the_textbook() {
        let mut random = SplitMix(7);
        let uniform = |random: &mut SplitMix| (random.next() >> 11) as f64 / (1u64 << 53) as f64 - 0.5;
        let residuals: Vec<f64> = (0..365).map(|_| uniform(&mut random)).collect();
        let draws = Draws { seed: 1, replicates: 4000 };
        let influence = vec![1.0; 365];
        let found = band(&residuals, &influence, 365, 1, draws, 0.9).unwrap();
        let expected = 1.645 * (stats::variance(&residuals) * 365.0 * 2.0).sqrt();
        assert!((found / expected - 1.0).abs() < 0.05, "{found} is not {expected}");
        assert_eq!(band(&residuals, &influence, 365, 1, draws, 0.9), Some(found), "a seed fixes the draws");
        assert_eq!(band(&residuals, &influence, 0, 1, draws, 0.9), None);
    }
}
