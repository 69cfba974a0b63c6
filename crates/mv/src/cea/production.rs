//! How far a model can be wrong about production that differs from the baseline's.
//!
//! A daily baseline sees rooms empty between crops and recipes step up; it hardly sees a year with less in every room. Fans
//! and dimmed lamps do not fall with canopy when rooms are planted half, and do when a room stands empty, and the
//! drivers do not tell these apart. So a change of production is known only within a share of itself.

use super::Row;
use super::search::Candidate;
use super::term::{Meaning, Term};
use crate::stats;

/// Standard error of what a change of canopy does, as a share of it. With this and `STEP` some ninety of a hundred simulated
/// facilities were covered (docs/ACCURACY.md, seeds 0–89, of which none is in its table).
const CANOPY_ERROR: f64 = 0.2;
/// The same where the area in use is known, which tells denser rooms from more of them.
const CANOPY_ERROR_WITH_AREA: f64 = 0.13;
/// Larger changes than this share of use are made of many decisions, whose errors add in quadrature.
const STEP: f64 = 0.02;
/// Standard error of what more photons per m² do, as a share of it.
const INTENSITY_ERROR: f64 = 0.05;

/// Standard deviation of the summed counterfactual, meter units; 0 where neither canopy nor photons are known.
pub fn deviation(model: &Candidate, baseline: &[Row], reporting: &[Row], meaning: &Meaning) -> f64 {
    let mean = |rows: &[Row], of: &dyn Fn(&Row) -> f64| stats::mean(&rows.iter().map(of).collect::<Vec<_>>());
    let grown = |of: &dyn Fn(&Row) -> f64| {
        let before = mean(baseline, of);
        if before > 0.0 { mean(reporting, of) / before } else { 1.0 }
    };
    let photons = |row: &Row| meaning.photons.map_or(0.0, |place| row.drivers[place]);
    let canopy = |row: &Row| Term::Canopy.value(row, meaning);
    let has_canopy = !meaning.canopy.is_empty();
    let area = if has_canopy { grown(&canopy) } else { grown(&photons) };
    let intensity = if has_canopy { grown(&photons) / area.max(f64::MIN_POSITIVE) } else { 1.0 };
    let part = |wanted: &dyn Fn(&Term) -> bool| {
        let terms = || model.terms.iter().zip(&model.slopes).filter(|(term, _)| wanted(term));
        mean(baseline, &|row| terms().fold(0.0, |t, (term, slope)| t + slope * term.value(row, meaning)))
    };
    let usual = mean(reporting, &|row| model.predict(row, meaning)).abs().max(f64::MIN_POSITIVE);
    let by_canopy = (part(&|term| term.is_production(meaning)) * (area - 1.0) / usual).abs();
    let by_light = (part(&|term| term.is_light(meaning)) * (intensity - 1.0) / usual).abs();
    let share = if meaning.area.is_some() { CANOPY_ERROR_WITH_AREA } else { CANOPY_ERROR };
    let canopy_error = share * (by_canopy * by_canopy.min(STEP)).sqrt();
    let light_error = INTENSITY_ERROR * by_light;
    let both = (canopy_error * canopy_error + light_error * light_error).sqrt();
    both * usual * reporting.len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::driver::ExogenousDriver;
    use super::*;

    /// A hundred days of 8 units per m² and half a unit per mol, with so much canopy and light.
    fn deviation_at(canopy: f64, photons_per_m2: f64) -> f64 {
        let names = ["canopy_m2", "ppf_mol"];
        let drivers: Vec<ExogenousDriver> =
            names.iter().filter_map(|name| ExogenousDriver::declare(name).ok()).collect();
        let days = |canopy: f64, light: f64| -> Vec<Row> {
            let first: chrono::NaiveDate = "2025-01-01".parse().unwrap();
            let day =
                |date| Row { date, usage: 0.0, temperature_f: 60.0, drivers: vec![canopy, light * canopy] };
            first.iter_days().take(100).map(day).collect()
        };
        let terms = vec![Term::Driver(0), Term::Driver(1)];
        let model = Candidate { terms, slopes: vec![4.0, 0.1], base: 0.0, bic: f64::NAN };
        deviation(&model, &days(100.0, 40.0), &days(canopy, photons_per_m2), &Meaning::of(&drivers))
    }

    #[test]
    fn the_same_production_is_certain_and_a_change_is_not() {
        assert!(deviation_at(100.0, 40.0) < 1e-9);
        // Of 1 000 units a day at 125 m², 200 come from more canopy: 0.2 √(0.2 × 0.02) = 1.26 % of use.
        assert!((deviation_at(125.0, 40.0) / (100.0 * 1000.0) - 0.012_65).abs() < 1e-4);
        // Of 880 units a day at 48 mol/m², 80 come from more light: a twentieth of them.
        assert!((deviation_at(100.0, 48.0) - 100.0 * 80.0 * INTENSITY_ERROR).abs() < 1e-6);
    }

    #[test]
    fn a_small_change_of_canopy_is_uncertain_by_a_fifth_of_itself() {
        let share = deviation_at(101.0, 40.0) / (100.0 * 808.0);
        assert!((share - CANOPY_ERROR * 8.0 / 808.0).abs() < 1e-6, "{share}");
    }
}
