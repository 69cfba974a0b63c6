//! Yield guard: savings that cost the crop are no savings.
//!
//! A crop cycle's grams per mol of light delivered and kWh per kg are held against the baseline's cycles. Light and
//! energy are those of the cycle, from planting to harvest, so a harvest is only looked at when its cycle is closed.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{stats, student};

/// Fewest baseline cycles that tell a band.
const CYCLES_MIN: usize = 2;

/// A closed crop cycle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cycle {
    /// Crop, e.g. a cultivar; cycles are only compared with those of the same.
    pub crop: String,
    /// First day.
    pub planted: NaiveDate,
    /// Day of the harvest.
    pub harvested: NaiveDate,
    /// Harvest, kg.
    pub harvest_kg: f64,
    /// Light that reached the canopy, mol.
    pub light_mol: f64,
    /// Energy of the cycle, kWh.
    pub energy_kwh: f64,
}

/// What a contract allows.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// How far yield per mol may fall below the baseline's mean, a fraction.
    pub yield_fall: f64,
    /// How far kWh per kg may rise above it, a fraction.
    pub intensity_rise: f64,
    /// Two-sided confidence of the baseline's band, within which a cycle is no breach whatever the tolerance.
    pub confidence: f64,
}

/// Mean and band of the baseline's cycles.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Band {
    /// Mean of the cycles.
    pub mean: f64,
    /// Lowest that a further cycle is expected to reach.
    pub low: f64,
    /// Highest.
    pub high: f64,
}

/// A cycle against the baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guarded {
    /// The cycle.
    pub cycle: Cycle,
    /// g per mol.
    pub grams_per_mol: f64,
    /// kWh per kg; none for a lost crop.
    pub kwh_per_kg: Option<f64>,
    /// Baseline's g per mol.
    pub baseline_grams_per_mol: Band,
    /// Baseline's kWh per kg.
    pub baseline_kwh_per_kg: Band,
    /// g per mol is below both the tolerance and the band: the period's savings are flagged.
    pub yield_breach: bool,
    /// kWh per kg is above both.
    pub intensity_breach: bool,
}

/// Why a cycle cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum GuardError {
    /// Too little to compare with.
    #[error("the baseline has {found} closed cycles of {crop}; {CYCLES_MIN} are needed")]
    Baseline {
        /// The crop.
        crop: String,
        /// Its cycles.
        found: usize,
    },
    /// A number that is not one.
    #[error(
        "the cycle harvested on {0} needs light above 0 mol, and a harvest and energy that are not negative"
    )]
    Amount(NaiveDate),
}

fn check(cycle: &Cycle) -> Result<(), GuardError> {
    let amount = |v: f64| v.is_finite() && v >= 0.0;
    let sound = amount(cycle.harvest_kg) && amount(cycle.energy_kwh) && amount(cycle.light_mol);
    if sound && cycle.light_mol > 0.0 { Ok(()) } else { Err(GuardError::Amount(cycle.harvested)) }
}

fn grams_per_mol(cycle: &Cycle) -> f64 {
    1000.0 * cycle.harvest_kg / cycle.light_mol
}

fn kwh_per_kg(cycle: &Cycle) -> Option<f64> {
    (cycle.harvest_kg > 0.0).then(|| cycle.energy_kwh / cycle.harvest_kg)
}

/// Mean ± t s √(1 + 1/n): where one more cycle like them falls.
fn band(values: &[f64], confidence: f64) -> Band {
    let n = values.len() as f64;
    let mean = stats::mean(values);
    let deviation = (stats::variance(values) * n / (n - 1.0)).sqrt();
    let t = student::two_sided_t(confidence, n - 1.0).unwrap_or(f64::INFINITY);
    let half = t * deviation * (1.0 + 1.0 / n).sqrt();
    Band { mean, low: mean - half, high: mean + half }
}

/// Judges closed cycles of the reporting period against those of the baseline, crop by crop.
///
/// # Errors
/// Where a cycle has an amount that is none, or a crop has too few cycles in the baseline.
pub fn guard(
    baseline: &[Cycle],
    reporting: &[Cycle],
    tolerance: Tolerance,
) -> Result<Vec<Guarded>, GuardError> {
    baseline.iter().chain(reporting).try_for_each(check)?;
    reporting.iter().map(|cycle| judge(baseline, cycle, tolerance)).collect()
}

