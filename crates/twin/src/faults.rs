//! Faults of devices: what meters and sensors do when they misbehave, on demand.
//!
//! A fault is written `kind:target[:parameter]`. The target is a device name (`flower-1-climate`, `meter-1`) or `*`.
//!
//! | kind | parameter (default) | effect |
//! |---|---|---|
//! | `drop` | chance (0.3) | a message or answer is lost |
//! | `duplicate` | chance (0.3) | a message is sent twice |
//! | `reorder` | – | two neighbouring messages swap places |
//! | `delay` | ms (3000) | messages and answers come late |
//! | `counter-reset` | – | counters start again at zero |
//! | `rollover16` | – | counters wrap at 65 536 of the device's own unit |
//! | `stuck` | – | every value stays as it was |
//! | `spike` | factor (20) | now and then (1 in 10) values are multiplied |
//! | `clock-skew` | ms (600000) | the device's clock is ahead (negative: behind) |
//! | `silence` | – | nothing at all |
//!
//! Meters are polled: they cannot duplicate, reorder or stamp, and such faults are refused for them.

#[cfg(test)]
mod tests;

use crate::devices::{Field, Value};
use crate::noise::Stream;
use std::collections::HashMap;
use std::str::FromStr;

/// Chance that a spiking device spikes.
const SPIKE_CHANCE: f64 = 0.1;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// Lost with this chance.
    Drop(f64),
    /// Sent twice with this chance.
    Duplicate(f64),
    /// Neighbours swap places.
    Reorder,
    /// Late by ms.
    Delay(u64),
    /// Counters restart at zero.
    CounterReset,
    /// Counters wrap at 2^16.
    Rollover16,
    /// Values freeze.
    Stuck,
    /// Values are multiplied now and then.
    Spike(f64),
    /// The clock is ahead by ms.
    ClockSkew(i64),
    /// Nothing is said.
    Silence,
}

/// One fault of one device, or of all.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// What goes wrong.
    pub kind: Kind,
    /// Device name or `*`.
    pub target: String,
}

/// A fault that cannot be understood.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FaultError {
    /// Not of the form.
    #[error("a fault is written kind:target[:parameter], for example drop:flower-1-climate:0.3")]
    Form,
    /// No such kind.
    #[error(
        "`{0}` is no fault; known are drop, duplicate, reorder, delay, counter-reset, rollover16, stuck, spike, clock-skew and silence"
    )]
    Kind(String),
    /// The parameter is not a number in range.
    #[error("`{0}` is not a parameter of this fault")]
    Parameter(String),
    /// A polled meter cannot do this.
    #[error("a polled meter cannot {0}")]
    Polled(String),
}

impl FromStr for Fault {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let mut parts = text.trim().splitn(3, ':');
        let (Some(kind), Some(target)) = (parts.next(), parts.next().filter(|t| !t.is_empty())) else {
            return Err(FaultError::Form);
        };
        let parameter = parts.next();
        let number = |default: f64, range: std::ops::RangeInclusive<f64>| match parameter {
            None => Ok(default),
            Some(text) => {
                let bad = || FaultError::Parameter(text.to_owned());
                text.parse().ok().filter(|n| range.contains(n)).ok_or_else(bad)
            }
        };
        let kind_of = match kind {
            "drop" => Kind::Drop(number(0.3, 0.0..=1.0)?),
            "duplicate" => Kind::Duplicate(number(0.3, 0.0..=1.0)?),
            "reorder" => Kind::Reorder,
            "delay" => Kind::Delay(crate::numbers::round(number(3_000.0, 0.0..=3.6e6)?).unsigned_abs()),
            "counter-reset" => Kind::CounterReset,
            "rollover16" => Kind::Rollover16,
            "stuck" => Kind::Stuck,
            "spike" => Kind::Spike(number(20.0, -1e6..=1e6)?),
            "clock-skew" => Kind::ClockSkew(crate::numbers::round(number(600_000.0, -1e12..=1e12)?)),
            "silence" => Kind::Silence,
            other => return Err(FaultError::Kind(other.to_owned())),
        };
        let polled = matches!(kind_of, Kind::Duplicate(_) | Kind::Reorder | Kind::ClockSkew(_));
        if polled && target.starts_with("meter-") {
            return Err(FaultError::Polled(kind.to_owned()));
        }
        Ok(Self { kind: kind_of, target: target.to_owned() })
    }
}

/// A message on its way out.
#[derive(Clone, Debug, PartialEq)]
pub struct Emission {
    /// Send it this much later, ms.
    pub after_ms: u64,
    /// What it says.
    pub fields: Vec<Field>,
}

