//! CalTRACK daily and billing.

use std::collections::BTreeMap;

use super::Settings;
use crate::assessment::{Assessment, ModelSummary};
use crate::baseline::Model as Predictor;
use crate::caltrack::billing::{FitDays, Temperatures};
use crate::caltrack::search::Choice;
use crate::caltrack::{Model, billing, daily};
use crate::finding::{Finding, Findings};
use crate::gates;
use crate::nre::{self, Savings};
use crate::reading::{Bill, Day};
use crate::series::{DriverDay, Period, Series};
use crate::uncertainty::{g14, ols};

/// The interval that CalTRACK methods bill on.
const BILLED: &str = "ASHRAE Guideline 14 FSU";

/// CalTRACK daily over readings at any step up to a day.
pub fn assess_daily(series: &Series, settings: &Settings) -> Assessment {
    let mut findings = Findings::default();
    gates::days::zeros(series, settings.fuel, &mut findings);
    let days = series.days(settings.fuel, 0);
    gates::days::check(&days, settings.fuel, &settings.limits, &mut findings);
    let of = |period| -> Vec<Day> { days.iter().filter(|d| d.period == period).map(|d| d.day).collect() };
    let mut assessment = Assessment::new("caltrack-daily");
    let Some(baseline) = daily::fit(&of(Period::Baseline), settings.fuel) else {
        return no_model(assessment, findings);
    };
    let model = baseline.choice.model;
    gates::fit::check(&baseline.fit, &settings.limits, &mut findings);
    temperature_range(&days, settings, &mut findings);
    ties(&baseline.choice, &mut findings);
    let after: Vec<Day> = of(Period::Reporting).into_iter().filter(|d| d.complete().is_some()).collect();
    let complete: Vec<(f64, f64)> = after.iter().filter_map(Day::complete).collect();
    let observed: Vec<f64> = complete.iter().map(|(usage, _)| *usage).collect();
    let expected: Vec<f64> = complete.iter().map(|(_, t)| daily::usage(&model, *t)).collect();
    let rows: Vec<Vec<f64>> = complete.iter().map(|(_, t)| daily::row(&model, *t)).collect();
    let m = observed.len() as f64;

    assessment.model = Some(summary(&model));
    assessment.predictor = Some(Predictor::Caltrack(model));
    assessment.set_fit(&baseline.fit, baseline.choice.r2_adjusted);
    assessment.set_totals(&observed, &expected);
    assessment.set_fsu(g14::fsu_band(&baseline.fit, g14::Interval::Daily, m, settings.confidence));
    assessment.ols_band =
        ols::band(&baseline.rows(), &baseline.fit, &total(&rows), m, settings.confidence).filter(|_| m > 0.0);
    assessment.bill_on(assessment.fsu_band, settings.confidence, BILLED);
    let days = after.iter().zip(observed.iter().zip(&expected));
    let days: Vec<Savings> = days
        .map(|(day, (observed, expected))| Savings {
            date: day.date,
            observed: *observed,
            counterfactual: *expected,
        })
        .collect();
    assessment.nre_candidates = nre::candidates(&days, &baseline.fit);
    super::cea::events(&assessment, &mut findings);
    assessment.close(findings)
}

