//! `server admin facility …`

use anyhow::Context as _;
use clap::{Args, Subcommand};
use domain::access::Scope;
use domain::facility::FacilityFile;
use services::facilities::create_from_file;
use services::{Context, Error};
use std::path::PathBuf;
use store::organisations::organisation_named;

/// Facilities.
#[derive(Debug, Args)]
pub struct Facilities {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Set a facility up from its file, or bring it up to date: zones, gateway and points.
    Import {
        /// Facility file (JSON).
        file: PathBuf,
        /// Name of the customer it belongs to.
        #[arg(long)]
        organisation: String,
    },
}

impl Facilities {
    /// Does it, and prints what changed as JSON.
    ///
    /// # Errors
    /// Names every field that is wrong.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let Verb::Import { file, organisation } = self.verb;
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let parsed: FacilityFile =
            serde_json::from_str(&text).with_context(|| format!("{} is no facility file", file.display()))?;
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let organisation = organisation_named(&mut tx, &organisation)
            .await
            .with_context(|| format!("there is no organisation called {organisation}"))?;
        drop(tx);
        match create_from_file(ctx, organisation.id, &parsed).await {
            Ok(imported) => println!("{}", serde_json::to_string(&imported)?),
            Err(Error::Invalid(fields)) => {
                let lines: Vec<String> =
                    fields.iter().map(|f| format!("  {}: {}", f.field, f.message)).collect();
                anyhow::bail!("{} cannot be imported:\n{}", file.display(), lines.join("\n"));
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}
