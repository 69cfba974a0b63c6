//! `server admin tariff set FILE --facility SLUG --metric electricity`.

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use domain::baseline::MetricType;
use services::audit::Actor;
use services::{Context, tariffs};
use std::path::PathBuf;

/// What energy costs a facility.
#[derive(Debug, Args)]
pub struct Tariffs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Puts a tariff in place of the one that counts
    Set(Set),
}

#[derive(Debug, Args)]
struct Set {
    /// JSON: zone, currency and versions, see docs/SAVINGS.md
    file: PathBuf,
    /// Slug of the facility.
    #[arg(long)]
    facility: String,
    /// electricity, gas or water.
    #[arg(long, default_value = "electricity", value_parser = metric)]
    metric: MetricType,
}

fn metric(name: &str) -> Result<MetricType, String> {
    MetricType::parse(name).ok_or_else(|| "electricity, gas or water".to_owned())
}

impl Tariffs {
    /// Does it.
    ///
    /// # Errors
    /// With every part of the file that is wrong.
    pub async fn run(self, ctx: &Context) -> Result<()> {
        let What::Set(set) = self.what;
        let text = tokio::fs::read_to_string(&set.file)
            .await
            .with_context(|| format!("cannot read {}", set.file.display()))?;
        tariffs::set(ctx, Actor::Background("command line"), &set.facility, set.metric, &text).await?;
        println!("the tariff counts from now on");
        Ok(())
    }
}