/// CalTRACK billing over bills, with daily or finer temperatures from `series`. A day of the bills begins
/// `start_hour` hours after midnight.
pub fn assess_billing(
    baseline: &[Bill],
    reporting: &[Bill],
    series: &Series,
    start_hour: u32,
    settings: &Settings,
) -> Assessment {
    let mut findings = Findings::default();
    let days = series.days(settings.fuel, start_hour);
    let temperatures: Temperatures =
        days.iter().filter_map(|d| Some((d.day.date, d.day.temperature_f?))).collect();
    let baseline = gates::bills::of_right_length(baseline, &mut findings);
    let reporting = gates::bills::of_right_length(reporting, &mut findings);
    gates::bills::check(&baseline, &reporting, &temperatures, &settings.limits, &mut findings);
    bimonthly(&baseline, &mut findings);
    let mut assessment = Assessment::new("caltrack-billing");
    let Some(fitted) = billing::fit(&baseline, &temperatures, settings.fuel, FitDays::First35) else {
        return no_model(assessment, findings);
    };
    let model = fitted.choice.model;
    gates::fit::check(&fitted.fit, &settings.limits, &mut findings);
    ties(&fitted.choice, &mut findings);
    let complete: Vec<(f64, f64, &Bill)> = reporting
        .iter()
        .filter_map(|bill| Some((bill.usage?, billing::usage(&model, bill, &temperatures)?, bill)))
        .collect();
    let observed: Vec<f64> = complete.iter().map(|(usage, _, _)| *usage).collect();
    let expected: Vec<f64> = complete.iter().map(|(_, expected, _)| *expected).collect();
    let rows: Vec<Vec<f64>> =
        complete.iter().filter_map(|(_, _, bill)| billing::row(&model, bill, &temperatures)).collect();
    let counted = crate::stats::sum(complete.iter().map(|(_, _, bill)| bill.days()));
    let months = if complete.is_empty() { 0.0 } else { billing::months(&reporting) };

    assessment.model = Some(summary(&model));
    assessment.set_fit(&fitted.fit, fitted.choice.r2_adjusted);
    assessment.set_totals(&observed, &expected);
    assessment.set_fsu(g14::fsu_band(&fitted.fit, g14::Interval::Billing, months, settings.confidence));
    assessment.ols_band = ols::band(&fitted.rows(), &fitted.fit, &total(&rows), counted, settings.confidence)
        .filter(|_| counted > 0.0);
    assessment.bill_on(assessment.fsu_band, settings.confidence, BILLED);
    assessment.close(findings)
}

/// A refusal because no model can be fitted.
pub(super) fn no_model(assessment: Assessment, mut findings: Findings) -> Assessment {
    let what = "Check that the baseline rows have readings and temperatures, and that use is not negative.";
    findings.refuse(Finding::new("no_model", "No candidate model qualifies.".into(), what));
    assessment.close(findings)
}

/// Sums of the columns of rows.
pub(super) fn total(rows: &[Vec<f64>]) -> Vec<f64> {
    ols::transpose(rows).iter().map(|c| crate::stats::sum(c.iter().copied())).collect()
}

fn summary(model: &Model) -> ModelSummary {
    let mut coefficients = BTreeMap::from([("intercept".to_owned(), model.base)]);
    coefficients.extend(model.heating.map(|term| ("beta_hdd".to_owned(), term.slope)));
    coefficients.extend(model.cooling.map(|term| ("beta_cdd".to_owned(), term.slope)));
    ModelSummary {
        form: model.form().name().into(),
        heating_balance_point: model.heating.map(|term| f64::from(term.balance_point)),
        cooling_balance_point: model.cooling.map(|term| f64::from(term.balance_point)),
        coefficients,
    }
}

/// Temperatures of the reporting period against those of the baseline.
pub(super) fn temperature_range(days: &[DriverDay], settings: &Settings, findings: &mut Findings) {
    let of = |period| days.iter().filter(move |d| d.period == period);
    let baseline: Vec<f64> = of(Period::Baseline).filter_map(|d| d.day.temperature_f).collect();
    let reporting: Vec<_> =
        of(Period::Reporting).filter_map(|d| Some((d.day.date, d.day.temperature_f?))).collect();
    gates::fit::range("Outdoor temperature (°F)", &baseline, &reporting, &settings.limits, findings);
}

fn ties(choice: &Choice, findings: &mut Findings) {
    if choice.ties.is_empty() {
        return;
    }
    let message = format!(
        "{} other balance points fit exactly as well as the chosen one: the data do not tell them apart.",
        choice.ties.len()
    );
    let what = "Use daily data, or a baseline with more bills in the heating and cooling season.";
    findings.warn(Finding::new("balance_point_not_identified", message, what));
}

fn bimonthly(bills: &[Bill], findings: &mut Findings) {
    if gates::bills::are_bimonthly(bills) {
        let message = "Of a bimonthly bill the fit sees the temperatures of the first 35 days only, as eemeter 3.2.0 does.";
        let what =
            "Prefer monthly bills or daily readings; six bills a year rarely identify two balance points.";
        findings.warn(Finding::new("bimonthly_temperatures", message.into(), what));
    }
}
