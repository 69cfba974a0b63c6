//! The regression: constants of each hour of the week are taken out first (`grouped.rs`), which leaves at most fifteen
//! columns and the same least-squares solution as 168 indicator variables.

use std::ops::Range;

use super::grouped::{Row, Table, WIDTH};
use super::{Hour, Point, bins, measured, month_weight, occupancy};
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
    let scheduled = hours.iter().any(|hour| hour.light.is_some());
    let points: Vec<Point> =
        measured(hours).into_iter().filter(|point| !scheduled || point.light.is_some()).collect();
    let fitted: Vec<Segment> = months.into_iter().map(|month| segment(&points, month, scheduled)).collect();
    let parameters = fitted.iter().map(Segment::parameters).max().filter(|p| *p > 0)?;
    Some(Model { segments: fitted, parameters })
}

fn segment(points: &[Point], month: Option<usize>, scheduled: bool) -> Segment {
    let weighted: Vec<(Point, f64)> = points
        .iter()
        .map(|point| (*point, month.map_or(1.0, |m| month_weight(m, point.month))))
        .filter(|(_, weight)| *weight > 0.0)
        .collect();
    let occupied = (!scheduled).then(|| occupancy::infer_weighted(&weighted));
    let mut segment = Segment {
        occupied,
        knots: [Vec::new(), Vec::new()],
        coefficients: Vec::new(),
        constants: vec![None; if scheduled { 24 } else { 168 }],
    };
    for (which, on) in [(0, true), (1, false)] {
        let of = weighted.iter().filter(|(point, _)| segment.is_on(point.week_hour, point.light) == on);
        let temperatures: Vec<f64> = of.map(|(point, _)| point.temperature).collect();
        segment.knots[which] = bins::knots(&temperatures);
    }
    segment.solve(&weighted);
    segment
}

impl Segment {
    fn is_on(&self, week_hour: usize, light: Option<f64>) -> bool {
        match &self.occupied {
            Some(occupied) => occupied[week_hour],
            None => light.is_some_and(|share| share >= 0.5),
        }
    }

    /// The variables of an hour besides its constant: temperature in bins with light or occupied, the same without,
    /// and light itself. The range is where those of its group may differ from 0.
    fn variables(&self, on: bool, temperature: f64, light: Option<f64>) -> ([f64; WIDTH], Range<usize>) {
        let mut variables = [0.0; WIDTH];
        let sizes = [self.knots[0].len() + 1, self.knots[1].len() + 1];
        let (which, from) = if on { (0, 0) } else { (1, sizes[0]) };
        let own = from..from + sizes[which];
        bins::parts(temperature, &self.knots[which], &mut variables[own.clone()]);
        if self.occupied.is_some() {
            return (variables, own);
        }
        variables[sizes[0] + sizes[1]] = light.unwrap_or_default();
        (variables, 0..self.width())
    }

    fn width(&self) -> usize {
        self.knots[0].len() + self.knots[1].len() + 2 + usize::from(self.occupied.is_none())
    }

    fn solve(&mut self, rows: &[(Point, f64)]) {
        let mut table = Table::new(self.constants.len(), self.width(), rows.len());
        for (point, weight) in rows {
            let on = self.is_on(point.week_hour, point.light);
            let (values, range) = self.variables(on, point.temperature, point.light);
            let group = point.week_hour % self.constants.len();
            let (weight, target) = (*weight, point.usage);
            table.push(Row { group, weight, target, values, from: range.start, to: range.end });
        }
        let solution = table.solve();
        self.coefficients = solution.coefficients;
        self.constants = solution.constants;
    }

    fn parameters(&self) -> usize {
        self.constants.iter().flatten().count() + self.coefficients.iter().filter(|c| **c != 0.0).count()
    }

    fn predict(&self, hour: &Hour) -> Option<f64> {
        if self.occupied.is_none() {
            hour.light?;
        }
        let week_hour = hour_of_week(hour.at);
        let on = self.is_on(week_hour, hour.light);
        let (variables, range) = self.variables(on, hour.temperature_f?, hour.light);
        let constant = self.constants[week_hour % self.constants.len()]?;
        let slopes = &self.coefficients[range.clone()];
        Some(slopes.iter().zip(&variables[range]).fold(constant, |t, (slope, v)| t + slope * v))
    }
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
