//! What the REST interface is sent, read field by field so that every wrong one is named at once.

use super::document::{METRICS, decimal_text, metric_names, source_names};
use super::problem::{Answered, Problem};
use axum::http::StatusCode;
use chrono::NaiveDate;
use domain::baseline::{BaselineSource, MetricType};
use domain::id::UtilitySeriesId;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use services::FieldError;
use services::baselines::{Cursor, Material, NewBaseline, Row, given};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};

/// Most fields that a refusal names.
const NAMED: usize = 50;
/// Baselines on a page, and at most.
const LIMIT: u32 = 50;
const LIMIT_MAX: u32 = 200;

/// A baseline to be made. It begins as a draft and goes the same way to activation as one made in the portal.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BaselineRequest {
    /// Key of the facility, as in the address of its pages.
    #[serde(default)]
    #[schema(required = true, example = "cedar")]
    facility: String,
    #[serde(default)]
    #[schema(required = true, schema_with = metric_names)]
    metric_type: String,
    /// First local day of the baseline period.
    #[serde(default)]
    #[schema(required = true, format = Date, example = "2025-01-01")]
    period_start: String,
    /// Local day after its last; 60 to 1,100 days after the first, and not in the future.
    #[serde(default)]
    #[schema(required = true, format = Date, example = "2026-01-01")]
    period_end: String,
    /// First local day on which savings count; not before `period_end`.
    #[serde(default)]
    #[schema(required = true, format = Date, example = "2026-03-01")]
    effective_from: String,
    #[serde(default)]
    #[schema(required = true, schema_with = source_names)]
    source: String,
    /// With `meters`: a series of the utility to fit to in place of the main meters.
    #[schema(value_type = Option<uuid::Uuid>)]
    utility_series_id: Option<String>,
    /// With `given`: one row per local day. Days without a row are unknown.
    rows: Option<Vec<RowRequest>>,
    /// With `stated`: use per day, in kWh (electricity) or m³ (gas, water), as a decimal in a string.
    #[schema(schema_with = decimal_text)]
    baseline_value: Option<String>,
    /// With `stated`: where the value comes from and why it holds, at most 2,000 characters.
    #[schema(max_length = 2000)]
    reason: Option<String>,
}

/// A local day.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RowRequest {
    /// The day, within the baseline period; each at most once.
    #[serde(default)]
    #[schema(required = true, format = Date, example = "2025-01-01")]
    date: String,
    /// What was used, in kWh or m³, as a decimal in a string; left out where it is not known.
    #[schema(schema_with = decimal_text)]
    value: Option<String>,
    /// Mean outdoor temperature, °C.
    #[schema(minimum = -90, maximum = 60, example = 4.5)]
    temperature_c: Option<f64>,
    /// What else explains use, by name: at most 12 names of a–z, 0–9 and `_`, none of them an outcome of the measure. Savings follow
    /// `canopy_{stage}_m2`, `ppf_mol`, `outdoor_w_g_kg` and `dli_out_mol_m2`, which the facility keeps on recording.
    #[serde(default)]
    drivers: BTreeMap<String, f64>,
}

/// Reads the body of a request.
///
/// # Errors
/// 400 when it is no JSON, 422 with every field that cannot be accepted.
pub fn read(body: &[u8]) -> Answered<BaselineRequest> {
    read_json(body)
}

/// Reads a body of any request.
///
/// # Errors
/// As [`read`].
pub fn read_json<T: DeserializeOwned>(body: &[u8]) -> Answered<T> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let request: T = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let field = error.path().to_string();
        let inner = error.into_inner();
        if inner.is_data() {
            let message = format!("{inner}.");
            return Problem::fields(vec![FieldError { field, message }]);
        }
        malformed(&inner)
    })?;
    json.end().map_err(|error| malformed(&error))?;
    Ok(request)
}

fn malformed(error: &serde_json::Error) -> Box<Problem> {
    Problem::new(StatusCode::BAD_REQUEST, format!("The body is no JSON object: {error}."))
}

impl BaselineRequest {
    /// Key of the facility.
    pub fn facility(&self) -> &str {
        &self.facility
    }

