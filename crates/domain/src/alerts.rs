//! Alerts: what a rule says, and how an episode of it begins, fires and ends. Pure: time and values come in.
//!
//! Data loss and values are told apart: a value that cannot be seen neither fires a rule nor ends an episode.

pub mod view;

#[cfg(test)]
mod tests;

use crate::access::Role;
use crate::id::{AlertRuleId, PointId};
use crate::names::names;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// What a rule watches for.
    Kind {
        /// Nothing is sent.
        Silent = "silent", "sends nothing";
        /// A value is above its threshold.
        Above = "above", "is above";
        /// A value is below its threshold.
        Below = "below", "is below";
        /// Electricity saved on the last whole day, in % of the baseline, is below its threshold.
        DaySavings = "day_savings", "saved on the last day less than";
        /// The same of the last seven days.
        WeekSavings = "week_savings", "saved in the last seven days less than";
    }
}

impl Kind {
    /// Days whose savings it is about; none where it is about readings.
    pub fn days_of_savings(self) -> Option<u32> {
        match self {
            Self::DaySavings => Some(1),
            Self::WeekSavings => Some(7),
            Self::Silent | Self::Above | Self::Below => None,
        }
    }
}

/// Share of a threshold by which a value has to come back before an episode is over, so that one that wavers around it is one
/// episode and not many.
const HYSTERESIS: Decimal = Decimal::from_parts(2, 0, 0, false, 2);

/// Whom to tell next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Everybody with this role.
    pub tell: Role,
    /// Minutes after it fired without anybody acknowledging it.
    pub after: u32,
}

/// Local times of day between which mails wait; the end may be on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quiet {
    /// Its beginning.
    pub from: NaiveTime,
    /// Its end.
    pub until: NaiveTime,
}

impl Quiet {
    /// Whether this time of day is within.
    pub fn holds(&self, time: NaiveTime) -> bool {
        if self.from <= self.until {
            self.from <= time && time < self.until
        } else {
            time >= self.from || time < self.until
        }
    }
}

/// A rule as it is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewRule {
    /// What it watches for.
    pub kind: Kind,
    /// The point; none for the whole facility, whatever it sends.
    pub point: Option<PointId>,
    /// In the point's unit, of savings in % of the baseline; none for silence.
    pub threshold: Option<Decimal>,
    /// How long it has to last; of no matter for savings, which a whole day or seven have led to.
    pub minutes: u32,
    /// Mails do not wait for the quiet hours to end.
    pub critical: bool,
    /// Everybody with this role at the facility's organisation.
    pub tell: Role,
    /// Whom next.
    pub then: Option<Escalation>,
    /// When mails wait.
    pub quiet: Option<Quiet>,
}

/// A rule that is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// Identifier.
    pub id: AlertRuleId,
    /// What it says.
    pub new: NewRule,
    /// It begins nothing until then.
    pub paused_until: Option<DateTime<Utc>>,
    /// Who wrote it.
    pub created_by: String,
}

/// What is seen of a point or facility, or of its savings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seen {
    /// Newest value; none where there was never one.
    pub value: Option<Decimal>,
    /// When that was read.
    pub at: Option<DateTime<Utc>>,
    /// Whether readings have stopped coming.
    pub stale: bool,
}

/// What a rule makes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// What the rule says is so, since then at the latest.
    Bad(DateTime<Utc>),
    /// It is not so.
    Good,
    /// It cannot be told: a value that is not being read.
    Unknown,
}

impl NewRule {
    /// What the rule makes of what is seen. `open` says whether an episode has begun, because coming back takes more.
    pub fn judge(&self, seen: &Seen, open: bool, now: DateTime<Utc>) -> Verdict {
        if self.kind == Kind::Silent {
            let Some(at) = seen.at else { return Verdict::Unknown };
            let quiet = now - at >= TimeDelta::minutes(self.minutes.into());
            return if quiet { Verdict::Bad(at) } else { Verdict::Good };
        }
        let (Some(value), Some(limit), false) = (seen.value, self.threshold, seen.stale) else {
            return Verdict::Unknown;
        };
        let back = if open { (limit * HYSTERESIS).abs() } else { Decimal::ZERO };
        let beyond = match self.kind {
            Kind::Above => value > limit - back,
            _ => value < limit + back,
        };
        if beyond { Verdict::Bad(now) } else { Verdict::Good }
    }

    /// How long what is so has to last until it is said. Silence has lasted already, and so have days.
    pub fn pending(&self) -> TimeDelta {
        match self.kind {
            Kind::Above | Kind::Below => TimeDelta::minutes(self.minutes.into()),
            Kind::Silent | Kind::DaySavings | Kind::WeekSavings => TimeDelta::zero(),
        }
    }
}

/// An episode as it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Since when it is so.
    pub since: DateTime<Utc>,
    /// When it was said.
    pub fired_at: Option<DateTime<Utc>>,
    /// Whether the value cannot be seen.
    pub stale: bool,
}

/// What becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing.
    Stay,
    /// An episode begins, since then; it fires at once where nothing has to be waited for.
    Begin(DateTime<Utc>),
    /// It has lasted long enough.
    Fire,
    /// It can or cannot be seen from now on.
    Stale(bool),
    /// It is over; one that never fired leaves no trace.
    End,
}

/// The one transition. A paused rule begins nothing and lets what has begun go on.
pub fn step(rule: &Rule, standing: Option<&Standing>, verdict: Verdict, now: DateTime<Utc>) -> Change {
    match (standing, verdict) {
        (None, Verdict::Bad(_)) if rule.paused_until.is_some_and(|until| now < until) => Change::Stay,
        (None, Verdict::Bad(since)) => Change::Begin(since),
        (None, _) => Change::Stay,
        (Some(_), Verdict::Good) => Change::End,
        (Some(one), Verdict::Unknown) if one.fired_at.is_none() => Change::End,
        (Some(one), Verdict::Unknown) if !one.stale => Change::Stale(true),
        (Some(_), Verdict::Unknown) => Change::Stay,
        (Some(one), Verdict::Bad(_)) if one.stale => Change::Stale(false),
        (Some(one), Verdict::Bad(_)) if one.fired_at.is_none() && now - one.since >= rule.new.pending() => {
            Change::Fire
        }
        (Some(_), Verdict::Bad(_)) => Change::Stay,
    }
}
