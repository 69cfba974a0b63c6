//! What rules about savings look at: figures of days that are over.

use crate::Result;
use chrono::{DateTime, Days, Utc};
use domain::alerts::Seen;
use domain::baseline::MetricType;
use domain::local_time::{day_of, day_start};
use domain::savings::{FigureState, Performance};
use rust_decimal::Decimal;
use store::Tx;
use store::facilities::Facility;

/// Share of a day that has to be known for it to count; the baseline is taken over the same quarter hours.
const COVERAGE_MIN: f64 = 0.9;
/// Days of seven that have to count.
const DAYS_MIN: usize = 5;

/// Electricity saved on the last whole local day or the last seven, in % of the baseline. Days that are missing are not counted, and
/// with too few of them nothing is seen: that data are missing is another rule's business.
pub(super) async fn saved(
    tx: &mut Tx<'_>,
    facility: &Facility,
    days: u32,
    now: DateTime<Utc>,
) -> Result<Seen> {
    let today = day_of(facility.time_zone, now);
    let from = today - Days::new(days.into());
    let figures = store::savings::performance(tx, facility.id, (from, today)).await?;
    let value = share(&figures, (days as usize).min(DAYS_MIN));
    Ok(Seen { value, at: value.map(|_| day_start(facility.time_zone, today)), stale: value.is_none() })
}

/// Savings over baseline of the days that count, %, to a tenth; none with fewer than `least` of them.
fn share(figures: &[Performance], least: usize) -> Option<Decimal> {
    let counts = |p: &&Performance| {
        p.metric_type == MetricType::Electricity && p.state != FigureState::Live && p.coverage >= COVERAGE_MIN
    };
    let known: Vec<(Decimal, Decimal)> =
        figures.iter().filter(counts).filter_map(|p| p.savings_value.zip(p.baseline_value)).collect();
    let baseline: Decimal = known.iter().map(|(_, baseline)| baseline).sum();
    let saved: Decimal = known.iter().map(|(saved, _)| saved).sum();
    (known.len() >= least && baseline > Decimal::ZERO)
        .then(|| (saved * Decimal::ONE_HUNDRED / baseline).round_dp(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32, baseline: i64, saved: Option<i64>, coverage: f64) -> Performance {
        Performance {
            day: chrono::NaiveDate::from_ymd_opt(2026, 3, n).unwrap(),
            metric_type: MetricType::Electricity,
            baseline: None,
            baseline_value: Some(baseline.into()),
            actual_value: saved.map(|saved| (baseline - saved).into()),
            savings_value: saved.map(Into::into),
            unit: "kWh".to_owned(),
            baseline_cost: None,
            cost_savings: None,
            currency: "USD".to_owned(),
            coverage,
            state: FigureState::Provisional,
            flags: vec![],
            revision: 1,
            computed_at: DateTime::<Utc>::UNIX_EPOCH,
        }
    }

    /// By hand: (20 + 30) of (200 + 400) is 8.3 %, not the mean of 10 and 7.5.
    #[test]
    fn savings_of_days_are_their_sums_and_missing_is_not_zero() {
        let mut days = vec![day(1, 200, Some(20), 1.0), day(2, 400, Some(30), 0.9)];
        assert_eq!(share(&days, 2), Some(Decimal::new(83, 1)));
        days.push(day(3, 300, Some(-300), 0.5));
        days.push(day(4, 300, None, 1.0));
        days.push(Performance { state: FigureState::Live, ..day(5, 300, Some(-300), 1.0) });
        days.push(Performance { metric_type: MetricType::Gas, ..day(5, 300, Some(-300), 1.0) });
        assert_eq!(share(&days, 2), Some(Decimal::new(83, 1)), "none of these counts");
        assert_eq!(share(&days, 3), None);
        assert_eq!(share(&[day(1, 0, Some(-5), 1.0)], 1), None, "a share of nothing");
    }
}
