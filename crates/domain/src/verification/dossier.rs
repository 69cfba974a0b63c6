//! What a verifier signs: a dossier of everything the verification rests on, and a record that names its hash.
//!
//! Each section of the dossier is hashed by itself as well, so that a check can say which of them was changed.

use super::Review;
use crate::baseline::BaselineSource;
use crate::baseline::view::{BaselineSummary, Candidate, StepTaken};
use crate::canonical;
use crate::verification::Comment;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// Everything that enters a dossier.
#[derive(Clone, Copy, Debug)]
pub struct Parts<'a> {
    /// The baseline's own fields; where it stands is no part, because signing changes that.
    pub summary: &'a BaselineSummary,
    /// Models fitted side by side.
    pub candidates: &'a [Candidate],
    /// Why the picked one was picked.
    pub reason: Option<&'a str>,
    /// Share of a day's use in each quarter hour.
    pub profile: &'a [f64],
    /// Version of the engine that fitted it.
    pub engine_version: &'a str,
    /// SHA-256 of the daily rows it was fitted to, hexadecimal.
    pub inputs_sha256: &'a str,
    /// The way so far.
    pub steps: &'a [StepTaken],
    /// What was asked and answered.
    pub comments: &'a [Comment],
    /// Checklist and conflict statement of the verifier.
    pub review: &'a Review,
}

/// The dossier.
///
/// # Errors
/// When a number is not finite, which JSON cannot say.
pub fn dossier(parts: &Parts<'_>) -> serde_json::Result<Value> {
    let s = parts.summary;
    // Text for times, so that the same instant is always the same bytes.
    let stamp = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Micros, true);
    let steps = parts.steps.iter().map(|step| {
        json!({
            "at": stamp(step.at), "by": step.by, "party": step.party, "step": step.step,
            "state_after": step.state_after, "note": step.note,
        })
    });
    let comments = parts.comments.iter().map(|c| {
        json!({
            "id": c.id, "parent": c.parent, "at": stamp(c.at), "by": c.by, "party": c.party, "text": c.text,
            "from_day": c.days.map(|d| d.0), "until_day": c.days.map(|d| d.1),
            "resolved_at": c.resolved.as_ref().map(|r| stamp(r.0)), "resolved_by": c.resolved.as_ref().map(|r| &r.1),
        })
    });
    let mut dossier = json!({
        "baseline": {
            "id": s.id, "metric_type": s.metric_type, "version": s.version, "period_start": s.period_start,
            "period_end": s.period_end, "effective_from": s.effective_from, "unit": s.unit,
            "baseline_value": s.baseline_value.map(|v| v.normalize()), "method": s.method, "reason": parts.reason,
            "profile": parts.profile, "created_at": stamp(s.created_at), "created_by": s.created_by,
        },
        "candidates": serde_json::to_value(parts.candidates)?,
        "engine_version": parts.engine_version,
        "inputs_sha256": parts.inputs_sha256,
        "steps": steps.collect::<Vec<_>>(),
        "comments": comments.collect::<Vec<_>>(),
        "checklist": serde_json::to_value(&parts.review.checklist)?,
        "conflict_of_interest": serde_json::to_value(&parts.review.conflict)?,
    });
    // Only where they say more than older dossiers do, which stay what they were when they were signed.
    if s.source != BaselineSource::Meters {
        dossier["baseline"]["source"] = json!(s.source);
    }
    if let Some(series) = s.series {
        dossier["baseline"]["utility_series"] = json!(series);
    }
    Ok(dossier)
}

/// SHA-256 of each section, by name.
pub fn sections(dossier: &Value) -> BTreeMap<String, String> {
    let hashed = |(name, value): (&String, &Value)| (name.clone(), canonical::sha256(value));
    dossier.as_object().into_iter().flatten().map(hashed).collect()
}

/// What the platform's key signs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Format of this record.
    pub version: u32,
    /// SHA-256 of the canonical dossier, hexadecimal.
    pub dossier_sha256: String,
    /// SHA-256 of each of its sections.
    pub sections: BTreeMap<String, String>,
    /// The baseline.
    pub baseline: crate::id::BaselineId,
    /// Its version within facility and metric.
    pub baseline_version: u32,
    /// Key and name of the facility.
    pub facility: (String, String),
    /// The verifier's name as their account has it.
    pub verifier_name: String,
    /// Their address.
    pub verifier_email: String,
    /// Their firm, as the invitation names it.
    pub verifier_organisation: String,
    /// Who invited them, and for which side.
    pub invited_by: (String, crate::baseline::Party),
    /// The name they typed to sign.
    pub typed_name: String,
    /// Their declaration.
    pub conflict_of_interest: super::Conflict,
    /// When.
    pub signed_at: String,
    /// `totp` or `recovery_code`.
    pub second_factor: String,
    /// Version of the engine that fitted the baseline.
    pub engine_version: String,
}

/// A dossier with its signature, as it is downloaded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SignedDossier {
    /// What was looked at.
    pub dossier: Value,
    /// What was signed; none before that.
    pub record: Option<Value>,
    /// Ed25519 over the canonical record, hexadecimal.
    pub signature: Option<String>,
    /// The key that signed, hexadecimal.
    pub public_key: Option<String>,
    /// The daily rows that the dossier names by their SHA-256, to recompute the candidates from.
    #[serde(default)]
    pub inputs: Option<String>,
}

/// Sections of `dossier` that are not what the signed record says, as sentences.
pub fn differences(record: &Record, dossier: &Value) -> Vec<String> {
    let now = sections(dossier);
    let mut found: Vec<String> = record
        .sections
        .iter()
        .filter_map(|(name, signed)| match now.get(name) {
            None => Some(format!("The section “{name}” is missing.")),
            Some(hash) if hash != signed => {
                Some(format!("The section “{name}” is not the one that was signed."))
            }
            Some(_) => None,
        })
        .collect();
    let added = now.keys().filter(|name| !record.sections.contains_key(*name));
    found.extend(added.map(|name| format!("The section “{name}” was not there when it was signed.")));
    if found.is_empty() && canonical::sha256(dossier) != record.dossier_sha256 {
        found.push("The dossier's SHA-256 is not the one that was signed.".to_owned());
    }
    found
}

/// What has changed between the signed dossier and the one made from what is stored now. Steps and comments go on
/// after a signature, so of those only the signed beginning has to be the same.
pub fn changed_since(signed: &Value, now: &Value) -> Vec<String> {
    let empty = Map::new();
    let (signed, now) = (signed.as_object().unwrap_or(&empty), now.as_object().unwrap_or(&empty));
    let same = |name: &str, before: &Value| match (name, before, now.get(name)) {
        ("steps", Value::Array(a), Some(Value::Array(b))) => b.starts_with(a),
        ("comments", Value::Array(a), Some(Value::Array(b))) => {
            // Resolving one later is no change of what was said.
            let said = |c: &Value| (c["id"].clone(), c["text"].clone(), c["by"].clone(), c["at"].clone());
            a.iter().all(|before| b.iter().any(|after| said(before) == said(after)))
        }
        (_, before, Some(after)) => canonical::text(before) == canonical::text(after),
        (_, _, None) => false,
    };
    let changed = signed.iter().filter(|(name, before)| !same(name, before));
    changed
        .map(|(name, _)| format!("The section “{name}” has changed in the database since it was signed."))
        .collect()
}
