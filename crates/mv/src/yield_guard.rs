//! Yield guard: savings that cost the crop are no savings.
//!
//! A crop cycle's grams per mol of light delivered and kWh per kg are held against the baseline's cycles. Light and
//! energy are those of the cycle, from planting to harvest, so a harvest is only looked at when its cycle is closed.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::{stats, student};

/// Fewest baseline cycles that tell a band.
const CYCLES_MIN: usize = 2;

/// How far apart in the year the middles of two cycles may be, days, for them to be of one season.
const SEASON_DAYS: u32 = 45;

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
    /// Energy of the cycle, kWh; none where it was not metered.
    pub energy_kwh: Option<f64>,
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
    /// kWh per kg; none for a lost crop, or where energy is not known.
    pub kwh_per_kg: Option<f64>,
    /// Cycles of the baseline that its g per mol is of.
    pub against: usize,
    /// Whether these are of the season of this one. Where the baseline has fewer than two of it, they are all it has.
    pub in_season: bool,
    /// Baseline's g per mol.
    pub baseline_grams_per_mol: Band,
    /// Baseline's kWh per kg; none where fewer than two of its cycles have energy.
    pub baseline_kwh_per_kg: Option<Band>,
    /// Lowest g per mol that is no breach.
    pub least_grams_per_mol: f64,
    /// Highest kWh per kg that is no breach.
    pub most_kwh_per_kg: Option<f64>,
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
    let sound = amount(cycle.harvest_kg) && cycle.energy_kwh.is_none_or(amount) && amount(cycle.light_mol);
    if sound && cycle.light_mol > 0.0 { Ok(()) } else { Err(GuardError::Amount(cycle.harvested)) }
}

fn grams_per_mol(cycle: &Cycle) -> f64 {
    1000.0 * cycle.harvest_kg / cycle.light_mol
}

fn kwh_per_kg(cycle: &Cycle) -> Option<f64> {
    cycle.energy_kwh.filter(|_| cycle.harvest_kg > 0.0).map(|energy| energy / cycle.harvest_kg)
}

/// Day of the year on which a cycle is half grown.
fn middle(cycle: &Cycle) -> u32 {
    let half = cycle.harvested.signed_duration_since(cycle.planted) / 2;
    cycle.planted.checked_add_signed(half).unwrap_or(cycle.planted).ordinal()
}

fn is_of_season(a: &Cycle, b: &Cycle) -> bool {
    let apart = middle(a).abs_diff(middle(b));
    // December is next to January.
    apart.min(365_u32.abs_diff(apart)) <= SEASON_DAYS
}

