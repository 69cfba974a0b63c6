//! Tick times: multiples of the tick length by the device's wall clock, never twice and never backwards in a boot.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The wall clock, ms since 1970; negative before.
pub(crate) fn wall_ms() -> i64 {
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
    }
}

/// How long from `now_ms` to the next multiple of `tick_ms`.
pub(crate) fn until_next(now_ms: i64, tick_ms: u32) -> Duration {
    let tick = i64::from(tick_ms);
    Duration::from_millis((tick - now_ms.rem_euclid(tick)).unsigned_abs())
}

/// What to do when a tick is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Due {
    /// Read, and stamp the readings with this time.
    At(i64),
    /// The clock went back: start a new boot, then read. Times in a boot only rise, and they stay honest.
    NewBootAt(i64),
    /// This tick has already been taken.
    Nothing,
}

/// Decides tick times.
#[derive(Debug, Default)]
pub(crate) struct Ticks {
    last: Option<(i64, i64)>,
}

impl Ticks {
    pub(crate) fn due(&mut self, now_ms: i64, tick_ms: u32) -> Due {
        let at = now_ms - now_ms.rem_euclid(i64::from(tick_ms));
        let due = match self.last {
            Some((last, wall)) if at <= last && now_ms < wall => Due::NewBootAt(at),
            Some((last, _)) if at <= last => Due::Nothing,
            _ => Due::At(at),
        };
        if due != Due::Nothing {
            self.last = Some((at, now_ms));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ticks_are_aligned_and_taken_once() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.due(10_003, 10_000), Due::At(10_000));
        assert_eq!(ticks.due(19_999, 10_000), Due::Nothing);
        assert_eq!(ticks.due(20_000, 10_000), Due::At(20_000));
        assert_eq!(ticks.due(57_000, 10_000), Due::At(50_000));
        assert_eq!(until_next(57_000, 10_000), Duration::from_secs(3));
        assert_eq!(until_next(60_000, 10_000), Duration::from_secs(10));
    }

    #[test]
    fn a_clock_that_goes_back_starts_a_new_boot() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.due(1_000_000, 1_000), Due::At(1_000_000));
        assert_eq!(ticks.due(400_500, 1_000), Due::NewBootAt(400_000));
        assert_eq!(ticks.due(401_000, 1_000), Due::At(401_000));
        assert_eq!(ticks.due(-2_500, 1_000), Due::NewBootAt(-3_000));
    }

    #[test]
    fn a_longer_tick_is_not_a_clock_that_went_back() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.due(11_000, 1_000), Due::At(11_000));
        assert_eq!(ticks.due(12_000, 10_000), Due::Nothing);
        assert_eq!(ticks.due(20_001, 10_000), Due::At(20_000));
    }

    proptest! {
        #[test]
        fn times_rise_strictly_within_a_boot(
            clock in proptest::collection::vec((-100_000_i64..100_000, prop_oneof![Just(50_u32), Just(1_000), Just(60_000)]), 1..100),
        ) {
            let mut ticks = Ticks::default();
            let mut last = None;
            for (now, tick_ms) in clock {
                match ticks.due(now, tick_ms) {
                    Due::Nothing => {}
                    Due::NewBootAt(at) => last = Some(at),
                    Due::At(at) => {
                        prop_assert!(last.is_none_or(|l| at > l), "{at} after {last:?}");
                        prop_assert!(at <= now && now - at < i64::from(tick_ms));
                        last = Some(at);
                    }
                }
            }
        }
    }
}