    /// What is to be made.
    ///
    /// # Errors
    /// 422 with every field that cannot be accepted.
    pub fn into_new(self) -> Answered<NewBaseline> {
        let mut wrong = Wrong::default();
        if self.facility.is_empty() {
            wrong.say("facility", "Name the facility by its key.");
        }
        let metric_type =
            wrong.take("metric_type", metric(&self.metric_type), "Send electricity, gas or water.");
        let mut date = |field: &str, text: &str| wrong.take(field, day(text), "Send a day, as 2026-01-31.");
        let period_start = date("period_start", &self.period_start);
        let period_end = date("period_end", &self.period_end);
        let effective_from = date("effective_from", &self.effective_from);
        let source =
            wrong.take("source", BaselineSource::parse(&self.source), "Send meters, given or stated.");
        if let Some(source) = source {
            self.superfluous(source, &mut wrong);
        }
        let material =
            source.and_then(|source| self.material(source, period_start.zip(period_end), &mut wrong));
        match (metric_type, material, period_start, period_end, effective_from) {
            (
                Some(metric_type),
                Some(material),
                Some(period_start),
                Some(period_end),
                Some(effective_from),
            ) if wrong.0.is_empty() => {
                Ok(NewBaseline { metric_type, material, period_start, period_end, effective_from })
            }
            _ => {
                wrong.0.truncate(NAMED);
                Err(Problem::fields(wrong.0))
            }
        }
    }

    /// What one source needs means nothing to another; sent all the same, something was misunderstood.
    fn superfluous(&self, source: BaselineSource, wrong: &mut Wrong) {
        let sent = [
            ("utility_series_id", self.utility_series_id.is_some(), BaselineSource::Meters),
            ("rows", self.rows.is_some(), BaselineSource::Given),
            ("baseline_value", self.baseline_value.is_some(), BaselineSource::Stated),
            ("reason", self.reason.is_some(), BaselineSource::Stated),
        ];
        for (field, _, of) in sent.into_iter().filter(|(_, sent, of)| *sent && *of != source) {
            wrong.say(field, &format!("This goes with the source {} only.", of.as_str()));
        }
    }

    fn material(
        self,
        source: BaselineSource,
        period: Option<(NaiveDate, NaiveDate)>,
        wrong: &mut Wrong,
    ) -> Option<Material> {
        match source {
            BaselineSource::Meters => {
                let Some(series) = self.utility_series_id else { return Some(Material::Metered(None)) };
                let series: Option<UtilitySeriesId> = series.parse().ok();
                wrong
                    .take("utility_series_id", series, "Send the id of a series.")
                    .map(|id| Material::Metered(Some(id)))
            }
            BaselineSource::Stated => {
                let value = self.baseline_value.as_deref().and_then(decimal);
                let message = "Send what a day uses, as a decimal in a string: \"412.5\".";
                let per_day = wrong.take("baseline_value", value, message);
                let reason =
                    wrong.take("reason", self.reason, "Say where the value comes from and why it holds.");
                Some(Material::Stated { per_day: per_day?, reason: reason? })
            }
            BaselineSource::Given => {
                let rows = self.rows.unwrap_or_default();
                let rows: Vec<Option<Row>> =
                    rows.into_iter().enumerate().map(|(i, row)| row.read(i, wrong)).collect();
                let rows: Vec<Row> = rows.into_iter().collect::<Option<_>>()?;
                let (start, end) = period?;
                match given(&rows, start, end) {
                    Ok(days) => return Some(Material::Given(days)),
                    Err(services::Error::Invalid(errors)) => wrong.0.extend(errors),
                    Err(error) => wrong.say("rows", &error.to_string()),
                }
                None
            }
        }
    }
}

impl RowRequest {
    fn read(self, index: usize, wrong: &mut Wrong) -> Option<Row> {
        let at = |field: &str| format!("rows[{index}].{field}");
        let date = wrong.take(&at("date"), day(&self.date), "Send a day, as 2026-01-31.");
        let value = match &self.value {
            None => Some(None),
            Some(text) => {
                let message = "Send a decimal in a string: \"412.5\".";
                wrong.take(&at("value"), decimal(text), message).map(Some)
            }
        };
        Some(Row { date: date?, value: value?, temperature_c: self.temperature_c, drivers: self.drivers })
    }
}

/// Fields that cannot be accepted.
#[derive(Default)]
pub(super) struct Wrong(Vec<FieldError>);

impl Wrong {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn into_fields(self) -> Vec<FieldError> {
        self.0
    }

    pub(super) fn say(&mut self, field: &str, message: &str) {
        self.0.push(FieldError { field: field.to_owned(), message: message.to_owned() });
    }

    /// The value, or a word about the field.
    pub(super) fn take<T>(&mut self, field: &str, value: Option<T>, message: &str) -> Option<T> {
        if value.is_none() {
            self.say(field, message);
        }
        value
    }
}

/// Peak demand and yield have no baseline of their own.
fn metric(name: &str) -> Option<MetricType> {
    METRICS.into_iter().find(|metric| metric.as_str() == name)
}

