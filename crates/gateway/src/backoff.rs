//! Waiting longer after each failure, with jitter so that many gateways do not return at the same moment.

use std::time::Duration;

/// Doubling delays between two bounds.
#[derive(Debug)]
pub(crate) struct Backoff {
    first: Duration,
    most: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(first: Duration, most: Duration) -> Self {
        Self { first, most, next: first }
    }

    /// The next delay: between half of the current bound and all of it.
    pub(crate) fn delay(&mut self) -> Duration {
        let bound = self.next;
        self.next = (bound * 2).min(self.most);
        bound.mul_f64(rand::random_range(0.5..=1.0))
    }

    /// After a success, the next failure waits briefly again.
    pub(crate) fn reset(&mut self) {
        self.next = self.first;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_double_within_bounds_and_reset() {
        let mut backoff = Backoff::new(Duration::from_secs(1), Duration::from_secs(4));
        for bound in [1.0, 2.0, 4.0, 4.0] {
            let delay = backoff.delay().as_secs_f64();
            assert!((bound / 2.0..=bound).contains(&delay), "{delay} outside half to all of {bound}");
        }
        backoff.reset();
        assert!(backoff.delay() <= Duration::from_secs(1));
    }
}
