//! What the pages of events show.

use super::{Event, EventState, EventStep};
use crate::baseline::{MetricType, Party};
use crate::id::{EventId, PointId};
use chrono::{DateTime, NaiveDate, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The list of a facility's events.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventsView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Newest first day first.
    pub events: Vec<Event>,
    /// Stretches that the engine asks about; none where nobody had it look.
    pub candidates: Option<Vec<CandidateView>>,
    /// Whether the reader may bring one up.
    pub may_create: bool,
    /// Today at the facility.
    pub today: NaiveDate,
}

/// A stretch whose savings differ from the rest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateView {
    /// What was measured.
    pub metric_type: MetricType,
    /// First day.
    pub start: NaiveDate,
    /// Day after the last.
    pub until: NaiveDate,
    /// Above usual, the metric's unit per day.
    pub per_day: f64,
}

/// One event with its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EventView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// The event.
    pub event: Event,
    /// Its way, oldest first.
    pub steps: Vec<StepTaken>,
    /// Steps that the reader may take.
    pub may: Vec<EventStep>,
    /// Whether the reader may add evidence.
    pub may_add: bool,
    /// Points that can have measured it.
    pub sub_meters: Vec<(PointId, String)>,
    /// Today at the facility.
    pub today: NaiveDate,
}

/// A step that was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepTaken {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub by: String,
    /// On whose behalf.
    pub party: Party,
    /// A step's name, `create` or `evidence`.
    pub step: String,
    /// Where that led.
    pub state_after: EventState,
    /// What was said.
    pub note: String,
}

/// What an agreed event adds to the savings of a range.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Effect {
    /// The event.
    pub event: EventId,
    /// Its name.
    pub title: String,
    /// What it adjusts.
    pub metric_type: MetricType,
    /// Days of the range that it adjusts, counted by how much of them has savings.
    pub days: Decimal,
    /// Added to savings, the metric's unit.
    pub amount: Decimal,
    /// Half-width of its 90 % interval.
    pub half_width: Decimal,
}
