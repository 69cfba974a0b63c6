//! Stretches that a regression would need a step for.
//!
//! For every stretch of days the step is fitted together with the regression, so that an event does not bend what is
//! usual; the stretch that explains most is taken first. How much chance and memory explain is read off the baseline, where
//! nothing is known to have happened.

use super::{DAYS_MIN, SHARE_MIN};
use crate::stats::{dot, mean};

/// Most events of a period.
const EVENTS_MAX: usize = 6;
/// Least size times the root of its days, as a share of usual use: 4 % for 60 days, 11 % for a week. Growers vary cycles by
/// less than that.
const EVIDENCE_MIN: f64 = 0.3;
/// How much more than anything in the baseline a step has to explain.
const BEYOND_BASELINE: f64 = 1.5;
/// Usual is what holds on the other days, so an event has at most this share of them.
const DAYS_MAX: f64 = 0.4;
/// Share of a step that the regression's own variables must not be able to imitate.
const OWN_MIN: f64 = 0.15;

/// A period: usage of each day, and as many rows of the regression's variables, the constant among them.
pub struct Regression<'a> {
    /// Meter units per day.
    pub usage: &'a [f64],
    /// One row a day.
    pub variables: &'a [Vec<f64>],
}

/// A stretch of days with its step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// First day, counted from 0.
    pub from: usize,
    /// The day after the last.
    pub to: usize,
    /// Meter units per day more than usual.
    pub size: f64,
    /// Root of the squares that it explains, meter units per day.
    evidence: f64,
}

/// Steps of `period` that exceed anything the baseline has, in order of time.
pub fn steps(period: &Regression<'_>, baseline: &Regression<'_>) -> Vec<Step> {
    if period.usage.len() < 4 * DAYS_MIN {
        return Vec::new();
    }
    let usual = mean(period.usage).abs();
    let before = Explained::new(baseline).strongest(&[], 0.0).map_or(0.0, |step| step.evidence);
    // In meter units: a measure lowers use as a whole, not what crops and seasons move it by.
    let least = (usual * EVIDENCE_MIN).max(BEYOND_BASELINE * before);
    let smallest = SHARE_MIN * usual;
    let mut explained = Explained::new(period);
    let mut found: Vec<Step> = Vec::new();
    while found.len() < EVENTS_MAX {
        let Some(step) = explained.strongest(&found, smallest) else { break };
        if step.evidence < least {
            break;
        }
        explained.add(&indicator(period.usage.len(), &step));
        found.push(step);
    }
    let mut sized: Vec<Step> = (0..found.len()).map(|which| together(period, &found, which)).collect();
    sized.sort_by_key(|step| step.from);
    sized
}

/// The size of one step when all others are fitted too.
fn together(period: &Regression<'_>, found: &[Step], which: usize) -> Step {
    let mut explained = Explained::new(period);
    for other in (0..found.len()).filter(|other| *other != which) {
        explained.add(&indicator(period.usage.len(), &found[other]));
    }
    explained.step(found[which].from, found[which].to).unwrap_or(found[which])
}

fn indicator(days: usize, step: &Step) -> Vec<f64> {
    (0..days).map(|day| if (step.from..step.to).contains(&day) { 1.0 } else { 0.0 }).collect()
}

/// What a regression leaves of usage, with running sums of it and of the orthonormal variables.
struct Explained {
    basis: Vec<Vec<f64>>,
    left: Vec<f64>,
    left_sums: Vec<f64>,
    basis_sums: Vec<Vec<f64>>,
}

impl Explained {
    fn new(period: &Regression<'_>) -> Self {
        let mut explained = Self {
            basis: Vec::new(),
            left: period.usage.to_vec(),
            left_sums: running(period.usage),
            basis_sums: Vec::new(),
        };
        for column in 0..period.variables.first().map_or(0, Vec::len) {
            let values: Vec<f64> = period.variables.iter().map(|row| row[column]).collect();
            explained.add(&values);
        }
        explained
    }

