//! Noise as a pure function of (seed, stream, index): nothing to carry along, so a history and a live run agree.
//!
//! SplitMix64's finaliser is the whole generator. It is written out here so that no dependency can change outputs.

/// Names a stream of noise, e.g. `flower-1 temperature`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream(u64);

impl Stream {
    /// The stream with this name under a seed.
    pub fn new(seed: u64, name: &str) -> Self {
        // FNV-1a over the name, started from the mixed seed.
        let hash = name.bytes().fold(mix(seed) ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self(mix(hash))
    }

    fn bits(self, index: i64) -> u64 {
        mix(self.0 ^ mix(index.cast_unsigned()))
    }

    /// Uniform in [0, 1).
    pub fn uniform(self, index: i64) -> f64 {
        (self.bits(index) >> 11) as f64 / (1u64 << 53) as f64
    }

    /// Mean 0, standard deviation 1, never beyond ±3.47: the sum of four 16-bit uniforms, scaled.
    pub fn normal(self, index: i64) -> f64 {
        let bits = self.bits(index);
        let sum: u64 = (0..4).map(|part| bits >> (16 * part) & 0xffff).sum();
        (sum as f64 / 65_535.0 - 2.0) * 3.0_f64.sqrt()
    }

    /// Autocorrelated noise of mean 0 and standard deviation 1: an AR(1) process cut off where its weights fall
    /// below 1 %, so that any index can be asked for alone. `persistence` is the correlation of neighbours, 0..1.
    pub fn red(self, index: i64, persistence: f64) -> f64 {
        let (mut weight, mut sum) = (1.0, 0.0);
        for back in 0.. {
            if weight < 0.01 {
                break;
            }
            sum += weight * self.normal(index - back);
            weight *= persistence;
        }
        sum * (1.0 - persistence * persistence).sqrt()
    }
}

fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first output of the reference SplitMix64 seeded with 0 is published with the algorithm.
    #[test]
    fn the_mixer_is_splitmix64() {
        assert_eq!(mix(0), 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn moments_and_bounds() {
        let stream = Stream::new(1, "test");
        let values: Vec<f64> = (0..20_000).map(|i| stream.normal(i)).collect();
        let mean = values.iter().sum::<f64>() / 20_000.0;
        let variance = values.iter().map(|v| v * v).sum::<f64>() / 20_000.0;
        assert!(mean.abs() < 0.03 && (variance - 1.0).abs() < 0.04, "{mean} {variance}");
        assert!(values.iter().all(|v| v.abs() <= 3.47));
        assert!((0..1000).map(|i| stream.uniform(i)).all(|u| (0.0..1.0).contains(&u)));
    }

    #[test]
    fn red_noise_remembers_its_neighbour() {
        let stream = Stream::new(1, "red");
        let values: Vec<f64> = (0..20_000).map(|i| stream.red(i, 0.9)).collect();
        let variance = values.iter().map(|v| v * v).sum::<f64>() / 20_000.0;
        let lag = values.windows(2).map(|w| w[0] * w[1]).sum::<f64>() / 19_999.0 / variance;
        assert!((variance - 1.0).abs() < 0.15 && (lag - 0.9).abs() < 0.02, "{variance} {lag}");
    }

    #[test]
    fn seeds_and_names_separate_streams() {
        assert_ne!(Stream::new(1, "a"), Stream::new(2, "a"));
        assert_ne!(Stream::new(1, "a"), Stream::new(1, "b"));
        assert_eq!(Stream::new(1, "a"), Stream::new(1, "a"));
    }
}
