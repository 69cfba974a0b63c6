//! A dossier that holds, and what is said of one that does not.

use chrono::NaiveDate;
use domain::baseline::MetricType;
use domain::canonical;
use domain::verification::dossier::sections;
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::{Value, json};

/// A year by rule, then a quarter with a tenth less.
fn inputs() -> String {
    let first = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap();
    let row = |(n, day): (usize, NaiveDate)| {
        let n = i32::try_from(n).unwrap();
        let (season, scatter) = ((n % 365 - 182).abs(), n * 7919 % 13);
        let celsius = 25 - season / 7 + scatter / 4;
        let used = 500 + 12 * (celsius - 14).max(0) + scatter;
        let (period, used) = if n < 365 { ("baseline", used) } else { ("reporting", used * 9 / 10) };
        format!("{day},{period},{used},{celsius}\n")
    };
    let rows: String = first.iter_days().take(455).enumerate().map(row).collect();
    format!("start,period,observed,temperature_c\n{rows}")
}

/// A dossier as the portal offers it, signed with a key of its own.
fn signed() -> Value {
    let inputs = inputs();
    let from = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
    let days = recompute::days::read(&inputs).unwrap();
    let candidates =
        recompute::METHODS.map(|method| recompute::fit(&days, from, MetricType::Electricity, method));
    let id = uuid();
    let conflict = json!({ "none": true, "text": "" });
    let dossier = json!({
        "baseline": { "id": id, "version": 1, "metric_type": "electricity", "effective_from": from },
        "candidates": candidates,
        "engine_version": recompute::VERSION,
        "inputs_sha256": sha256(&inputs),
        "conflict_of_interest": conflict,
    });
    let record = json!({
        "version": 1, "dossier_sha256": canonical::sha256(&dossier), "sections": sections(&dossier), "baseline": id,
        "baseline_version": 1, "facility": ["hall", "Hall"], "verifier_name": "V. Ode", "verifier_email": "v@ode.example",
        "verifier_organisation": "Ode", "invited_by": ["Owner", "customer"], "typed_name": "V. Ode",
        "conflict_of_interest": conflict, "signed_at": "2026-04-02T10:00:00Z", "second_factor": "totp",
        "engine_version": recompute::VERSION,
    });
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    json!({
        "signature": hex::encode(pair.sign(canonical::text(&record).as_bytes())),
        "public_key": hex::encode(pair.public_key()), "dossier": dossier, "record": record, "inputs": inputs,
    })
}

fn uuid() -> &'static str {
    "0198c7a0-0000-7000-8000-000000000001"
}

fn sha256(text: &str) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Exit code and report.
fn verify(file: &Value, more: &[&str]) -> (i32, Value) {
    let file = super::file(&file.to_string());
    let output = super::run(&[&["verify", super::path(&file), "--json"], more].concat());
    let said = serde_json::from_slice(&output.stdout).unwrap_or_default();
    (output.status.code().unwrap(), said)
}

#[test]
fn a_whole_dossier_holds() {
    let file = signed();
    let key = file["public_key"].as_str().unwrap();
    let (code, said) = verify(&file, &["--key", key]);
    assert_eq!((code, &said["faults"]), (0, &json!([])));
    assert_eq!(said["recomputed"], json!(recompute::METHODS));
    assert_eq!(said["signed"], "V. Ode <v@ode.example>, 2026-04-02T10:00:00Z");
    let text = super::file(&file.to_string());
    let output = super::run(&["verify", super::path(&text)]);
    assert!(String::from_utf8(output.stdout).unwrap().ends_with("everything holds\n"));
}

#[test]
fn what_was_changed_is_named() {
    let whole = signed();
    let changed = |change: fn(&mut Value)| {
        let mut file = whole.clone();
        change(&mut file);
        let (code, said) = verify(&file, &[]);
        assert_eq!(code, 1);
        said["faults"].to_string()
    };
    let faults = changed(|f| f["inputs"] = json!(f["inputs"].as_str().unwrap().replacen(",5", ",6", 1)));
    assert!(faults.contains("daily rows") && faults.contains("caltrack-daily differs at"), "{faults}");
    let faults = changed(|f| f["dossier"]["candidates"][0]["n"] = json!(1));
    assert!(
        faults.contains("“candidates”") && faults.contains("n: stated is 1, recomputed is 365"),
        "{faults}"
    );
    assert!(changed(|f| f["record"]["typed_name"] = json!("W")).contains("signature does not fit"));
    assert!(changed(|f| f["record"] = Value::Null).contains("no signature"));
    let (code, said) = verify(&whole, &["--key", &"00".repeat(32)]);
    assert!(code == 1 && said["faults"].to_string().contains("another key"), "{said}");
}

#[test]
fn what_is_no_dossier_is_refused() {
    assert_eq!(verify(&json!({ "a": 1 }), &[]).0, 2);
    let mut lacking = signed();
    lacking["inputs"] = Value::Null;
    assert_eq!(verify(&lacking, &[]).0, 2);
    assert_eq!(verify(&signed(), &["--key", "xyz"]).0, 2);
}
