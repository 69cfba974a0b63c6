//! Occupied hours of the week, inferred (CalTRACK 3.7): those where a plain degree-day model is too low most of the time.

use super::{Hour, Point, grouped, measured, month_weight};

/// Share of under-predicted hours above which an hour of the week counts as occupied.
const THRESHOLD: f64 = 0.65;

/// Occupied hours of the week, in the months of `segment` or, without one, the year.
pub fn infer(hours: &[Hour], segment: Option<usize>) -> [bool; 168] {
    let weight = |point: &Point| segment.map_or(1.0, |s| month_weight(s, point.month));
    let weighted = measured(hours).into_iter().map(|point| (point, weight(&point)));
    infer_weighted(&weighted.filter(|(_, weight)| *weight > 0.0).collect::<Vec<_>>())
}

/// The same of hours with their weights.
pub(super) fn infer_weighted(rows: &[(Point, f64)]) -> [bool; 168] {
    let degrees = |point: &Point| [(point.temperature - 65.0).max(0.0), (50.0 - point.temperature).max(0.0)];
    let mut table = grouped::Table::new(1, 2, rows.len());
    for (point, weight) in rows {
        let mut row = grouped::Row { weight: *weight, target: point.usage, to: 2, ..grouped::Row::default() };
        row.values[..2].copy_from_slice(&degrees(point));
        table.push(row);
    }
    let fit = table.solve();
    let constant = fit.constants[0].unwrap_or_default();
    let mut above = [(0.0, 0.0); 168];
    for (point, _) in rows {
        let [cooling, heating] = degrees(point);
        let expected = constant + fit.coefficients[0] * cooling + fit.coefficients[1] * heating;
        above[point.week_hour].0 += f64::from(u8::from(point.usage > expected));
        above[point.week_hour].1 += 1.0;
    }
    above.map(|(high, all)| all > 0.0 && high / all > THRESHOLD)
}
