//! `server admin meter …`: what happened to a meter, so that its energy stays right.

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use clap::Args;
use domain::access::Scope;
use rust_decimal::Decimal;
use services::audit::Actor;
use services::{Context, meter_events};
use store::meter_events::NewMeterEvent;

/// Record that a meter was swapped or that its multiplier changed. Readings around it are folded anew.
#[derive(Debug, Args)]
pub struct Meter {
    /// Slug of the facility.
    #[arg(long)]
    facility: String,
    /// Name of the point, e.g. `Main meter energy`.
    #[arg(long)]
    point: String,
    /// When it happened (RFC 3339): readings before it are of the old meter.
    #[arg(long)]
    at: DateTime<Utc>,
    /// The meter was swapped; otherwise only the multiplier changed.
    #[arg(long)]
    swap: bool,
    /// Raw register of the old meter when it was taken out, if somebody read it.
    #[arg(long)]
    closing: Option<i64>,
    /// Raw register of the new meter when it was put in, if somebody read it.
    #[arg(long)]
    opening: Option<i64>,
    /// What raw values are multiplied by from then on (transformer ratio).
    #[arg(long, default_value = "1")]
    multiplier: Decimal,
    /// Why, as a sentence; it is part of the audit trail.
    #[arg(long)]
    reason: String,
}

impl Meter {
    /// Does it.
    ///
    /// # Errors
    /// Names what is wrong.
    pub async fn run(self, ctx: &Context) -> anyhow::Result<()> {
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let facility = store::facilities::by_slug(&mut tx, &self.facility)
            .await
            .with_context(|| format!("there is no facility `{}`", self.facility))?;
        let points = store::points::of_facility(&mut tx, facility.id).await?;
        drop(tx);
        let point = points
            .iter()
            .find(|p| p.spec.name == self.point && p.retired_at.is_none())
            .with_context(|| format!("{} has no point `{}`", self.facility, self.point))?;
        let event = NewMeterEvent {
            point: point.id,
            at: self.at,
            swap: self.swap,
            closing_raw: self.closing,
            opening_raw: self.opening,
            multiplier: self.multiplier,
            reason: self.reason,
            created_by: None,
        };
        meter_events::record(ctx, Actor::Background("command line"), &event).await?;
        println!("recorded for `{}` at {}", self.point, self.at);
        Ok(())
    }
}
