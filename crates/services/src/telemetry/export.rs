//! Values and readings of a facility's points as rows, a stretch at a time, so that no range is too long.

use super::rows::by_channel;
use super::series::displayed;
use super::site::{Channel, Site};
use crate::{Error, Result};
use chrono::{DateTime, Utc};
use domain::id::PointId;
use domain::intervals::read_out;
use domain::local_clock::LocalClock;
use domain::range::Granularity;
use domain::series::{display_unit, to_display};
use domain::time::bucket_edges;
use reports::{RowCell as Cell, RowFile};
use rust_decimal::Decimal;
use store::facilities::Facility;
use store::{Tx, envelopes, rollups};

/// Columns of values by interval.
pub(crate) const INTERVALS: [&str; 13] = [
    "start_local",
    "start_utc",
    "end_utc",
    "room",
    "point",
    "measures",
    "unit",
    "value",
    "min",
    "max",
    "quality",
    "coverage",
    "so_far",
];
/// Columns of readings.
pub(crate) const READINGS: [&str; 9] =
    ["at_local", "at_utc", "room", "point", "measures", "unit", "value", "boot", "seq"];

/// The points whose rows are written.
pub(crate) struct Source {
    site: Site,
}

/// Writes an instant in the facility's zone with its offset, and in UTC.
pub(crate) fn times(clock: &LocalClock, at: DateTime<Utc>) -> (String, String) {
    let utc = |at: DateTime<Utc>| at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
    let offset = chrono::FixedOffset::east_opt(clock.offset_s(at));
    let local = offset.map_or_else(
        || utc(at),
        |o| at.with_timezone(&o).to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false),
    );
    (local, utc(at))
}

impl Source {
    /// All points in service, or one of them.
    ///
    /// # Errors
    /// `NotFound` when there is no such point.
    pub(crate) async fn load(
        tx: &mut Tx<'_>,
        facility: Facility,
        point: Option<PointId>,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let mut site = Site::load(tx, facility, now).await?;
        site.channels.retain(|c| point.is_none_or(|id| c.point.id == id));
        if point.is_some() && site.channels.is_empty() {
            return Err(Error::NotFound);
        }
        Ok(Self { site })
    }

    /// Points with their names.
    pub(crate) fn points(&self) -> Vec<(PointId, String)> {
        self.site.channels.iter().map(|c| (c.point.id, c.point.spec.name.clone())).collect()
    }

    /// Readings of all of them in so many seconds, when they come by the clock.
    pub(crate) fn readings_in(&self, seconds: u64) -> u64 {
        let of = |c: &Channel| seconds.saturating_mul(1_000) / u64::from(c.point.spec.interval_ms.max(1));
        self.site.channels.iter().map(of).sum()
    }

    /// Writes the intervals that begin in [from, to), a row for each point and interval, by time; both are edges.
    pub(crate) async fn intervals(
        &self,
        tx: &mut Tx<'_>,
        width: Granularity,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        file: &mut RowFile,
    ) -> Result<()> {
        let zone = self.site.facility.time_zone;
        let edges = bucket_edges(width, zone, from, to);
        let mut found = Vec::new();
        for gateway in self.site.gateways() {
            let mut rows = by_channel(rollups::read(tx, gateway, width, from, to).await?);
            for channel in self.site.channels.iter().filter(|c| c.point.gateway == gateway) {
                let rows = rows.remove(&channel.point.spec.channel).unwrap_or_default();
                let read = read_out(&channel.meter, channel.point.spec.decimals, &rows, &edges);
                found.push((channel, read));
            }
        }
        let clock = LocalClock::by_name(zone.name(), from, to);
        for n in 0..edges.len().saturating_sub(1) {
            for (channel, read) in &found {
                let Some(interval) = read.get(n) else { continue };
                let i = displayed(channel, interval, self.site.now);
                let (local, utc) = times(&clock, i.start);
                let end = times(&clock, i.end).1;
                let place = self.place(channel);
                let coverage = Decimal::from_f64_retain(i.coverage).map(|c| c.round_dp(4));
                file.row(&[
                    Cell::Text(&local),
                    Cell::Text(&utc),
                    Cell::Text(&end),
                    Cell::Text(place),
                    Cell::Text(&channel.point.spec.name),
                    Cell::Text(channel.point.spec.metric.label()),
                    Cell::Text(display_unit(channel.point.spec.metric).0),
                    Cell::Number(i.value),
                    Cell::Number(i.min),
                    Cell::Number(i.max),
                    Cell::Text(i.quality.as_str()),
                    Cell::Number(coverage),
                    Cell::Text(if i.partial { "yes" } else { "" }),
                ])
                .map_err(Error::internal)?;
            }
        }
        Ok(())
    }

    /// Writes the readings in [from, to) by time, as their gateways sent them.
    pub(crate) async fn readings(
        &self,
        tx: &mut Tx<'_>,
        (from, to): (DateTime<Utc>, DateTime<Utc>),
        file: &mut RowFile,
    ) -> Result<()> {
        let (first, end) = (from.timestamp_millis(), to.timestamp_millis());
        let mut found = Vec::new();
        for gateway in self.site.gateways() {
            for stored in envelopes::overlapping(tx, &[(gateway, from, to)]).await? {
                let of = |channel: u32| {
                    let is = |c: &Channel| c.point.gateway == gateway && c.point.spec.channel == channel;
                    self.site.channels.iter().position(is)
                };
                for column in &stored.envelope.columns {
                    let Some(n) = of(column.channel) else { continue };
                    let ticks = stored.envelope.ticks.iter().zip(&column.values);
                    let known = ticks.filter(|(t, _)| (first..end).contains(*t));
                    found.extend(known.filter_map(|(t, v)| Some((*t, n, stored.boot, stored.seq, (*v)?))));
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        let clock = LocalClock::by_name(self.site.facility.time_zone.name(), from, to);
        for (t, n, boot, seq, raw) in found {
            let (channel, Some(at)) = (&self.site.channels[n], DateTime::from_timestamp_millis(t)) else {
                continue;
            };
            let spec = &channel.point.spec;
            let value = Decimal::try_from_i128_with_scale(i128::from(raw), u32::from(spec.decimals)).ok();
            let (local, utc) = times(&clock, at);
            file.row(&[
                Cell::Text(&local),
                Cell::Text(&utc),
                Cell::Text(self.place(channel)),
                Cell::Text(&spec.name),
                Cell::Text(spec.metric.label()),
                Cell::Text(display_unit(spec.metric).0),
                Cell::Number(value.map(|v| to_display(spec.metric, v).normalize())),
                Cell::Number(Some(boot.into())),
                Cell::Number(Some(seq.into())),
            ])
            .map_err(Error::internal)?;
        }
        Ok(())
    }

    /// Name of a point's room.
    fn place(&self, channel: &Channel) -> &str {
        let zone = self.site.zones.iter().find(|z| Some(z.id) == channel.point.zone);
        zone.map_or("whole facility", |zone| zone.spec.name.as_str())
    }
}
