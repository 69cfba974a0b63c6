//! The program as its users run it.

#![expect(clippy::unwrap_used, reason = "a test ends where something is missing")]

mod cea;
mod malformed;
mod parity;
mod sufficiency;
mod towt;
mod verify;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The parity vectors of the engine.
fn vectors() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../mv/vectors")
}

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gainshare-mv")).args(arguments).output().unwrap()
}

/// The JSON of `savings`, which has to succeed.
fn savings(arguments: &[&str]) -> Value {
    let output = run(&[&["savings", "--json"], arguments].concat());
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// What it says about input it refuses.
fn refusal(arguments: &[&str]) -> String {
    let output = run(&[&["savings", "--json"], arguments].concat());
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

/// A file of this text.
fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), text).unwrap();
    file
}

fn path(file: &tempfile::NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

fn rules(findings: &Value) -> Vec<&str> {
    findings.as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect()
}
