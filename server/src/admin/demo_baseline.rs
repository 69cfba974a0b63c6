//! `server admin demo-baseline`: a verified baseline for a demonstration facility, by the steps that people take.

use anyhow::{Context as _, bail};
use chrono::NaiveDate;
use clap::Args;
use domain::access::{Principal, Role, Scope};
use domain::baseline::{MetricType, Step};
use domain::id::BaselineId;
use domain::verification::{Answer, Checked, Conflict, Item, Review};
use services::audit::Actor;
use services::baselines::{self, Material, NewBaseline, take_step};
use services::second_factor::{self, Status};
use services::sessions::{self, Visitor};
use services::verifications::invite::{Firm, Invite, invite};
use services::verifications::review::save;
use services::verifications::sign::{Signing, sign};
use services::{Context, savings, verifications};
use store::organisations::organisation_named;
use totp_rs::{Builder, Secret};

/// What is fitted and picked.
const METHOD: &str = "cea-daily";

/// Fits a baseline to a demonstration facility, verifies it and puts it to work, as the demonstration people would. Does nothing
/// where the facility has a baseline already.
#[derive(Debug, Args)]
pub struct DemoBaseline {
    /// Key of the facility.
    facility: String,
    /// First local day of the baseline period.
    #[arg(long)]
    from: NaiveDate,
    /// First local day of savings, which is the day after the last of the baseline period.
    #[arg(long)]
    retrofit: NaiveDate,
    /// Host of the customer's demonstration accounts, e.g. `cedar`.
    #[arg(long)]
    customer: String,
    /// Password of the demonstration accounts.
    #[arg(long, env = "GAINSHARE_DEMO_PASSWORD", hide_env_values = true)]
    password: String,
}

impl DemoBaseline {
    /// Does it.
    ///
    /// # Errors
    /// With the step that failed.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let engineer = self.person(ctx, "engineer@vendor.example").await?;
        if !baselines::list(ctx, &engineer, &self.facility).await?.baselines.is_empty() {
            println!("{} has a baseline already", self.facility);
            return Ok(());
        }
        let new = NewBaseline {
            metric_type: MetricType::Electricity,
            material: Material::Metered(None),
            period_start: self.from,
            period_end: self.retrofit,
            effective_from: self.retrofit,
        };
        let id =
            baselines::fit(ctx, Actor::Person(&engineer), &self.facility, &new).await.context("fitting")?;
        let reason = "It follows canopy, light and weather, which all differ from the baseline year.";
        baselines::choose(ctx, Actor::Person(&engineer), &self.facility, id, METHOD, reason)
            .await
            .context("choosing the model")?;
        self.step(ctx, &engineer, id, Step::Submit).await?;
        self.verify(ctx, &engineer, id).await.context("verifying")?;
        let owner = self.person(ctx, &format!("owner@{}.example", self.customer)).await?;
        self.step(ctx, &owner, id, Step::Activate).await?;
        let mut days = 0;
        while let computed @ 1.. = savings::compute_due(ctx, 100).await? {
            days += computed;
        }
        println!("{}: verified baseline in force, {days} days computed", self.facility);
        Ok(())
    }

    async fn person(&self, ctx: &Context, email: &str) -> anyhow::Result<Principal> {
        let visitor = Visitor { ip: "terminal".to_owned(), user_agent: "server admin".to_owned() };
        let signed = sessions::sign_in(ctx, email, self.password.clone(), &visitor, None).await;
        let signed = signed.with_context(|| format!("signing {email} in"))?;
        sessions::sign_out(ctx, &signed.token).await?;
        Ok(signed.principal)
    }

    async fn step(&self, ctx: &Context, who: &Principal, id: BaselineId, step: Step) -> anyhow::Result<()> {
        let note = "Set up for demonstration.";
        take_step(ctx, who, &self.facility, id, step, note).await.with_context(|| format!("{step:?}"))?;
        Ok(())
    }

    /// Invitation, review and signature. The verifier's second factor is made for the signature and taken away again, so that the
    /// demonstration account opens with its password alone.
    async fn verify(&self, ctx: &Context, engineer: &Principal, id: BaselineId) -> anyhow::Result<()> {
        let email = "verifier@verifier.example";
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let firm = organisation_named(&mut tx, super::demo::VERIFIER).await?.id;
        drop(tx);
        let vera = Invite { email: email.to_owned(), firm: Firm::Engaged(firm), days: 30 };
        invite(ctx, engineer, &self.facility, id, &vera).await?;
        let verifier = self.person(ctx, email).await?;
        self.step(ctx, &verifier, id, Step::Begin).await?;
        let checked = |item: &Item| Checked { item: *item, answer: Some(Answer::Yes), note: String::new() };
        let review = Review {
            checklist: Item::ALL.iter().map(checked).collect(),
            conflict: Conflict { none: true, text: "None. Set up for demonstration.".to_owned() },
        };
        save(ctx, &verifier, &self.facility, id, &review).await?;
        second_factor::begin(ctx, &verifier).await?;
        let Status::Begun(enrolment) = second_factor::status(ctx, &verifier).await? else {
            bail!("the verifier has a second factor already");
        };
        let secret = Secret::try_from_base32(&enrolment.secret).context("the secret")?;
        let totp = Builder::new().with_secret(secret).build()?;
        let code = totp.generate(ctx.clock.now().timestamp().unsigned_abs()).to_string();
        let mut codes = second_factor::confirm(ctx, &verifier, &code).await?.into_iter();
        let mut code = || codes.next().context("a recovery code");
        let seen = verifications::view(ctx, &verifier, &self.facility, id).await?;
        let signing = Signing {
            name: format!("Demo {}", Role::Verifier.label()),
            code: code()?,
            dossier_sha256: seen.dossier_sha256,
        };
        sign(ctx, &verifier, &self.facility, id, &signing).await?;
        Ok(second_factor::remove(ctx, &verifier, &code()?).await?)
    }
}
