//! `server admin baseline …`

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use domain::verification::dossier::SignedDossier;
use services::Context;
use services::signer::check;
use std::path::PathBuf;

/// Baselines.
#[derive(Debug, Args)]
pub struct Baselines {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check the signature of a downloaded dossier, and name what is not as it was signed.
    CheckSignature {
        /// The file, as `…/dossier.json` gives it.
        file: PathBuf,
        /// Public key that must have signed, 64 hexadecimal digits; this platform's when it is not given.
        #[arg(long, value_parser = key)]
        key: Option<Key>,
    },
}

#[derive(Clone, Debug)]
struct Key(Vec<u8>);

fn key(text: &str) -> Result<Key, String> {
    // A token is 32 bytes as well.
    let key = services::token::Token::parse(text).ok_or("the key is 64 hexadecimal digits")?;
    Ok(Key(key.bytes().to_vec()))
}

impl Baselines {
    /// Does it.
    ///
    /// # Errors
    /// When the signature does not hold, so that scripts notice.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let Verb::CheckSignature { file, key } = self.verb;
        let named = || format!("{}", file.display());
        let text = tokio::fs::read_to_string(&file).await.with_context(named)?;
        let signed: SignedDossier =
            serde_json::from_str(&text).with_context(|| format!("{}: not a dossier", file.display()))?;
        let own = ctx.signer.as_ref().map(|signer| signer.public_key().to_vec());
        let trusted = key.map(|key| key.0).or(own);
        if trusted.is_none() {
            println!("no key to trust: give --key, or anybody may have signed");
        }
        let checked = check(&signed, trusted.as_deref());
        if let Some(record) = &checked.record {
            println!("baseline  {} version {}", record.baseline, record.baseline_version);
            println!("facility  {} ({})", record.facility.1, record.facility.0);
            println!(
                "signed    {} by {} <{}>, {}",
                record.signed_at, record.typed_name, record.verifier_email, record.verifier_organisation
            );
            println!("SHA-256   {}", record.dossier_sha256);
        }
        if checked.faults.is_empty() {
            println!("The signature holds, and the dossier is the one that was signed.");
            return Ok(());
        }
        checked.faults.iter().for_each(|fault| println!("- {fault}"));
        bail!("the signature does not hold");
    }
}
