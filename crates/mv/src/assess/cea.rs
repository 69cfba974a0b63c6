//! Driver-adjusted daily savings.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::Settings;
use super::caltrack::{no_model, temperature_range, total};
use crate::assessment::{Assessment, ModelSummary, NreCandidate};
use crate::baseline::Model as Predictor;
use crate::cea::Row;
use crate::cea::driver::ExogenousDriver;
use crate::cea::production;
use crate::cea::search::{Candidate, Chosen, search};
use crate::cea::term::{DIM_POINTS, Meaning, Term};
use crate::finding::{Finding, Findings};
use crate::gates;
use crate::linalg::LeastSquares;
use crate::metrics::FitMetrics;
use crate::nre::scan::{self, Regression, Step};
use crate::reading::Fuel;
use crate::series::{DriverDay, Period, Series};
use crate::stats;
use crate::uncertainty::{bootstrap, g14, ols};

/// Blocks of the error model, days: a week, and a crop cycle of nine weeks.
const BLOCKS: [usize; 2] = [7, 63];
/// What is billed.
const BILLED: &str =
    "moving-block bootstrap (the wider of 7 and 63 days), choice of model, and change of production";

/// Savings by the driver-adjusted model. `drivers` are those of `series`, in its order.
pub fn assess_cea(series: &Series, drivers: &[ExogenousDriver], settings: &Settings) -> Assessment {
    let mut findings = Findings::default();
    gates::days::zeros(series, settings.fuel, &mut findings);
    let days = series.days(settings.fuel, 0);
    gates::days::check(&days, settings.fuel, &settings.limits, &mut findings);
    temperature_range(&days, settings, &mut findings);
    driver_days(&days, drivers, settings, &mut findings);
    let rows = |period| -> Vec<Row> { days.iter().filter(|d| d.period == period).filter_map(row).collect() };
    let (baseline, reporting) = (rows(Period::Baseline), rows(Period::Reporting));
    driver_ranges(&baseline, &reporting, drivers, settings, &mut findings);
    let meaning = Meaning::of(drivers);
    intensity(&baseline, &reporting, &meaning, settings, &mut findings);
    let mut assessment = Assessment::new("cea-daily");
    let Some(chosen) = search(&baseline, drivers, settings.fuel != Fuel::Gas) else {
        return no_model(assessment, findings);
    };
    let model = &chosen.best;
    let observed: Vec<f64> = baseline.iter().map(|r| r.usage).collect();
    let predicted: Vec<f64> = baseline.iter().map(|r| model.predict(r, &meaning)).collect();
    let fit = FitMetrics::new(&observed, &predicted, model.parameters());
    gates::fit::check(&fit, &settings.limits, &mut findings);
    let used: Vec<f64> = reporting.iter().map(|r| r.usage).collect();
    let expected: Vec<f64> = reporting.iter().map(|r| model.predict(r, &meaning)).collect();

    assessment.model = Some(summary(model, drivers));
    assessment.predictor = Some(Predictor::cea(model, drivers));
    let summed = |errors: &Vec<f64>| (stats::sum(errors.iter().copied()), errors.len());
    assessment.left_out = chosen.left_out.iter().map(summed).collect();
    assessment.set_fit(&fit, r2_adjusted(&observed, &predicted, model.parameters()));
    assessment.set_totals(&used, &expected);
    let level = stats::mean(&expected) / stats::mean(&observed);
    let m = used.len() as f64;
    let band = g14::fsu_band(&fit, g14::Interval::Daily, m, settings.confidence).map(|band| band * level);
    assessment.set_fsu(band.filter(|_| m > 0.0));
    let periods = Periods { baseline: &baseline, reporting: &reporting };
    let bands = Bands::new(&chosen, periods, &meaning, &fit, settings);
    assessment.ols_band = bands.ols;
    assessment.bill_on(bands.billed, settings.confidence, BILLED);
    assessment.nre_candidates = nre_candidates(model, &baseline, &reporting, &meaning);
    events(&assessment, &mut findings);
    placebo(&chosen, &observed, &mut findings);
    assessment.close(findings)
}

