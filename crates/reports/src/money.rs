//! The money of a report over its metrics.

use domain::report::{PerformanceReport, ReportMetric};
use rust_decimal::Decimal;

/// The equation of a report, money: baseline − actual = savings → keep and share. None is not known.
#[derive(Debug, PartialEq)]
pub(crate) struct Money {
    pub(crate) baseline: Option<Decimal>,
    pub(crate) actual: Option<Decimal>,
    pub(crate) savings: Option<Decimal>,
    pub(crate) keep: Option<Decimal>,
    pub(crate) share: Option<Decimal>,
}

/// Adds up what metrics with money say. A sum is known only where each of them knows its part; metrics without any
/// money, such as a peak or a yield, have no part in it.
pub(crate) fn money(report: &PerformanceReport) -> Money {
    let parts: Vec<[Option<Decimal>; 5]> =
        report.metrics.iter().map(parts).filter(|parts| parts.iter().any(Option::is_some)).collect();
    let sum = |index: usize| {
        let mut values = parts.iter().map(|part| part[index]);
        let first = values.next()??;
        values.try_fold(first, |sum, value| sum.checked_add(value?))
    };
    Money { baseline: sum(0), actual: sum(1), savings: sum(2), keep: sum(3), share: sum(4) }
}

fn parts(metric: &ReportMetric) -> [Option<Decimal>; 5] {
    [metric.baseline_cost, metric.actual_cost, metric.cost_savings, metric.keep, metric.share]
}
