//! Option B (sub-meters at the retrofit) against Option C (the whole facility).
//!
//! Lamps that draw less also heat less: cooling falls and heating rises. The interactive factor says how much of a
//! lighting saving the rest of the facility saves (positive) or uses (negative) on top: C ≈ B (1 + factor).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::stats;
use crate::uncertainty::hac::ErrorModel;

/// What heating and cooling make of a kWh of lighting that is saved.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plant {
    /// Share of lamp heat that cooling removes when it runs, 0 to 1.
    pub cooled: f64,
    /// Coefficient of performance of cooling, above 0.
    pub cooling_cop: f64,
    /// Share of lamp heat that saves heating when it runs, 0 to 1.
    pub heated: f64,
    /// Efficiency (or coefficient of performance) of heating, above 0, in the fuel that is netted.
    pub heating_efficiency: f64,
}

/// A figure with its half-width, meter units.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Value.
    pub value: f64,
    /// Half-width at the confidence in use.
    pub band: f64,
}

/// A month with its sub-metered savings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Season {
    /// Savings of the sub-metered retrofit.
    pub saved: f64,
    /// Share of the time that cooling runs, 0 to 1.
    pub cooling: f64,
    /// Share of the time that heating runs, 0 to 1.
    pub heating: f64,
}

/// Why a factor or a comparison cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReconcileError {
    /// An efficiency that is none.
    #[error("cooling COP and heating efficiency have to be above 0, shares between 0 and 1")]
    Plant,
    /// No savings to weigh seasons by.
    #[error("the sub-meter shows no savings in any season")]
    NoSavings,
    /// Too few or too uniform days.
    #[error("days with sub-meters of lighting and climate are too few or too alike to fit a factor")]
    NotIdentified,
}

/// The factor from the plant's data, weighed by what each season saves: cooled/COP − heated/η.
pub fn engineering_factor(plant: Plant, seasons: &[Season]) -> Result<f64, ReconcileError> {
    let share = |v: f64| (0.0..=1.0).contains(&v);
    let works = |v: f64| v.is_finite() && v > 0.0;
    let sound = share(plant.cooled) && share(plant.heated);
    if !(sound && works(plant.cooling_cop) && works(plant.heating_efficiency)) {
        return Err(ReconcileError::Plant);
    }
    if !seasons.iter().all(|s| share(s.cooling) && share(s.heating) && s.saved.is_finite()) {
        return Err(ReconcileError::Plant);
    }
    let saved = stats::sum(seasons.iter().map(|s| s.saved));
    let more = |s: &Season| {
        s.saved
            * (s.cooling * plant.cooled / plant.cooling_cop
                - s.heating * plant.heated / plant.heating_efficiency)
    };
    let factor = stats::sum(seasons.iter().map(more)) / saved;
    Some(factor).filter(|f| f.is_finite()).ok_or(ReconcileError::NoSavings)
}

/// A baseline day with both sub-meters.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SubMetered {
    /// Lighting, meter units.
    pub lighting: f64,
    /// Climate (cooling, dehumidifying, heating), in the same unit.
    pub climate: f64,
    /// Cooling degree days of the day, °F.
    pub cooling_degrees: f64,
    /// Heating degree days, °F.
    pub heating_degrees: f64,
}

/// The factor from the baseline's sub-meters: by how much climate's use rises with a kWh of lighting, weather held, with
/// its half-width (Newey-West).
pub fn fitted_factor(days: &[SubMetered], confidence: f64) -> Result<Estimate, ReconcileError> {
    let rows: Vec<Vec<f64>> =
        days.iter().map(|d| vec![1.0, d.cooling_degrees, d.heating_degrees, d.lighting]).collect();
    let climate: Vec<f64> = days.iter().map(|d| d.climate).collect();
    let columns = crate::uncertainty::ols::transpose(&rows);
    let solved = crate::linalg::LeastSquares::solve(&columns, &climate, None);
    let value = solved.coefficients.get(3).copied().filter(|v| *v != 0.0);
    let value = value.ok_or(ReconcileError::NotIdentified)?;
    let fitted = |row: &Vec<f64>| stats::dot(row, &solved.coefficients);
    let residuals: Vec<f64> = rows.iter().zip(&climate).map(|(row, used)| fitted(row) - used).collect();
    let errors = ErrorModel::new(&rows, &residuals).ok_or(ReconcileError::NotIdentified)?;
    let band = errors.mean_band(&[0.0, 0.0, 0.0, 1.0], confidence).ok_or(ReconcileError::NotIdentified)?;
    Ok(Estimate { value, band })
}

