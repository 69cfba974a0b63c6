//! A day's savings computed again from its derivation and quarter hours.

use crate::days::Day;
use crate::fit::Model;
use domain::savings::{Performance, SavingsInterval};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One thing that was computed again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What.
    pub what: String,
    /// As the platform states it.
    pub stated: String,
    /// As it came out here.
    pub found: String,
}

impl Check {
    fn new(what: impl Into<String>, stated: impl ToString, found: impl ToString) -> Self {
        Self { what: what.into(), stated: stated.to_string(), found: found.to_string() }
    }

    /// Whether both are the same to the last digit.
    pub fn holds(&self) -> bool {
        self.stated == self.found
    }
}

/// Computes a day again. `inputs` are those of its derivation; none while the day is running, when only the quarter hours can be
/// added up. Returns everything that was held against what is stated.
///
/// # Errors
/// A sentence where the inputs cannot be read.
pub fn savings_day(
    inputs: Option<&Value>,
    intervals: &[SavingsInterval],
    stated: &Performance,
) -> Result<Vec<Check>, String> {
    let mut checks = Vec::new();
    if let Some(inputs) = inputs {
        checks.extend(expected(inputs)?);
        // The whole day's expectation is spread over its quarter hours; of a whole day they add up to it.
        let parts: Option<Vec<Decimal>> = intervals.iter().map(|i| i.counterfactual).collect();
        if let (Some(parts), Some(day)) =
            (parts.filter(|parts| !parts.is_empty()), decimal(inputs, "expected_day"))
        {
            let sum: Decimal = parts.iter().sum();
            checks.push(Check::new(
                "Quarter hours add up to the day's expectation",
                day.normalize(),
                sum.normalize(),
            ));
        }
    }
    let off = intervals.iter().find(|i| i.avoided != i.counterfactual.zip(i.actual).map(|(a, b)| a - b));
    let unequal = |i: Option<&SavingsInterval>| {
        i.map_or_else(|| "every quarter hour".to_owned(), |i| format!("not the one from {}", i.start))
    };
    checks.push(Check::new("Baseline − actual", "every quarter hour", unequal(off)));
    let off = intervals.iter().find(|i| i.money != i.avoided.zip(i.price).map(|(a, b)| a * b));
    checks.push(Check::new("Savings × price", "every quarter hour", unequal(off)));
    checks.extend(sums(intervals, stated));
    Ok(checks)
}

fn decimal(inputs: &Value, name: &str) -> Option<Decimal> {
    inputs.get(name)?.as_str()?.parse().ok()
}

/// The model's expectation under the day's conditions.
fn expected(inputs: &Value) -> Result<Option<Check>, String> {
    let Some(stated) = decimal(inputs, "expected_day") else { return Ok(None) };
    let unreadable = |what: &str| format!("The derivation has no {what} that can be read.");
    let model = inputs.get("model").ok_or_else(|| unreadable("model"))?;
    let model = Model::read(model).map_err(|error| format!("{} {error}", unreadable("model")))?;
    let conditions = inputs.get("conditions").ok_or_else(|| unreadable("conditions"))?;
    let drivers = conditions.get("drivers").and_then(Value::as_object).cloned().unwrap_or_default();
    let names: Vec<String> = drivers.keys().cloned().collect();
    let day = Day {
        day: chrono::NaiveDate::default(),
        observed: None,
        temperature_c: conditions.get("temperature_c").and_then(Value::as_f64),
        drivers: drivers.values().map(Value::as_f64).collect(),
    };
    let found = model.expect(&names, &day).map_err(|lacking| format!("The model lacks {lacking:?}."))?;
    let found = Decimal::from_f64_retain(found.max(0.0)).unwrap_or_default().round_dp(3);
    Ok(Some(Check::new("What the model expects of the day", stated.normalize(), found.normalize())))
}

/// Sums over the quarter hours that have both values.
fn sums(intervals: &[SavingsInterval], stated: &Performance) -> Vec<Check> {
    let both = || intervals.iter().filter(|i| i.avoided.is_some());
    let sum = |of: fn(&SavingsInterval) -> Option<Decimal>| both().filter_map(of).sum::<Decimal>();
    let check = |what: &str, stated: Option<Decimal>, found: Decimal| {
        stated.map(|stated| Check::new(what, stated.normalize(), found.normalize()))
    };
    [
        check("Adjusted baseline", stated.baseline_value, sum(|i| i.counterfactual)),
        check("Actual", stated.actual_value, sum(|i| i.actual)),
        check("Savings", stated.savings_value, sum(|i| i.avoided)),
        check("Baseline cost", stated.baseline_cost, sum(|i| Some(i.counterfactual? * i.price?)).round_dp(4)),
        check("Savings in money", stated.cost_savings, sum(|i| i.money).round_dp(4)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
