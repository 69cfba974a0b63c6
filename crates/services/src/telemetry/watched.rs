//! What rules of alerts look at: the newest value of every point.

use super::newest::mean;
use super::rows::instant;
use super::site::Site;
use crate::Result;
use chrono::{DateTime, Utc};
use domain::alerts::Seen;
use domain::id::PointId;
use std::collections::BTreeMap;
use store::Tx;
use store::facilities::Facility;

/// Every point in service, and the facility as a whole: its newest reading, whatever sent it.
pub(crate) async fn watched(
    tx: &mut Tx<'_>,
    facility: Facility,
    now: DateTime<Utc>,
) -> Result<(BTreeMap<PointId, Seen>, Seen)> {
    let site = Site::load(tx, facility, now).await?;
    let points = site.channels.iter().map(|channel| {
        let latest = mean(&[channel], now);
        let at = channel.newest.map(|reading| instant(reading.t));
        let stale = channel.is_stale(now);
        (channel.point.id, Seen { value: latest.map(|latest| latest.value), at, stale })
    });
    let points: BTreeMap<PointId, Seen> = points.collect();
    let at = points.values().filter_map(|seen| seen.at).max();
    let whole = Seen { value: None, at, stale: points.values().all(|seen| seen.stale) };
    Ok((points, whole))
}