fn judge(baseline: &[Cycle], cycle: &Cycle, tolerance: Tolerance) -> Result<Guarded, GuardError> {
    let alike = || baseline.iter().filter(|other| other.crop == cycle.crop);
    let yields: Vec<f64> = alike().map(grams_per_mol).collect();
    let intensities: Vec<f64> = alike().filter_map(kwh_per_kg).collect();
    if intensities.len() < CYCLES_MIN {
        return Err(GuardError::Baseline { crop: cycle.crop.clone(), found: intensities.len() });
    }
    let by_yield = band(&yields, tolerance.confidence);
    let by_intensity = band(&intensities, tolerance.confidence);
    let (grams, intensity) = (grams_per_mol(cycle), kwh_per_kg(cycle));
    let least = (by_yield.mean * (1.0 - tolerance.yield_fall)).min(by_yield.low);
    let most = (by_intensity.mean * (1.0 + tolerance.intensity_rise)).max(by_intensity.high);
    Ok(Guarded {
        cycle: cycle.clone(),
        grams_per_mol: grams,
        kwh_per_kg: intensity,
        baseline_grams_per_mol: by_yield,
        baseline_kwh_per_kg: by_intensity,
        yield_breach: grams < least,
        // A lost crop has cost energy for nothing.
        intensity_breach: intensity.is_none_or(|found| found > most),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cycle(crop: &str, harvest_kg: f64, light_mol: f64, energy_kwh: f64) -> Cycle {
        let (planted, harvested) = ("2026-01-01".parse().unwrap(), "2026-03-05".parse().unwrap());
        Cycle { crop: crop.into(), planted, harvested, harvest_kg, light_mol, energy_kwh }
    }

    fn baseline() -> Vec<Cycle> {
        [98.0, 100.0, 102.0].map(|kg| cycle("basil", kg, 100_000.0, 30_000.0)).to_vec()
    }

    const TOLERANCE: Tolerance = Tolerance { yield_fall: 0.1, intensity_rise: 0.1, confidence: 0.9 };

    /// By hand: 0.98, 1.00, 1.02 g/mol: mean 1, s = 0.02, t(0.95; 2) = 2.9200, half-width 2.92 · 0.02 · √(4/3) = 0.06743.
    #[test]
    fn the_band_is_as_by_hand() {
        let found = guard(&baseline(), &[cycle("basil", 95.0, 100_000.0, 20_000.0)], TOLERANCE).unwrap();
        let band = found[0].baseline_grams_per_mol;
        assert!((band.mean - 1.0).abs() < 1e-12 && (band.low - (1.0 - 0.067_434)).abs() < 1e-5, "{band:?}");
        assert!((found[0].kwh_per_kg.unwrap() - 20_000.0 / 95.0).abs() < 1e-9);
        assert!(!found[0].yield_breach && !found[0].intensity_breach);
    }

    #[test]
    fn a_fall_below_tolerance_and_band_is_a_breach() {
        let judge =
            |kg, kwh| guard(&baseline(), &[cycle("basil", kg, 100_000.0, kwh)], TOLERANCE).unwrap().remove(0);
        assert!(judge(89.0, 20_000.0).yield_breach && !judge(91.0, 20_000.0).yield_breach);
        assert!(judge(89.0, 30_000.0).intensity_breach && !judge(89.0, 25_000.0).intensity_breach);
        let lost = judge(0.0, 20_000.0);
        assert!(lost.yield_breach && lost.intensity_breach && lost.kwh_per_kg.is_none());
        // A baseline that scatters more than the tolerance does not make a breach of a usual cycle.
        let wild = [60.0, 100.0, 140.0].map(|kg| cycle("basil", kg, 100_000.0, 30_000.0));
        let found = guard(&wild, &[cycle("basil", 70.0, 100_000.0, 20_000.0)], TOLERANCE).unwrap();
        assert!(!found[0].yield_breach);
    }

    #[test]
    fn what_cannot_be_judged_is_said() {
        let other = guard(&baseline(), &[cycle("lettuce", 1.0, 1.0, 1.0)], TOLERANCE);
        assert_eq!(other, Err(GuardError::Baseline { crop: "lettuce".into(), found: 0 }));
        let dark = cycle("basil", 1.0, 0.0, 1.0);
        assert_eq!(
            guard(&baseline(), std::slice::from_ref(&dark), TOLERANCE),
            Err(GuardError::Amount(dark.harvested))
        );
    }

    proptest! {
        /// The same crop at another scale is judged the same, and a better one is never a breach of yield.
        #[test]
        fn scale_is_of_no_matter(kg in 1.0_f64..200.0, times in 0.01_f64..100.0) {
            let one = cycle("basil", kg, 100_000.0, 30_000.0);
            let other = cycle("basil", kg * times, 100_000.0 * times, 30_000.0 * times);
            let judge = |c: &Cycle| guard(&baseline(), std::slice::from_ref(c), TOLERANCE).unwrap().remove(0);
            prop_assume!((kg - 90.0).abs() > 1e-6);
            prop_assert_eq!(judge(&one).yield_breach, judge(&other).yield_breach);
            if kg >= 100.0 {
                prop_assert!(!judge(&one).yield_breach);
            }
        }
    }
}
