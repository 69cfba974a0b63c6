//! A made-up bundle, and what every change to it comes to.

use crate::archive::{self, File, Refused};
use crate::content::{AUDIT, PDF, STATEMENT, Statement, TARIFFS};
use crate::{check, seal};
use domain::report::PerformanceReport;
use proptest::prelude::*;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use sha2::{Digest, Sha256};

fn fits(key: &[u8], bytes: &[u8], signature: &[u8]) -> bool {
    UnparsedPublicKey::new(&ED25519, key).verify(bytes, signature).is_ok()
}

fn key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn files() -> Vec<File> {
    let file = |name: &str, bytes: Vec<u8>| File { name: name.to_owned(), bytes };
    let day = |text: &str| text.parse().unwrap();
    let report = PerformanceReport {
        facility: "Cedar".to_owned(),
        organisation: "Cedar Cultivation".to_owned(),
        time_zone: "America/Denver".to_owned(),
        currency: "USD".to_owned(),
        from: day("2026-03-01"),
        until: day("2026-04-01"),
        generated_at: "2026-04-01T12:00:00Z".parse().unwrap(),
        generated_text: String::new(),
        state: "Provisional".to_owned(),
        share_rate: "0.3".parse().unwrap(),
        share_note: String::new(),
        metrics: vec![],
        events: vec![],
        cycles: vec![],
        notes: vec![],
        sources_sha256: String::new(),
        choices: domain::report::Choices::default(),
    };
    let pdf = b"%PDF-1.7 made up".to_vec();
    let pdf_sha256 = hex::encode(Sha256::digest(&pdf));
    let statement =
        Statement { id: "01936d10-0000-7000-8000-000000000001".parse().unwrap(), report, pdf_sha256 };
    vec![
        file(STATEMENT, serde_json::to_vec(&statement).unwrap()),
        file(PDF, pdf),
        file(TARIFFS, b"[]".to_vec()),
        file(AUDIT, b"[]".to_vec()),
    ]
}

fn sealed() -> Vec<u8> {
    let key = key();
    seal(files(), key.public_key().as_ref(), |bytes| key.sign(bytes).as_ref().to_vec()).unwrap()
}

#[test]
fn a_bundle_holds_and_is_the_same_bytes_every_time() {
    let bytes = sealed();
    assert_eq!(bytes, sealed());
    let report = check(&bytes, Some(key().public_key().as_ref()), fits, true);
    assert!(report.holds, "{:#?}", report.checks);
    assert_eq!(report.title.as_deref(), Some("Cedar, 2026-03-01 to 2026-03-31"));
    let other = check(&bytes, Some(&[0; 32]), fits, true);
    assert!(!other.holds && other.checks.iter().any(|c| !c.holds && c.what.contains("key")));
}

/// Another program reads the archive: Python's `zipfile`, which checks the checksums.
#[test]
fn the_archive_is_a_zip_for_others() {
    let folder = std::env::temp_dir().join(format!("gainshare-bundle-{}.zip", std::process::id()));
    std::fs::write(&folder, sealed()).unwrap();
    let script = "import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(*z.namelist())";
    let said = std::process::Command::new("python3").args(["-c", script]).arg(&folder).output().unwrap();
    std::fs::remove_file(&folder).unwrap();
    let names = String::from_utf8(said.stdout).unwrap();
    assert_eq!(
        names.trim(),
        "manifest.json signature.txt audit.json statement.json statement.pdf tariffs.json",
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
}

#[test]
fn what_was_changed_is_named() {
    let with = |change: &dyn Fn(&mut Vec<File>)| {
        let mut files = archive::read(&sealed()).unwrap();
        change(&mut files);
        let report = check(&archive::write(&files), None, fits, true);
        report.checks.into_iter().find(|c| !c.holds).map(|c| c.found).unwrap_or_default()
    };
    assert_eq!(with(&|_| {}), "");
    assert_eq!(with(&|files| files[2].bytes.push(b' ')), "audit.json was changed");
    assert_eq!(with(&|files| drop(files.remove(4))), "statement.pdf is missing");
    assert_eq!(
        with(&|files| files.push(File { name: "more.txt".to_owned(), bytes: vec![] })),
        "more.txt does not belong to it"
    );
    assert_eq!(
        with(&|files| files[1].bytes.make_ascii_uppercase()),
        "manifest.json or signature.txt was changed"
    );
    assert_eq!(archive::read(b"PK nothing"), Err(Refused::File(1)));
}

/// Somebody else's key seals changed files: everything holds but the key, so the key has to be compared.
#[test]
fn a_forgery_with_another_key_is_told_by_the_key() {
    let other = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    let forged = seal(files(), other.public_key().as_ref(), |b| other.sign(b).as_ref().to_vec()).unwrap();
    assert!(check(&forged, None, fits, false).holds);
    assert!(!check(&forged, Some(key().public_key().as_ref()), fits, false).holds);
}

#[test]
fn every_flipped_byte_is_found() {
    let bytes = sealed();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x20;
        let report = check(&changed, None, fits, false);
        assert!(!report.holds, "byte {at} of {}", bytes.len());
        let first = report.checks.into_iter().find(|c| !c.holds).unwrap();
        assert!(!first.found.is_empty());
    }
}

proptest! {
    #[test]
    fn archives_are_read_as_they_were_written(contents in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 1..8)) {
        let files: Vec<File> = contents
            .into_iter()
            .enumerate()
            .map(|(i, bytes)| File { name: format!("file-{i}"), bytes })
            .collect();
        let bytes = archive::write(&files);
        prop_assert_eq!(&archive::read(&bytes).unwrap(), &files);
        prop_assert_eq!(archive::exact(&bytes, &files), Ok(()));
    }

    #[test]
    fn no_bytes_make_the_check_fall_over(bytes in prop::collection::vec(any::<u8>(), 0..300), cut in 0_usize..2_000) {
        prop_assert!(!check(&bytes, None, fits, true).holds);
        let whole = sealed();
        prop_assert!(!check(&whole[..cut.min(whole.len() - 1)], None, fits, true).holds);
    }
}
