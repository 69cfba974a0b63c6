//! What is wrong or doubtful, said so that somebody can act on it.

use chrono::NaiveDate;
use serde::Serialize;

/// Consecutive days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Span {
    /// First day.
    pub start: NaiveDate,
    /// Last day.
    pub end: NaiveDate,
}

/// A rule that the data or the fit break.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Name of the rule; never changes its meaning.
    pub rule: &'static str,
    /// What was found against what is required.
    pub message: String,
    /// The days it is about, where it is about days.
    pub days: Vec<Span>,
    /// What to do about it.
    pub what_to_do: &'static str,
}

impl Finding {
    /// A finding about no days in particular.
    pub fn new(rule: &'static str, message: String, what_to_do: &'static str) -> Self {
        Self { rule, message, days: Vec::new(), what_to_do }
    }

    /// A finding about these days, in ascending order.
    pub fn about(mut self, days: impl IntoIterator<Item = NaiveDate>) -> Self {
        self.days = spans(days);
        self
    }
}

/// Ascending days, neighbours joined.
pub fn spans(days: impl IntoIterator<Item = NaiveDate>) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for day in days {
        match spans.last_mut() {
            Some(last) if last.end.succ_opt() == Some(day) || last.end == day => last.end = day,
            _ => spans.push(Span { start: day, end: day }),
        }
    }
    spans
}

/// Refusals and warnings together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Rules without which the result may not be billed.
    pub disqualifications: Vec<Finding>,
    /// What a reviewer should look at.
    pub warnings: Vec<Finding>,
}

impl Findings {
    /// Adds a refusal.
    pub fn refuse(&mut self, finding: Finding) {
        self.disqualifications.push(finding);
    }

    /// Adds a warning.
    pub fn warn(&mut self, finding: Finding) {
        self.warnings.push(finding);
    }
}
