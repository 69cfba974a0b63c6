//! The meters-and-points page.

use super::newest::mean;
use super::rows::{ByChannel, by_channel, coverage, gaps};
use super::site::{Channel, Site, day_ago};
use crate::{Context, Result};
use chrono::TimeDelta;
use domain::access::Scope;
use domain::id::GatewayId;
use domain::range::Granularity;
use domain::series::{PointRow, PointsView};
use std::collections::BTreeMap;
use store::{Tx, facilities, rollups};

/// Every point in service with its newest value, coverage, gaps and quarantine.
///
/// # Errors
/// `NotFound` when there is no such facility in scope.
pub async fn points(ctx: &Context, scope: &Scope, slug: &str) -> Result<PointsView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, slug).await?;
    let site = Site::load(&mut tx, facility, now).await?;
    let mut history = BTreeMap::<GatewayId, History>::new();
    for gateway in site.gateways() {
        history.insert(gateway, History::load(&mut tx, &site, gateway).await?);
    }
    let mut rows: Vec<PointRow> =
        site.channels.iter().map(|c| history[&c.point.gateway].row(&site, c)).collect();
    let place = |row: &PointRow| {
        let slug = row.point.zone.as_ref().map(|(slug, _)| slug.clone());
        site.zones.iter().position(|z| Some(&z.spec.slug) == slug.as_ref())
    };
    // Facility-wide points have no place, and none comes before any.
    rows.sort_by_key(place);
    Ok(PointsView { facility: site.head(), points: rows, as_of: now })
}

/// The last 30 days of a gateway by the hour, and the last of them by 5 minutes.
pub(super) struct History {
    month: ByChannel,
    day: ByChannel,
}

impl History {
    pub(super) async fn load(tx: &mut Tx<'_>, site: &Site, gateway: GatewayId) -> Result<Self> {
        let month_ago = day_ago(site.now) - TimeDelta::days(29);
        let month = rollups::read(tx, gateway, Granularity::Hour, month_ago, site.now).await?;
        let day = rollups::read(tx, gateway, Granularity::FiveMinutes, day_ago(site.now), site.now).await?;
        Ok(Self { month: by_channel(month), day: by_channel(day) })
    }

    pub(super) fn row(&self, site: &Site, channel: &Channel) -> PointRow {
        let number = channel.point.spec.channel;
        let rows = |of: &ByChannel| of.get(&number).cloned().unwrap_or_default();
        let (month, day, since) = (rows(&self.month), rows(&self.day), day_ago(site.now));
        PointRow {
            point: site.point_head(&channel.point),
            latest: mean(&[channel], site.now),
            coverage_24h: coverage(&channel.meter, &day, since, site.now),
            coverage_30d: coverage(&channel.meter, &month, since - TimeDelta::days(29), site.now),
            gaps_24h: gaps(&channel.meter, &day, since, site.now),
            held: site
                .held
                .get(&(channel.point.gateway, Some(number)))
                .map_or(0, |n| u32::try_from(*n).unwrap_or(u32::MAX)),
        }
    }
}
