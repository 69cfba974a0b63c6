//! `server admin import …`

use crate::admin::import_envelopes::Envelopes;
use crate::admin::import_green_button::GreenButton;
use clap::{Args, Subcommand};
use services::Context;

/// Data from files.
#[derive(Debug, Args)]
pub struct Import {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// A Green Button file of a utility
    GreenButton(GreenButton),
    /// An envelope history of a gateway
    Envelopes(Envelopes),
}

impl Import {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        match self.what {
            What::GreenButton(file) => file.run(ctx).await,
            What::Envelopes(file) => file.run(ctx).await,
        }
    }
}
