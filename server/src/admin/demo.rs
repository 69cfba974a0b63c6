//! `server admin demo`: organisations and one person for each role, to look around with.

use anyhow::Context as _;
use clap::Args;
use domain::access::{OrganisationKind, Role, Scope};
use services::people::Place;
use services::token::Token;
use services::{Context, organisations};
use store::organisations::{Organisation, facility_choices, organisation_named};

const VENDOR: &str = "Gainshare Demo Vendor";
pub(super) const VERIFIER: &str = "Gainshare Demo Verifier";
/// Two customers, so that what one may not see of the other can be seen.
const CUSTOMERS: [(&str, &str); 2] = [("Cedar Ridge Cultivation", "cedar"), ("Harbor Greens", "harbor")];

/// Makes demonstration organisations and people. Running it again changes nothing but the password, and engages the
/// demonstration verifier for every facility that has been added.
#[derive(Debug, Args)]
pub struct Demo {
    /// Password of every demonstration account; one is made up when none is given.
    #[arg(long, env = "GAINSHARE_DEMO_PASSWORD", hide_env_values = true)]
    password: Option<String>,
}

impl Demo {
    /// Does it, and prints the accounts.
    ///
    /// # Errors
    /// With what stands in the way.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let password = self.password.unwrap_or_else(|| Token::random().reveal()[..20].to_owned());
        let vendor = ensure(ctx, VENDOR, OrganisationKind::Vendor, None).await?;
        let mut people = of_roles(&vendor, "vendor");
        for (name, host) in CUSTOMERS {
            let customer = ensure(ctx, name, OrganisationKind::Customer, Some(VENDOR)).await?;
            people.extend(of_roles(&customer, host));
        }
        let verifier = ensure(ctx, VERIFIER, OrganisationKind::Verifier, Some(VENDOR)).await?;
        people.extend(of_roles(&verifier, "verifier"));

        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let facilities: Vec<_> = facility_choices(&mut tx).await?.into_iter().map(|(_, id, _)| id).collect();
        drop(tx);
        println!("password of every demonstration account: {password}");
        for (organisation, role, email) in people {
            let engaged = (role == Role::Verifier).then(|| facilities.clone());
            let place = Place { organisation: organisation.id, role, facilities: engaged };
            let name = format!("Demo {}", role.label());
            organisations::admit(ctx, &organisation, &email, &name, password.clone(), &place).await?;
            println!("{email:40} {:14} {}", role.label(), organisation.name);
        }
        Ok(())
    }
}

/// One person for each role that the organisation has.
fn of_roles(organisation: &Organisation, host: &str) -> Vec<(Organisation, Role, String)> {
    let roles = Role::ALL.into_iter().filter(|role| role.kind() == organisation.kind);
    roles
        .map(|role| {
            (organisation.clone(), role, format!("{}@{host}.example", role.as_str().replace('_', "-")))
        })
        .collect()
}

async fn ensure(
    ctx: &Context,
    name: &str,
    kind: OrganisationKind,
    vendor: Option<&str>,
) -> anyhow::Result<Organisation> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    match organisation_named(&mut tx, name).await {
        Ok(organisation) => Ok(organisation),
        Err(store::Error::NotFound) => {
            drop(tx);
            organisations::found(ctx, name, kind, vendor).await.with_context(|| format!("adding {name}"))
        }
        Err(error) => Err(error.into()),
    }
}
