//! `gainshare-mv verify`: a signed dossier or a statement bundle checked and recomputed with nothing but the file.

use std::path::PathBuf;

use anyhow::{Context, Result, anyhow, ensure};
use clap::Args;
use domain::verification::check::check;
use domain::verification::dossier::SignedDossier;
use ring::signature::{ED25519, UnparsedPublicKey};
use serde::Serialize;

#[derive(Args)]
pub(crate) struct Options {
    /// The dossier of a baseline or the bundle of a statement, as the portal gives them for download.
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
    let bytes = std::fs::read(&options.file).with_context(|| format!("{name} cannot be read"))?;
    let trusted = options.key.as_deref().map(hex::decode).transpose();
    let trusted = trusted.context("--key is 64 hexadecimal digits")?;
    ensure!(trusted.as_ref().is_none_or(|key| key.len() == 32), "--key is 64 hexadecimal digits");
    // A dossier is an object of JSON; anything else is taken for a bundle, whose checks say what is wrong with it.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return statement(&bytes, trusted.as_deref(), options.json);
    }
    let file: SignedDossier = serde_json::from_slice(&bytes).with_context(|| {
        format!("{name} is no dossier of a baseline: it is the file that its verification page offers")
    })?;
    let report = report(&file, trusted.as_deref()).with_context(|| format!("{name} lacks a part"))?;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print(&report);
    }
    Ok(report.verified)
}

/// Whether a statement bundle holds in every part.
fn statement(bytes: &[u8], trusted: Option<&[u8]>, json: bool) -> Result<bool> {
    let report = bundle::check(bytes, trusted, fits, true);
    if json {
        println!("{}", serde_json::to_string_pretty(&report)?);
        return Ok(report.holds);
    }
    if let Some(title) = &report.title {
        println!("{title}");
    }
    for check in &report.checks {
        let mark = if check.holds { "holds" } else { "WRONG" };
        println!("{mark}: {}: {}", check.what, check.found);
    }
    if let (None, Some(key)) = (trusted, &report.public_key) {
        println!("signed with {key}; compare it with the platform's key, or give that with --key");
    }
    println!("{}", if report.holds { "everything holds" } else { "this bundle does not hold" });
    Ok(report.holds)
}

fn fits(key: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(bytes, signature).is_ok()
}

fn report(file: &SignedDossier, trusted: Option<&[u8]>) -> Result<Report> {
    let checked = check(file, trusted, fits);
    let mut faults = checked.faults;
    let mut recomputed = Vec::new();
    for one in recompute::dossier(file).map_err(|error| anyhow!(error))? {
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