/// Four digits of the year: what goes beyond is no day of a facility.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| text.parse().ok())?
}

/// Digits with at most one point; no exponents, which some programs write for large numbers and some do not read.
fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).ok()
}

/// Which baselines to list.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct ListQuery {
    /// Key of the facility, as in the address of its pages.
    #[param(required = true, example = "cedar")]
    facility: String,
    /// Only of this metric.
    #[param(schema_with = metric_names, required = false)]
    metric_type: Option<String>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
    /// Baselines on a page, 1 to 200; 50 where it is left out.
    #[param(minimum = 1, maximum = 200, value_type = Option<u32>, example = 50)]
    limit: Option<String>,
}

/// [`ListQuery`], read.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Key of the facility.
    pub facility: String,
    /// Only of this metric.
    pub metric: Option<MetricType>,
    /// After the end of another page.
    pub after: Option<Cursor>,
    /// At most so many.
    pub limit: u32,
}

impl ListQuery {
    /// Which baselines to list.
    ///
    /// # Errors
    /// 422 with every parameter that cannot be accepted.
    pub fn read(self) -> Answered<Listing> {
        let mut wrong = Wrong::default();
        if self.facility.is_empty() {
            wrong.say("facility", "Name the facility by its key.");
        }
        let metric = self
            .metric_type
            .and_then(|name| wrong.take("metric_type", metric(&name), "Send electricity, gas or water."));
        let after = self.cursor.and_then(|text| {
            let message = "Take the cursor from next_cursor of the page before.";
            wrong.take("cursor", text.parse().ok(), message)
        });
        let limit = self.limit.map_or(Some(LIMIT), |text| {
            let limit = text.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit));
            wrong.take("limit", limit, "Send a number from 1 to 200.")
        });
        match limit {
            Some(limit) if wrong.0.is_empty() => {
                Ok(Listing { facility: self.facility, metric, after, limit })
            }
            _ => Err(Problem::fields(wrong.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(body: &str) -> serde_json::Value {
        let problem = read(body.as_bytes()).and_then(BaselineRequest::into_new).unwrap_err();
        serde_json::to_value(*problem).unwrap()
    }

    fn fields(problem: &serde_json::Value) -> Vec<&str> {
        problem["errors"].as_array().unwrap().iter().map(|e| e["field"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let all = ["facility", "metric_type", "period_start", "period_end", "effective_from", "source"];
        assert_eq!(fields(&refused("{}")), all);
        let rows = r#"{"facility":"a","metric_type":"gas","period_start":"2025-01-01","period_end":"2025-06-01",
            "effective_from":"2025-07-01","source":"given","reason":"x","rows":[{"date":"2025-01-01","value":"1e3"},
            {"date":"1 May"}]}"#;
        assert_eq!(fields(&refused(rows)), ["reason", "rows[0].value", "rows[1].date"]);
        let far =
            rows.replace("2025-06-01", "+262142-12-31").replace("1e3", "1").replace("1 May", "2025-05-01");
        assert_eq!(fields(&refused(&far)), ["period_end", "reason"]);
        let centuries = far.replace("+262142-12-31", "9999-12-31").replace(r#""reason":"x","#, "");
        assert_eq!(fields(&refused(&centuries)), ["period_end"]);
    }

    #[test]
    fn what_is_no_text_or_unknown_is_named_by_its_place() {
        let typed = refused(r#"{"rows":[{"date":"2025-01-01"},{"value":412.5}]}"#);
        assert_eq!((fields(&typed), &typed["status"]), (vec!["rows[1].value"], &422.into()));
        let unknown = refused(r#"{"facilty":"a"}"#);
        assert!(unknown["detail"].as_str().unwrap().contains("facilty"), "{unknown}");
        for broken in ["", "{", "{}{}", "\u{1}"] {
            assert_eq!(refused(broken)["status"], 400, "{broken:?}");
        }
    }

    #[test]
    fn a_stated_value_keeps_its_digits() {
        let body = r#"{"facility":"a","metric_type":"water","period_start":"2025-01-01","period_end":"2025-06-01",
            "effective_from":"2025-07-01","source":"stated","baseline_value":"410.50","reason":"Contract"}"#;
        let Ok(new) = read(body.as_bytes()).and_then(BaselineRequest::into_new) else { panic!("refused") };
        let Material::Stated { per_day, reason } = new.material else { panic!("{:?}", new.material) };
        assert_eq!((per_day.to_string(), reason), ("410.50".to_owned(), "Contract".to_owned()));
    }
}
