//! `server admin rollups …`: checks and makes anew what is derived from envelopes.

use clap::{Args, Subcommand};
use domain::id::GatewayId;
use services::Context;
use services::ingest::{rebuild, verify};

/// Rollups of a gateway.
#[derive(Debug, Args)]
pub struct Rollups {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Compare every stored row with the one its envelopes give, byte for byte
    Verify {
        /// The gateway
        #[arg(long)]
        gateway: GatewayId,
    },
    /// Make every row anew from the envelopes
    Rebuild {
        /// The gateway
        #[arg(long)]
        gateway: GatewayId,
    },
}

impl Rollups {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way; of `verify`, when a row is not what it should be.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        match self.verb {
            Verb::Rebuild { gateway } => {
                let buckets = rebuild(ctx, gateway, None).await?;
                println!("{buckets} buckets of five minutes made anew");
                Ok(())
            }
            Verb::Verify { gateway } => {
                let found = verify(ctx, gateway).await?;
                for row in found.iter().take(20) {
                    println!("{} {} {}", row.width.as_str(), row.bucket, row.what);
                }
                anyhow::ensure!(found.is_empty(), "{} rows are not what the envelopes give", found.len());
                println!("every row is what the envelopes give");
                Ok(())
            }
        }
    }
}
