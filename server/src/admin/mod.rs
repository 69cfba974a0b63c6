//! Work from the command line, one file per noun.

pub mod audit;
pub mod baseline;
pub mod demo;
pub mod demo_baseline;
pub mod facility;
pub mod gateway;
pub mod import;
pub mod import_envelopes;
pub mod import_green_button;
pub mod meter;
pub mod production;
pub mod rollups;
pub mod tariff;
pub mod users;

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
enum Noun {
    /// Organisations
    Organisation(users::Organisations),
    /// People
    User(users::Users),
    /// Facilities
    Facility(facility::Facilities),
    /// Gateways
    Gateway(gateway::Gateways),
    /// The MQTT broker's access rules
    Broker(gateway::Broker),
    /// Data from files
    Import(import::Import),
    /// A meter that was swapped, or whose multiplier changed
    Meter(meter::Meter),
    /// Crop plan and harvests
    Production(production::Production),
    /// What energy costs
    Tariff(tariff::Tariffs),
    /// Rollups, which are derived from envelopes
    Rollups(rollups::Rollups),
    /// Baselines and the signatures under them
    Baseline(baseline::Baselines),
    /// The audit trail
    Audit(audit::Audit),
    /// Demonstration organisations and people, one for each role
    Demo(demo::Demo),
    /// A verified baseline for a demonstration facility
    DemoBaseline(demo_baseline::DemoBaseline),
}

impl Admin {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way, for the person at the terminal.
    pub async fn run(self) -> anyhow::Result<()> {
        let ctx = self.use_cases.context().await?;
        match self.noun {
            Noun::Organisation(organisations) => organisations.run(&ctx).await,
            Noun::User(users) => users.run(&ctx).await,
            Noun::Facility(facilities) => facilities.run(&ctx).await,
            Noun::Gateway(gateways) => gateways.run(&ctx).await,
            Noun::Broker(broker) => broker.run().await,
            Noun::Import(import) => import.run(&ctx).await,
            Noun::Meter(meter) => meter.run(&ctx).await,
            Noun::Production(production) => production.run(&ctx).await,
            Noun::Tariff(tariff) => tariff.run(&ctx).await,
            Noun::Rollups(rollups) => rollups.run(&ctx).await,
            Noun::Baseline(baselines) => baselines.run(&ctx).await,
            Noun::DemoBaseline(baseline) => baseline.run(&ctx).await,
            Noun::Audit(audit) => audit.run(&ctx).await,
            Noun::Demo(demo) => demo.run(&ctx).await,
        }
    }
}
