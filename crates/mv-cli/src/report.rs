//! What is printed.

use std::fmt::Write as _;
use std::io::Write as _;

use anyhow::Result;
use mv::finding::{Finding, Span};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::input::file::File;
use crate::savings::{Found, Unit};

#[derive(Serialize)]
struct Statement<'a> {
    #[serde(flatten)]
    found: &'a Found,
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
pub(crate) fn json(found: &Found, files: &[File]) -> Result<()> {
    let statement = Statement { found, engine_version: mv::ENGINE_VERSION, input_sha256: hash(files) };
    print(&format!("{}\n", serde_json::to_string_pretty(&statement)?))
}

/// Writes to the standard output; a reader who has seen enough is no error.
fn print(text: &str) -> Result<()> {
    match std::io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

/// A page for people.
pub(crate) fn text(found: &Found, unit: Unit, files: &[File]) -> Result<()> {
    let mut out = String::new();
    page(&mut out, found, unit, files)?;
    print(&out)
}

fn page(out: &mut String, found: &Found, unit: Unit, files: &[File]) -> std::fmt::Result {
    let Found { assessment, evidence, nre_adjustments } = found;
    let unit = unit.name();
    writeln!(out, "Method            {}", assessment.method)?;
    if let Some(model) = &assessment.model {
        let balance = |name: &str, point: Option<f64>| point.map(|p| format!(", {name} below/above {p} °F"));
        writeln!(
            out,
            "Model             {}{}{}",
            model.form,
            balance("heating", model.heating_balance_point).unwrap_or_default(),
            balance("cooling", model.cooling_balance_point).unwrap_or_default()
        )?;
        for (name, value) in &model.coefficients {
            writeln!(out, "  {name:<30} {value:>14.6}")?;
        }
    }
    let percent = |value: Option<f64>| value.map(|v| 100.0 * v);
    writeln!(out)?;
    line(out, "Adjusted baseline", assessment.counterfactual_reporting, unit)?;
    line(out, "Observed", assessment.observed_reporting, unit)?;
    line(out, "Savings", assessment.savings, unit)?;
    line(out, "  of the baseline", percent(assessment.savings_fraction), "%")?;
    if let Some(interval) = &assessment.interval {
        let (low, high) = (interval.low, interval.high);
        let confidence = 100.0 * interval.confidence;
        writeln!(out, "  {confidence:.0} % interval   {low:.1} to {high:.1} {unit} ({})", interval.method)?;
    }
    line(out, "G14 band ±", assessment.fsu_band, unit)?;
    line(out, "OLS band ±", assessment.ols_band, unit)?;
    line(out, "Newey-West band ±", evidence.hac_band, unit)?;
    if let Some(placebo) = &evidence.placebo_windows {
        let (worst, held) = (100.0 * placebo.worst_error, 100.0 * placebo.coverage);
        let mean = 100.0 * placebo.mean_error;
        writeln!(
            out,
            "Placebo           {} windows of {} days with no measure: mean {mean:+.2} %, worst {worst:+.2} %, {held:.0} % of intervals hold 0",
            placebo.n, placebo.days
        )?;
    }
    line(out, "CV(RMSE)", percent(assessment.cv_rmse), "%")?;
    for event in nre_adjustments {
        writeln!(
            out,
            "Event taken out   {} to {}, {}: {:+.1} ± {:.1} {unit} in {} days",
            event.start, event.end, event.method, event.kwh, event.uncertainty, event.days
        )?;
    }
    for event in &assessment.nre_candidates {
        writeln!(
            out,
            "Event?            {} to {}: {:+.1} {unit}/day",
            event.start, event.end, event.kwh_per_day
        )?;
    }
    writeln!(out)?;
    writeln!(out, "Qualified         {}", if assessment.qualified { "yes" } else { "no" })?;
    assessment.disqualifications.iter().try_for_each(|finding| say(out, "REFUSED", finding))?;
    assessment.warnings.iter().try_for_each(|finding| say(out, "Warning", finding))?;
    writeln!(out, "Engine {}, input SHA-256 {}", mv::ENGINE_VERSION, hash(files))
}

fn line(out: &mut String, name: &str, value: Option<f64>, unit: &str) -> std::fmt::Result {
    let value = value.map_or("not known".into(), |v| format!("{v:.1} {unit}"));
    writeln!(out, "{name:<17} {value}")
}

fn say(out: &mut String, kind: &str, finding: &Finding) -> std::fmt::Result {
    const SHOWN: usize = 6;
    writeln!(out, "{kind} [{}] {}", finding.rule, finding.message)?;
    let span = |span: &Span| {
        if span.start == span.end { span.start.to_string() } else { format!("{}…{}", span.start, span.end) }
    };
    if !finding.days.is_empty() {
        let shown: Vec<String> = finding.days.iter().take(SHOWN).map(span).collect();
        let more = finding.days.len().saturating_sub(SHOWN);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        writeln!(out, "    days: {}{more}", shown.join(", "))?;
    }
    writeln!(out, "    {}", finding.what_to_do)
}
