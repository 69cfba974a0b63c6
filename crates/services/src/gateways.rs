//! A gateway's credentials and point map.

use crate::audit::{Actor, Entry, record};
use crate::{Context, Error, Result};
use domain::access::Scope;
use domain::gateway_map::GatewayMap;
use domain::id::GatewayId;
use integrations::broker_admin::{self, BrokerAdmin, gateway_username};
use rand::TryRngCore;
use std::fmt;
use store::gateways::{Gateway, of_facility, set_provisioned, set_revoked};
use store::{Tx, facilities, points};

/// Shortest and longest time between two ticks, ms. However seldom a point has to speak to count as covered, it is
/// sampled every few seconds, so that live pages are live.
const TICK_MS: (u32, u32) = (1_000, 5_000);
/// Readings wait at most about this long for the envelope they leave in.
const ENVELOPE_MS: u32 = 5_000;

/// What a gateway needs to sign in to the broker; the file of `server admin gateway provision`.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
pub struct Credentials {
    /// The gateway; its topics are `gs/{gateway_id}/…`.
    pub gateway_id: GatewayId,
    /// The broker, without sign-in.
    pub mqtt_url: String,
    /// Sign-in name.
    pub username: String,
    /// 32 random bytes in hexadecimal. The server keeps no copy.
    pub password: String,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({} at {})", self.username, self.mqtt_url)
    }
}

impl From<broker_admin::Error> for Error {
    fn from(error: broker_admin::Error) -> Self {
        match error {
            broker_admin::Error::Address(_) => Self::field("mqtt_url", error.to_string()),
            broker_admin::Error::Away(_) => Self::Unavailable(error.to_string()),
            broker_admin::Error::Refused { .. } => Self::internal(error),
        }
    }
}

/// Makes new credentials for the facility's gateway. Earlier ones stop working at once.
///
/// # Errors
/// `NotFound` for an unknown facility, `Unavailable` when the broker is away.
pub async fn provision(
    ctx: &Context,
    broker: &BrokerAdmin,
    slug: &str,
    mqtt_url: &str,
) -> Result<Credentials> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let gateway = of_slug(&mut tx, slug).await?;
    let mut bytes = [0u8; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut bytes).map_err(Error::internal)?;
    let password = hex::encode(bytes);
    let now = ctx.clock.now();
    set_provisioned(&mut tx, gateway.id, now).await?;
    record(&mut tx, now, entry(&gateway, "gateway.provisioned")).await?;
    // Last before the commit: if that fails, nobody knows the password, and provisioning again replaces it.
    broker.provision(gateway.id, &password).await?;
    tx.commit().await?;
    let username = gateway_username(gateway.id);
    Ok(Credentials { gateway_id: gateway.id, mqtt_url: mqtt_url.to_owned(), username, password })
}

/// Withdraws the credentials of the facility's gateway and ends its session.
///
/// The withdrawal is recorded first: from then on ingest refuses the gateway, even while the broker is away.
///
/// # Errors
/// `NotFound` for an unknown facility; `Unavailable` when the broker is away, then repeat it.
pub async fn revoke(ctx: &Context, broker: &BrokerAdmin, slug: &str) -> Result<()> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let gateway = of_slug(&mut tx, slug).await?;
    if gateway.revoked_at.is_none() {
        let now = ctx.clock.now();
        set_revoked(&mut tx, gateway.id, now).await?;
        record(&mut tx, now, entry(&gateway, "gateway.revoked")).await?;
    }
    tx.commit().await?;
    broker.revoke(gateway.id).await?;
    Ok(())
}

/// The point map of the facility's gateway.
///
/// # Errors
/// `NotFound` for an unknown facility.
pub async fn map(ctx: &Context, slug: &str) -> Result<GatewayMap> {
    let mut tx = ctx.db.begin(&Scope::system()).await?;
    let gateway = of_slug(&mut tx, slug).await?;
    map_of(&mut tx, gateway.id, gateway.map_version).await
}

/// The point map of a gateway: the points in service, sampled as often as the quickest of them.
///
/// # Errors
/// When the database fails.
pub async fn map_of(tx: &mut Tx<'_>, gateway: GatewayId, version: i32) -> Result<GatewayMap> {
    let points = points::of_gateway(tx, gateway).await?;
    let points: Vec<_> = points.into_iter().filter(|p| p.retired_at.is_none()).map(|p| p.spec).collect();
    let quickest = points.iter().map(|p| p.interval_ms).min().unwrap_or(TICK_MS.1);
    let tick_ms = quickest.clamp(TICK_MS.0, TICK_MS.1);
    Ok(GatewayMap {
        gateway,
        version: version.cast_unsigned(),
        tick_ms,
        ticks_per_envelope: (ENVELOPE_MS / tick_ms).max(1),
        points,
    })
}

async fn of_slug(tx: &mut Tx<'_>, slug: &str) -> Result<Gateway> {
    let facility = facilities::by_slug(tx, slug).await?;
    of_facility(tx, facility.id).await?.into_iter().next().ok_or(Error::NotFound)
}

fn entry(gateway: &Gateway, action: &'static str) -> Entry<'static> {
    Entry {
        organisation: gateway.organisation,
        actor: Actor::Background("server admin"),
        action,
        subject: format!("gateway:{}", gateway.id),
        facility: Some(gateway.facility),
        detail: serde_json::json!({ "facility": gateway.facility_slug, "name": gateway.name }),
    }
}
