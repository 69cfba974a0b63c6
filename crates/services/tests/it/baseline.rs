//! A baseline as fitting leaves it: two candidates, the second with a model.

use chrono::{DateTime, NaiveDate, Utc};
use domain::baseline::view::{BaselineSummary, Candidate};
use domain::baseline::{BaselineState, MetricType, Party};
use domain::id::{BaselineId, FacilityId, OrganisationId};
use serde_json::json;
use sha2::{Digest, Sha256};
use store::baselines::Baseline;
use uuid::Uuid;

const INPUTS: &str = "start,period,observed,temperature_c\n2025-01-01,baseline,1200,1e-7\n";

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn candidate(method: &str, cv_rmse: f64, model: Option<serde_json::Value>) -> Candidate {
    Candidate {
        method: method.to_owned(),
        form: "base + heating".to_owned(),
        qualified: model.is_some(),
        refusals: vec![],
        warnings: vec![],
        n: 365,
        n_prime: Some(41.7),
        r2_adj: Some(0.9),
        cv_rmse: Some(cv_rmse),
        nmbe: Some(-1.25e-9),
        coefficients: vec![("base".to_owned(), 1_204.5), ("hdd".to_owned(), 0.1 + 0.2)],
        coverage: vec![],
        placebo: None,
        outcome: None,
        model,
    }
}

/// Submitted by the vendor.
pub(crate) fn baseline(
    organisation: OrganisationId,
    facility: FacilityId,
    version: u32,
    at: DateTime<Utc>,
) -> Baseline {
    Baseline {
        summary: BaselineSummary {
            id: BaselineId(Uuid::now_v7()),
            metric_type: MetricType::Electricity,
            version,
            series: None,
            source: domain::baseline::BaselineSource::Meters,
            period_start: day("2025-01-01"),
            period_end: day("2026-01-01"),
            effective_from: day("2026-02-01"),
            baseline_value: Some("1204.50".parse().unwrap()),
            unit: "kWh".to_owned(),
            method: Some("cea-daily".to_owned()),
            state: BaselineState::Submitted,
            created_at: at,
            created_by: "Engineer".to_owned(),
        },
        organisation,
        facility,
        candidates: vec![
            candidate("caltrack-daily", 0.31, None),
            candidate(
                "cea-daily",
                0.12,
                Some(json!({ "kind": "cea", "base": 1204.5, "drivers": [], "terms": [] })),
            ),
        ],
        reason: Some("Canopy grew during the period.".to_owned()),
        profile: vec![1.0 / 96.0; 96],
        engine_version: "0.1.0".to_owned(),
        inputs: INPUTS.to_owned(),
        inputs_sha256: Sha256::digest(INPUTS).to_vec(),
        submitted_by: Some(Party::Vendor),
        created_by: None,
    }
}
