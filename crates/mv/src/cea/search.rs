//! Choice of balance points and terms.

use std::cell::RefCell;
use std::rc::Rc;

use super::Row;
use super::driver::ExogenousDriver;
use super::nnls::{Column, solve};
use super::term::{DIM_POINTS, HUMIDITY_POINTS, Meaning, TRANSMISSIONS, Term};
use crate::stats;

/// Balance points tried, °F.
const GRID: std::ops::RangeInclusive<i32> = 30..=90;
/// Distance between them.
const GRID_STEP: usize = 2;
/// Most optional terms.
const OPTIONAL_MAX: usize = 6;
/// Stretches that are left out one after another in the placebo check.
const FOLDS: usize = 12;
/// Fewest effective days that BIC reckons with.
const EFFECTIVE_MIN: f64 = 40.0;

/// Canopy and photons move together more often than not; with this they are told apart no further than the data can.
const RIDGE: f64 = 0.005;

/// A candidate with its criterion.
#[derive(Clone, Debug, PartialEq)]
pub struct Candidate {
    /// Its terms.
    pub terms: Vec<Term>,
    /// Slopes, as many.
    pub slopes: Vec<f64>,
    /// Base load, meter units per day.
    pub base: f64,
    /// Bayesian information criterion with effective days.
    pub bic: f64,
}

/// The chosen model and those that are nearly as good.
#[derive(Clone, Debug)]
pub struct Chosen {
    /// The best.
    pub best: Candidate,
    /// Balance points that would have done, with their criterion.
    pub alternatives: Vec<Candidate>,
    /// The same with canopy entering in other ways: equal in the baseline where canopy and photons moved together.
    pub structures: Vec<Candidate>,
    /// Prediction errors of the stretches left out one after another, predicted − observed day by day.
    pub left_out: Vec<Vec<f64>>,
}

struct Search<'a> {
    rows: &'a [Row],
    drivers: &'a [ExogenousDriver],
    meaning: Meaning,
    usage: Vec<f64>,
    effective: f64,
    cache: RefCell<Vec<(Term, Rc<Column>)>>,
}

/// Searches over the baseline's complete days; none when they are too few.
pub fn search(rows: &[Row], drivers: &[ExogenousDriver], with_cooling: bool) -> Option<Chosen> {
    if rows.len() < 30 {
        return None;
    }
    let mean = stats::mean(&rows.iter().map(|r| r.usage).collect::<Vec<_>>());
    let mut search = Search {
        rows,
        drivers,
        meaning: Meaning::of(drivers),
        usage: rows.iter().map(|r| r.usage - mean).collect(),
        effective: rows.len() as f64,
        cache: RefCell::default(),
    };
    // Photons are what lamps are paid for, so they stay, as canopy does; how it enters is for the data to say.
    let always: Vec<Term> = search.meaning.photons.map(Term::Driver).into_iter().collect();
    let bases = search.bases(&always);
    let mut best = best_of(bases.iter().flat_map(|base| search.grid(base, with_cooling)))
        .unwrap_or_else(|| search.fit(&always));
    // The first pass finds the structure, the second repeats with the memory of what is left unexplained.
    for _ in 0..2 {
        search.effective = search.effective_days(&best);
        best = search.fit(&best.terms);
        best = search.extend(best);
        best = search.prune(best, &always);
        best = best_of(search.grid(&best.terms, with_cooling)).unwrap_or(best);
    }
    let alternatives = search.grid(&best.terms, with_cooling);
    let structures = search.other_canopy(&best);
    let left_out = search.held_out(&best.terms);
    Some(Chosen { best, alternatives, structures, left_out })
}

/// The lowest criterion; the earlier of equal ones.
fn best_of(candidates: impl IntoIterator<Item = Candidate>) -> Option<Candidate> {
    candidates.into_iter().fold(None, |best: Option<Candidate>, next| match best {
        Some(best) if best.bic <= next.bic + 1e-9 => Some(best),
        _ => Some(next),
    })
}

