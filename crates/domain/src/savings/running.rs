//! The running quarter hour, and those that closed since the figures were computed, by the registers of the main meters as frames
//! bring them. Hints for the eye: as soon as the server has computed a quarter hour, its value counts.

use super::SavingsInterval;
use crate::id::PointId;
use crate::quality::Quality;
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive;
use serde::{Deserialize, Serialize};

/// Decimals of what is shown: Wh in kWh.
const DECIMALS: u32 = 3;

/// A register of a meter at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register {
    /// When it was read.
    pub at: DateTime<Utc>,
    /// What it showed, in the unit of the point.
    pub value: Decimal,
}

/// A main meter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meter {
    /// The point.
    pub point: PointId,
    /// Newest register; none before the first.
    newest: Option<Register>,
    /// What it counted in each quarter hour, in the unit of the point; none until its register at the start is known.
    counted: Vec<Option<Decimal>>,
}

/// A quarter hour with what the baseline expects in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Start.
    pub start: DateTime<Utc>,
    /// End.
    pub end: DateTime<Utc>,
    /// In the metric's unit; none where nothing of the day is known yet.
    pub value: Option<Decimal>,
}

/// The rest of a running day from the first quarter hour that has no figures.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Running {
    /// Every main meter.
    meters: Vec<Meter>,
    /// Quarter hours up to the end of the day, without holes.
    quarters: Vec<Expected>,
    /// The metric's unit per unit of the points.
    scale: Decimal,
}

/// What is known beyond the computed figures.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Beyond {
    /// Quarter hours that are over.
    pub closed: Vec<SavingsInterval>,
    /// The one that is running, so far.
    pub running: Option<SavingsInterval>,
}

impl Running {
    /// Before any register is known.
    pub fn new(points: &[PointId], quarters: Vec<Expected>, scale: Decimal) -> Self {
        let counted = vec![None; quarters.len()];
        let meter = |point: &PointId| Meter { point: *point, newest: None, counted: counted.clone() };
        Self { meters: points.iter().map(meter).collect(), quarters, scale }
    }

    /// The points of the meters.
    pub fn points(&self) -> Vec<PointId> {
        self.meters.iter().map(|meter| meter.point).collect()
    }

    /// Takes a register; older ones than the newest are known already. The step across an edge is split by time, as the
    /// server does it.
    pub fn observe(&mut self, point: PointId, register: Register) {
        let Some(meter) = self.meters.iter_mut().find(|meter| meter.point == point) else { return };
        let Some(before) = meter.newest else {
            meter.newest = Some(register);
            return;
        };
        if register.at <= before.at {
            return;
        }
        meter.newest = Some(register);
        let step = register.value - before.value;
        if step.is_sign_negative() {
            // Another meter, or its register began anew: what it counted meanwhile is not known.
            return;
        }
        for (quarter, counted) in self.quarters.iter().zip(&mut meter.counted) {
            // A quarter hour counts once its start is between two registers.
            if counted.is_none() && before.at > quarter.start {
                continue;
            }
            let (from, until) = (before.at.max(quarter.start), register.at.min(quarter.end));
            if from < until {
                let part = share(until - from, register.at - before.at);
                *counted = Some(counted.unwrap_or_default() + step * part);
            }
        }
    }

    /// What goes beyond `computed`, which counts wherever it has a quarter hour.
    pub fn beyond(&self, computed: &[SavingsInterval]) -> Beyond {
        let known = computed.iter().map(|interval| interval.end).max();
        let mut beyond = Beyond::default();
        for (index, quarter) in self.quarters.iter().enumerate() {
            let all: Option<Decimal> =
                self.meters.iter().map(|meter| meter.counted.get(index).copied().flatten()).sum();
            let begun = self.meters.iter().any(|meter| meter.newest.is_some_and(|r| r.at > quarter.start));
            let over = self.meters.iter().all(|meter| meter.newest.is_some_and(|r| r.at >= quarter.end));
            if known.is_some_and(|known| quarter.start < known) || !begun || self.meters.is_empty() {
                continue;
            }
            let actual = all.map(|value| (value * self.scale).round_dp(DECIMALS));
            let interval = interval(quarter, actual);
            if over {
                beyond.closed.push(interval);
            } else {
                beyond.running = Some(interval);
                break;
            }
        }
        beyond
    }
}

fn share(part: chrono::TimeDelta, whole: chrono::TimeDelta) -> Decimal {
    let ratio = part.as_seconds_f64() / whole.as_seconds_f64();
    Decimal::from_f64(ratio).unwrap_or_default()
}

