//! Writing a day's figures: what did not change is left alone, what did keeps its history.

use super::compute::{Computed, Stretch};
use crate::Result;
use domain::savings::{FigureState, Performance};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use store::Tx;
use store::facilities::Facility;
use store::savings::{self as stored, Derivation, Place};

/// Hexadecimal SHA-256 of a value's text. Keys of objects are in order, so the same value has the same text.
pub(super) fn sha256(value: &Value) -> String {
    hex::encode(Sha256::digest(value.to_string().as_bytes()))
}

/// Writes the figures of a metric. A running day is overwritten; of a day that is over every value is kept with what it
/// was computed from, and nothing is written when nothing changed.
pub(super) async fn day(
    tx: &mut Tx<'_>,
    facility: &Facility,
    stretch: &Stretch,
    computed: Computed,
    reason: &str,
) -> Result<()> {
    let Computed { mut performance, intervals, inputs } = computed;
    let place = Place {
        organisation: facility.organisation,
        facility: facility.id,
        metric: performance.metric_type,
        day: stretch.day,
    };
    let mut derivation = None;
    if performance.state == FigureState::Provisional {
        let newest = stored::derivations(tx, place).await?.into_iter().next();
        let result = figures(&performance);
        let hash = Sha256::digest(inputs.to_string().as_bytes()).to_vec();
        if let Some(newest) = newest.as_ref().filter(|n| n.result == result && n.inputs_sha256 == hash) {
            performance.revision = newest.revision;
            derivation = Some(newest.id);
        } else {
            performance.revision = newest.as_ref().map_or(1, |n| n.revision + 1);
            let new = Derivation {
                id: uuid::Uuid::now_v7(),
                revision: performance.revision,
                baseline: performance.baseline,
                engine_version: recompute::VERSION.to_owned(),
                inputs,
                inputs_sha256: hash,
                result,
                reason: if newest.is_none() { "closed".to_owned() } else { reason.to_owned() },
                computed_at: stretch.now,
            };
            stored::derivation_insert(tx, place, &new).await?;
            derivation = Some(new.id);
        }
    }
    if let Some(baseline) = performance.baseline.filter(|_| !intervals.is_empty()) {
        stored::intervals_replace(tx, place, baseline, &intervals).await?;
    }
    Ok(stored::performance_upsert(tx, place, &performance, derivation).await?)
}

/// What counts as the same result.
fn figures(p: &Performance) -> Value {
    json!({
        "baseline_value": p.baseline_value, "actual_value": p.actual_value, "savings_value": p.savings_value,
        "unit": p.unit, "baseline_cost": p.baseline_cost, "cost_savings": p.cost_savings, "currency": p.currency, "coverage": p.coverage, "flags": p.flags,
    })
}
