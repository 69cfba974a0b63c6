//! Occupied hours of the week, inferred (CalTRACK 3.7): those where a plain degree-day model is too low most of the time.

use super::{Hour, month_weight};
use crate::linalg::LeastSquares;
use crate::series::hour_of_week;

/// Share of under-predicted hours above which an hour of the week counts as occupied.
const THRESHOLD: f64 = 0.65;

/// Occupied hours of the week, in the months of `segment` or, without one, the year.
pub fn infer(hours: &[Hour], segment: Option<usize>) -> [bool; 168] {
    let mut rows: Vec<(usize, f64, f64, f64)> = Vec::new();
    for hour in hours {
        let weight = segment.map_or(1.0, |s| month_weight(s, hour.month()));
        if let (Some(usage), Some(temperature), true) = (hour.usage, hour.temperature_f, weight > 0.0) {
            rows.push((hour_of_week(hour.at), usage, temperature, weight));
        }
    }
    let columns = vec![
        vec![1.0; rows.len()],
        rows.iter().map(|r| (r.2 - 65.0).max(0.0)).collect(),
        rows.iter().map(|r| (50.0 - r.2).max(0.0)).collect(),
    ];
    let usage: Vec<f64> = rows.iter().map(|r| r.1).collect();
    let weights: Vec<f64> = rows.iter().map(|r| r.3).collect();
    let fit = LeastSquares::solve(&columns, &usage, Some(&weights));
    let mut above = [(0.0, 0.0); 168];
    for (index, row) in rows.iter().enumerate() {
        let expected = (0..3).fold(0.0, |t, c| t + fit.coefficients[c] * columns[c][index]);
        above[row.0].0 += f64::from(u8::from(row.1 > expected));
        above[row.0].1 += 1.0;
    }
    above.map(|(high, all)| all > 0.0 && high / all > THRESHOLD)
}
