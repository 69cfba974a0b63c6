//! `server admin organisation …` and `server admin user …`: how the first people get in. Everybody after them is
//! invited from the portal.

use anyhow::Context as _;
use clap::{Args, Subcommand, ValueEnum};
use domain::access::{OrganisationKind, Role, Scope};
use services::audit::Actor;
use services::organisations::{found, invite_first};
use services::people::Delivery;
use services::{Context, second_factor};
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
    /// Take the second factor of somebody away who has lost it and their recovery codes. They are signed out everywhere and
    /// mailed, and sign in with their password alone until they set up a new one.
    ResetSecondFactor {
        /// Their address.
        email: String,
        /// Why, and how it was made sure who asks, as a sentence; it is part of the audit trail.
        #[arg(long)]
        reason: String,
    },
}

impl Users {
    /// Does it.
    ///
    /// # Errors
    /// With what stands in the way.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        match self.verb {
            UserVerb::Invite { email, organisation, role } => {
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
            }
            UserVerb::ResetSecondFactor { email, reason } => {
                let mailed =
                    second_factor::reset(ctx, Actor::Background("command line"), &email, &reason).await?;
                println!("{email} has no second factor any more and is signed out everywhere");
                if mailed == Delivery::Failed {
                    anyhow::bail!("the mail about it was not taken; tell them yourself");
                }
            }
        }
        Ok(())
    }
}
