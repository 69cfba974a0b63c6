//! The candidates of CalTRACK 3.2–3.4 and the choice among them.

use super::{Model, Term};
use crate::degree_days::BALANCE_POINTS;
use crate::stats;

/// Two candidates closer than this in adjusted R² are equal; the earlier stays. eemeter lets the last bit decide, which
/// differs with the version of its linear algebra library.
const TIE: f64 = 1e-13;
/// Where heating and cooling explain each other up to this fraction, their slopes cannot be told apart.
const COLLINEAR: f64 = 1e-12;
/// Degree days a candidate needs over the baseline period (CalTRACK 3.2.2.2.2), °F · days.
const TOTAL_MIN: f64 = 20.0;

/// Mean usage and degree days per day of the baseline's periods.
#[derive(Clone, Debug, Default)]
pub struct Periods {
    /// Usage per day, meter units.
    pub usage: Vec<f64>,
    /// Weight of each period: 1 for days, days with temperature for bills (CalTRACK 3.4.2).
    pub weights: Vec<f64>,
    /// Mean heating degree days per day: one column for each balance point.
    pub heating: Vec<Vec<f64>>,
    /// Mean cooling degree days per day.
    pub cooling: Vec<Vec<f64>>,
}

/// What may be a candidate.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Periods with degree days that a candidate needs: 10 for days, 0 for bills (CalTRACK 3.2.2.2.1).
    pub non_zero_min: usize,
    /// Whether there may be cooling: not for gas.
    pub cooling: bool,
}

/// What came of the candidates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Fitted, all coefficients ≥ 0.
    pub qualified: usize,
    /// Fitted, a coefficient negative.
    pub disqualified: usize,
    /// Too few degree days.
    pub not_attempted: usize,
}

/// The chosen model.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The model.
    pub model: Model,
    /// Its adjusted R², 0 for the mean alone.
    pub r2_adjusted: f64,
    /// All candidates.
    pub counts: Counts,
    /// Other candidates that fit as well to the last digits: the data do not tell them apart.
    pub ties: Vec<Model>,
}

/// A degree-day column with its weighted mean taken out.
struct Column {
    balance_point: i32,
    mean: f64,
    centred: Vec<f64>,
    square: f64,
    with_usage: f64,
    usable: bool,
}

struct Search {
    weights: Vec<f64>,
    usage_mean: f64,
    usage_square: f64,
    best: Choice,
}

/// Fits every candidate and chooses; none when not even the mean qualifies.
pub fn search(periods: &Periods, rules: Rules) -> Option<Choice> {
    let total: f64 = stats::sum(periods.weights.iter().copied());
    let weighted_mean = |v: &[f64]| stats::sum(v.iter().zip(&periods.weights).map(|(v, w)| v * w)) / total;
    let usage_mean = weighted_mean(&periods.usage);
    // Not `usage_mean < 0`: a mean of no values is not a number.
    if usage_mean.is_nan() || usage_mean < 0.0 {
        return None;
    }
    let usage: Vec<f64> = periods.usage.iter().map(|u| u - usage_mean).collect();
    let column = |(values, balance_point): (&Vec<f64>, i32)| {
        let mean = weighted_mean(values);
        let centred: Vec<f64> = values.iter().map(|v| v - mean).collect();
        let weighted: Vec<f64> = centred.iter().zip(&periods.weights).map(|(v, w)| v * w).collect();
        let non_zero = values.iter().filter(|v| **v > 0.0).count();
        Column {
            balance_point,
            mean,
            square: stats::dot(&weighted, &centred),
            with_usage: stats::dot(&weighted, &usage),
            usable: mean * total >= TOTAL_MIN && non_zero >= rules.non_zero_min,
            centred,
        }
    };
    let heating: Vec<Column> = periods.heating.iter().zip(BALANCE_POINTS).map(column).collect();
    let cooling: Vec<Column> = periods.cooling.iter().zip(BALANCE_POINTS).map(column).collect();
    let base = Model { base: usage_mean, heating: None, cooling: None };
    let counts = Counts { qualified: 1, ..Counts::default() };
    let mut search = Search {
        usage_square: stats::sum(usage.iter().zip(&periods.weights).map(|(u, w)| w * u * u)),
        weights: periods.weights.clone(),
        usage_mean,
        best: Choice { model: base, r2_adjusted: 0.0, counts, ties: Vec::new() },
    };
    heating.iter().for_each(|column| search.one(column, |m, term| m.heating = Some(term)));
    if rules.cooling {
        cooling.iter().for_each(|column| search.one(column, |m, term| m.cooling = Some(term)));
        for c in &cooling {
            let below = heating.iter().filter(|h| h.balance_point <= c.balance_point);
            below.for_each(|h| search.two(h, c));
        }
    }
    Some(search.best)
}

impl Search {
    /// A candidate with one term.
    fn one(&mut self, column: &Column, set: impl FnOnce(&mut Model, Term)) {
        if !column.usable || column.square <= 0.0 {
            self.best.counts.not_attempted += 1;
            return;
        }
        let slope = column.with_usage / column.square;
        let base = self.usage_mean - slope * column.mean;
        let explained = slope * column.with_usage;
        let mut model = Model { base, heating: None, cooling: None };
        set(&mut model, Term { balance_point: column.balance_point, slope });
        self.consider(model, base >= 0.0 && slope >= 0.0, explained);
    }

    /// A candidate with both terms.
    fn two(&mut self, h: &Column, c: &Column) {
        if !(h.usable && c.usable) {
            self.best.counts.not_attempted += 1;
            return;
        }
        let products = h.centred.iter().zip(&c.centred).zip(&self.weights);
        let cross = products.fold(0.0, |total, ((a, b), w)| total + a * b * w);
        let determinant = h.square * c.square - cross * cross;
        if determinant <= COLLINEAR * h.square * c.square {
            self.best.counts.not_attempted += 1;
            return;
        }
        let heating = (h.with_usage * c.square - c.with_usage * cross) / determinant;
        let cooling = (c.with_usage * h.square - h.with_usage * cross) / determinant;
        let base = self.usage_mean - heating * h.mean - cooling * c.mean;
        let model = Model {
            base,
            heating: Some(Term { balance_point: h.balance_point, slope: heating }),
            cooling: Some(Term { balance_point: c.balance_point, slope: cooling }),
        };
        let explained = heating * h.with_usage + cooling * c.with_usage;
        self.consider(model, base >= 0.0 && heating >= 0.0 && cooling >= 0.0, explained);
    }

    /// Keeps the candidate if it qualifies (CalTRACK 3.4.3.2) and is better (3.4.3.3).
    fn consider(&mut self, model: Model, qualified: bool, explained: f64) {
        if !qualified {
            self.best.counts.disqualified += 1;
            return;
        }
        self.best.counts.qualified += 1;
        let n = self.weights.len() as f64;
        let free = n - model.parameters() as f64 - 1.0;
        if free <= 0.0 || self.usage_square <= 0.0 {
            return;
        }
        let unexplained = (self.usage_square - explained).max(0.0) / self.usage_square;
        let r2_adjusted = 1.0 - (n - 1.0) / free * unexplained;
        if r2_adjusted > self.best.r2_adjusted + TIE {
            self.best.model = model;
            self.best.r2_adjusted = r2_adjusted;
            self.best.ties.clear();
        } else if r2_adjusted >= self.best.r2_adjusted - TIE {
            self.best.ties.push(model);
        }
    }
}
