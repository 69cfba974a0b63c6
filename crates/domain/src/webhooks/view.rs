//! What the page of webhooks shows.

use super::{DeliveryState, EndpointState, EventType};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An address that is told of events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndpointRow {
    /// Identifier.
    pub id: Uuid,
    /// Where to.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Of what.
    pub events: Vec<EventType>,
    /// Whether it is told anything.
    pub state: EndpointState,
    /// Since when nothing was taken.
    pub failing_since: Option<DateTime<Utc>>,
    /// Who added it.
    pub created_by: String,
}

/// One try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When.
    pub at: DateTime<Utc>,
    /// What was answered.
    pub status: Option<i32>,
    /// How long that took, ms.
    pub took_ms: i32,
    /// Why it counts as failed.
    pub error: Option<String>,
}

/// Something an endpoint was told or is to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Identifier, also the `webhook-id`.
    pub id: Uuid,
    /// Its endpoint.
    pub endpoint: Uuid,
    /// Where to.
    pub url: String,
    /// Of what.
    pub event: EventType,
    /// When it happened.
    pub created_at: DateTime<Utc>,
    /// What became of it.
    pub state: DeliveryState,
    /// When it is tried next, while it waits.
    pub due_at: DateTime<Utc>,
    /// Every try, oldest first.
    pub attempts: Vec<Attempt>,
}

/// The page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhooksView {
    /// Endpoints of the reader's organisation.
    pub endpoints: Vec<EndpointRow>,
    /// Deliveries, newest first.
    pub deliveries: Vec<DeliveryRow>,
    /// Which ones were asked for; none for all.
    pub shown: Option<DeliveryState>,
    /// The next page begins before this one.
    pub next: Option<Uuid>,
}
