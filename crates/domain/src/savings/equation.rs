//! Baseline cost − actual cost = savings → what the customer keeps and what the vendor gets, to the cent.

use super::Performance;
use crate::tariff::cost::cents;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The vendor's share of savings while no contract says otherwise: three tenths.
pub const PROVISIONAL_SHARE_RATE: Decimal = Decimal::from_parts(3, 0, 0, false, 1);

/// What a range of days saved in money. Every figure is in whole cents and the parts add up: `baseline_cost` −
/// `actual_cost` = `savings` = `keep` + `share`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equation {
    /// Cost of the adjusted baseline at the tariff of each interval, agreed events included.
    pub baseline_cost: Decimal,
    /// Cost of what was measured.
    pub actual_cost: Decimal,
    /// Baseline − actual; negative where more was used than the baseline expects.
    pub savings: Decimal,
    /// What stays with the customer. All of a loss does.
    pub keep: Decimal,
    /// What the vendor gets; never negative.
    pub share: Decimal,
    /// Share of positive savings, 0 to 1.
    pub share_rate: Decimal,
}

impl Equation {
    /// From the cost of the baseline and the savings, to any number of decimals. `events` is what agreed events add to the
    /// cost of the baseline.
    pub fn new(baseline_cost: Decimal, savings: Decimal, events: Decimal, share_rate: Decimal) -> Self {
        let actual_cost = cents(baseline_cost - savings);
        let baseline_cost = cents(baseline_cost + events);
        let savings = baseline_cost - actual_cost;
        let share = cents(savings.max(Decimal::ZERO) * share_rate);
        Self { baseline_cost, actual_cost, savings, keep: savings - share, share, share_rate }
    }
}

/// Sums over the days of one metric that have savings.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Totals {
    /// What the baseline expects, the metric's unit, before agreed events.
    pub baseline: Decimal,
    /// What was measured over the same quarter hours.
    pub actual: Decimal,
    /// Baseline − actual.
    pub savings: Decimal,
    /// What agreed events add to the savings.
    pub events: Decimal,
    /// In money; none where a day has no price.
    pub equation: Option<Equation>,
    /// Share of the time that has both values, 0 to 1, over all the days that were computed.
    pub coverage: f64,
    /// Days with savings.
    pub days: u32,
}

impl Totals {
    /// Of days of one metric; none where no day has savings. Agreed events count at the mean price of the baseline.
    pub fn of(days: &[&Performance], events: Decimal, share_rate: Decimal) -> Option<Self> {
        let known: Vec<&Performance> =
            days.iter().copied().filter(|day| day.savings_value.is_some()).collect();
        if known.is_empty() {
            return None;
        }
        let sum = |of: fn(&Performance) -> Option<Decimal>| known.iter().filter_map(|day| of(day)).sum();
        let (baseline, actual): (Decimal, Decimal) = (sum(|d| d.baseline_value), sum(|d| d.actual_value));
        let priced = known.iter().all(|day| day.cost_savings.is_some() && day.baseline_cost.is_some());
        let equation = priced.then(|| {
            let cost: Decimal = sum(|d| d.baseline_cost);
            let price = if baseline.is_zero() { Decimal::ZERO } else { cost / baseline };
            Equation::new(cost, sum(|d| d.cost_savings), events * price, share_rate)
        });
        let computed = f64::from(u32::try_from(days.len()).unwrap_or(u32::MAX));
        Some(Self {
            baseline,
            actual,
            savings: baseline - actual,
            events,
            equation,
            coverage: days.iter().map(|day| day.coverage).sum::<f64>() / computed,
            days: u32::try_from(known.len()).unwrap_or(u32::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn a_month_by_hand() {
        // 1 000.005 − 800.001 as costs; 30 % of 200.00 (1 000.01 − 800.00 = 200.01) is 60.00.
        let e = Equation::new(d("1000.005"), d("200.004"), Decimal::ZERO, PROVISIONAL_SHARE_RATE);
        assert_eq!((e.baseline_cost, e.actual_cost), (d("1000.01"), d("800.00")));
        assert_eq!((e.savings, e.share, e.keep), (d("200.01"), d("60.00"), d("140.01")));
    }

    #[test]
    fn a_loss_is_the_customers_alone_and_shown() {
        let e = Equation::new(d("100"), d("-12.34"), Decimal::ZERO, PROVISIONAL_SHARE_RATE);
        assert_eq!((e.savings, e.share, e.keep), (d("-12.34"), d("0"), d("-12.34")));
    }

    #[test]
    fn events_raise_the_baseline_and_not_the_bill() {
        let e = Equation::new(d("100"), d("20"), d("5.5"), PROVISIONAL_SHARE_RATE);
        assert_eq!((e.baseline_cost, e.actual_cost, e.savings), (d("105.50"), d("80.00"), d("25.50")));
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_cent(cost in 0i64..10_000_000_000, saved in -5_000_000_000i64..10_000_000_000,
            events in -1_000_000i64..1_000_000, rate in 0u32..=100) {
            let (cost, saved) = (Decimal::new(cost, 4), Decimal::new(saved, 4));
            let e = Equation::new(cost, saved, Decimal::new(events, 4), Decimal::new(i64::from(rate), 2));
            prop_assert_eq!(e.baseline_cost - e.actual_cost, e.savings);
            prop_assert_eq!(e.keep + e.share, e.savings);
            for part in [e.baseline_cost, e.actual_cost, e.savings, e.keep, e.share] {
                prop_assert!(part.scale() <= 2);
            }
            prop_assert!(e.share >= Decimal::ZERO);
        }
    }
}
