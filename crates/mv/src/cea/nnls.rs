//! Least squares with slopes that may not be negative (Lawson and Hanson 1974), on cross products.

use crate::stats::dot;

/// A column without its mean, at unit length.
#[derive(Clone, Debug)]
pub struct Column {
    /// Values minus mean over scale.
    pub values: Vec<f64>,
    /// Mean taken out.
    pub mean: f64,
    /// Length taken out; 0 for a constant.
    pub scale: f64,
    /// Whether its slope may not be negative.
    pub non_negative: bool,
}

impl Column {
    /// Prepares raw values.
    pub fn new(raw: &[f64], non_negative: bool) -> Self {
        let mean = crate::stats::mean(raw);
        let centred: Vec<f64> = raw.iter().map(|v| v - mean).collect();
        let length = dot(&centred, &centred).sqrt();
        let largest = raw.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let scale = if length > 1e-9 * largest * (raw.len() as f64).sqrt() { length } else { 0.0 };
        let values =
            if scale > 0.0 { centred.iter().map(|v| v / scale).collect() } else { vec![0.0; raw.len()] };
        Self { values, mean, scale, non_negative }
    }
}

/// Slopes of raw columns (0 where out) and the sum of squared residuals; `y` without its mean. `ridge` is added to every
/// column's product with itself, which is 1, so that columns that move together share what they explain.
pub fn solve(columns: &[&Column], y: &[f64], ridge: f64) -> (Vec<f64>, f64) {
    let p = columns.len();
    let mut gram: Vec<Vec<f64>> =
        columns.iter().map(|a| columns.iter().map(|b| dot(&a.values, &b.values)).collect()).collect();
    (0..p).for_each(|i| gram[i][i] += ridge);
    let target: Vec<f64> = columns.iter().map(|c| dot(&c.values, y)).collect();
    let mut inside: Vec<bool> = columns.iter().map(|c| !c.non_negative && c.scale > 0.0).collect();
    let mut x = restricted(&gram, &target, &inside);
    // Each round takes one in; taking out ends within p steps.
    for _ in 0..3 * p {
        let gradient = |i: usize| target[i] - dot(&gram[i], &x);
        let best = (0..p)
            .filter(|i| !inside[*i] && columns[*i].scale > 0.0)
            .map(|i| (i, gradient(i)))
            .filter(|(_, g)| *g > 1e-9 * dot(y, y).sqrt())
            .max_by(|a, b| a.1.total_cmp(&b.1));
        let Some((enter, _)) = best else { break };
        inside[enter] = true;
        let mut tried = restricted(&gram, &target, &inside);
        if tried[enter] <= 0.0 {
            inside[enter] = false;
            break;
        }
        for _ in 0..p {
            let bad = |i: &usize| inside[*i] && columns[*i].non_negative && tried[*i] <= 0.0;
            let steps = (0..p).filter(bad).map(|i| x[i] / (x[i] - tried[i]));
            let Some(step) = steps.min_by(f64::total_cmp) else { break };
            for i in 0..p {
                x[i] += step * (tried[i] - x[i]);
                if inside[i] && columns[i].non_negative && x[i] <= 1e-12 {
                    inside[i] = false;
                    x[i] = 0.0;
                }
            }
            tried = restricted(&gram, &target, &inside);
        }
        x = tried;
    }
    let residual = y.iter().enumerate().map(|(row, v)| {
        let fitted = columns.iter().zip(&x).fold(0.0, |t, (c, x)| t + c.values[row] * x);
        (v - fitted) * (v - fitted)
    });
    let squares = crate::stats::sum(residual);
    let slopes = columns.iter().zip(&x).map(|(c, x)| if c.scale > 0.0 { x / c.scale } else { 0.0 });
    (slopes.collect(), squares)
}

/// Solves the columns inside by Cholesky; one that depends on earlier ones gets 0.
fn restricted(gram: &[Vec<f64>], target: &[f64], inside: &[bool]) -> Vec<f64> {
    let set: Vec<usize> = (0..target.len()).filter(|i| inside[*i]).collect();
    let mut kept: Vec<usize> = Vec::new();
    let mut lower: Vec<Vec<f64>> = Vec::new();
    for &i in &set {
        let mut row: Vec<f64> = Vec::with_capacity(kept.len() + 1);
        for (k, &j) in kept.iter().enumerate() {
            let known = dot(&row[..k], &lower[k][..k]);
            row.push((gram[i][j] - known) / lower[k][k]);
        }
        let rest = gram[i][i] - dot(&row, &row);
        if rest > 1e-9 {
            row.push(rest.sqrt());
            lower.push(row);
            kept.push(i);
        }
    }
    let mut half: Vec<f64> = Vec::with_capacity(kept.len());
    for (k, &i) in kept.iter().enumerate() {
        half.push((target[i] - dot(&lower[k][..k], &half)) / lower[k][k]);
    }
    let mut x = vec![0.0; target.len()];
    for k in (0..kept.len()).rev() {
        let known = (k + 1..kept.len()).fold(0.0, |t, m| t + lower[m][k] * x[kept[m]]);
        x[kept[k]] = (half[k] - known) / lower[k][k];
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forbidden_sign_stays_out_and_the_rest_is_refitted() {
        let a: Vec<f64> = (0..20).map(f64::from).collect();
        let b: Vec<f64> = (0..20).map(|i| f64::from(i * i % 7)).collect();
        let y: Vec<f64> = a.iter().zip(&b).map(|(a, b)| 3.0 * a - 2.0 * b).collect();
        let mean = crate::stats::mean(&y);
        let centred: Vec<f64> = y.iter().map(|v| v - mean).collect();
        let free = [Column::new(&a, true), Column::new(&b, false)];
        let (slopes, squares) = solve(&[&free[0], &free[1]], &centred, 0.0);
        assert!((slopes[0] - 3.0).abs() < 1e-9 && (slopes[1] + 2.0).abs() < 1e-9 && squares < 1e-12);
        let signed = [Column::new(&a, true), Column::new(&b, true)];
        let (slopes, _) = solve(&[&signed[0], &signed[1]], &centred, 0.0);
        let alone = dot(&signed[0].values, &centred) / signed[0].scale;
        assert!((slopes[0] - alone).abs() < 1e-9 && slopes[1] == 0.0);
    }

    #[test]
    fn columns_that_the_data_cannot_tell_apart_share_what_they_explain() {
        let a: Vec<f64> = (0..20).map(f64::from).collect();
        let b: Vec<f64> = a.iter().map(|a| a + 1e-4 * (a % 3.0)).collect();
        let y: Vec<f64> = a.iter().map(|a| 3.0 * (a - 9.5)).collect();
        let columns = [Column::new(&a, true), Column::new(&b, true)];
        let (slopes, _) = solve(&[&columns[0], &columns[1]], &y, 0.005);
        assert!(
            (slopes[0] - slopes[1]).abs() < 0.01 && (slopes[0] + slopes[1] - 3.0).abs() < 0.02,
            "{slopes:?}"
        );
    }
}