impl Search<'_> {
    fn column(&self, term: Term) -> Rc<Column> {
        if let Some((_, found)) = self.cache.borrow().iter().find(|(known, _)| *known == term) {
            return Rc::clone(found);
        }
        let raw: Vec<f64> = self.rows.iter().map(|row| term.value(row, &self.meaning)).collect();
        let column = Rc::new(Column::new(&raw, term.is_non_negative(self.drivers)));
        self.cache.borrow_mut().push((term, Rc::clone(&column)));
        column
    }

    fn fit(&self, terms: &[Term]) -> Candidate {
        let columns: Vec<Rc<Column>> = terms.iter().map(|term| self.column(*term)).collect();
        let references: Vec<&Column> = columns.iter().map(AsRef::as_ref).collect();
        let (slopes, squares) = solve(&references, &self.usage, RIDGE);
        let means = stats::mean(&self.rows.iter().map(|r| r.usage).collect::<Vec<_>>());
        let base = slopes.iter().zip(&columns).fold(means, |t, (slope, column)| t - slope * column.mean);
        let n = self.rows.len() as f64;
        let spread = stats::sum_of_squares(&self.usage).max(f64::MIN_POSITIVE);
        let unexplained = (squares / spread).max(1e-12);
        let active = slopes.iter().filter(|s| **s != 0.0).count() + knots(terms, &slopes);
        let bic = self.effective * libm::log(unexplained) + active as f64 * libm::log(self.effective.min(n));
        Candidate { terms: terms.to_vec(), slopes, base, bic }
    }

    fn stages(&self) -> Vec<Term> {
        self.meaning.canopy.iter().map(|i| Term::Driver(*i)).collect()
    }

    /// Ways for canopy to enter, which it always does where it is known (plants breathe and rooms have fans): as a whole or
    /// by stage.
    fn bases(&self, always: &[Term]) -> Vec<Vec<Term>> {
        let stages = self.stages();
        let mut bases = if stages.is_empty() { vec![always.to_vec()] } else { Vec::new() };
        if stages.len() > 1 {
            bases.push([always, &[Term::Canopy]].concat());
        }
        if !stages.is_empty() {
            bases.push([always, &stages].concat());
        }
        bases
    }

    /// The chosen model with canopy entering in the other ways: they differ where canopy and photons moved together.
    fn other_canopy(&self, best: &Candidate) -> Vec<Candidate> {
        let stages = self.stages();
        let is_canopy = |term: &Term| *term == Term::Canopy || stages.contains(term);
        let rest: Vec<Term> = best.terms.iter().copied().filter(|t| !is_canopy(t)).collect();
        self.bases(&rest).into_iter().map(|terms| self.fit(&terms)).collect()
    }

    /// All pairs of balance points, or one, or none, with the other terms kept.
    fn grid(&self, terms: &[Term], with_cooling: bool) -> Vec<Candidate> {
        let points: Vec<Option<i32>> =
            std::iter::once(None).chain(GRID.step_by(GRID_STEP).map(Some)).collect();
        let mut all = Vec::new();
        for &heating in &points {
            for &cooling in points.iter().filter(|c| with_cooling || c.is_none()) {
                if heating.zip(cooling).is_some_and(|(h, c)| h > c) {
                    continue;
                }
                let mut moved: Vec<Term> = terms.iter().filter_map(|t| t.moved(heating, cooling)).collect();
                for term in [heating.map(Term::Heating), cooling.map(Term::Cooling)].into_iter().flatten() {
                    if !moved.contains(&term) {
                        moved.push(term);
                    }
                }
                all.push(self.fit(&moved));
            }
        }
        all
    }

    /// Adds terms as long as BIC falls and what is left out is predicted better.
    fn extend(&self, mut best: Candidate) -> Candidate {
        for _ in 0..OPTIONAL_MAX {
            let mut offers: Vec<Candidate> = self
                .optional(&best.terms)
                .into_iter()
                .map(|term| self.fit(&[best.terms.as_slice(), &[term]].concat()))
                .filter(|candidate| candidate.bic < best.bic - 1e-9)
                .collect();
            offers.sort_by(|a, b| a.bic.total_cmp(&b.bic));
            let now = self.left_out_squares(&best.terms);
            match offers.into_iter().take(3).find(|c| self.left_out_squares(&c.terms) < now) {
                Some(better) => best = better,
                None => break,
            }
        }
        best
    }

    /// Drops optional terms that BIC does not miss.
    fn prune(&self, mut best: Candidate, always: &[Term]) -> Candidate {
        loop {
            let shorter = best
                .terms
                .iter()
                .filter(|term| {
                    !always.contains(term) && **term != Term::Canopy && !self.stages().contains(term)
                })
                .map(|out| best.terms.iter().copied().filter(|t| t != out).collect::<Vec<_>>())
                .map(|terms| self.fit(&terms))
                .filter(|candidate| candidate.bic <= best.bic)
                .min_by(|a, b| a.bic.total_cmp(&b.bic));
            match shorter {
                Some(shorter) => best = shorter,
                None => return best,
            }
        }
    }

    /// Terms that may be added to these.
    fn optional(&self, terms: &[Term]) -> Vec<Term> {
        let mut offers: Vec<Term> = (0..self.drivers.len()).map(Term::Driver).collect();
        let (canopy, photons) = (!self.meaning.canopy.is_empty(), self.meaning.photons.is_some());
        let area = self.meaning.area.is_some();
        // Beside canopy, area in use says what is not planted of it; under glass that share is heat, which goes with the weather.
        offers.retain(|offer| !canopy || self.meaning.area.map(Term::Driver) != Some(*offer));
        if canopy && area && self.meaning.light.is_none() {
            offers.push(Term::Unplanted);
        }
        let total = terms.contains(&Term::Canopy);
        offers.retain(|offer| !total || !self.stages().contains(offer));
        for term in terms {
            match *term {
                Term::Heating(b) if canopy => offers.push(Term::HeatingCanopy(b)),
                Term::Cooling(b) if canopy => offers.push(Term::CoolingCanopy(b)),
                _ => {}
            }
            match *term {
                Term::Heating(b) if area => offers.push(Term::HeatingArea(b)),
                Term::Cooling(b) if area => offers.push(Term::CoolingArea(b)),
                _ => {}
            }
            match *term {
                Term::Heating(b) if photons => offers.push(Term::HeatingLight(b)),
                Term::Cooling(b) if photons => offers.push(Term::CoolingLight(b)),
                _ => {}
            }
        }
        let has_humidity = terms.iter().any(|t| matches!(t, Term::Humid(_) | Term::HumidCanopy(_)));
        if self.meaning.humidity.is_some() && !has_humidity {
            offers.extend(HUMIDITY_POINTS.map(Term::Humid));
            if canopy {
                offers.extend(HUMIDITY_POINTS.map(Term::HumidCanopy));
            }
        }
        let has_supplement = terms.iter().any(|t| matches!(t, Term::Supplement(_)));
        if self.meaning.light.is_some() && photons && canopy && !has_supplement {
            offers.extend(TRANSMISSIONS.map(Term::Supplement));
        }
        if self.meaning.light.is_some() && canopy {
            offers.extend(DIM_POINTS.map(Term::DimCanopy));
        }
        offers.retain(|offer| !terms.contains(offer));
        offers
    }

    /// Days that count as independent given the memory of the residuals.
    fn effective_days(&self, candidate: &Candidate) -> f64 {
        let residuals: Vec<f64> =
            self.rows.iter().map(|row| candidate.predict(row, &self.meaning) - row.usage).collect();
        let rho = stats::lag1_autocorrelation(&residuals);
        let n = self.rows.len() as f64;
        if rho.is_finite() { (n * (1.0 - rho) / (1.0 + rho)).clamp(EFFECTIVE_MIN.min(n), n) } else { n }
    }

    /// Mean over days and stretches of squared errors: the stretches' sums count as much as single days.
    fn left_out_squares(&self, terms: &[Term]) -> f64 {
        let stretches = self.held_out(terms);
        let sum = |errors: &Vec<f64>| stats::sum(errors.iter().copied());
        stats::sum(
            stretches.iter().map(|e| stats::sum_of_squares(e) + sum(e) * sum(e) / e.len().max(1) as f64),
        )
    }

    /// Fits without each of twelve stretches and predicts it.
    fn held_out(&self, terms: &[Term]) -> Vec<Vec<f64>> {
        let n = self.rows.len();
        (0..FOLDS)
            .map(|fold| {
                let (from, to) = (n * fold / FOLDS, n * (fold + 1) / FOLDS);
                let rest: Vec<Row> = self
                    .rows
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| !(from..to).contains(i))
                    .map(|(_, r)| r.clone())
                    .collect();
                let candidate = fit_rows(&rest, terms, self.drivers, &self.meaning);
                self.rows[from..to].iter().map(|r| candidate.predict(r, &self.meaning) - r.usage).collect()
            })
            .collect()
    }
}

