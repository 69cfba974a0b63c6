//! A facility with its points and what they said during the last day: what most pages start from.

use super::rows::{ByChannel, by_channel, coverage, instant, is_stale};
use crate::Result;
use chrono::{DateTime, TimeDelta, Utc};
use domain::counter::{Meter, MeterEvent, Reading};
use domain::id::{GatewayId, ZoneId};
use domain::point::{EndUse, Metric};
use domain::range::Granularity;
use domain::series::{DataHealth, FacilityHead, PointHead, ZoneHead};
use domain::summary::Summary;
use std::collections::{BTreeMap, BTreeSet};
use store::facilities::Facility;
use store::points::Point;
use store::zones::Zone;
use store::{Tx, meter_events, points, quarantine, rollups, zones};

/// Readings older than this are not looked for: the widest window in which they are accepted.
const OLDEST: TimeDelta = TimeDelta::days(45);

/// A point in service with its rules and its last day.
pub(super) struct Channel {
    pub(super) point: Point,
    pub(super) meter: Meter,
    /// Hourly summaries of the last 24 h, and a few before.
    pub(super) hours: Vec<Summary>,
    /// Newest reading of the last 45 days.
    pub(super) newest: Option<Reading>,
}

impl Channel {
    pub(super) fn is(&self, metric: Metric, end_use: Option<EndUse>) -> bool {
        self.point.spec.metric == metric && self.point.spec.end_use == end_use
    }

    pub(super) fn is_stale(&self, now: DateTime<Utc>) -> bool {
        self.newest
            .map_or(self.meter.by_the_clock(), |reading| is_stale(now - instant(reading.t), &self.meter))
    }
}

/// A facility as of an instant.
pub(super) struct Site {
    pub(super) facility: Facility,
    pub(super) zones: Vec<Zone>,
    pub(super) channels: Vec<Channel>,
    /// Held in quarantine by gateway and channel; no channel for whole envelopes.
    pub(super) held: BTreeMap<(GatewayId, Option<u32>), i64>,
    pub(super) now: DateTime<Utc>,
}

impl Site {
    /// Reads the facility's points with their last day. `held` is of all facilities in scope.
    pub(super) async fn load(tx: &mut Tx<'_>, facility: Facility, now: DateTime<Utc>) -> Result<Self> {
        let zones = zones::list(tx, facility.id).await?;
        let all = points::of_facility(tx, facility.id).await?;
        let mut gateways: Vec<GatewayId> = all.iter().map(|p| p.gateway).collect();
        gateways.dedup();
        let held = quarantine::held_counts(tx)
            .await?
            .into_iter()
            .map(|(gateway, channel, n)| ((gateway, channel), n));
        let held = held.filter(|((gateway, _), _)| gateways.contains(gateway)).collect();
        let mut channels = Vec::new();
        for gateway in gateways {
            let mut rows = Self::hours(tx, gateway, now).await?;
            let mut events = events(tx, gateway).await?;
            for point in all.iter().filter(|p| p.gateway == gateway && p.retired_at.is_none()) {
                let channel = point.spec.channel;
                let hours = rows.remove(&channel).unwrap_or_default();
                channels.push(Channel {
                    point: point.clone(),
                    meter: Meter::new(&point.spec, events.remove(&channel).unwrap_or_default()),
                    newest: hours.last().map(|row| row.last),
                    hours,
                });
            }
            if channels.iter().any(|c| c.point.gateway == gateway && c.newest.is_none()) {
                let days = by_channel(rollups::read(tx, gateway, Granularity::Day, now - OLDEST, now).await?);
                for channel in
                    channels.iter_mut().filter(|c| c.point.gateway == gateway && c.newest.is_none())
                {
                    channel.newest =
                        days.get(&channel.point.spec.channel).and_then(|rows| rows.last()).map(|r| r.last);
                }
            }
        }
        Ok(Self { facility, zones, channels, held, now })
    }