/// Fewest reporting days from which the measure's own seasons can be told.
const OWN_MODEL_DAYS: usize = 180;

/// Events against the same terms fitted to the reporting period, so that a measure that saves more in one season than in
/// another is not taken for an event; against a share of the counterfactual while the period is short.
fn nre_candidates(
    model: &Candidate,
    baseline: &[Row],
    reporting: &[Row],
    meaning: &Meaning,
) -> Vec<NreCandidate> {
    let own = reporting.len() >= OWN_MODEL_DAYS;
    // New lamps may follow the sun in another way than the old ones did, so how light bends the line is open under glass.
    let lit = meaning.light.is_some() && !meaning.canopy.is_empty();
    let sun: Vec<Term> =
        DIM_POINTS.map(Term::DimCanopy).into_iter().filter(|t| lit && !model.terms.contains(t)).collect();
    let of_sun = |row: &Row| sun.iter().map(|term| term.value(row, meaning)).collect::<Vec<f64>>();
    let variables = |rows: &[Row]| -> Vec<Vec<f64>> {
        let of = |row: &Row| {
            if own {
                [model.row(row, meaning), of_sun(row)].concat()
            } else {
                vec![model.predict(row, meaning)]
            }
        };
        rows.iter().map(of).collect()
    };
    let usage = |rows: &[Row]| -> Vec<f64> { rows.iter().map(|row| row.usage).collect() };
    let (before, after) = (variables(baseline), variables(reporting));
    let steps = scan::steps(
        &Regression { usage: &usage(reporting), variables: &after },
        &Regression { usage: &usage(baseline), variables: &before },
    );
    let candidate = |step: Step| NreCandidate {
        start: reporting[step.from].date,
        end: reporting[step.to - 1].date,
        kwh_per_day: step.size,
    };
    steps.into_iter().map(candidate).collect()
}

/// A warning where there are candidates of events.
pub(super) fn events(assessment: &Assessment, findings: &mut Findings) {
    let candidates = &assessment.nre_candidates;
    if candidates.is_empty() {
        return;
    }
    let message = format!(
        "{} stretches of the reporting period differ from the rest; savings are not adjusted for them.",
        candidates.len()
    );
    let what =
        "Find the cause with both parties; quantify it by sub-meter, indicator, estimate or exclusion.";
    let days = candidates.iter().flat_map(|c| c.start.iter_days().take_while(|day| *day <= c.end));
    findings.warn(Finding::new("non_routine_event", message, what).about(days));
}

/// A day that has everything.
fn row(day: &DriverDay) -> Option<Row> {
    let (usage, temperature_f) = day.day.complete()?;
    Some(Row {
        date: day.day.date,
        usage,
        temperature_f,
        drivers: day.drivers.iter().copied().collect::<Option<_>>()?,
    })
}

fn summary(model: &Candidate, drivers: &[ExogenousDriver]) -> ModelSummary {
    let active = || model.terms.iter().zip(&model.slopes).filter(|(_, slope)| **slope != 0.0);
    let mut coefficients = BTreeMap::from([("intercept".to_owned(), model.base)]);
    coefficients.extend(active().map(|(term, slope)| (term.name(drivers), *slope)));
    let names: Vec<String> = active().map(|(term, _)| term.name(drivers)).collect();
    let point = |of: fn(&Term) -> Option<i32>| active().find_map(|(term, _)| of(term)).map(f64::from);
    ModelSummary {
        form: if names.is_empty() { "intercept_only".into() } else { names.join(" + ") },
        heating_balance_point: point(|t| match t {
            Term::Heating(b) | Term::HeatingCanopy(b) | Term::HeatingArea(b) | Term::HeatingLight(b) => {
                Some(*b)
            }
            _ => None,
        }),
        cooling_balance_point: point(|t| match t {
            Term::Cooling(b) | Term::CoolingCanopy(b) | Term::CoolingArea(b) | Term::CoolingLight(b) => {
                Some(*b)
            }
            _ => None,
        }),
        coefficients,
    }
}

