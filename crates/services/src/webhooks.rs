//! Webhooks: endpoints of an organisation, what they are told, and the log of it. docs/WEBHOOKS.md

mod deliver;

pub use deliver::{Outcome, send_due};

use crate::audit::{self, Actor, Entry};
use crate::token::Token;
use crate::{Context, Error, Result};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use domain::access::{Permission, Principal, Scope};
use domain::id::OrganisationId;
use domain::webhooks::view::{EndpointRow, WebhooksView};
use domain::webhooks::{DeliveryState, EndpointState, EventType};
use integrations::webhook::Sender;
use serde_json::{Value, json};
use store::Tx;
use store::webhooks as stored;
use uuid::Uuid;

/// Endpoints of one organisation.
const ENDPOINTS: usize = 20;
/// Deliveries on a page.
const PAGE: usize = 50;
/// Longest description, characters.
const DESCRIPTION: usize = 200;
/// Longest address, characters.
const URL: usize = 1_000;
/// How long the secret before signs as well.
const OLD_SECRET: TimeDelta = TimeDelta::hours(24);

/// A person who may, and their organisation. Endpoints hear of all of its facilities, so who is limited to some of them may not.
fn managing(caller: &Principal) -> Result<(Scope, OrganisationId)> {
    let holds = |g: &domain::access::Grant| {
        g.organisation == caller.home && g.facilities.is_none() && g.role.may(Permission::ManageTokens)
    };
    if !caller.grants.iter().any(holds) {
        return Err(Error::Forbidden);
    }
    Ok((caller.scope(Permission::ManageTokens)?, caller.home))
}

/// Endpoints of the caller's organisation and what they were told.
///
/// # Errors
/// `Forbidden` for those who do not manage tokens, or for some facilities only.
pub async fn view(
    ctx: &Context,
    caller: &Principal,
    shown: Option<DeliveryState>,
    before: Option<Uuid>,
) -> Result<WebhooksView> {
    let (scope, organisation) = managing(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    let limit = i64::try_from(PAGE + 1).unwrap_or(i64::MAX);
    let mut deliveries = stored::deliveries(&mut tx, organisation, (shown, before), limit).await?;
    let more = deliveries.len() > PAGE;
    deliveries.truncate(PAGE);
    let next = deliveries.last().filter(|_| more).map(|last| last.id);
    Ok(WebhooksView { endpoints: stored::endpoints(&mut tx, organisation).await?, deliveries, shown, next })
}

/// What a new endpoint is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEndpoint {
    /// Where to.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Of what it is told.
    pub events: Vec<EventType>,
}

/// Adds an endpoint. Returns its secret, which is not shown again.
///
/// # Errors
/// `Forbidden`; `Invalid` names the field; `Conflict` when there are too many.
pub async fn add(ctx: &Context, caller: &Principal, sender: &Sender, new: &NewEndpoint) -> Result<String> {
    let (scope, organisation) = managing(caller)?;
    let (url, description) = (new.url.trim(), new.description.trim());
    sender.check(url).map_err(|refused| Error::field("url", refused.to_string()))?;
    if url.chars().count() > URL {
        return Err(Error::field("url", format!("An address has at most {URL} characters.")));
    }
    if description.is_empty() || description.chars().count() > DESCRIPTION {
        return Err(Error::field(
            "description",
            format!("Say what it is for, in at most {DESCRIPTION} characters."),
        ));
    }
    if new.events.is_empty() || new.events.contains(&EventType::Ping) {
        return Err(Error::field("event", "Choose at least one event."));
    }
    let mut tx = ctx.db.begin(&scope).await?;
    if stored::endpoints(&mut tx, organisation).await?.len() >= ENDPOINTS {
        return Err(Error::Conflict(format!(
            "There are {ENDPOINTS} endpoints already. Take one away first."
        )));
    }
    let row = EndpointRow {
        id: Uuid::now_v7(),
        url: url.to_owned(),
        description: description.to_owned(),
        events: new.events.clone(),
        state: EndpointState::On,
        failing_since: None,
        created_by: caller.name.clone(),
    };
    let secret = secret();
    stored::endpoint_insert(&mut tx, organisation, &row, &secret, ctx.clock.now()).await?;
    let detail = json!({ "url": row.url, "events": row.events });
    record(ctx, &mut tx, caller, ("webhook.added", row.id, detail)).await?;
    tx.commit().await?;
    Ok(secret)
}