fn interval(quarter: &Expected, actual: Option<Decimal>) -> SavingsInterval {
    SavingsInterval {
        start: quarter.start,
        end: quarter.end,
        actual,
        counterfactual: quarter.value,
        avoided: quarter.value.zip(actual).map(|(expected, used)| expected - used),
        price: None,
        money: None,
        quality: if actual.is_some() { Quality::Estimated } else { Quality::Missing },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    fn at(minutes: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes)
    }

    fn point(n: u128) -> PointId {
        uuid::Uuid::from_u128(n).into()
    }

    /// Four quarter hours from the epoch on, two meters in Wh.
    fn running() -> Running {
        let quarter =
            |n: i64| Expected { start: at(15 * n), end: at(15 * n + 15), value: Some(Decimal::TEN) };
        Running::new(&[point(1), point(2)], (0..4).map(quarter).collect(), Decimal::new(1, 3))
    }

    fn read(running: &mut Running, n: u128, minute: i64, value: i64) {
        running.observe(point(n), Register { at: at(minute), value: Decimal::from(value) });
    }

    fn kwh(thousandths: i64) -> Option<Decimal> {
        Some(Decimal::new(thousandths, 3))
    }

    #[test]
    fn the_running_quarter_hour_is_the_sum_of_all_meters_so_far() {
        let mut now = running();
        read(&mut now, 1, 0, 1_000);
        read(&mut now, 1, 5, 1_300);
        assert_eq!(now.beyond(&[]).running.unwrap().actual, None, "the other meter has said nothing");
        read(&mut now, 2, 0, 50);
        read(&mut now, 2, 5, 60);
        let shown = now.beyond(&[]);
        assert_eq!((shown.closed.len(), shown.running.as_ref().unwrap().actual), (0, kwh(310)));
        // The same frame again, and one from before, change nothing.
        read(&mut now, 1, 5, 1_300);
        read(&mut now, 1, 2, 1_100);
        assert_eq!(now.beyond(&[]), shown);
    }

    #[test]
    fn a_step_across_an_edge_is_split_by_time_and_closes_the_quarter_hour() {
        let mut now = running();
        for n in [1, 2] {
            read(&mut now, n, 0, 0);
            read(&mut now, n, 10, 100);
        }
        read(&mut now, 1, 20, 300);
        assert!(now.beyond(&[]).closed.is_empty(), "one meter is still within it");
        read(&mut now, 2, 20, 300);
        let shown = now.beyond(&[]);
        assert_eq!(shown.closed.len(), 1);
        assert_eq!((shown.closed[0].actual, shown.running.unwrap().actual), (kwh(400), kwh(200)));
    }

    #[test]
    fn what_is_computed_counts_and_no_quarter_hour_is_there_twice() {
        let mut now = running();
        for n in [1, 2] {
            read(&mut now, n, 0, 0);
            read(&mut now, n, 40, 400);
        }
        let before = now.beyond(&[]);
        assert_eq!(before.closed.len(), 2);
        let computed = [SavingsInterval { actual: kwh(777), ..before.closed[0].clone() }];
        let after = now.beyond(&computed);
        assert_eq!(after.closed, before.closed[1..]);
        assert_eq!(after.running, before.running);
        let all: Vec<_> =
            computed.iter().chain(&after.closed).chain(&after.running).map(|i| i.start).collect();
        assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "{all:?}");
    }

    #[test]
    fn without_the_register_at_its_start_a_quarter_hour_is_missing_and_the_next_is_not() {
        let mut now = running();
        for n in [1, 2] {
            read(&mut now, n, 5, 100);
            read(&mut now, n, 10, 200);
        }
        assert_eq!(now.beyond(&[]).running.unwrap().actual, None);
        for n in [1, 2] {
            read(&mut now, n, 20, 400);
        }
        let shown = now.beyond(&[]);
        assert_eq!((shown.closed[0].actual, shown.closed[0].quality), (None, Quality::Missing));
        assert_eq!(shown.running.unwrap().actual, kwh(200));
    }

    #[test]
    fn a_register_that_begins_anew_adds_nothing_and_takes_nothing_away() {
        let mut now = running();
        for n in [1, 2] {
            read(&mut now, n, 0, 1_000);
            read(&mut now, n, 5, 1_100);
        }
        read(&mut now, 1, 6, 0);
        read(&mut now, 1, 7, 10);
        assert_eq!(now.beyond(&[]).running.unwrap().actual, kwh(210));
    }

    #[test]
    fn before_the_first_register_there_is_nothing() {
        assert_eq!(running().beyond(&[]), Beyond::default());
    }
}