fn r2_adjusted(observed: &[f64], predicted: &[f64], parameters: usize) -> f64 {
    let n = observed.len() as f64;
    let residuals = stats::sum(observed.iter().zip(predicted).map(|(o, p)| (p - o) * (p - o)));
    1.0 - residuals / (n - parameters as f64 - 1.0) / (stats::variance(observed) * n / (n - 1.0))
}

/// The days of both periods.
#[derive(Clone, Copy)]
struct Periods<'a> {
    baseline: &'a [Row],
    reporting: &'a [Row],
}

/// Half-widths.
struct Bands {
    billed: Option<f64>,
    ols: Option<f64>,
}

impl Bands {
    fn new(
        chosen: &Chosen,
        periods: Periods<'_>,
        meaning: &Meaning,
        fit: &FitMetrics,
        settings: &Settings,
    ) -> Self {
        let Periods { baseline, reporting } = periods;
        let model = &chosen.best;
        let rows: Vec<Vec<f64>> = baseline.iter().map(|r| model.row(r, meaning)).collect();
        let usage: Vec<f64> = baseline.iter().map(|r| r.usage).collect();
        let ahead: Vec<Vec<f64>> = reporting.iter().map(|r| model.row(r, meaning)).collect();
        if ahead.is_empty() {
            return Self { billed: None, ols: None };
        }
        let sums = total(&ahead);
        let solved = LeastSquares::solve(&ols::transpose(&rows), &usage, None);
        let influence = solved.influence(&sums, &rows);
        let free = (baseline.len() as f64 - model.parameters() as f64 - 1.0).max(1.0);
        let residuals = chosen.left_out.concat();
        let widest = BLOCKS
            .iter()
            .filter_map(|block| {
                let draws = settings.draws();
                bootstrap::band(&residuals, &influence, reporting.len(), *block, draws, settings.confidence)
            })
            .fold(None::<f64>, |widest, band| Some(widest.map_or(band, |w| w.max(band))));
        let choice = choice_spread(chosen, reporting, meaning);
        let t = crate::student::two_sided_t(settings.confidence, free).unwrap_or(2.0);
        let level = production::deviation(model, baseline, reporting, meaning);
        let billed = widest.map(|band| (band * band + t * t * (choice * choice + level * level)).sqrt());
        let m = reporting.len() as f64;
        let ols = ols::band(&ols::Rows { solved, n: baseline.len() }, fit, &sums, m, settings.confidence);
        Self { billed, ols }
    }
}

/// Candidates whose criterion is this close to the best are not refuted by the data: odds of 400 to 1.
const NOT_REFUTED: f64 = 12.0;

/// Standard deviation of the summed counterfactual over models that the data do not refute: balance points weighted by
/// how well they fit (BIC weights), ways for canopy to enter with equal weights.
fn choice_spread(chosen: &Chosen, reporting: &[Row], meaning: &Meaning) -> f64 {
    let (mut weight, mut first, mut second) = (0.0, 0.0, 0.0);
    let sum = |c: &Candidate| stats::sum(reporting.iter().map(|r| c.predict(r, meaning)));
    let centre = sum(&chosen.best);
    for candidate in chosen.alternatives.iter().filter(|c| c.bic - chosen.best.bic < NOT_REFUTED) {
        let w = libm::exp(-0.5 * (candidate.bic - chosen.best.bic));
        let apart = sum(candidate) - centre;
        weight += w;
        first += w * apart;
        second += w * apart * apart;
    }
    let points = if weight > 0.0 { second / weight - (first / weight) * (first / weight) } else { 0.0 };
    let open: Vec<f64> = chosen
        .structures
        .iter()
        .filter(|c| c.bic - chosen.best.bic < NOT_REFUTED)
        .map(|c| sum(c) - centre)
        .collect();
    let ways = if open.is_empty() { 0.0 } else { stats::sum_of_squares(&open) / open.len() as f64 };
    (points.max(0.0) + ways).sqrt()
}