/// 32 random bytes, as Standard Webhooks writes them.
fn secret() -> String {
    let bytes = hex::decode(Token::random().reveal()).unwrap_or_default();
    format!("whsec_{}", STANDARD.encode(bytes))
}

/// Another secret, which is returned and not shown again; the one before signs as well for a day.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn rotate(ctx: &Context, caller: &Principal, endpoint: Uuid) -> Result<String> {
    let (scope, organisation) = managing(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    let secret = secret();
    let until = ctx.clock.now() + OLD_SECRET;
    stored::endpoint_rotate(&mut tx, organisation, endpoint, &secret, until).await?;
    record(ctx, &mut tx, caller, ("webhook.rotated", endpoint, json!({ "old_until": until }))).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Pauses an endpoint or lets it go on.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn switch(ctx: &Context, caller: &Principal, endpoint: Uuid, on: bool) -> Result<()> {
    let (scope, organisation) = managing(caller)?;
    let state = if on { EndpointState::On } else { EndpointState::Paused };
    let mut tx = ctx.db.begin(&scope).await?;
    stored::endpoint_state(&mut tx, organisation, endpoint, state).await?;
    record(ctx, &mut tx, caller, ("webhook.switched", endpoint, json!({ "state": state }))).await?;
    Ok(tx.commit().await?)
}

/// Takes an endpoint away.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn delete(ctx: &Context, caller: &Principal, endpoint: Uuid) -> Result<()> {
    let (scope, organisation) = managing(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    stored::endpoint_delete(&mut tx, organisation, endpoint, ctx.clock.now()).await?;
    record(ctx, &mut tx, caller, ("webhook.deleted", endpoint, json!({}))).await?;
    Ok(tx.commit().await?)
}

/// Sends a test, also to an endpoint that is paused.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn ping(ctx: &Context, caller: &Principal, endpoint: Uuid) -> Result<()> {
    let (scope, organisation) = managing(caller)?;
    let now = ctx.clock.now();
    let text = payload(EventType::Ping, now, &json!({ "endpoint": endpoint })).to_string();
    let mut tx = ctx.db.begin(&scope).await?;
    let told = stored::emit(&mut tx, organisation, EventType::Ping, (&text, Some(endpoint)), now).await?;
    if told == 0 {
        return Err(Error::NotFound);
    }
    Ok(tx.commit().await?)
}

/// Sends a delivery again, or with none everything that failed. Returns how many.
///
/// # Errors
/// `Forbidden`; `NotFound` for a delivery that is not the organisation's, or whose endpoint is gone.
pub async fn replay(ctx: &Context, caller: &Principal, delivery: Option<Uuid>) -> Result<u64> {
    let (scope, organisation) = managing(caller)?;
    let mut tx = ctx.db.begin(&scope).await?;
    let again = stored::replay(&mut tx, organisation, delivery, ctx.clock.now()).await?;
    if delivery.is_some() && again == 0 {
        return Err(Error::NotFound);
    }
    tx.commit().await?;
    Ok(again)
}

/// Tells the organisation's endpoints and its vendor's of something within the transaction that does it: both are committed or neither.
pub(crate) async fn emit(
    tx: &mut Tx<'_>,
    organisation: OrganisationId,
    event: EventType,
    (data, now): (&Value, DateTime<Utc>),
) -> Result<()> {
    let text = payload(event, now, data).to_string();
    stored::emit(tx, organisation, event, (&text, None), now).await?;
    Ok(())
}

fn payload(event: EventType, now: DateTime<Utc>, data: &Value) -> Value {
    let at = now.to_rfc3339_opts(SecondsFormat::Millis, true);
    json!({ "type": event.as_str(), "timestamp": at, "data": data })
}

async fn record(
    ctx: &Context,
    tx: &mut Tx<'_>,
    caller: &Principal,
    (action, endpoint, detail): (&'static str, Uuid, Value),
) -> Result<()> {
    let entry = Entry {
        organisation: caller.home,
        actor: Actor::Person(caller),
        action,
        subject: format!("webhook:{endpoint}"),
        facility: None,
        detail,
    };
    audit::record(tx, ctx.clock.now(), entry).await
}
