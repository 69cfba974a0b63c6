//! The operations page of ingest.

use crate::{Context, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::Scope;
use domain::id::GatewayId;
use domain::range::Granularity;
use domain::series::{GatewayRow, GatewayState, IngestView, QuarantineRow};
use rust_decimal::Decimal;
use std::collections::{BTreeMap, BTreeSet};
use store::gateways::Gateway;
use store::points::Point;
use store::quarantine::Held;
use store::{Tx, gateways, points, quarantine, rollups};

/// A gateway silent for longer than this is shown as such.
const SILENT: TimeDelta = TimeDelta::minutes(5);
/// Items of the quarantine on one page.
const ITEMS: i64 = 200;

/// Gateways in scope with their progress, and what the quarantine holds of them.
///
/// # Errors
/// When the database fails.
pub async fn ingest_view(ctx: &Context, scope: &Scope) -> Result<IngestView> {
    let now = ctx.clock.now();
    let mut tx = ctx.db.begin(scope).await?;
    let gateways = gateways::list(&mut tx).await?;
    let counts = quarantine::held_counts(&mut tx).await?;
    let total: i64 = counts.iter().map(|(_, _, held)| held).sum();
    let progress = gateways::progress(&mut tx, now - TimeDelta::hours(1)).await?;
    let mut rows = Vec::new();
    for gateway in &gateways {
        let newest_reading = newest_reading(&mut tx, gateway.id).await?;
        let progress = progress.iter().find(|p| p.gateway == gateway.id);
        let held: i64 = counts.iter().filter(|(id, _, _)| *id == gateway.id).map(|(_, _, held)| held).sum();
        rows.push(GatewayRow {
            id: gateway.id,
            name: gateway.name.clone(),
            facility: (gateway.facility_slug.clone(), gateway.facility_name.clone()),
            state: state(gateway, now),
            last_seen: gateway.last_seen_at,
            map_version: gateway.map_version.cast_unsigned(),
            watermark: progress.and_then(|p| Some((p.boot?.to_string(), p.seq?.cast_unsigned()))),
            newest_reading,
            lag_s: newest_reading.map(|at| (now - at).num_seconds().max(0)),
            clock_skew_ms: gateway.clock_skew_ms,
            envelopes_1h: progress.map_or(0, |p| p.envelopes.cast_unsigned()),
            samples_1h: progress.map_or(0, |p| p.samples.cast_unsigned()),
            held: u32::try_from(held).unwrap_or(u32::MAX),
        });
    }
    let held = held_rows(&mut tx, &gateways).await?;
    Ok(IngestView { gateways: rows, held, held_total: u32::try_from(total).unwrap_or(u32::MAX), as_of: now })
}

fn state(gateway: &Gateway, now: DateTime<Utc>) -> GatewayState {
    match (gateway.provisioned_at, gateway.revoked_at, gateway.last_seen_at) {
        (_, Some(_), _) => GatewayState::Revoked,
        (None, ..) => GatewayState::NotProvisioned,
        (.., None) => GatewayState::NeverSeen,
        (.., Some(seen)) if now - seen > SILENT => GatewayState::Silent,
        _ => GatewayState::Online,
    }
}

async fn newest_reading(tx: &mut Tx<'_>, gateway: GatewayId) -> Result<Option<DateTime<Utc>>> {
    let newest = rollups::newest(tx, gateway, Granularity::FiveMinutes).await?;
    let last = newest.and_then(|(_, row)| row.iter().map(|(_, summary)| summary.last.t).max());
    Ok(last.and_then(DateTime::from_timestamp_millis))
}

async fn held_rows(tx: &mut Tx<'_>, gateways: &[Gateway]) -> Result<Vec<QuarantineRow>> {
    let held = quarantine::held(tx, ITEMS).await?;
    let mut known: BTreeMap<GatewayId, Vec<Point>> = BTreeMap::new();
    for gateway in held.iter().map(|item| item.gateway).collect::<BTreeSet<_>>() {
        known.insert(gateway, points::of_gateway(tx, gateway).await?);
    }
    let row = |item: &Held| {
        let gateway = gateways.iter().find(|g| g.id == item.gateway)?;
        let channel = item.channel.map(i32::cast_unsigned);
        let point = known.get(&item.gateway)?.iter().find(|p| Some(p.spec.channel) == channel);
        let physical = |(raw, point): (i64, &Point)| {
            Decimal::from_i128_with_scale(i128::from(raw), u32::from(point.spec.decimals))
        };
        Some(QuarantineRow {
            id: item.id,
            facility: (gateway.facility_slug.clone(), gateway.facility_name.clone()),
            gateway: gateway.name.clone(),
            point: point.map(|p| p.spec.name.clone()),
            value: item.raw.zip(point).map(physical),
            unit: point.map(|p| p.spec.metric.unit().to_owned()),
            observed_at: item.observed_at,
            envelope_bytes: item.payload.as_ref().map(|bytes| u32::try_from(bytes.len()).unwrap_or(u32::MAX)),
            reason: item.reason.clone(),
            received_at: item.received_at,
        })
    };
    Ok(held.iter().filter_map(row).collect())
}
