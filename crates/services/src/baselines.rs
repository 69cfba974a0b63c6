//! Baselines of a facility: listing, showing, fitting, picking, and the way to a verified one.

pub mod steps;

use crate::{Context, Result};
use domain::access::Scope;
use domain::baseline::view::BaselineSummary;
use store::{baselines as stored, facilities};

pub use steps::take_step;

/// Baselines of a facility, newest first.
///
/// # Errors
/// `NotFound` for a facility out of scope.
pub async fn list(ctx: &Context, scope: &Scope, facility: &str) -> Result<Vec<BaselineSummary>> {
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    Ok(stored::list(&mut tx, facility.id).await?)
}
