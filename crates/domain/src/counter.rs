//! What happened between two readings of a meter: how much was used, or why that cannot be known.

#[cfg(test)]
mod tests;

use crate::point::{Kind, PointSpec};
use rust_decimal::Decimal;

/// Raw values beyond ± this are no reading of any meter; sums of a day of them still fit 64 bits.
pub const RAW_MAX: i64 = 100_000_000_000_000;
/// Most decimals a multiplier may have.
pub const MULTIPLIER_DECIMALS_MAX: u32 = 6;

const HOUR_MS: i128 = 3_600_000;
/// A register without a known greatest rate is taken to have wrapped only if it rose by less than this part of its
/// range; any larger drop is a reset.
const BLIND_ROLLOVER_PART: i64 = 16;

/// One reading: when (ms since 1970) and the raw value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reading {
    /// Time, ms since 1970.
    pub t: i64,
    /// Raw value.
    pub v: i64,
}

/// A swapped meter or a changed multiplier. Readings before `at` are of the old regime, from `at` on of the new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MeterEvent {
    /// When, ms since 1970.
    pub at: i64,
    /// Register just before, if somebody read it.
    pub closing: Option<i64>,
    /// Register just after, if somebody read it.
    pub opening: Option<i64>,
    /// Multiplier of raw values from `at` on; positive, at most six decimals.
    pub multiplier: Decimal,
}

/// What the arithmetic needs to know of a point.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meter {
    /// Counter, gauge or delta.
    pub kind: Kind,
    /// Expected time between readings, ms. Readings more than three times this apart leave a gap.
    pub interval_ms: i64,
    /// Where a counter wraps to zero.
    pub modulus: Option<i64>,
    /// Largest plausible rise per hour, raw units.
    pub rate_max: Option<i64>,
    /// Swaps and multipliers, ascending by time.
    pub events: Vec<MeterEvent>,
}

impl Meter {
    /// Whether readings come by the clock. Those of a delta come when something happens, such as a harvest on a
    /// scale: without them nothing is missing.
    pub fn by_the_clock(&self) -> bool {
        self.kind != Kind::Delta
    }
}

/// An amount in raw units × 10^-scale. The scale is 0 unless a multiplier with decimals is in force.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Scaled integer.
    pub value: i64,
    /// Decimal places.
    pub scale: u8,
}

/// What the step from one reading to the next means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// This much was used; never negative.
    Rise(Amount),
    /// As above, and the register wrapped on the way.
    Rollover(Amount),
    /// The register fell: it was reset, or is another one.
    Reset,
    /// The register rose faster than the meter can.
    Implausible,
    /// The register may have wrapped several times, or nobody read it when it was swapped.
    Unknown,
}

impl Step {
    /// The amount, where it is known.
    pub fn amount(self) -> Option<Amount> {
        match self {
            Self::Rise(amount) | Self::Rollover(amount) => Some(amount),
            _ => None,
        }
    }
}

impl Amount {
    /// The sum, at the finer of both scales.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        let scale = self.scale.max(other.scale);
        Self { value: self.at(scale).saturating_add(other.at(scale)), scale }
    }

    fn at(self, scale: u8) -> i64 {
        if scale == self.scale {
            return self.value;
        }
        self.value.saturating_mul(10i64.saturating_pow(u32::from(scale - self.scale)))
    }
}

impl Meter {
    /// The rules of a point, with what happened to its meter.
    pub fn new(spec: &PointSpec, mut events: Vec<MeterEvent>) -> Self {
        events.sort_by_key(|e| e.at);
        Self {
            kind: spec.kind,
            interval_ms: i64::from(spec.interval_ms),
            modulus: spec.modulus,
            rate_max: spec.rate_max,
            events,
        }
    }

    /// Longest time between two readings that still counts as covered, ms.
    pub fn gap_ms(&self) -> i64 {
        3 * self.interval_ms
    }

    /// What happened from `a` to the later reading `b`. A gauge never rises: it is covered or not.
    pub fn step(&self, a: Reading, b: Reading) -> Step {
        match self.kind {
            Kind::Gauge => Step::Rise(Amount::default()),
            Kind::Delta if b.v < 0 => Step::Implausible,
            Kind::Delta if !self.plausible(b.v, b.t - a.t) => Step::Implausible,
            Kind::Delta => Step::Rise(Amount { value: b.v, scale: 0 }),
            Kind::Counter if self.events.is_empty() => self.register(a, b),
            Kind::Counter => self.across_events(a, b),
        }
    }

    /// Two readings of one register.
    fn register(&self, a: Reading, b: Reading) -> Step {
        let (rise, elapsed) = (b.v - a.v, b.t - a.t);
        let Some(modulus) = self.modulus else {
            return match rise {
                ..0 => Step::Reset,
                _ if self.plausible(rise, elapsed) => Step::Rise(Amount { value: rise, scale: 0 }),
                _ => Step::Implausible,
            };
        };
        let wrapped = rise < 0;
        let least = if wrapped { rise + modulus } else { rise };
        let believable = match self.rate_max {
            Some(_) => self.plausible(least, elapsed),
            None => !wrapped || least < modulus / BLIND_ROLLOVER_PART,
        };
        if least < 0 || !believable {
            return if wrapped { Step::Reset } else { Step::Implausible };
        }
        // One more turn would be plausible too: how many there were, nobody knows.
        if self.rate_max.is_some() && self.plausible(least.saturating_add(modulus), elapsed) {
            return Step::Unknown;
        }
        let amount = Amount { value: least, scale: 0 };
        if wrapped { Step::Rollover(amount) } else { Step::Rise(amount) }
    }

    /// Whether the meter can rise by so much in so long; one raw unit of slack for rounding.
    fn plausible(&self, rise: i64, elapsed_ms: i64) -> bool {
        let Some(rate) = self.rate_max else { return true };
        i128::from(rise - 1) * HOUR_MS <= i128::from(rate) * i128::from(elapsed_ms)
    }

    /// Splits the step at every event in (a, b] and adds up what the registers say on either side.
    fn across_events(&self, a: Reading, b: Reading) -> Step {
        let from = self.events.partition_point(|e| e.at <= a.t);
        let to = self.events.partition_point(|e| e.at <= b.t);
        let multiplier = |index: usize| match index {
            0 => Decimal::ONE,
            _ => self.events[index - 1].multiplier,
        };
        let (mut at, mut total, mut wrapped) = (a, Amount::default(), false);
        for index in from..=to {
            let event = (index < to).then(|| self.events[index]);
            let until = match event {
                Some(MeterEvent { at, closing: Some(v), .. }) => Reading { t: at, v },
                Some(_) => return Step::Unknown,
                None => b,
            };
            let step = self.register(at, until);
            let Some(amount) = step.amount() else { return step };
            wrapped |= matches!(step, Step::Rollover(_));
            total = total.plus(scaled(amount.value, multiplier(index)));
            if let Some(event) = event {
                let Some(opening) = event.opening else { return Step::Unknown };
                at = Reading { t: event.at, v: opening };
            }
        }
        if wrapped { Step::Rollover(total) } else { Step::Rise(total) }
    }
}

/// An amount times a multiplier, exactly.
fn scaled(value: i64, multiplier: Decimal) -> Amount {
    let multiplier = multiplier.normalize();
    let product = i128::from(value).saturating_mul(multiplier.mantissa());
    let scale = u8::try_from(multiplier.scale()).unwrap_or(u8::MAX);
    Amount { value: i64::try_from(product).unwrap_or(i64::MAX), scale }
}
