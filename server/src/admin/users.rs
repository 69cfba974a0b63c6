//! `server admin organisation …` and `server admin user …`: how the first people get in. Everybody after them is
//! invited from the portal.

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use domain::access::{OrganisationKind, Role, Scope};
use services::Context;
use services::organisations::{found, invite_first};
use services::people::Delivery;
use store::organisations::organisation_named;

/// Organisations.
#[derive(Debug, Args)]
pub struct Organisations {
    #[command(subcommand)]
    verb: OrganisationVerb,
}

#[derive(Debug, Subcommand)]
enum OrganisationVerb {
    /// Add an organisation.
    Add {
        /// Its name.
        name: String,
        /// What it is.
        #[arg(long)]
        kind: Kind,
        /// Name of the vendor that serves or engaged it; every kind but a vendor needs one.
        #[arg(long)]
        vendor: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Kind {
    Vendor,
    Customer,
    Verifier,
}

impl Organisations {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let OrganisationVerb::Add { name, kind, vendor } = self.verb;
        let kind = match kind {
            Kind::Vendor => OrganisationKind::Vendor,
            Kind::Customer => OrganisationKind::Customer,
            Kind::Verifier => OrganisationKind::Verifier,
        };
        let organisation = found(ctx, &name, kind, vendor.as_deref()).await?;
        println!("{} {}", organisation.id, organisation.name);
        Ok(())
    }
}

/// People.
#[derive(Debug, Args)]
pub struct Users {
    #[command(subcommand)]
    verb: UserVerb,
}

#[derive(Debug, Subcommand)]
enum UserVerb {
    /// Invite somebody; the link goes out by mail, or into the log when no mail server is set.
    Invite {
        /// Their address.
        email: String,
        /// Name of the organisation.
        #[arg(long)]
        organisation: String,
        /// owner, finance, operations, viewer, vendor_admin, billing, sales, support, engineer, verifier
        #[arg(long, value_parser = |name: &str| Role::parse(name).ok_or("no such role"))]
        role: Role,
    },
}

impl Users {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let UserVerb::Invite { email, organisation, role } = self.verb;
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let organisation =
            organisation_named(&mut tx, &organisation).await.context("no such organisation")?;
        drop(tx);
        match invite_first(ctx, &email, &organisation, role).await? {
            Delivery::Sent => println!("invited {email}"),
            Delivery::Failed => {
                anyhow::bail!("the invitation stands, but the mail was not taken; run this again")
            }
        }
        Ok(())
    }
}