/// A day of a sub-meter: what explains its use (the constant first), and its use, meter units.
pub type Explained = (Vec<f64>, f64);

/// Savings that a sub-meter shows: what its use of `before` leads to expect of the days `after`, by least squares on their
/// variables, minus what it measured, with its half-width (Newey-West).
///
/// # Errors
/// `NotIdentified` without a degree of freedom, or with days of another number of variables.
pub fn sub_metered_savings(
    before: &[Explained],
    after: &[Explained],
    confidence: f64,
) -> Result<Estimate, ReconcileError> {
    let rows: Vec<Vec<f64>> = before.iter().map(|(row, _)| row.clone()).collect();
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().chain(after.iter().map(|(row, _)| row)).any(|row| row.len() != width) {
        return Err(ReconcileError::NotIdentified);
    }
    let used: Vec<f64> = before.iter().map(|(_, used)| *used).collect();
    let solved = crate::linalg::LeastSquares::solve(&crate::uncertainty::ols::transpose(&rows), &used, None);
    let expected = |row: &Vec<f64>| stats::dot(row, &solved.coefficients);
    let residuals: Vec<f64> = before.iter().map(|(row, used)| expected(row) - used).collect();
    let errors = ErrorModel::new(&rows, &residuals).ok_or(ReconcileError::NotIdentified)?;
    let value = stats::sum(after.iter().map(|(row, used)| expected(row) - used));
    let sums: Vec<f64> =
        (0..width).map(|column| stats::sum(after.iter().map(|(row, _)| row[column]))).collect();
    let band = errors.band(&sums, after.len() as f64, confidence).ok_or(ReconcileError::NotIdentified)?;
    Ok(Estimate { value, band })
}

/// Both options side by side.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reconciled {
    /// Sub-metered savings with interactive effects, B (1 + factor).
    pub option_b: Estimate,
    /// Whole-facility savings.
    pub option_c: Estimate,
    /// C − B (1 + factor).
    pub difference: f64,
    /// Half-width of the difference: both errors and the factor's, as squares.
    pub band: f64,
    /// Whether the difference is within it. If not, something else happened: look for an event.
    pub agrees: bool,
}

