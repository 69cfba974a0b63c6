//! `gainshare-mv verify`: a signed dossier checked and recomputed with nothing but the file.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use domain::baseline::MetricType;
use domain::baseline::view::Candidate;
use domain::verification::check::check;
use domain::verification::dossier::SignedDossier;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Serialize;
use serde_json::Value;

#[derive(Args)]
pub(crate) struct Options {
    /// The dossier of a baseline, as the portal gives it for download.
    file: PathBuf,
    /// Public key of the platform, hexadecimal, from a source other than the file. Without it the file's own key is taken.
    #[arg(long)]
    key: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// What was found. Everything holds when there are no faults.
#[derive(Serialize)]
struct Report {
    verified: bool,
    faults: Vec<String>,
    /// Who signed and when; none where the record cannot be read.
    signed: Option<String>,
    /// Methods that came out the same to the last digit.
    recomputed: Vec<String>,
    engine_version: String,
    fitted_with: String,
}

/// Whether the file holds in every part.
///
/// # Errors
/// For a file that is no dossier, names what is missing.
pub(crate) fn run(options: &Options) -> Result<bool> {
    let name = options.file.display();
    let text = std::fs::read_to_string(&options.file).with_context(|| format!("{name} cannot be read"))?;
    let file: SignedDossier = serde_json::from_str(&text).with_context(|| {
        format!("{name} is no dossier of a baseline: it is the file that its verification page offers")
    })?;
    let trusted = options.key.as_deref().map(hex::decode).transpose();
    let trusted = trusted.context("--key is 64 hexadecimal digits")?;
    ensure!(trusted.as_ref().is_none_or(|key| key.len() == 32), "--key is 64 hexadecimal digits");
    let report = report(&file, trusted.as_deref()).with_context(|| format!("{name} lacks a part"))?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(report.verified)
}

fn report(file: &SignedDossier, trusted: Option<&[u8]>) -> Result<Report> {
    let fits = |key: &[u8], bytes: &[u8], signature: &[u8]| {
        UnparsedPublicKey::new(&ED25519, key).verify(bytes, signature).is_ok()
    };
    let checked = check(file, trusted, fits);
    let mut faults = checked.faults;
    let mut recomputed = Vec::new();
    for one in again(file)? {
        match one.difference {
            None => recomputed.push(one.method),
            Some(difference) => faults.push(format!("{} differs at {difference}.", one.method)),
        }
    }
    let signed = checked.record.map(|r| format!("{} <{}>, {}", r.typed_name, r.verifier_email, r.signed_at));
    Ok(Report {
        verified: faults.is_empty(),
        faults,
        signed,
        recomputed,
        engine_version: recompute::VERSION.to_owned(),
        fitted_with: file.dossier["engine_version"].as_str().unwrap_or_default().to_owned(),
    })
}

/// The candidates fitted again to the file's daily rows.
fn again(file: &SignedDossier) -> Result<Vec<recompute::Recomputed>> {
    let baseline = &file.dossier["baseline"];
    let part =
        |name: &str| baseline[name].as_str().ok_or_else(|| anyhow!("dossier.baseline.{name} is not there"));
    let from = part("effective_from")?.parse().context("dossier.baseline.effective_from is a date")?;
    let metric =
        MetricType::parse(part("metric_type")?).context("dossier.baseline.metric_type is not known")?;
    let candidates: Vec<Candidate> =
        serde_json::from_value::<Vec<Candidate>>(Value::clone(&file.dossier["candidates"]))
            .context("dossier.candidates cannot be read")?;
    let inputs = file.inputs.as_ref().context("inputs, the daily rows, are not there")?;
    Ok(recompute::recompute(inputs, from, metric, &candidates)?)
}

fn print(report: &Report) {
    if let Some(signed) = &report.signed {
        println!("signed by {signed}");
    }
    for method in &report.recomputed {
        println!("{method}: recomputed, the same to the last digit");
    }
    if report.engine_version != report.fitted_with {
        println!("fitted with engine {}, recomputed with {}", report.fitted_with, report.engine_version);
    }
    for fault in &report.faults {
        println!("WRONG: {fault}");
    }
    println!("{}", if report.verified { "everything holds" } else { "this dossier does not hold" });
}
