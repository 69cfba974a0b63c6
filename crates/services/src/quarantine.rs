//! The quarantine: releasing what was right after all, rejecting what was not.

use crate::audit::{Actor, Entry, record};
use crate::ingest::{self, Arrival, Registry, Window};
use crate::{Context, Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use domain::access::{Permission, Principal, Scope};
use domain::id::QuarantineId;
use serde_json::json;
use store::quarantine::{Held, find, find_for_update, resolve};

/// Lets a held item into the rollups: a single reading by rebuilding its bucket, a whole envelope through the way every
/// envelope takes, without the limit on its age.
///
/// # Errors
/// `Forbidden`; `NotFound` when the caller does not see such an item; `Conflict` when it is decided already, or when the
/// envelope cannot be let in for another reason than its age.
pub async fn release(ctx: &Context, caller: &Principal, id: QuarantineId, note: &str) -> Result<()> {
    decide(ctx, caller, id, note, true).await
}

/// Keeps a held item out for good. The bytes stay.
///
/// # Errors
/// As [`release`].
pub async fn reject(ctx: &Context, caller: &Principal, id: QuarantineId, note: &str) -> Result<()> {
    decide(ctx, caller, id, note, false).await
}

async fn decide(
    ctx: &Context,
    caller: &Principal,
    id: QuarantineId,
    note: &str,
    released: bool,
) -> Result<()> {
    // What the caller may see decides; the work itself touches tables that no request may write.
    let scope = caller.scope(Permission::ResolveQuarantine)?;
    find(&mut *ctx.db.begin(&scope).await?, id).await?;
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let held = find_for_update(&mut tx, id).await?;
    if held.state != "held" {
        return Err(Error::Conflict(format!("This was {} already.", held.state)));
    }
    let now = ctx.clock.now();
    resolve(&mut tx, id, released, Some(caller.user), now, note).await?;
    match held.observed_at {
        Some(at) => {
            let range = bucket(at);
            ingest::rebuild_in(&mut tx, &Registry::default(), held.gateway, Some(range)).await?;
        }
        None if released => enter(&mut tx, ctx, &held).await?,
        None => {}
    }
    let action = if released { "quarantine.released" } else { "quarantine.rejected" };
    let detail = json!({ "reason": held.reason, "note": note, "channel": held.channel, "raw": held.raw, "observed_at": held.observed_at });
    let entry = Entry {
        organisation: held.organisation,
        actor: Actor::Person(caller),
        action,
        subject: format!("quarantine:{id}"),
        facility: Some(held.facility),
        detail,
    };
    record(&mut tx, now, entry).await?;
    tx.commit().await?;
    Ok(())
}

fn bucket(at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    (at, at + TimeDelta::milliseconds(1))
}

async fn enter(tx: &mut store::Tx<'_>, ctx: &Context, held: &Held) -> Result<()> {
    let Some(payload) = held.payload.clone() else { return Ok(()) };
    let arrival = Arrival { gateway: held.gateway, payload, received_at: held.received_at };
    let accepted = ingest::enter(tx, ctx, &Registry::default(), &[arrival], Window::History).await?;
    if accepted.counts.held > 0 {
        return Err(Error::Conflict(format!(
            "This envelope cannot be let in as it is; it can only be rejected. {}",
            held.reason
        )));
    }
    Ok(())
}
