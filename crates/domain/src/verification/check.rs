//! Checking a signed dossier, with nothing but the file and perhaps a key that is trusted.

use super::dossier::{Record, SignedDossier, differences};
use crate::canonical;
use sha2::{Digest, Sha256};

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was signed, where it can be read.
    pub record: Option<Record>,
    /// Everything that does not fit, as sentences; empty when the signature holds.
    pub faults: Vec<String>,
}

/// Checks inputs, signature, key and dossier. Without `trusted`, the file's own key is all there is to go by. `fits` says
/// whether a signature is of these bytes by this key: `fits(key, bytes, signature)` by Ed25519 (RFC 8032).
pub fn check(
    file: &SignedDossier,
    trusted: Option<&[u8]>,
    fits: impl Fn(&[u8], &[u8], &[u8]) -> bool,
) -> Checked {
    let mut faults: Vec<String> = strange_inputs(file).into_iter().collect();
    let (Some(value), Some(signature), Some(key)) = (&file.record, &file.signature, &file.public_key) else {
        faults.push("The file has no signature.".to_owned());
        return Checked { record: None, faults };
    };
    match (hex::decode(key), hex::decode(signature)) {
        (Ok(key), Ok(signature)) => {
            if trusted.is_some_and(|trusted| trusted != key) {
                faults.push("It was signed with another key than the platform's.".to_owned());
            }
            if !fits(&key, canonical::text(value).as_bytes(), &signature) {
                faults.push(
                    "The signature does not fit the record: record, signature or key were changed."
                        .to_owned(),
                );
            }
        }
        _ => faults.push("Signature or key are not hexadecimal.".to_owned()),
    }
    match serde_json::from_value::<Record>(value.clone()) {
        Ok(record) => {
            faults.extend(contradictions(&record, &file.dossier));
            faults.extend(differences(&record, &file.dossier));
            Checked { record: Some(record), faults }
        }
        Err(error) => {
            faults.push(format!("The record cannot be read: {error}."));
            Checked { record: None, faults }
        }
    }
}

/// Daily rows that are not those of the dossier.
fn strange_inputs(file: &SignedDossier) -> Option<String> {
    let found = hex::encode(Sha256::digest(file.inputs.as_ref()?.as_bytes()));
    (file.dossier["inputs_sha256"] != found)
        .then(|| "The daily rows (inputs) are not those that the dossier names by their SHA-256.".to_owned())
}

/// Where record and dossier speak of the same thing and say different things.
fn contradictions(record: &Record, dossier: &serde_json::Value) -> Vec<String> {
    let conflict = serde_json::to_value(&record.conflict_of_interest).unwrap_or_default();
    let both = [
        ("baseline", serde_json::json!(record.baseline), &dossier["baseline"]["id"]),
        ("baseline version", serde_json::json!(record.baseline_version), &dossier["baseline"]["version"]),
        ("engine version", serde_json::json!(record.engine_version), &dossier["engine_version"]),
        ("conflict-of-interest statement", conflict, &dossier["conflict_of_interest"]),
    ];
    let differ = both.into_iter().filter(|(_, of_record, of_dossier)| of_record != *of_dossier);
    differ.map(|(name, ..)| format!("The record's {name} is not the dossier's.")).collect()
}