/// Compares: |C − B (1 + factor)| within √(C's² + (1 + factor)² B's² + B² factor's²).
pub fn reconcile(sub_metered: Estimate, factor: Estimate, whole: Estimate) -> Reconciled {
    let times = 1.0 + factor.value;
    let square = |v: f64| v * v;
    let own = square(times * sub_metered.band) + square(sub_metered.value * factor.band);
    let option_b = Estimate { value: sub_metered.value * times, band: own.sqrt() };
    let difference = whole.value - option_b.value;
    let band = (square(whole.band) + own).sqrt();
    Reconciled { option_b, option_c: whole, difference, band, agrees: difference.abs() <= band }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// By hand: 300 kWh in a cooled half and 100 in a heated one; 0.9/3 = 0.3 more, 0.8/0.8 = 1 less:
    /// (300 · 0.3 − 100 · 1) / 400 = −0.025.
    #[test]
    fn the_engineering_factor_is_as_by_hand() {
        let plant = Plant { cooled: 0.9, cooling_cop: 3.0, heated: 0.8, heating_efficiency: 0.8 };
        let season = |saved, cooling, heating| Season { saved, cooling, heating };
        let factor = engineering_factor(plant, &[season(300.0, 1.0, 0.0), season(100.0, 0.0, 1.0)]).unwrap();
        assert!((factor + 0.025).abs() < 1e-12);
        assert_eq!(engineering_factor(plant, &[]), Err(ReconcileError::NoSavings));
        let broken = Plant { cooling_cop: 0.0, ..plant };
        assert_eq!(engineering_factor(broken, &[season(1.0, 1.0, 0.0)]), Err(ReconcileError::Plant));
    }

    #[test]
    fn the_factor_is_found_in_sub_meters() {
        let day = |i: i32| {
            let (cooling_degrees, lighting) = (f64::from(i * 37 % 29), 100.0 + f64::from(i * 53 % 41));
            let noise = f64::from(i * 7919 % 101) / 50.0 - 1.0;
            let climate = 20.0 + 1.5 * cooling_degrees + 0.28 * lighting + noise;
            SubMetered { lighting, climate, cooling_degrees, heating_degrees: f64::from(i * 11 % 7) }
        };
        let days: Vec<SubMetered> = (0..365).map(day).collect();
        let factor = fitted_factor(&days, 0.9).unwrap();
        assert!((factor.value - 0.28).abs() < 2.0 * factor.band && factor.band < 0.02, "{factor:?}");
        let alike: Vec<SubMetered> = (0..99).map(|_| day(1)).collect();
        assert_eq!(fitted_factor(&alike, 0.9), Err(ReconcileError::NotIdentified));
    }

    /// By hand: 2 kWh per mol and 10 a day before; 20 days of 50 mol lead to expect 110 each, and 80 are measured.
    #[test]
    fn what_a_sub_meter_saves_is_as_by_hand() {
        let day = |i: i32| {
            let photons = f64::from(40 + i * 7 % 21);
            (vec![1.0, photons], 10.0 + 2.0 * photons + f64::from(i * 7919 % 101) / 500.0 - 0.1)
        };
        let before: Vec<Explained> = (0..200).map(day).collect();
        let after: Vec<Explained> = (0..20).map(|_| (vec![1.0, 50.0], 80.0)).collect();
        let saved = sub_metered_savings(&before, &after, 0.9).unwrap();
        assert!((saved.value - 600.0).abs() < 1.0 && saved.band > 0.0 && saved.band < 5.0, "{saved:?}");
        let other = [(vec![1.0], 80.0)];
        assert_eq!(sub_metered_savings(&before, &other, 0.9), Err(ReconcileError::NotIdentified));
        assert_eq!(sub_metered_savings(&before[..2], &after, 0.9), Err(ReconcileError::NotIdentified));
    }

    /// By hand: 1 000 ± 30 with a factor of 0.2 ± 0.05 is 1 200 ± √(36² + 50²); against 1 270 ± 20 within √(20² + 61.6²).
    #[test]
    fn both_options_are_compared_within_their_errors() {
        let figure = |value, band| Estimate { value, band };
        let found = reconcile(figure(1000.0, 30.0), figure(0.2, 0.05), figure(1262.0, 20.0));
        assert!(
            (found.option_b.value - 1200.0).abs() < 1e-9
                && (found.option_b.band - 3796.0_f64.sqrt()).abs() < 1e-9
        );
        assert!((found.band - 4196.0_f64.sqrt()).abs() < 1e-9 && found.agrees, "{found:?}");
        assert!(!reconcile(figure(1000.0, 30.0), figure(0.2, 0.05), figure(1270.0, 20.0)).agrees);
    }

    proptest! {
        #[test]
        fn what_is_the_same_agrees(saved in -1e6_f64..1e6, factor in -0.9_f64..1.0, band in 0.0_f64..1e4) {
            let b = Estimate { value: saved, band };
            let whole = Estimate { value: saved * (1.0 + factor), band };
            let exact = Estimate { value: factor, band: 0.0 };
            prop_assert!(reconcile(b, exact, whole).agrees);
        }
    }
}
