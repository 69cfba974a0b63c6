//! Savings: computed for every closed quarter hour and day against the active baseline, and shown. docs/SAVINGS.md

mod band;
mod bases;
mod common;
mod compute;
mod dashboard;
mod derivation;
mod figures;
mod fuels;
mod insight;
mod normalised;
mod option_b;
mod portfolio;
mod quarter;
mod running;
mod show;
mod why;
mod write;

pub use bases::{AskedBases, bases};
pub(crate) use dashboard::days_of;
pub use dashboard::{Asked, dashboard};
pub use derivation::derivation;
pub use figures::{Figures, Savings, Sum, Wanted, figures, savings};
pub use insight::insight;
pub use portfolio::portfolio;
pub use quarter::quarter;
pub use running::running;
pub use show::{DerivationView, SavingsView, day, derivation_place, view};

use crate::{Context, Result};
use domain::access::Scope;
use store::{facilities, savings as stored};

/// Computes days that are due, oldest mark first, each in a transaction of its own; at most `limit`. Returns how many.
///
/// # Errors
/// When the database fails; what was computed before stays.
pub async fn compute_due(ctx: &Context, limit: i64) -> Result<usize> {
    let mut computed = 0;
    while computed < usize::try_from(limit).unwrap_or(0) {
        let mut tx = ctx.db.begin(&Scope::system()).await?;
        let Some(due) = stored::due(&mut tx, 1).await?.pop() else { break };
        let facility = facilities::by_slug(&mut tx, &due.slug).await?;
        compute::day(ctx, &mut tx, &facility, &due).await?;
        stored::done(&mut tx, &due).await?;
        tx.commit().await?;
        computed += 1;
    }
    Ok(computed)
}
