//! What the REST interface answers with.

use super::document::{metric_names, source_names, state_names};
use chrono::{DateTime, NaiveDate, Utc};
use domain::baseline::view::{Candidate, Remark};
use rust_decimal::Decimal;
use serde::Serialize;
use services::baselines::Page;
use store::baselines::Baseline;
use store::facilities::Facility;
use utoipa::ToSchema;
use uuid::Uuid;

/// A baseline without its candidates.
#[derive(Debug, Serialize, ToSchema)]
pub struct BaselineLine {
    /// The baseline.
    id: Uuid,
    /// Key of its facility.
    #[schema(example = "cedar")]
    facility: String,
    #[schema(schema_with = metric_names)]
    metric_type: &'static str,
    /// Counts up within facility and metric.
    #[schema(example = 3)]
    version: u32,
    #[schema(schema_with = source_names)]
    source: &'static str,
    /// The utility's series it was fitted to; null for the main meters.
    utility_series_id: Option<Uuid>,
    /// First local day of the baseline period.
    period_start: NaiveDate,
    /// Local day after its last.
    period_end: NaiveDate,
    /// First local day on which savings count.
    effective_from: NaiveDate,
    /// Mean use per day of the baseline period, or the stated one, as a decimal in a string; null when no day was known.
    #[schema(value_type = Option<String>, example = "412.5")]
    baseline_value: Option<Decimal>,
    /// Unit of it.
    #[schema(example = "kWh")]
    unit: String,
    /// Method that was picked; null before.
    #[schema(example = "cea-daily")]
    method: Option<String>,
    /// Why this method, or where the stated value comes from.
    reason: Option<String>,
    #[schema(schema_with = state_names)]
    verification_status: &'static str,
    /// When it was made.
    created_at: DateTime<Utc>,
    /// In whose name.
    created_by: String,
    /// Version of the engine that fitted it.
    engine_version: String,
    /// SHA-256 of its frozen inputs, hexadecimal.
    inputs_sha256: String,
    /// Its page in the portal, where a candidate is picked and the baseline handed in.
    #[schema(example = "/f/cedar/baselines/0199e0a4-6a3c-7c3e-9a41-5d2f7b1c8e90")]
    page: String,
}

/// A baseline with its candidates.
#[derive(Debug, Serialize, ToSchema)]
pub struct BaselineAnswer {
    #[serde(flatten)]
    line: BaselineLine,
    /// Models fitted side by side; of a stated value, that value.
    candidates: Vec<CandidateAnswer>,
}

/// A model fitted to the baseline period.
#[derive(Debug, Serialize, ToSchema)]
pub struct CandidateAnswer {
    /// How it was fitted.
    #[schema(example = "cea-daily")]
    method: String,
    /// Terms of the model.
    form: String,
    /// Whether no rule was broken.
    qualified: bool,
    /// Days it was fitted to.
    days: u32,
    /// Adjusted R².
    r2_adj: Option<f64>,
    /// CV(RMSE), a fraction.
    cv_rmse: Option<f64>,
    /// Normalised mean bias error, a fraction.
    nmbe: Option<f64>,
    /// Rules that were broken.
    refusals: Vec<RemarkAnswer>,
    /// What a reviewer should look at.
    warnings: Vec<RemarkAnswer>,
}

/// What a rule says of a model.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemarkAnswer {
    /// The rule.
    rule: String,
    /// What it found.
    message: String,
    /// What to do about it.
    what_to_do: String,
}

/// A page of baselines.
#[derive(Debug, Serialize, ToSchema)]
pub struct BaselinePage {
    /// Newest first.
    baselines: Vec<BaselineLine>,
    /// To be sent as `cursor` for the next page; null on the last.
    next_cursor: Option<String>,
}

/// A baseline as JSON.
pub fn baseline(facility: &Facility, baseline: &Baseline) -> String {
    let candidates = baseline.candidates.iter().map(candidate).collect();
    json(&BaselineAnswer { line: line(facility, baseline), candidates })
}

/// A page of baselines as JSON.
pub fn page(page: &Page) -> String {
    let baselines = page.baselines.iter().map(|baseline| line(&page.facility, baseline)).collect();
    json(&BaselinePage { baselines, next_cursor: page.next.map(|cursor| cursor.to_string()) })
}

/// These types have text keys and finite numbers, which always can be written.
fn json(answer: &impl Serialize) -> String {
    serde_json::to_string(answer).unwrap_or_default()
}

fn line(facility: &Facility, baseline: &Baseline) -> BaselineLine {
    let s = &baseline.summary;
    BaselineLine {
        id: s.id.0,
        facility: facility.slug.clone(),
        metric_type: s.metric_type.as_str(),
        version: s.version,
        source: s.source.as_str(),
        utility_series_id: s.series.map(|series| series.0),
        period_start: s.period_start,
        period_end: s.period_end,
        effective_from: s.effective_from,
        baseline_value: s.baseline_value,
        unit: s.unit.clone(),
        method: s.method.clone(),
        reason: baseline.reason.clone(),
        verification_status: s.state.as_str(),
        created_at: s.created_at,
        created_by: s.created_by.clone(),
        engine_version: baseline.engine_version.clone(),
        inputs_sha256: hex::encode(&baseline.inputs_sha256),
        page: format!("/f/{}/baselines/{}", facility.slug, s.id),
    }
}

fn candidate(candidate: &Candidate) -> CandidateAnswer {
    let remarks = |remarks: &[Remark]| remarks.iter().map(remark).collect();
    CandidateAnswer {
        method: candidate.method.clone(),
        form: candidate.form.clone(),
        qualified: candidate.qualified,
        days: candidate.n,
        r2_adj: candidate.r2_adj,
        cv_rmse: candidate.cv_rmse,
        nmbe: candidate.nmbe,
        refusals: remarks(&candidate.refusals),
        warnings: remarks(&candidate.warnings),
    }
}

fn remark(remark: &Remark) -> RemarkAnswer {
    RemarkAnswer {
        rule: remark.rule.clone(),
        message: remark.message.clone(),
        what_to_do: remark.what_to_do.clone(),
    }
}
