//! Weighted least squares with a constant for each group: the constants are taken out as means (Frisch and Waugh), which
//! leaves a few columns, solved by their cross products and corrected once from the residuals.
//!
//! The cross products square the columns' condition; the correction wins back what that loses. Householder reflections of
//! all columns take ten times as long.

/// Most columns besides the constants.
pub(super) const WIDTH: usize = 15;
/// What is left of a column after its group means, relative to its largest value, below which it is rounding.
const ROUNDING: f64 = 1e-11;
/// What is left of a unit column's square after the columns before it, below which it depends on them.
const DEPENDENT: f64 = 1e-11;

/// One observation.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// Which constant it has.
    pub(super) group: usize,
    /// Its weight, above 0.
    pub(super) weight: f64,
    /// What is explained.
    pub(super) target: f64,
    /// Its variables.
    pub(super) values: [f64; WIDTH],
    /// Columns outside of `from..to` are 0 in its whole group.
    pub(super) from: usize,
    pub(super) to: usize,
}

/// All observations.
pub(super) struct Table {
    groups: usize,
    width: usize,
    rows: Vec<Row>,
}

/// The solution.
pub(super) struct Solution {
    /// One per column, 0 for one that depends on others before it.
    pub(super) coefficients: Vec<f64>,
    /// One per group, none for a group without observations.
    pub(super) constants: Vec<Option<f64>>,
}

/// Means of a group.
#[derive(Clone, Copy, Default)]
struct Means {
    weight: f64,
    target: f64,
    values: [f64; WIDTH],
}

impl Table {
    pub(super) fn new(groups: usize, width: usize, capacity: usize) -> Self {
        Self { groups, width: width.min(WIDTH), rows: Vec::with_capacity(capacity) }
    }

    pub(super) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    pub(super) fn solve(mut self) -> Solution {
        let means = self.means();
        self.centre(&means);
        let factor = Factor::new(&self.gram(), self.width);
        let mut coefficients = factor.solve(&self.products());
        for row in &mut self.rows {
            let (values, slopes) = (&row.values[row.from..row.to], &coefficients[row.from..row.to]);
            row.target -= values.iter().zip(slopes).fold(0.0, |t, (v, slope)| t + v * slope);
        }
        let correction = factor.solve(&self.products());
        coefficients.iter_mut().zip(correction).for_each(|(slope, more)| *slope += more);
        let constant = |mean: &Means| {
            let slopes = mean.values.iter().zip(&coefficients);
            (mean.weight > 0.0).then(|| slopes.fold(mean.target, |t, (v, slope)| t - slope * v))
        };
        let constants = means.iter().map(constant).collect();
        coefficients.truncate(self.width);
        Solution { coefficients, constants }
    }

    fn means(&self) -> Vec<Means> {
        let mut means = vec![Means::default(); self.groups];
        for row in &self.rows {
            let mean = &mut means[row.group];
            mean.weight += row.weight;
            mean.target += row.weight * row.target;
            let sums = &mut mean.values[row.from..row.to];
            sums.iter_mut().zip(&row.values[row.from..row.to]).for_each(|(sum, v)| *sum += row.weight * v);
        }
        for mean in means.iter_mut().filter(|mean| mean.weight > 0.0) {
            mean.target /= mean.weight;
            mean.values.iter_mut().for_each(|v| *v /= mean.weight);
        }
        means
    }

    /// Takes the means out, and columns that are nothing else.
    fn centre(&mut self, means: &[Means]) {
        let (mut largest, mut left) = ([0.0_f64; WIDTH], [0.0_f64; WIDTH]);
        for row in &mut self.rows {
            let mean = &means[row.group];
            row.target -= mean.target;
            for column in row.from..row.to {
                largest[column] = largest[column].max(row.values[column].abs());
                row.values[column] -= mean.values[column];
                left[column] = left[column].max(row.values[column].abs());
            }
        }
        for column in (0..self.width).filter(|c| left[*c] <= ROUNDING * largest[*c]) {
            self.rows.iter_mut().for_each(|row| row.values[column] = 0.0);
        }
    }

    fn gram(&self) -> [[f64; WIDTH]; WIDTH] {
        let mut gram = [[0.0; WIDTH]; WIDTH];
        for row in &self.rows {
            for a in row.from..row.to {
                let weighted = row.weight * row.values[a];
                let sums = &mut gram[a][row.from..=a];
                sums.iter_mut().zip(&row.values[row.from..=a]).for_each(|(sum, v)| *sum += weighted * v);
            }
        }
        gram
    }

