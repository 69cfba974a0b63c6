//! The audit trail.

use crate::error::ApiError;
use chrono::{DateTime, Utc};
use domain::id::{FacilityId, OrganisationId};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use serde::{Deserialize, Serialize};

/// What part of the trail to show; empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityQuery {
    /// Identifier of an organisation.
    #[serde(default)]
    pub organisation: String,
    /// Action, e.g. `import.confirmed`.
    #[serde(default)]
    pub action: String,
    /// Who did it.
    #[serde(default)]
    pub actor: String,
    /// What it was done to.
    #[serde(default)]
    pub subject: String,
    /// Identifier of a facility.
    #[serde(default)]
    pub facility: String,
    /// First day, UTC.
    #[serde(default)]
    pub from: String,
    /// Last day, UTC.
    #[serde(default)]
    pub to: String,
    /// Cursor of the page before.
    #[serde(default)]
    pub before: String,
    /// Whether the chains are to be checked; anything but empty asks for it.
    #[serde(default)]
    pub check: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityRow {
    /// Position in the organisation's chain.
    pub height: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// `noun.verb`.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Before, after, reason: JSON.
    pub detail: String,
    /// Hash of the event, hex.
    pub hash: String,
    /// Name of the organisation.
    pub organisation: String,
}

/// A page of the trail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActivityView {
    /// Newest first.
    pub events: Vec<ActivityRow>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// Organisations whose trail the caller can see.
    pub organisations: Vec<(OrganisationId, String)>,
    /// Facilities that the caller can see.
    pub facilities: Vec<(FacilityId, String)>,
    /// What checking the chains has found, by organisation, where that was asked for.
    pub chains: Vec<ChainState>,
}

/// What checking the chain of an organisation has found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChainState {
    /// Name of the organisation.
    pub organisation: String,
    /// Height and hash of the last record of a whole chain, or what is wrong with which record.
    pub outcome: Result<(u64, String), String>,
}

/// A page of the audit trail.
#[server(endpoint = "activity/list", input = GetUrl)]
pub async fn get_activity(query: ActivityQuery) -> Result<ActivityView, ApiError> {
    let caller = crate::caller::caller().await?;
    let given = |text: String| Some(text).filter(|t| !t.is_empty());
    let filter = services::audit::Filter {
        organisation: query.organisation.parse().ok(),
        action: given(query.action),
        actor: given(query.actor),
        subject: given(query.subject),
        facility: query.facility.parse().ok(),
        from: day("from", &query.from)?,
        to: day("to", &query.to)?,
        before: given(query.before).map(|cursor| cursor.parse()).transpose()?,
    };
    let ctx = crate::caller::context()?;
    let page = services::audit::page(&ctx, &caller, &filter).await?;
    let checked = match query.check.is_empty() {
        true => vec![],
        false => services::audit::check(&ctx, &caller, filter.organisation).await?,
    };
    let state = |checked: services::audit::Checked| ChainState {
        organisation: checked.name,
        outcome: checked
            .outcome
            .map(|(height, hash)| (height, hash.to_string()))
            .map_err(|broken| broken.to_string()),
    };
    let name = |id: OrganisationId| {
        page.organisations.iter().find(|(o, _)| *o == id).map(|(_, name)| name.clone()).unwrap_or_default()
    };
    let row = |r: domain::audit::Record| ActivityRow {
        organisation: name(r.event.organisation),
        height: r.event.height,
        at: r.event.at,
        actor: r.event.actor,
        action: r.event.action,
        subject: r.event.subject,
        detail: r.event.detail,
        hash: r.hash.to_string(),
    };
    Ok(ActivityView {
        events: page.records.into_iter().map(row).collect(),
        next: page.next.map(|cursor| cursor.to_string()),
        organisations: page.organisations.clone(),
        facilities: page.facilities,
        chains: checked.into_iter().map(state).collect(),
    })
}

#[cfg(feature = "ssr")]
fn day(field: &str, text: &str) -> Result<Option<chrono::NaiveDate>, services::Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = text.parse().map_err(|_| services::Error::field(field, "A day is written like 2026-11-23."));
    read.map(Some)
}
