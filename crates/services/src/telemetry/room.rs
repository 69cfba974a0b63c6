//! The room page.

use super::newest::{dew, mean, sum, vpd};
use super::rows::by_channel;
use super::site::{Site, zone_head};
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::climate::daily_light_integral;
use domain::intervals::read_out;
use domain::local_time::latest_at_minute;
use domain::point::Metric;
use domain::range::Granularity;
use domain::series::{LightIntegral, RoomCard, RoomView};
use domain::time::bucket_edges;
use rust_decimal::prelude::ToPrimitive;
use std::collections::{BTreeMap, BTreeSet};
use store::zones::Zone;
use store::{Tx, facilities, rollups};

/// Newest climate, light and power of a room.
///
/// # Errors
/// `NotFound` when there is no such facility or room in scope.
pub async fn room(ctx: &Context, scope: &Scope, slug: &str, zone: &str) -> Result<RoomView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, slug).await?;
    let site = Site::load(&mut tx, facility, now).await?;
    let zone = site.zones.iter().find(|z| z.spec.slug == zone).ok_or(Error::NotFound)?;
    let room = room_card(&site, zone);
    let in_room = site.channels.iter().filter(|c| c.point.zone == Some(zone.id));
    Ok(RoomView {
        facility: site.head(),
        dew_point: dew(room.temperature.as_ref(), room.relative_humidity.as_ref()),
        dli: light_integral(&mut tx, &site, zone).await?,
        moisture: mean(&site.in_zone(zone.id, Metric::SubstrateMoisture), now),
        points: in_room.map(|c| site.point_head(&c.point)).collect(),
        rooms: site.zones.iter().map(zone_head).collect(),
        room,
        as_of: now,
    })
}

/// The newest values of a room.
pub(super) fn room_card(site: &Site, zone: &Zone) -> RoomCard {
    let newest = |metric| mean(&site.in_zone(zone.id, metric), site.now);
    let (temperature, relative_humidity) = (newest(Metric::Temperature), newest(Metric::RelativeHumidity));
    let since = lights_on(site, zone);
    RoomCard {
        zone: zone_head(zone),
        lights_on: site.now - since < TimeDelta::minutes(i64::from(zone.spec.photoperiod_min)),
        vpd: vpd(temperature.as_ref(), relative_humidity.as_ref(), zone.spec.leaf_offset_k),
        temperature,
        relative_humidity,
        co2: newest(Metric::Co2),
        ppfd: newest(Metric::Ppfd),
        power: sum(&site.in_zone(zone.id, Metric::Power), site.now),
    }
}

fn lights_on(site: &Site, zone: &Zone) -> DateTime<Utc> {
    latest_at_minute(site.facility.time_zone, zone.spec.lights_on_min, site.now)
}

/// Light since lights-on: the mean of the room's sensors, each over the time it covers.
async fn light_integral(tx: &mut Tx<'_>, site: &Site, zone: &Zone) -> Result<Option<LightIntegral>> {
    let sensors = site.in_zone(zone.id, Metric::Ppfd);
    if sensors.is_empty() {
        return Ok(None);
    }
    let since = lights_on(site, zone);
    let width = Granularity::FiveMinutes;
    let edges = bucket_edges(width, site.facility.time_zone, since, site.now);
    let mut rows = BTreeMap::new();
    for gateway in sensors.iter().map(|s| s.point.gateway).collect::<BTreeSet<_>>() {
        rows.insert(gateway, by_channel(rollups::read(tx, gateway, width, since, site.now).await?));
    }
    let (mut light, mut covered_s) = (0.0, 0.0);
    for sensor in &sensors {
        let summaries =
            rows[&sensor.point.gateway].get(&sensor.point.spec.channel).map_or(&[][..], Vec::as_slice);
        let pieces = read_out(&sensor.meter, sensor.point.spec.decimals, summaries, &edges);
        let pieces: Vec<(f64, f64)> = pieces
            .iter()
            .filter_map(|i| {
                let seconds = i.coverage * (i.end - i.start).as_seconds_f64();
                Some((i.value?.to_f64()?, seconds))
            })
            .collect();
        covered_s += pieces.iter().map(|(_, seconds)| seconds).sum::<f64>();
        light += daily_light_integral(pieces);
    }
    let count = f64::from(u32::try_from(sensors.len()).unwrap_or(1));
    let elapsed = (site.now - since).as_seconds_f64().max(1.0);
    let coverage = (covered_s / count / elapsed).clamp(0.0, 1.0);
    Ok(Some(LightIntegral { value: light / count, since, coverage }))
}
