//! Answers against truth, summed up by case.

use crate::case::Case;
use crate::engine::{Answer, Engine, Method};
use crate::run::Run;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// One answer against the truth.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Which story.
    pub case: Case,
    /// Which facility.
    pub seed: u64,
    /// Who answered.
    pub method: Method,
    /// Estimated less true savings, in % of the true counterfactual; none if there was no number.
    pub error: Option<f64>,
    /// The same in % of true savings; none where nothing was saved.
    pub of_savings: Option<f64>,
    /// Half the width of the stated interval, in % of the true counterfactual.
    pub half_width: Option<f64>,
    /// Whether the stated interval holds the truth.
    pub covered: bool,
    /// Whether a candidate of more use overlaps the event.
    pub flagged: bool,
    /// How many candidates do not overlap an event.
    pub alarms: usize,
    /// Whether the engine stands by its number.
    pub qualified: bool,
}

impl Outcome {
    fn new(run: &Run, method: Method, answer: &Answer) -> Self {
        let truth = run.truth();
        let missed = answer.savings.map(|savings| savings - truth.savings());
        let overlaps = |start: &str, end: &str| {
            run.event.as_ref().is_some_and(|(from, to)| start <= to.as_str() && end >= from.as_str())
        };
        let candidates = || answer.candidates.iter();
        Self {
            case: run.case,
            seed: run.seed,
            method,
            error: missed.map(|kwh| 100.0 * kwh / truth.counterfactual),
            of_savings: missed.filter(|_| run.case != Case::Placebo).map(|kwh| 100.0 * kwh / truth.savings()),
            half_width: answer.interval.map(|(low, high)| 50.0 * (high - low) / truth.counterfactual),
            covered: answer.interval.is_some_and(|(low, high)| (low..=high).contains(&truth.savings())),
            flagged: candidates().any(|c| c.kwh_per_day > 0.0 && overlaps(&c.start, &c.end)),
            alarms: candidates().filter(|c| !overlaps(&c.start, &c.end)).count(),
            qualified: answer.qualified,
        }
    }
}

/// Asks the engine about every case and seed, on as many threads.
///
/// # Errors
/// The first refusal of the engine, with case and seed.
pub fn evaluate(
    engine: &Engine,
    cases: &[Case],
    seeds: &[u64],
    methods: &[Method],
    threads: usize,
) -> Result<Vec<Outcome>, String> {
    let jobs: Vec<(Case, u64)> =
        cases.iter().flat_map(|&case| seeds.iter().map(move |&seed| (case, seed))).collect();
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some(&(case, seed)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let run = Run::simulate(case, seed);
                    for &method in methods {
                        let outcome = engine
                            .ask(&run, method)
                            .map(|answer| Outcome::new(&run, method, &answer))
                            .map_err(|error| format!("{case} with seed {seed}: {error}"));
                        if let Ok(mut done) = done.lock() {
                            done.push(outcome);
                        }
                    }
                }
            });
        }
    });
    let outcomes = done.into_inner().map_err(|_| "a thread ended early".to_owned())?;
    let mut outcomes = outcomes.into_iter().collect::<Result<Vec<Outcome>, String>>()?;
    outcomes.sort_by_key(|o| (o.case as usize, o.method as usize, o.seed));
    Ok(outcomes)
}

/// What a case's outcomes come to; shares from 0 to 1.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// How many facilities.
    pub seeds: usize,
    /// Signed median error in % of the counterfactual.
    pub bias: f64,
    /// Median |error| in % of the counterfactual.
    pub median: f64,
    /// Largest |error| in % of the counterfactual.
    pub max: f64,
    /// Share with |error| ≤ 2.5 % of the counterfactual.
    pub within: f64,
    /// Median and largest |error| in % of true savings.
    pub of_savings: Option<(f64, f64)>,
    /// Share of intervals that hold the truth.
    pub coverage: f64,
    /// Median half width of the interval in % of the counterfactual.
    pub half_width: f64,
    /// Share in which the event was found; none without an event.
    pub flagged: Option<f64>,
    /// Share with a candidate where nothing happened.
    pub alarmed: f64,
    /// Share that the engine does not stand by.
    pub unqualified: f64,
}

impl Summary {
    /// Of the outcomes of one case and method; none without outcomes.
    #[must_use]
    pub fn of(outcomes: &[&Outcome]) -> Option<Self> {
        let seeds = outcomes.len();
        let share = |count: usize| count as f64 / seeds as f64;
        let number =
            |f: fn(&Outcome) -> Option<f64>| outcomes.iter().filter_map(|o| f(o)).collect::<Vec<_>>();
        let size = |f: fn(&Outcome) -> Option<f64>| number(f).into_iter().map(f64::abs).collect::<Vec<_>>();
        let errors = size(|o| o.error);
        let of_savings = size(|o| o.of_savings);
        let case = outcomes.first()?.case;
        Some(Self {
            seeds,
            bias: median(number(|o| o.error))?,
            median: median(errors.clone())?,
            max: errors.iter().copied().fold(0.0, f64::max),
            within: share(errors.iter().filter(|e| **e <= 2.5).count()),
            of_savings: median(of_savings.clone())
                .map(|middle| (middle, of_savings.iter().copied().fold(0.0, f64::max))),
            coverage: share(outcomes.iter().filter(|o| o.covered).count()),
            half_width: median(number(|o| o.half_width)).unwrap_or(f64::NAN),
            flagged: (case == Case::ExtraLoad).then(|| share(outcomes.iter().filter(|o| o.flagged).count())),
            alarmed: share(outcomes.iter().filter(|o| o.alarms > 0).count()),
            unqualified: share(outcomes.iter().filter(|o| !o.qualified).count()),
        })
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let (low, high) = (values.get(values.len().checked_sub(1)? / 2)?, values.get(values.len() / 2)?);
    Some((low + high) / 2.0)
}

/// The outcomes of one method as a Markdown table.
#[must_use]
pub fn table(outcomes: &[Outcome], method: Method) -> String {
    let mut text = String::from(
        "| case | seeds | bias | \\|error\\| median | \\|error\\| max | within 2.5 % | of savings, median | of savings, max | 90 % interval ± | covers truth | event flagged | false alarm | not qualified |\n\
         |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for case in Case::ALL {
        let of_case: Vec<&Outcome> =
            outcomes.iter().filter(|o| o.case == case && o.method == method).collect();
        let Some(sum) = Summary::of(&of_case) else { continue };
        let percent = |share: f64| format!("{:.0} %", 100.0 * share);
        let savings = sum.of_savings.map(|(middle, most)| (format!("{middle:.1} %"), format!("{most:.1} %")));
        let (middle, most) = savings.unwrap_or_else(|| ("–".to_owned(), "–".to_owned()));
        let _ = writeln!(
            text,
            "| {case} | {} | {:+.2} % | {:.2} % | {:.2} % | {} | {middle} | {most} | {:.2} % | {} | {} | {} | {} |",
            sum.seeds,
            sum.bias,
            sum.median,
            sum.max,
            percent(sum.within),
            sum.half_width,
            percent(sum.coverage),
            sum.flagged.map_or_else(|| "–".to_owned(), percent),
            percent(sum.alarmed),
            percent(sum.unqualified),
        );
    }
    text
}
