//! The facility page.

use super::energy::Today;
use super::newest::sum;
use super::room::room_card;
use super::site::Site;
use crate::{Context, Result};
use domain::access::Scope;
use domain::point::{EndUse, Metric};
use domain::series::FacilityOverview;
use store::facilities;

/// Live power, today's energy by end use and against a week ago, and the rooms.
///
/// # Errors
/// `NotFound` when there is no such facility in scope.
pub async fn facility_overview(ctx: &Context, scope: &Scope, slug: &str) -> Result<FacilityOverview> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, slug).await?;
    let site = Site::load(&mut tx, facility, now).await?;
    let today = Today::load(&mut tx, &site).await?;
    let (profile, week_ago_profile) = today.profiles(&site);
    Ok(FacilityOverview {
        facility: site.head(),
        power: sum(&site.of_end_use(Metric::Power, EndUse::Total), now),
        today: today.compare(&site),
        breakdown: today.breakdown(&site),
        profile,
        week_ago_profile,
        rooms: site.zones.iter().map(|zone| room_card(&site, zone)).collect(),
        health: site.health(),
        as_of: now,
    })
}
