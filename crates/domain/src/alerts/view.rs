//! What the page of alerts shows.

use super::Rule;
use crate::id::{AlertEpisodeId, PointId};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// A rule with the name of what it watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RuleRow {
    /// The rule.
    pub rule: Rule,
    /// The rule as a sentence.
    pub says: String,
}

/// An episode.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpisodeRow {
    /// Identifier.
    pub id: AlertEpisodeId,
    /// What the rule watches for, as a sentence.
    pub says: String,
    /// Whether it is about data that is missing and not about a value.
    pub data_loss: bool,
    /// Whether it is critical.
    pub critical: bool,
    /// Since when it is so.
    pub since: DateTime<Utc>,
    /// When it fired; none while it is pending.
    pub fired_at: Option<DateTime<Utc>>,
    /// The value it fired with, and its unit.
    pub value: Option<(Decimal, String)>,
    /// The value cannot be seen at the moment.
    pub stale: bool,
    /// Who took it on, when, and what they said.
    pub acknowledged: Option<(String, DateTime<Utc>, String)>,
    /// When it was over.
    pub closed_at: Option<DateTime<Utc>>,
    /// Mails sent, and mails waiting.
    pub mails: (i64, i64),
}

/// The page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AlertsView {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Open episodes, critical and oldest first.
    pub open: Vec<EpisodeRow>,
    /// Those that are over, newest first.
    pub past: Vec<EpisodeRow>,
    /// Rules in force.
    pub rules: Vec<RuleRow>,
    /// Points, with name and unit, that a rule can be about.
    pub points: Vec<(PointId, String, String)>,
    /// When it was read.
    pub as_of: DateTime<Utc>,
}

/// What is firing at a facility, for the page over all of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Firing {
    /// Key of the facility in URLs.
    pub facility_slug: String,
    /// Its name.
    pub facility_name: String,
    /// Its zone.
    pub time_zone: String,
    /// Episodes that fired and are not over, critical and oldest first.
    pub open: Vec<EpisodeRow>,
}
