//! The home page.

use super::energy::Today;
use super::newest::sum;
use super::site::Site;
use crate::{Context, Result};
use domain::access::Scope;
use domain::point::{EndUse, Metric};
use domain::series::{FacilityCard, HomeView};
use store::facilities;

/// Every facility in scope with live power, energy today and data health.
///
/// # Errors
/// When the database fails.
pub async fn home(ctx: &Context, scope: &Scope) -> Result<HomeView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let mut cards = Vec::new();
    for facility in facilities::list(&mut tx).await? {
        let site = Site::load(&mut tx, facility, now).await?;
        let today = Today::load(&mut tx, &site).await?;
        cards.push(FacilityCard {
            facility: site.head(),
            power: sum(&site.of_end_use(Metric::Power, EndUse::Total), now),
            today: today.compare(&site),
            health: site.health(),
        });
    }
    Ok(HomeView { facilities: cards, as_of: now })
}
