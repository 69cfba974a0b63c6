//! What the live hub starts from: every point of a facility with its newest reading.

use super::site::{Channel, Site};
use crate::live::LiveSource;
use crate::{Context, Error, Result};
use domain::access::Scope;
use domain::id::FacilityId;
use domain::live::LivePoint;
use store::facilities;

/// Points in service of a facility in scope.
///
/// # Errors
/// [`Error::NotFound`] when the facility is not in scope; when the database fails.
pub(crate) async fn live_sources(
    ctx: &Context,
    scope: &Scope,
    facility: FacilityId,
) -> Result<Vec<LiveSource>> {
    let mut tx = ctx.db.begin(scope).await?;
    let all = facilities::list(&mut tx).await?;
    let facility = all.into_iter().find(|f| f.id == facility).ok_or(Error::NotFound)?;
    let site = Site::load(&mut tx, facility, ctx.clock.now()).await?;
    Ok(site.channels.iter().map(|channel| source(&site, channel)).collect())
}

fn source(site: &Site, channel: &Channel) -> LiveSource {
    let spec = &channel.point.spec;
    let zone = site.zones.iter().find(|z| Some(z.id) == channel.point.zone);
    let point = LivePoint {
        id: channel.point.id,
        name: spec.name.clone(),
        zone: zone.map(|z| z.spec.slug.clone()),
        metric: spec.metric,
        end_use: spec.end_use,
        decimals: spec.decimals,
        interval_ms: spec.interval_ms,
        raw: channel.newest.map(|reading| reading.v),
        at_ms: channel.newest.map_or(0, |reading| reading.t),
    };
    LiveSource { point, channel: Some((channel.point.gateway, spec.channel)) }
}