    async fn hours(tx: &mut Tx<'_>, gateway: GatewayId, now: DateTime<Utc>) -> Result<ByChannel> {
        let (from, to) = (day_ago(now), now + TimeDelta::hours(1));
        Ok(by_channel(rollups::read(tx, gateway, Granularity::Hour, from, to).await?))
    }

    pub(super) fn head(&self) -> FacilityHead {
        let facility = &self.facility;
        FacilityHead {
            id: facility.id,
            slug: facility.slug.clone(),
            name: facility.name.clone(),
            organisation: facility.organisation_name.clone(),
            kind: facility.kind,
            time_zone: facility.time_zone.name().to_owned(),
            currency: facility.currency.clone(),
        }
    }

    pub(super) fn point_head(&self, point: &Point) -> PointHead {
        let spec = &point.spec;
        let zone = self.zones.iter().find(|z| Some(z.id) == point.zone);
        PointHead {
            id: point.id,
            name: spec.name.clone(),
            metric: spec.metric,
            kind: spec.kind,
            unit: spec.metric.unit().to_owned(),
            decimals: spec.decimals,
            end_use: spec.end_use,
            zone: zone.map(|z| (z.spec.slug.clone(), z.spec.name.clone())),
            interval_ms: spec.interval_ms,
        }
    }

    /// Gateways with points in service.
    pub(super) fn gateways(&self) -> BTreeSet<GatewayId> {
        self.channels.iter().map(|c| c.point.gateway).collect()
    }

    /// Points of a metric in a room.
    pub(super) fn in_zone(&self, zone: ZoneId, metric: Metric) -> Vec<&Channel> {
        self.channels.iter().filter(|c| c.point.zone == Some(zone) && c.point.spec.metric == metric).collect()
    }

    /// Points of a metric and an end use anywhere in the facility.
    pub(super) fn of_end_use(&self, metric: Metric, end_use: EndUse) -> Vec<&Channel> {
        self.channels.iter().filter(|c| c.is(metric, Some(end_use))).collect()
    }

    pub(super) fn health(&self) -> DataHealth {
        let (from, count) = (day_ago(self.now), self.channels.len());
        let covered: Vec<f64> =
            self.channels.iter().filter_map(|c| coverage(&c.meter, &c.hours, from, self.now)).collect();
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        DataHealth {
            coverage_24h: (!covered.is_empty())
                .then(|| covered.iter().sum::<f64>() / f64::from(number(covered.len()))),
            points: number(count),
            stale_points: number(self.channels.iter().filter(|c| c.is_stale(self.now)).count()),
            held: self.held.values().sum::<i64>().try_into().unwrap_or(u32::MAX),
            newest: self.channels.iter().filter_map(|c| c.newest).map(|r| instant(r.t)).max(),
        }
    }
}

/// The hour in which it was this time yesterday.
pub(super) fn day_ago(now: DateTime<Utc>) -> DateTime<Utc> {
    Granularity::Hour.floor(chrono_tz::Tz::UTC, now - TimeDelta::hours(24))
}

/// What happened to the meters of a gateway, by channel.
pub(super) async fn events(tx: &mut Tx<'_>, gateway: GatewayId) -> Result<BTreeMap<u32, Vec<MeterEvent>>> {
    let mut channels: BTreeMap<u32, Vec<MeterEvent>> = BTreeMap::new();
    for (channel, event) in meter_events::of_gateway(tx, gateway).await? {
        channels.entry(channel).or_default().push(event);
    }
    Ok(channels)
}

pub(super) fn zone_head(zone: &Zone) -> ZoneHead {
    let spec = &zone.spec;
    ZoneHead {
        id: zone.id,
        slug: spec.slug.clone(),
        name: spec.name.clone(),
        stage: spec.stage.clone(),
        canopy_m2: spec.canopy_m2,
        lights_on_min: spec.lights_on_min,
        photoperiod_min: spec.photoperiod_min,
        leaf_offset_k: spec.leaf_offset_k,
    }
}
