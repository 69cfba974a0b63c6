//! Rules for bills.

use super::Limits;
use crate::caltrack::billing::Temperatures;
use crate::finding::{Finding, Findings};
use crate::reading::Bill;

/// Shortest bill, days; shorter ones are off-cycle reads (CalTRACK 2.2.3.4).
const DAYS_MIN: f64 = 25.0;
/// Longest monthly bill, days.
const MONTHLY_MAX: f64 = 35.0;
/// Longest bimonthly bill, days.
const BIMONTHLY_MAX: f64 = 70.0;

/// Whether most bills are longer than a month.
pub fn are_bimonthly(bills: &[Bill]) -> bool {
    let days: Vec<f64> = bills.iter().map(Bill::days).collect();
    crate::stats::median(&days) > MONTHLY_MAX
}

/// The bills with the usage of those of a wrong length taken out, and what that means.
pub fn of_right_length(bills: &[Bill], findings: &mut Findings) -> Vec<Bill> {
    let longest = if are_bimonthly(bills) { BIMONTHLY_MAX } else { MONTHLY_MAX };
    let right = |bill: &Bill| (DAYS_MIN..=longest).contains(&bill.days());
    for bill in bills.iter().filter(|bill| bill.usage.is_some() && !right(bill)) {
        let message = format!(
            "The bill from {} covers {} days; {DAYS_MIN} to {longest} are allowed (CalTRACK 2.2.3.4). It is left out.",
            bill.start,
            bill.days()
        );
        let what = "Join an off-cycle or estimated read with the next bill and import again.";
        let days = bill.start.iter_days().take_while(|day| *day < bill.end);
        findings.warn(Finding::new("bill_length", message, what).about(days));
    }
    bills.iter().map(|bill| Bill { usage: bill.usage.filter(|_| right(bill)), ..*bill }).collect()
}

/// Checks length of the baseline, its values, and temperatures of all bills.
pub fn check(
    baseline: &[Bill],
    reporting: &[Bill],
    temperatures: &Temperatures,
    limits: &Limits,
    findings: &mut Findings,
) {
    let read: f64 = baseline.iter().filter(|b| b.usage.is_some()).map(Bill::days).sum();
    if read < limits.baseline_days_min as f64 {
        let message =
            format!("Usable baseline bills cover {read:.0} days; {} are needed.", limits.baseline_days_min);
        let what = "Add earlier bills until the baseline covers every season.";
        findings.refuse(Finding::new("baseline_length", message, what));
    }
    for bill in baseline.iter().chain(reporting) {
        if bill.usage.is_some_and(|usage| usage < 0.0) {
            let message = format!("The bill from {} is negative (CalTRACK 2.3.5).", bill.start);
            let what = "Use gross consumption, or end the period where net metering began.";
            findings.refuse(Finding::new("negative_usage", message, what));
        }
        let missing: Vec<_> = bill
            .start
            .iter_days()
            .take_while(|day| *day < bill.end)
            .filter(|day| !temperatures.contains_key(day))
            .collect();
        if missing.len() as f64 > bill.days() * (1.0 - limits.coverage_min) + 1e-9 {
            let message = format!(
                "{} of {} days of the bill from {} have no temperature; 90 % need one (CalTRACK 2.2.3.2). It is left out.",
                missing.len(),
                bill.days(),
                bill.start
            );
            let what = "Import the weather station's record for these days.";
            findings.warn(Finding::new("bill_temperature_missing", message, what).about(missing));
        }
    }
    if reporting.iter().all(|bill| bill.usage.is_none()) {
        let what = "Add bills after the measure.";
        findings.refuse(Finding::new("no_reporting_data", "There are no reporting bills.".into(), what));
    }
}
