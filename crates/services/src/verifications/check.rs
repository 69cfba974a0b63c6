//! Checking a signed dossier, with nothing but the file and perhaps a key that is trusted.

use crate::signer::fits;
use domain::canonical;
use domain::verification::dossier::{Record, SignedDossier, differences};

/// What a check has found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// What was signed, where it can be read.
    pub record: Option<Record>,
    /// Everything that does not fit, as sentences; empty when the signature holds.
    pub faults: Vec<String>,
}

/// Checks signature, key and dossier. Without `trusted`, the file's own key is all there is to go by.
pub fn check(file: &SignedDossier, trusted: Option<&[u8]>) -> Checked {
    let mut faults = Vec::new();
    let (Some(value), Some(signature), Some(key)) = (&file.record, &file.signature, &file.public_key) else {
        return Checked { record: None, faults: vec!["The file has no signature.".to_owned()] };
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
