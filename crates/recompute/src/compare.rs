//! Fitting again, and the first place where what comes out is not what is written down.

use crate::days::{self, Unreadable};
use crate::fit::fit;
use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::baseline::view::Candidate;
use domain::verification::dossier::SignedDossier;
use serde_json::Value;

/// What became of one candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recomputed {
    /// Its method.
    pub method: String,
    /// First field that differs, with both values; none when every field is the same to the last digit.
    pub difference: Option<String>,
}

/// Fits every candidate again to the frozen inputs. Days from `effective_from` on are the reporting period.
///
/// # Errors
/// For inputs that are not in their canonical form.
pub fn recompute(
    inputs: &str,
    effective_from: NaiveDate,
    metric: MetricType,
    candidates: &[Candidate],
) -> Result<Vec<Recomputed>, Unreadable> {
    let days = days::read(inputs)?;
    let again = |stated: &Candidate| {
        let found = fit(&days, effective_from, metric, &stated.method);
        let values = (serde_json::to_value(stated), serde_json::to_value(&found));
        let difference = match values {
            (Ok(stated), Ok(found)) => first_difference("", &stated, &found),
            _ => Some("a number that is not finite".to_owned()),
        };
        Recomputed { method: stated.method.clone(), difference }
    };
    Ok(candidates.iter().map(again).collect())
}

/// The candidates of a dossier fitted again to the daily rows that it came with.
///
/// # Errors
/// A sentence that names the part that is missing or cannot be read.
pub fn dossier(file: &SignedDossier) -> Result<Vec<Recomputed>, String> {
    let baseline = &file.dossier["baseline"];
    let part =
        |name: &str| baseline[name].as_str().ok_or_else(|| format!("dossier.baseline.{name} is not there"));
    let from = part("effective_from")?;
    let from = from.parse().map_err(|_| "dossier.baseline.effective_from is no date".to_owned())?;
    let metric = MetricType::parse(part("metric_type")?);
    let metric = metric.ok_or("dossier.baseline.metric_type is not known")?;
    let candidates: Vec<Candidate> = serde_json::from_value(Value::clone(&file.dossier["candidates"]))
        .map_err(|error| format!("dossier.candidates cannot be read: {error}"))?;
    let inputs = file.inputs.as_ref().ok_or("inputs, the daily rows, are not there")?;
    recompute(inputs, from, metric, &candidates).map_err(|error| error.to_string())
}

/// The first place where two values differ, as `path: stated is …, recomputed is …`. Numbers differ when their value does:
/// `1.0` and `1` are the same.
pub fn first_difference(path: &str, stated: &Value, found: &Value) -> Option<String> {
    match (stated, found) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            let value = |of: &serde_json::Map<String, Value>, name| of.get(name).cloned().unwrap_or_default();
            names.into_iter().find_map(|name| {
                let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
                first_difference(&path, &value(a, name), &value(b, name))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => a
            .iter()
            .zip(b)
            .enumerate()
            .find_map(|(index, (a, b))| first_difference(&format!("{path}[{index}]"), a, b)),
        (Value::Number(a), Value::Number(b)) if a.as_f64() == b.as_f64() => None,
        _ if stated == found => None,
        _ => Some(format!("{path}: stated is {stated}, recomputed is {found}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A year by rule, and the same a measure later.
    fn inputs() -> String {
        let first = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap();
        let row = |(n, day): (usize, NaiveDate)| {
            let n = i32::try_from(n).unwrap();
            let (season, scatter) = ((n % 365 - 182).abs(), n * 7919 % 13);
            let celsius = 25 - season / 7 + scatter / 4;
            let used = 500 + 12 * (celsius - 14).max(0) + scatter;
            let (period, used) = if n < 366 { ("baseline", used) } else { ("reporting", used * 9 / 10) };
            format!("{day},{period},{used},{celsius}\n")
        };
        let rows: String = first.iter_days().take(480).enumerate().map(row).collect();
        format!("start,period,observed,temperature_c\n{rows}")
    }

    #[test]
    fn it_is_the_same_again_and_a_changed_digit_is_named() {
        let (inputs, split) = (inputs(), NaiveDate::from_ymd_opt(2025, 1, 1).unwrap());
        let days = days::read(&inputs).unwrap();
        let fitted = fit(&days, split, MetricType::Electricity, "caltrack-daily");
        assert!(fitted.model.is_some() && fitted.outcome.is_some(), "{fitted:?}");
        // As it comes back from where it was kept.
        let kept: Candidate = serde_json::from_str(&serde_json::to_string(&fitted).unwrap()).unwrap();
        let again = |kept: &Candidate, inputs: &str| {
            recompute(inputs, split, MetricType::Electricity, std::slice::from_ref(kept)).unwrap().remove(0)
        };
        assert_eq!(again(&kept, &inputs).difference, None);
        let mut stated = kept.clone();
        stated.cv_rmse = stated.cv_rmse.map(f64::next_up);
        assert!(again(&stated, &inputs).difference.unwrap().starts_with("cv_rmse: stated is 0."));
        let changed = inputs.replacen("baseline,5", "baseline,6", 1);
        assert!(again(&kept, &changed).difference.is_some());
        assert!(recompute("start\nx", split, MetricType::Electricity, &[]).is_err());
    }

    #[test]
    fn a_stated_value_is_what_the_inputs_say() {
        let split = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
        let inputs = "start,period,observed,temperature_c\n2024-01-01,baseline,410.5,\n";
        let days = days::read(inputs).unwrap();
        let kept = fit(&days, split, MetricType::Electricity, crate::STATED);
        let model = crate::Model::read(kept.model.as_ref().unwrap()).unwrap();
        assert_eq!(model.predict(&[], &days.days[0]), Some(410.5));
        let again = |inputs: &str| {
            recompute(inputs, split, MetricType::Electricity, std::slice::from_ref(&kept)).unwrap().remove(0)
        };
        assert_eq!(again(inputs).difference, None);
        let changed = again(&inputs.replace("410.5", "410.6")).difference.unwrap();
        assert!(changed.contains("410.5") && changed.contains("410.6"), "{changed}");
    }

    #[test]
    fn places_are_named_and_whole_numbers_are_numbers() {
        assert_eq!(first_difference("", &json!({"a": 1.0, "b": [0.0]}), &json!({"a": 1, "b": [-0.0]})), None);
        let differ = first_difference("", &json!({"a": {"b": [1, 2]}}), &json!({"a": {"b": [1, 3]}}));
        assert_eq!(differ.unwrap(), "a.b[1]: stated is 2, recomputed is 3");
        assert!(first_difference("", &json!({"a": 1}), &json!({"a": 1, "c": 2})).unwrap().starts_with("c: "));
        assert!(first_difference("", &json!([1]), &json!([1, 2])).is_some());
    }
}
