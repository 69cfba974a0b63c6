//! Meter events: a swapped meter or a changed multiplier, recorded when somebody says so.

use crate::audit::{Actor, Entry, record as record_audit};
use crate::ingest::{self, Registry};
use crate::{Context, Error, Result};
use chrono::TimeDelta;
use domain::access::{Permission, Scope};
use domain::counter::MULTIPLIER_DECIMALS_MAX;
use domain::point::Kind;
use rust_decimal::Decimal;
use serde_json::json;
use store::gateways;
use store::meter_events::{NewMeterEvent, insert, metered};

/// Records what happened to a meter and makes the rollups around it anew.
///
/// # Errors
/// `Forbidden`; `NotFound` when the caller does not see such a point; `Invalid` for a point that is no counter, registers
/// below zero or a multiplier that is not positive or has more than six decimals; `Conflict` when the point has an event at that instant.
pub async fn record(ctx: &Context, actor: Actor<'_>, event: &NewMeterEvent) -> Result<()> {
    let (scope, created_by) = match actor {
        Actor::Person(caller) => (caller.scope(Permission::ResolveQuarantine)?, Some(caller.user)),
        Actor::Background(_) => (Scope::system(), None),
    };
    let point = metered(&mut *ctx.db.begin(&scope).await?, event.point).await?;
    check(event, point.kind)?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    store::envelopes::lock(&mut tx, &[point.gateway]).await?;
    let event = NewMeterEvent { created_by, ..event.clone() };
    insert(&mut tx, &event).await?;
    // Ingest keeps its rules by the map's version.
    gateways::raise_map_version(&mut tx, point.gateway).await?;
    // A multiplier holds until the next event, and every row after it depends on it.
    let from = event.at - TimeDelta::days(1);
    ingest::rebuild_in(
        &mut tx,
        &Registry::default(),
        point.gateway,
        Some((from, ctx.clock.now() + TimeDelta::days(1))),
    )
    .await?;
    let entry = Entry {
        organisation: point.organisation,
        actor,
        action: "meter.changed",
        subject: format!("point:{}", event.point),
        facility: Some(point.facility),
        detail: json!({
            "at": event.at,
            "swap": event.swap,
            "closing_raw": event.closing_raw,
            "opening_raw": event.opening_raw,
            "multiplier": event.multiplier,
            "reason": event.reason,
        }),
    };
    record_audit(&mut tx, ctx.clock.now(), entry).await?;
    tx.commit().await?;
    Ok(())
}

fn check(event: &NewMeterEvent, kind: Kind) -> Result<()> {
    let multiplier = event.multiplier.normalize();
    if kind != Kind::Counter {
        return Err(Error::field("point", "Only a counter can be swapped or get another multiplier."));
    }
    if multiplier <= Decimal::ZERO || multiplier.scale() > MULTIPLIER_DECIMALS_MAX {
        return Err(Error::field("multiplier", "Give a multiplier above zero with at most six decimals."));
    }
    if event.closing_raw.is_some_and(|v| v < 0) || event.opening_raw.is_some_and(|v| v < 0) {
        return Err(Error::field("closing_raw", "Registers are not below zero."));
    }
    if event.reason.trim().is_empty() {
        return Err(Error::field("reason", "Say why."));
    }
    Ok(())
}