/// Months left out of the fit: they have no measure, so their savings should be nothing.
fn placebo(chosen: &Chosen, observed: &[f64], findings: &mut Findings) {
    let mean = stats::mean(observed);
    let worst = chosen
        .left_out
        .iter()
        .filter(|errors| !errors.is_empty())
        .map(|errors| stats::mean(errors) / mean)
        .fold(0.0_f64, |a, b| if b.abs() > a.abs() { b } else { a });
    if worst.abs() > 0.1 {
        let message = format!(
            "A twelfth of the baseline, left out of the fit, would have shown savings of {:+.1} % with no measure.",
            100.0 * worst
        );
        let what = "Look for what changed in the baseline; a driver may be missing.";
        findings.warn(Finding::new("placebo", message, what));
    }
}

/// Days that lack a driver.
fn driver_days(
    days: &[DriverDay],
    drivers: &[ExogenousDriver],
    settings: &Settings,
    findings: &mut Findings,
) {
    for (index, driver) in drivers.iter().enumerate() {
        for (period, label) in [(Period::Baseline, "baseline"), (Period::Reporting, "reporting")] {
            let listed: Vec<&DriverDay> = days.iter().filter(|d| d.period == period).collect();
            let missing: Vec<NaiveDate> =
                listed.iter().filter(|d| d.drivers[index].is_none()).map(|d| d.day.date).collect();
            if missing.is_empty() {
                continue;
            }
            let share = missing.len() as f64 / listed.len() as f64;
            let message =
                format!("{} {label} days have no {}; they are left out.", missing.len(), driver.name);
            let what = "Fill the driver from the crop plan or recipe log.";
            let finding = Finding::new("driver_missing", message, what).about(missing);
            if period == Period::Baseline && share > 1.0 - settings.limits.coverage_min {
                findings.refuse(finding);
            } else {
                findings.warn(finding);
            }
        }
    }
}

/// Photons per m² of canopy that leave their range: where both only ever moved together, the baseline cannot tell their effects apart.
fn intensity(
    baseline: &[Row],
    reporting: &[Row],
    meaning: &Meaning,
    settings: &Settings,
    findings: &mut Findings,
) {
    let of = |row: &Row| {
        let canopy = Term::Canopy.value(row, meaning);
        meaning.photons.filter(|_| canopy > 0.0).map(|photons| row.drivers[photons] / canopy)
    };
    let before: Vec<f64> = baseline.iter().filter_map(of).collect();
    let after: Vec<(NaiveDate, f64)> = reporting.iter().filter_map(|r| Some((r.date, of(r)?))).collect();
    let name = "Photons called for per m² of canopy (mol/m²/day)";
    gates::fit::range(name, &before, &after, &settings.limits, findings);
}

/// Drivers that leave their baseline range, or never moved in it.
fn driver_ranges(
    baseline: &[Row],
    reporting: &[Row],
    drivers: &[ExogenousDriver],
    settings: &Settings,
    findings: &mut Findings,
) {
    for (index, driver) in drivers.iter().enumerate() {
        let before: Vec<f64> = baseline.iter().map(|r| r.drivers[index]).collect();
        let after: Vec<(NaiveDate, f64)> = reporting.iter().map(|r| (r.date, r.drivers[index])).collect();
        let Some(first) = before.first().copied() else { continue };
        let constant = before.iter().all(|v| (v - first).abs() <= 1e-9 * first.abs());
        let moved = |v: f64| (v - first).abs() > settings.limits.extrapolation * first.abs() + 1e-9;
        if constant && after.iter().any(|(_, v)| moved(*v)) {
            let days = after.iter().filter(|(_, v)| moved(*v)).map(|(day, _)| *day);
            let message = format!(
                "{} never changed in the baseline ({first}) but does in the reporting period: its effect is unknown.",
                driver.name
            );
            let what = "Extend the baseline over a change of it, or agree on an engineering estimate as an adjustment.";
            findings.refuse(Finding::new("driver_not_identified", message, what).about(days));
        } else if !constant {
            gates::fit::range(&driver.name, &before, &after, &settings.limits, findings);
        }
    }
}
