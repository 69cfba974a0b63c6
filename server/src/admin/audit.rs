//! `server admin audit …`

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use domain::access::Scope;
use domain::audit::Hash;
use services::{Context, audit};
use store::organisations::{organisation_named, organisations_visible};

/// The audit trail.
#[derive(Debug, Args)]
pub struct Audit {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Check the hash chains and name the first broken record of each. Prints height and hash of every whole chain:
    /// keep them elsewhere and give them to the next check, which then also notices an end that was cut off.
    Verify {
        /// Only this organisation's chain.
        #[arg(long)]
        organisation: Option<String>,
        /// Height and hash printed by an earlier check, HEIGHT:HASH; needs --organisation.
        #[arg(long, requires = "organisation", value_parser = expected)]
        expect: Option<(u64, Hash)>,
    },
}

fn expected(text: &str) -> Result<(u64, Hash), String> {
    let (height, hash) = text.split_once(':').ok_or("write HEIGHT:HASH, as a check prints it")?;
    let height = height.parse().map_err(|_| "the height is a number")?;
    Ok((height, hash.parse().map_err(|_| "the hash is 64 hexadecimal digits")?))
}

impl Audit {
    /// Does it.
    ///
    /// # Errors
    /// When a chain is broken, so that scripts notice.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let Verb::Verify { organisation, expect } = self.verb;
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let organisations = match &organisation {
            Some(name) => vec![
                organisation_named(&mut tx, name).await.with_context(|| format!("organisation {name}"))?,
            ],
            None => organisations_visible(&mut tx).await?,
        };
        drop(tx);
        let mut broken = 0;
        for organisation in &organisations {
            let checked = audit::verify(ctx, organisation, expect).await?;
            match checked.outcome {
                Ok((height, hash)) => println!("{}: whole, {height}:{hash}", checked.name),
                Err(fault) => {
                    broken += 1;
                    println!("{}: BROKEN, {fault}", checked.name);
                }
            }
        }
        if broken > 0 {
            bail!("{broken} of {} chains broken", organisations.len());
        }
        Ok(())
    }
}
