//! `server admin import envelopes`: a gateway's history from a file.

use anyhow::Context as _;
use clap::Args;
use domain::id::GatewayId;
use services::Context;
use services::ingest::import_history;
use std::fs::File;
use std::io::{BufReader, IsTerminal as _};
use std::path::PathBuf;
use std::time::Instant;

/// Envelopes of one gateway.
#[derive(Debug, Args)]
pub struct Envelopes {
    /// Envelope history file, see docs/ENVELOPE.md
    file: PathBuf,
    /// The gateway they are of
    #[arg(long)]
    gateway: GatewayId,
}

impl Envelopes {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way; what was taken in before stays, and importing again goes on from there.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let file = File::open(&self.file).with_context(|| self.file.display().to_string())?;
        let (start, live) = (Instant::now(), std::io::stderr().is_terminal());
        let mut reader = BufReader::with_capacity(1 << 20, file);
        let progress = |so_far: services::ingest::Counts| {
            if live {
                eprint!("\r{} readings", so_far.samples);
            }
        };
        let counts = import_history(ctx, self.gateway, &mut reader, progress).await?;
        if live {
            eprintln!();
        }
        println!(
            "{} envelopes with {} readings taken in, {} were there already, {} held in quarantine; {:.1} s",
            counts.kept,
            counts.samples,
            counts.duplicates,
            counts.held,
            start.elapsed().as_secs_f64()
        );
        Ok(())
    }
}
