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
/// Larger changes than this share of use are made of many decisions, whose errors add in quadrature.
const STEP: f64 = 0.02;
/// Standard error of what more photons per m² do, as a share of it.
const INTENSITY_ERROR: f64 = 0.06;

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
    let canopy_error = CANOPY_ERROR * (by_canopy * by_canopy.min(STEP)).sqrt();
    let light_error = INTENSITY_ERROR * by_light;
    let both = (canopy_error * canopy_error + light_error * light_error).sqrt();
    both * usual * reporting.len() as f64
}
