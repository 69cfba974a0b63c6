//! What is printed.

use anyhow::Result;
use mv::assessment::Assessment;
use mv::finding::{Finding, Span};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::input::file::File;
use crate::savings::Unit;

#[derive(Serialize)]
struct Statement<'a> {
    #[serde(flatten)]
    assessment: &'a Assessment,
    engine_version: &'static str,
    input_sha256: String,
}

/// SHA-256 of the files' bytes one after the other: of one file, what `sha256sum` prints.
fn hash(files: &[File]) -> String {
    let mut hash = Sha256::new();
    files.iter().for_each(|file| hash.update(&file.bytes));
    hex::encode(hash.finalize())
}

/// One JSON object.
pub(crate) fn json(assessment: &Assessment, files: &[File]) -> Result<()> {
    let statement = Statement { assessment, engine_version: mv::ENGINE_VERSION, input_sha256: hash(files) };
    println!("{}", serde_json::to_string_pretty(&statement)?);
    Ok(())
}

/// A page for people.
pub(crate) fn text(assessment: &Assessment, unit: Unit, files: &[File]) {
    let unit = unit.name();
    println!("Method            {}", assessment.method);
    if let Some(model) = &assessment.model {
        let balance = |name: &str, point: Option<f64>| point.map(|p| format!(", {name} below/above {p} °F"));
        println!(
            "Model             {}{}{}",
            model.form,
            balance("heating", model.heating_balance_point).unwrap_or_default(),
            balance("cooling", model.cooling_balance_point).unwrap_or_default()
        );
        for (name, value) in &model.coefficients {
            println!("  {name:<30} {value:>14.6}");
        }
    }
    let line = |name: &str, value: Option<f64>, unit: &str| {
        let value = value.map_or("not known".into(), |v| format!("{v:.1} {unit}"));
        println!("{name:<17} {value}");
    };
    let percent = |value: Option<f64>| value.map(|v| 100.0 * v);
    println!();
    line("Adjusted baseline", assessment.counterfactual_reporting, unit);
    line("Observed", assessment.observed_reporting, unit);
    line("Savings", assessment.savings, unit);
    line("  of the baseline", percent(assessment.savings_fraction), "%");
    if let Some(interval) = &assessment.interval {
        let (low, high) = (interval.low, interval.high);
        let confidence = 100.0 * interval.confidence;
        println!("  {confidence:.0} % interval   {low:.1} to {high:.1} {unit} ({})", interval.method);
    }
    line("G14 band ±", assessment.fsu_band, unit);
    line("OLS band ±", assessment.ols_band, unit);
    line("CV(RMSE)", percent(assessment.cv_rmse), "%");
    for event in &assessment.nre_candidates {
        println!("Event?            {} to {}: {:+.1} {unit}/day", event.start, event.end, event.kwh_per_day);
    }
    println!();
    println!("Qualified         {}", if assessment.qualified { "yes" } else { "no" });
    assessment.disqualifications.iter().for_each(|finding| print_finding("REFUSED", finding));
    assessment.warnings.iter().for_each(|finding| print_finding("Warning", finding));
    println!("Engine {}, input SHA-256 {}", mv::ENGINE_VERSION, hash(files));
}

fn print_finding(kind: &str, finding: &Finding) {
    const SHOWN: usize = 6;
    println!("{kind} [{}] {}", finding.rule, finding.message);
    let span = |span: &Span| {
        if span.start == span.end { span.start.to_string() } else { format!("{}…{}", span.start, span.end) }
    };
    if !finding.days.is_empty() {
        let shown: Vec<String> = finding.days.iter().take(SHOWN).map(span).collect();
        let more = finding.days.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        println!("    days: {}{more}", shown.join(", "));
    }
    println!("    {}", finding.what_to_do);
}