#[derive(Debug)]
struct Active {
    fault: Fault,
    draws: i64,
    /// Values when the fault began, by device topic and pointer: frozen ones, or the offset of a reset counter.
    kept: HashMap<(String, &'static str), f64>,
    /// Message held back by a reorder, by device topic.
    held: HashMap<String, Vec<Emission>>,
}

/// The faults that are on.
#[derive(Debug)]
pub struct Faults {
    seed: u64,
    active: Vec<Active>,
}

impl Faults {
    /// No faults yet; chances are drawn under this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, active: Vec::new() }
    }

    /// Switches a fault on.
    pub fn add(&mut self, fault: Fault) {
        self.active.push(Active { fault, draws: 0, kept: HashMap::new(), held: HashMap::new() });
    }

    /// Switches all faults off.
    pub fn clear(&mut self) {
        self.active.clear();
    }

    /// What really leaves the device when it wants to say `fields`. `key` separates the messages of one device (its
    /// topic).
    pub fn apply(&mut self, device: &str, key: &str, fields: Vec<Field>) -> Vec<Emission> {
        let mut out = vec![Emission { after_ms: 0, fields }];
        for (index, active) in self.active.iter_mut().enumerate() {
            if active.fault.target == "*" || active.fault.target == device {
                let stream = Stream::new(self.seed, &format!("fault {index} {device}"));
                out = active.apply(stream, key, out);
            }
        }
        out
    }
}

impl Active {
    fn apply(&mut self, stream: Stream, key: &str, out: Vec<Emission>) -> Vec<Emission> {
        let mut draw = |chance: f64| {
            self.draws += 1;
            stream.uniform(self.draws) < chance
        };
        match self.fault.kind {
            Kind::Silence => Vec::new(),
            Kind::Drop(chance) => out.into_iter().filter(|_| !draw(chance)).collect(),
            Kind::Duplicate(chance) => {
                out.into_iter().flat_map(|e| vec![e; if draw(chance) { 2 } else { 1 }]).collect()
            }
            Kind::Delay(ms) => out.into_iter().map(|e| Emission { after_ms: e.after_ms + ms, ..e }).collect(),
            Kind::Reorder => match self.held.remove(key) {
                Some(held) => out.into_iter().chain(held).collect(),
                None => {
                    self.held.insert(key.to_owned(), out);
                    Vec::new()
                }
            },
            Kind::Spike(factor) => {
                let spiking = draw(SPIKE_CHANCE);
                self.change(key, out, |_, number| if spiking { number * factor } else { number })
            }
            Kind::Stuck => self.change(key, out, |kept, number| *kept.get_or_insert(number)),
            Kind::CounterReset => {
                self.change_counters(key, out, |kept, number| number - *kept.get_or_insert(number))
            }
            Kind::Rollover16 => self.change_counters(key, out, |_, number| number.rem_euclid(65_536.0)),
            Kind::ClockSkew(ms) => each_value(out, |_, value| {
                if let Value::Time(at_ms) = value {
                    *at_ms += ms;
                }
            }),
        }
    }

    fn change(
        &mut self,
        key: &str,
        out: Vec<Emission>,
        change: impl Fn(&mut Option<f64>, f64) -> f64,
    ) -> Vec<Emission> {
        each_value(out, |pointer, value| {
            if let Value::Gauge(number) | Value::Counter(number) = value {
                *number = self.changed(key, pointer, *number, &change);
            }
        })
    }

    fn change_counters(
        &mut self,
        key: &str,
        out: Vec<Emission>,
        change: impl Fn(&mut Option<f64>, f64) -> f64,
    ) -> Vec<Emission> {
        each_value(out, |pointer, value| {
            if let Value::Counter(number) = value {
                *number = self.changed(key, pointer, *number, &change);
            }
        })
    }

    fn changed(
        &mut self,
        key: &str,
        pointer: &'static str,
        number: f64,
        change: impl Fn(&mut Option<f64>, f64) -> f64,
    ) -> f64 {
        let slot = (key.to_owned(), pointer);
        let mut kept = self.kept.get(&slot).copied();
        let changed = change(&mut kept, number);
        if let Some(kept) = kept {
            self.kept.insert(slot, kept);
        }
        changed
    }
}

fn each_value(mut out: Vec<Emission>, mut change: impl FnMut(&'static str, &mut Value)) -> Vec<Emission> {
    for field in out.iter_mut().flat_map(|emission| &mut emission.fields) {
        change(field.pointer, &mut field.value);
    }
    out
}
