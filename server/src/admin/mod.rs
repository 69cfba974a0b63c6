//! Work from the command line, one file per noun.

use crate::config::UseCases;
use clap::{Args, Subcommand};

/// `server admin …`
#[derive(Debug, Args)]
pub struct Admin {
    #[command(flatten)]
    use_cases: UseCases,
    #[command(subcommand)]
    noun: Noun,
}

#[derive(Debug, Subcommand)]
enum Noun {}

impl Admin {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way, for the person at the terminal.
    pub async fn run(self) -> anyhow::Result<()> {
        let ctx = self.use_cases.context().await?;
        match self.noun {}
    }
}