/// Balance points and set points among terms that are in use: each was searched for and counts as a parameter.
fn knots(terms: &[Term], slopes: &[f64]) -> usize {
    let used = |wanted: fn(&Term) -> bool| {
        usize::from(terms.iter().zip(slopes).any(|(term, slope)| *slope != 0.0 && wanted(term)))
    };
    used(|t| {
        matches!(t, Term::Heating(_) | Term::HeatingCanopy(_) | Term::HeatingArea(_) | Term::HeatingLight(_))
    }) + used(|t| {
        matches!(t, Term::Cooling(_) | Term::CoolingCanopy(_) | Term::CoolingArea(_) | Term::CoolingLight(_))
    }) + used(|t| matches!(t, Term::Humid(_) | Term::HumidCanopy(_)))
        + used(|t| matches!(t, Term::Supplement(_)))
}

/// Fits given terms to given rows.
fn fit_rows(rows: &[Row], terms: &[Term], drivers: &[ExogenousDriver], meaning: &Meaning) -> Candidate {
    let usage: Vec<f64> = rows.iter().map(|r| r.usage).collect();
    let mean = stats::mean(&usage);
    let centred: Vec<f64> = usage.iter().map(|u| u - mean).collect();
    let raw = |term: &Term| rows.iter().map(|row| term.value(row, meaning)).collect::<Vec<f64>>();
    let columns: Vec<Column> =
        terms.iter().map(|term| Column::new(&raw(term), term.is_non_negative(drivers))).collect();
    let (slopes, _) = solve(&columns.iter().collect::<Vec<_>>(), &centred, RIDGE);
    let base = slopes.iter().zip(&columns).fold(mean, |t, (slope, column)| t - slope * column.mean);
    Candidate { terms: terms.to_vec(), slopes, base, bic: f64::NAN }
}

impl Candidate {
    /// Usage expected on a day, meter units.
    pub fn predict(&self, row: &Row, meaning: &Meaning) -> f64 {
        self.terms.iter().zip(&self.slopes).fold(self.base, |t, (term, slope)| {
            if *slope == 0.0 { t } else { t + slope * term.value(row, meaning) }
        })
    }

    /// The same terms fitted to other rows.
    pub fn refitted(&self, rows: &[Row], drivers: &[ExogenousDriver], meaning: &Meaning) -> Self {
        fit_rows(rows, &self.terms, drivers, meaning)
    }

    /// The variables that matter on a day, the constant first.
    pub fn row(&self, row: &Row, meaning: &Meaning) -> Vec<f64> {
        let active = self.terms.iter().zip(&self.slopes).filter(|(_, slope)| **slope != 0.0);
        std::iter::once(1.0).chain(active.map(|(term, _)| term.value(row, meaning))).collect()
    }

    /// Coefficients besides the base load, searched balance points included.
    pub fn parameters(&self) -> usize {
        self.slopes.iter().filter(|s| **s != 0.0).count() + knots(&self.terms, &self.slopes)
    }
}
