//! The audit trail.

use crate::error::ApiError;
use chrono::{DateTime, Utc};
use domain::id::OrganisationId;
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
    /// Cursor of the page before.
    #[serde(default)]
    pub before: String,
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
        before: given(query.before).map(|cursor| cursor.parse()).transpose()?,
    };
    let page = services::audit::page(&crate::caller::context()?, &caller, &filter).await?;
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
    })
}