    /// Takes one more variable in (Gram and Schmidt, twice); one that depends on the others is left out.
    fn add(&mut self, values: &[f64]) {
        let mut column = values.to_vec();
        let length = dot(values, values).sqrt();
        for _ in 0..2 {
            for known in &self.basis {
                let along = dot(known, &column);
                column.iter_mut().zip(known).for_each(|(c, k)| *c -= along * k);
            }
        }
        let rest = dot(&column, &column).sqrt();
        if rest <= 1e-9 * length {
            return;
        }
        column.iter_mut().for_each(|c| *c /= rest);
        let along = dot(&column, &self.left);
        self.left.iter_mut().zip(&column).for_each(|(l, c)| *l -= along * c);
        self.left_sums = running(&self.left);
        self.basis_sums.push(running(&column));
        self.basis.push(column);
    }

    /// The step over these days; none where the variables can imitate it.
    fn step(&self, from: usize, to: usize) -> Option<Step> {
        let days = (to - from) as f64;
        let own = self.basis_sums.iter().map(|sums| sums[to] - sums[from]).fold(days, |own, s| own - s * s);
        if own < OWN_MIN * days {
            return None;
        }
        let sum = self.left_sums[to] - self.left_sums[from];
        Some(Step { from, to, size: sum / own, evidence: sum.abs() / own.sqrt() })
    }

    /// The step of at least `smallest` that explains most, apart from those found.
    fn strongest(&self, found: &[Step], smallest: f64) -> Option<Step> {
        let days = self.left.len();
        let longest = (1..=days).take_while(|some| *some as f64 <= DAYS_MAX * days as f64).count();
        let mut best: Option<Step> = None;
        for from in 0..days {
            let free = found.iter().filter(|f| f.to > from).map(|f| f.from).min().unwrap_or(days);
            for to in from + DAYS_MIN..=free.min(from + longest) {
                let step = self.step(from, to);
                if let Some(step) =
                    step.filter(|s| s.size.abs() >= smallest && best.is_none_or(|b| s.evidence > b.evidence))
                {
                    best = Some(step);
                }
            }
        }
        best
    }
}

fn running(values: &[f64]) -> Vec<f64> {
    let mut sums = Vec::with_capacity(values.len() + 1);
    let mut sum = 0.0;
    sums.push(sum);
    for value in values {
        sum += value;
        sums.push(sum);
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A year that follows a season, with scatter under 1 % and more use on some days.
    fn year(extra: impl Fn(usize) -> f64) -> (Vec<f64>, Vec<Vec<f64>>) {
        let season = |day: usize| libm::sin(day as f64 / 58.0);
        let noise = |day: usize| ((day * 7919) % 101) as f64 / 100.0 - 0.5;
        let usage = (0..365).map(|day| 100.0 + 10.0 * season(day) + noise(day) + extra(day)).collect();
        (usage, (0..365).map(|day| vec![1.0, season(day)]).collect())
    }

    fn found(extra: impl Fn(usize) -> f64) -> Vec<Step> {
        let (before, after) = (year(|_| 0.0), year(extra));
        steps(
            &Regression { usage: &after.0, variables: &after.1 },
            &Regression { usage: &before.0, variables: &before.1 },
        )
    }

    #[test]
    fn a_large_event_in_quiet_data_is_one_stretch_with_its_dates_and_size() {
        let steps = found(|day| if (120..210).contains(&day) { 20.0 } else { 0.0 });
        assert_eq!(steps.len(), 1, "{steps:?}");
        assert!((119..=121).contains(&steps[0].from) && (209..=211).contains(&steps[0].to), "{steps:?}");
        assert!((steps[0].size - 20.0).abs() < 0.5, "{steps:?}");
    }

    #[test]
    fn two_events_are_told_apart() {
        let steps = found(|day| match day {
            40..70 => 12.0,
            200..290 => -9.0,
            _ => 0.0,
        });
        assert_eq!(steps.len(), 2, "{steps:?}");
        assert!((steps[0].size - 12.0).abs() < 0.5 && (steps[1].size + 9.0).abs() < 0.5, "{steps:?}");
    }

    #[test]
    fn a_quiet_year_has_none() {
        assert!(found(|_| 0.0).is_empty());
    }
}