/// Figures of the cycles of this one's season where there are enough of them, else of all, and which of the two.
fn in_season(alike: &[&Cycle], cycle: &Cycle, figure: impl Fn(&Cycle) -> Option<f64>) -> (Vec<f64>, bool) {
    let of = |season: bool| -> Vec<f64> {
        let chosen = alike.iter().filter(|other| !season || is_of_season(other, cycle));
        chosen.filter_map(|other| figure(other)).collect()
    };
    let near = of(true);
    if near.len() >= CYCLES_MIN { (near, true) } else { (of(false), false) }
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

/// Judges closed cycles of the reporting period against those of the baseline, crop by crop: against those whose middle is at most 45
/// days away in the year where there are two of them, else against all.
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
    let alike: Vec<&Cycle> = baseline.iter().filter(|other| other.crop == cycle.crop).collect();
    let (yields, of_season) = in_season(&alike, cycle, |other| Some(grams_per_mol(other)));
    let (intensities, _) = in_season(&alike, cycle, kwh_per_kg);
    if yields.len() < CYCLES_MIN {
        return Err(GuardError::Baseline { crop: cycle.crop.clone(), found: yields.len() });
    }
    let by_yield = band(&yields, tolerance.confidence);
    let by_intensity = (intensities.len() >= CYCLES_MIN).then(|| band(&intensities, tolerance.confidence));
    let (grams, intensity) = (grams_per_mol(cycle), kwh_per_kg(cycle));
    let least = (by_yield.mean * (1.0 - tolerance.yield_fall)).min(by_yield.low);
    let most = by_intensity.map(|band| (band.mean * (1.0 + tolerance.intensity_rise)).max(band.high));
    // A lost crop has cost energy for nothing.
    let lost = cycle.energy_kwh.is_some() && cycle.harvest_kg <= 0.0;
    Ok(Guarded {
        cycle: cycle.clone(),
        grams_per_mol: grams,
        kwh_per_kg: intensity,
        against: yields.len(),
        in_season: of_season,
        baseline_grams_per_mol: by_yield,
        baseline_kwh_per_kg: by_intensity,
        least_grams_per_mol: least,
        most_kwh_per_kg: most,
        yield_breach: grams < least,
        intensity_breach: most.is_some_and(|most| lost || intensity.is_some_and(|found| found > most)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cycle(crop: &str, harvest_kg: f64, light_mol: f64, energy_kwh: f64) -> Cycle {
        let (planted, harvested) = ("2026-01-01".parse().unwrap(), "2026-03-05".parse().unwrap());
        Cycle { crop: crop.into(), planted, harvested, harvest_kg, light_mol, energy_kwh: Some(energy_kwh) }
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
    fn without_energy_yield_alone_is_judged() {
        let unmetered = |c: Cycle| Cycle { energy_kwh: None, ..c };
        let cycles: Vec<Cycle> = baseline().into_iter().map(unmetered).collect();
        let found = guard(&cycles, &[cycle("basil", 80.0, 100_000.0, 20_000.0)], TOLERANCE).unwrap();
        assert!(found[0].yield_breach && !found[0].intensity_breach);
        assert_eq!((found[0].baseline_kwh_per_kg, found[0].most_kwh_per_kg), (None, None));
        let found = guard(&baseline(), &[unmetered(cycle("basil", 0.0, 1.0, 0.0))], TOLERANCE).unwrap();
        assert!(found[0].yield_breach && !found[0].intensity_breach);
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

    fn grown(planted: &str, harvested: &str, harvest_kg: f64) -> Cycle {
        let (planted, harvested) = (planted.parse().unwrap(), harvested.parse().unwrap());
        Cycle { planted, harvested, ..cycle("basil", harvest_kg, 100_000.0, 30_000.0) }
    }

    /// By hand: in winter 0.80 and 0.82 g/mol, mean 0.81, a tenth less 0.729; s = 0.01414, t(0.95; 1) = 6.3138, half-width
    /// 6.3138 · 0.01414 · √1.5 = 0.10935, so 0.70065. Over the year 0.80, 0.82, 1.20, 1.22: mean 1.01.
    #[test]
    fn winter_is_held_against_winter() {
        let baseline = [
            grown("2024-12-10", "2025-01-20", 82.0), // middle 30 December
            grown("2025-01-25", "2025-03-06", 80.0), // 14 February
            grown("2025-05-30", "2025-07-10", 120.0),
            grown("2025-07-15", "2025-08-25", 122.0),
        ];
        let judge = |planted, harvested, kg| {
            guard(&baseline, &[grown(planted, harvested, kg)], TOLERANCE).unwrap().remove(0)
        };
        // Middle 20 January: 21 and 25 days away.
        let winter = judge("2026-01-01", "2026-02-08", 75.0);
        assert!(winter.in_season && winter.against == 2 && !winter.yield_breach, "{winter:?}");
        assert!((winter.baseline_grams_per_mol.mean - 0.81).abs() < 1e-12);
        assert!((winter.least_grams_per_mol - 0.700_65).abs() < 1e-4, "{winter:?}");
        // Middle 30 January: 30 December is 31 days away across the year's end, 14 February 15.
        assert!(judge("2026-01-10", "2026-02-19", 75.0).in_season);
        // Middle 2 March: of the season there is one alone, so all four count.
        let spring = judge("2026-02-10", "2026-03-22", 75.0);
        assert!(!spring.in_season && spring.against == 4, "{spring:?}");
        assert!((spring.baseline_grams_per_mol.mean - 1.01).abs() < 1e-12);
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
