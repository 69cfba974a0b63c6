//! The regression: constants of each hour of the week are taken out first (Frisch and Waugh), which leaves at most
//! fifteen columns and the same least-squares solution as 168 indicator variables.

use super::{Hour, bins, month_weight, occupancy};
use crate::linalg::LeastSquares;
use crate::series::hour_of_week;

/// A fitted hourly model.
#[derive(Clone, Debug)]
pub struct Model {
    /// Twelve for the months, or one for the year.
    pub segments: Vec<Segment>,
    /// Coefficients of the largest segment: fitted constants and slopes.
    pub parameters: usize,
}

/// A model for a month with its neighbours, or for the year.
#[derive(Clone, Debug)]
pub struct Segment {
    occupied: Option<[bool; 168]>,
    knots: [Vec<f64>; 2],
    coefficients: Vec<f64>,
    constants: Vec<Option<f64>>,
}

/// One model per month, or one for the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segments {
    /// Twelve, neighbouring months at half weight.
    Monthly,
    /// One.
    Annual,
}

/// Fits the hours that have all values; none when there are none.
pub fn fit(hours: &[Hour], segments: Segments) -> Option<Model> {
    let months: Vec<Option<usize>> = match segments {
        Segments::Monthly => (0..12).map(Some).collect(),
        Segments::Annual => vec![None],
    };
    let fitted: Vec<Segment> = months.into_iter().map(|month| segment(hours, month)).collect();
    let parameters = fitted.iter().map(Segment::parameters).max().filter(|p| *p > 0)?;
    Some(Model { segments: fitted, parameters })
}

fn segment(hours: &[Hour], month: Option<usize>) -> Segment {
    let scheduled = hours.iter().any(|hour| hour.light.is_some());
    let occupied = (!scheduled).then(|| occupancy::infer(hours, month));
    let weighted: Vec<(Hour, f64)> = hours
        .iter()
        .map(|hour| (*hour, month.map_or(1.0, |m| month_weight(m, hour.month()))))
        .filter(|(hour, weight)| *weight > 0.0 && hour.usage.is_some() && hour.temperature_f.is_some())
        .filter(|(hour, _)| !scheduled || hour.light.is_some())
        .collect();
    let mut segment = Segment {
        occupied,
        knots: [Vec::new(), Vec::new()],
        coefficients: Vec::new(),
        constants: vec![None; if scheduled { 24 } else { 168 }],
    };
    for (which, on) in [(0, true), (1, false)] {
        let of = weighted.iter().filter(|(hour, _)| segment.is_on(hour) == on);
        let temperatures: Vec<f64> = of.filter_map(|(hour, _)| hour.temperature_f).collect();
        segment.knots[which] = bins::knots(&temperatures);
    }
    segment.solve(&weighted);
    segment
}

impl Segment {
    fn is_on(&self, hour: &Hour) -> bool {
        match (&self.occupied, hour.light) {
            (Some(occupied), _) => occupied[hour_of_week(hour.at)],
            (None, light) => light.is_some_and(|share| share >= 0.5),
        }
    }

    /// Which constant an hour has.
    fn group(&self, hour: &Hour) -> usize {
        hour_of_week(hour.at) % self.constants.len()
    }

    /// The variables of an hour besides its constant: temperature in bins with light or occupied, the same without,
    /// and light itself.
    fn variables(&self, hour: &Hour, temperature: f64) -> Vec<f64> {
        let mut variables = Vec::with_capacity(15);
        let on = self.is_on(hour);
        for (which, knots) in self.knots.iter().enumerate() {
            let parts = bins::parts(temperature, knots);
            let active = on == (which == 0);
            variables.extend(parts.into_iter().map(|part| if active { part } else { 0.0 }));
        }
        variables.extend(hour.light);
        variables
    }

    fn solve(&mut self, rows: &[(Hour, f64)]) {
        let groups: Vec<usize> = rows.iter().map(|(hour, _)| self.group(hour)).collect();
        let weights: Vec<f64> = rows.iter().map(|(_, weight)| *weight).collect();
        let usage: Vec<f64> = rows.iter().map(|(hour, _)| hour.usage.unwrap_or_default()).collect();
        let variables: Vec<Vec<f64>> = rows
            .iter()
            .map(|(hour, _)| self.variables(hour, hour.temperature_f.unwrap_or_default()))
            .collect();
        let columns = crate::uncertainty::ols::transpose(&variables);
        let size = self.constants.len();
        let (usage_means, centred_usage) = without_means(&usage, &groups, &weights, size);
        let (mut means, mut centred) = (Vec::new(), Vec::new());
        for column in &columns {
            let (mean, mut rest) = without_means(column, &groups, &weights, size);
            // What is left of a column that a group's constant explains is rounding.
            let scale = column.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            if rest.iter().all(|v| v.abs() <= 1e-11 * scale) {
                rest.fill(0.0);
            }
            means.push(mean);
            centred.push(rest);
        }
        self.coefficients = LeastSquares::solve(&centred, &centred_usage, Some(&weights)).coefficients;
        for (group, usage) in usage_means.into_iter().enumerate() {
            let slopes = self.coefficients.iter().zip(&means);
            let explained = slopes.fold(0.0, |t, (slope, mean)| t + slope * mean[group].unwrap_or_default());
            self.constants[group] = usage.map(|usage| usage - explained);
        }
    }

    fn parameters(&self) -> usize {
        self.constants.iter().flatten().count() + self.coefficients.iter().filter(|c| **c != 0.0).count()
    }

    fn predict(&self, hour: &Hour) -> Option<f64> {
        if self.occupied.is_none() {
            hour.light?;
        }
        let variables = self.variables(hour, hour.temperature_f?);
        let constant = self.constants[self.group(hour)]?;
        Some(self.coefficients.iter().zip(variables).fold(constant, |t, (slope, v)| t + slope * v))
    }
}

/// Weighted means of each group, and the values without them.
fn without_means(
    values: &[f64],
    groups: &[usize],
    weights: &[f64],
    size: usize,
) -> (Vec<Option<f64>>, Vec<f64>) {
    let mut totals = vec![(0.0, 0.0); size];
    for ((value, group), weight) in values.iter().zip(groups).zip(weights) {
        totals[*group].0 += value * weight;
        totals[*group].1 += weight;
    }
    let means: Vec<Option<f64>> =
        totals.into_iter().map(|(sum, weight)| (weight > 0.0).then(|| sum / weight)).collect();
    let rest = values.iter().zip(groups).map(|(v, group)| v - means[*group].unwrap_or_default()).collect();
    (means, rest)
}

impl Model {
    /// Usage expected in an hour, meter units; none without temperature, schedule, or an hour like it in the baseline.
    pub fn predict(&self, hour: &Hour) -> Option<f64> {
        match self.segments.as_slice() {
            [annual] => annual.predict(hour),
            monthly => monthly.get(hour.month())?.predict(hour),
        }
    }
}
