//! Least squares by Householder reflections.
//!
//! Written out rather than taken from a library: some hundred lines whose order of operations never depends on the
//! target's vector width give the same bits natively and in the browser.

/// A column whose part not explained by earlier columns is smaller than this, relative to its length, is dropped.
const DEPENDENT: f64 = 1e-10;

/// A least-squares solution.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    /// One per column, 0 for a column that depends on earlier ones.
    pub coefficients: Vec<f64>,
    /// Weighted sum of squared residuals.
    pub residual_squares: f64,
    /// Number of independent columns.
    pub rank: usize,
    /// Which columns are independent, in order.
    kept: Vec<usize>,
    /// Upper triangular factor of the kept columns, row by row.
    triangle: Vec<Vec<f64>>,
}

impl LeastSquares {
    /// Minimises Σ weight · (y − Σ coefficient · column)². Weights are 1 when absent and never negative.
    pub fn solve(columns: &[Vec<f64>], y: &[f64], weights: Option<&[f64]>) -> Self {
        let root: Option<Vec<f64>> = weights.map(|w| w.iter().map(|v| v.sqrt()).collect());
        let scaled = |values: &[f64]| match &root {
            Some(root) => values.iter().zip(root).map(|(v, r)| v * r).collect(),
            None => values.to_vec(),
        };
        let mut rest: Vec<f64> = scaled(y);
        let mut reflections: Vec<Vec<f64>> = Vec::new();
        let (mut kept, mut upper) = (Vec::new(), Vec::<Vec<f64>>::new());
        for (index, column) in columns.iter().enumerate() {
            let mut column: Vec<f64> = scaled(column);
            let length = norm(&column);
            for (start, reflection) in reflections.iter().enumerate() {
                reflect(reflection, &mut column[start..]);
            }
            let start = reflections.len();
            if start >= column.len() {
                break;
            }
            let remaining = norm(&column[start..]);
            if remaining <= DEPENDENT * length || remaining == 0.0 {
                continue;
            }
            let diagonal = if column[start] > 0.0 { -remaining } else { remaining };
            let mut reflection = column[start..].to_vec();
            reflection[0] -= diagonal;
            let size = norm(&reflection);
            reflection.iter_mut().for_each(|v| *v /= size);
            reflect(&reflection, &mut rest[start..]);
            let mut head = column[..start].to_vec();
            head.push(diagonal);
            upper.push(head);
            reflections.push(reflection);
            kept.push(index);
        }
        let rank = kept.len();
        let triangle: Vec<Vec<f64>> =
            (0..rank).map(|row| (row..rank).map(|column| upper[column][row]).collect()).collect();
        let mut coefficients = vec![0.0; columns.len()];
        for row in (0..rank).rev() {
            let known = (row + 1..rank).fold(0.0, |t, c| t + triangle[row][c - row] * coefficients[kept[c]]);
            coefficients[kept[row]] = (rest[row] - known) / triangle[row][0];
        }
        let residual_squares = crate::stats::sum_of_squares(&rest[rank.min(rest.len())..]);
        Self { coefficients, residual_squares, rank, kept, triangle }
    }

    /// By how much the prediction for `row` rises with the residual of each (unweighted) row of `rows` the fit was made of.
    pub fn influence(&self, row: &[f64], rows: &[Vec<f64>]) -> Vec<f64> {
        let half = self.forward(row);
        let mut direction = vec![0.0; row.len()];
        for j in (0..self.rank).rev() {
            let known =
                (j + 1..self.rank).fold(0.0, |t, c| t + self.triangle[j][c - j] * direction[self.kept[c]]);
            direction[self.kept[j]] = (half[j] - known) / self.triangle[j][0];
        }
        rows.iter().map(|row| crate::stats::dot(row, &direction)).collect()
    }

    /// `row' (X' W X)⁻¹ row`: times the residual variance, the variance of the prediction for this row.
    pub fn leverage(&self, row: &[f64]) -> f64 {
        crate::stats::sum_of_squares(&self.forward(row))
    }

    /// R⁻ᵀ row.
    fn forward(&self, row: &[f64]) -> Vec<f64> {
        let mut solved: Vec<f64> = Vec::with_capacity(self.rank);
        for j in 0..self.rank {
            let known = (0..j).fold(0.0, |t, i| t + self.triangle[i][j - i] * solved[i]);
            solved.push((row[self.kept[j]] - known) / self.triangle[j][0]);
        }
        solved
    }
}

fn norm(values: &[f64]) -> f64 {
    crate::stats::dot(values, values).sqrt()
}

/// Applies I − 2 v v' for a unit vector v.
fn reflect(unit: &[f64], values: &mut [f64]) {
    let twice = 2.0 * crate::stats::dot(unit, values);
    values.iter_mut().zip(unit).for_each(|(value, v)| *value -= twice * v);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line() -> (Vec<Vec<f64>>, Vec<f64>) {
        let x = vec![0.0, 1.0, 2.0, 3.0, 4.0];
        let y = vec![1.0, 3.1, 4.9, 7.2, 8.8];
        (vec![vec![1.0; 5], x], y)
    }

    /// By hand: x̄ = 2, ȳ = 5, Sxx = 10, Sxy = 19.7.
    #[test]
    fn a_line_is_fitted_as_by_hand() {
        let (columns, y) = line();
        let fit = LeastSquares::solve(&columns, &y, None);
        assert!((fit.coefficients[1] - 1.97).abs() < 1e-12);
        assert!((fit.coefficients[0] - 1.06).abs() < 1e-12);
        let by_hand: f64 = y.iter().enumerate().map(|(i, v)| (v - 1.06 - 1.97 * i as f64).powi(2)).sum();
        assert!((fit.residual_squares - by_hand).abs() < 1e-12);
        let rows: Vec<Vec<f64>> = (0..5).map(|i| vec![1.0, i as f64]).collect();
        let influence = fit.influence(&[1.0, 5.0], &rows);
        let predicted = crate::stats::dot(&influence, &y);
        assert!(
            (predicted - (1.06 + 1.97 * 5.0)).abs() < 1e-12,
            "a prediction is its influence times the data"
        );
        // 1/n + (x − x̄)²/Sxx at x = 5.
        assert!((fit.leverage(&[1.0, 5.0]) - (0.2 + 9.0 / 10.0)).abs() < 1e-12);
    }

    #[test]
    fn a_weight_of_two_is_the_row_twice() {
        let (columns, y) = line();
        let weighted = LeastSquares::solve(&columns, &y, Some(&[1.0, 2.0, 1.0, 1.0, 1.0]));
        let (mut twice, mut y2) = (columns.clone(), y.clone());
        twice.iter_mut().for_each(|c| c.push(c[1]));
        y2.push(y[1]);
        let repeated = LeastSquares::solve(&twice, &y2, None);
        for (a, b) in weighted.coefficients.iter().zip(&repeated.coefficients) {
            assert!((a - b).abs() < 1e-12);
        }
    }

    #[test]
    fn dependent_columns_are_left_out() {
        let (mut columns, y) = line();
        columns.insert(1, vec![3.0; 5]);
        let fit = LeastSquares::solve(&columns, &y, None);
        assert_eq!(fit.rank, 2);
        assert!(fit.coefficients[1] == 0.0 && (fit.coefficients[2] - 1.97).abs() < 1e-12);
    }
}