    /// Weighted products of each column with the targets.
    fn products(&self) -> [f64; WIDTH] {
        let mut products = [0.0; WIDTH];
        for row in &self.rows {
            let weighted = row.weight * row.target;
            let sums = &mut products[row.from..row.to];
            sums.iter_mut().zip(&row.values[row.from..row.to]).for_each(|(sum, v)| *sum += weighted * v);
        }
        products
    }
}

/// Cholesky factor of the cross products of the columns at unit length, without those that depend on others.
struct Factor {
    kept: Vec<usize>,
    lengths: Vec<f64>,
    lower: Vec<Vec<f64>>,
}

impl Factor {
    /// Of the lower triangle of cross products.
    fn new(gram: &[[f64; WIDTH]; WIDTH], width: usize) -> Self {
        let mut factor = Self { kept: Vec::new(), lengths: Vec::new(), lower: Vec::new() };
        for i in (0..width).filter(|i| gram[*i][*i] > 0.0) {
            let length = gram[i][i].sqrt();
            let mut row: Vec<f64> = Vec::with_capacity(factor.kept.len() + 1);
            for (k, &j) in factor.kept.iter().enumerate() {
                let known = crate::stats::dot(&row[..k], &factor.lower[k][..k]);
                row.push((gram[i][j] / (length * factor.lengths[k]) - known) / factor.lower[k][k]);
            }
            let rest = 1.0 - crate::stats::dot(&row, &row);
            if rest > DEPENDENT {
                row.push(rest.sqrt());
                factor.lower.push(row);
                factor.kept.push(i);
                factor.lengths.push(length);
            }
        }
        factor
    }

    fn solve(&self, products: &[f64; WIDTH]) -> Vec<f64> {
        let mut half: Vec<f64> = Vec::with_capacity(self.kept.len());
        for (k, &i) in self.kept.iter().enumerate() {
            let known = crate::stats::dot(&self.lower[k][..k], &half);
            half.push((products[i] / self.lengths[k] - known) / self.lower[k][k]);
        }
        let mut solved = vec![0.0; WIDTH];
        for k in (0..self.kept.len()).rev() {
            let known = (k + 1..self.kept.len())
                .fold(0.0, |t, m| t + self.lower[m][k] * solved[self.kept[m]] * self.lengths[m]);
            solved[self.kept[k]] = (half[k] - known) / self.lower[k][k] / self.lengths[k];
        }
        solved
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::LeastSquares;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The same as indicator columns and reflections, also where a column depends on another.
        #[test]
        fn groups_are_indicator_columns(
            values in prop::collection::vec((0_usize..4, 0_usize..2, 20.0_f64..90.0, -5.0_f64..5.0, 0.0_f64..100.0), 40..120),
            twice in any::<bool>(),
        ) {
            let mut table = Table::new(4, 4, values.len());
            let mut columns = vec![vec![0.0; values.len()]; 8];
            let (mut targets, mut weights) = (Vec::new(), Vec::new());
            for (n, (group, half, a, b, y)) in values.iter().enumerate() {
                let weight = 1.0 / (1 + half) as f64;
                let mut row = Row { group: *group, weight, target: *y, to: 4, ..Row::default() };
                row.values[..4].copy_from_slice(&[*a, *b, if twice { a - b } else { a * b }, (a - 55.0).max(0.0)]);
                table.push(row);
                columns[*group][n] = 1.0;
                (0..4).for_each(|c| columns[4 + c][n] = row.values[c]);
                targets.push(*y);
                weights.push(weight);
            }
            let found = table.solve();
            let expected = LeastSquares::solve(&columns, &targets, Some(&weights));
            for (n, _) in values.iter().enumerate() {
                let by = |coefficients: &[f64]| columns.iter().zip(coefficients).fold(0.0, |t, (column, c)| t + c * column[n]);
                let constants = found.constants.iter().map(|c| c.unwrap_or_default());
                let ours: Vec<f64> = constants.chain(found.coefficients.iter().copied()).collect();
                prop_assert!((by(&ours) - by(&expected.coefficients)).abs() < 1e-8, "{} {}", by(&ours), by(&expected.coefficients));
            }
        }
    }
}
