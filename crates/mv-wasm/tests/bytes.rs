//! The engine as WebAssembly in Node.js says byte for byte what it says natively.

#[path = "../benches/build.rs"]
mod build;

use std::process::Command;

#[test]
fn webassembly_and_native_say_the_same_bytes() {
    let file = build::wasm();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/js/run.mjs");
    let output = Command::new("node").arg(script).arg(file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), mv_wasm::cases::ALL.len());
    for (index, ((name, _), line)) in mv_wasm::cases::ALL.iter().zip(lines).enumerate() {
        let native = mv_wasm::result(index).unwrap();
        let differ = native.bytes().zip(line.bytes()).position(|(a, b)| a != b);
        assert!(native == line, "{name} differs from byte {differ:?}:\n{native}\n{line}");
        assert!(native.len() > 100, "{name} computes something: {native}");
    }
}

/// What the cases are for: models, savings, bands and windows in every one.
#[test]
fn cases_have_results() {
    for (index, (name, _)) in mv_wasm::cases::ALL.iter().enumerate() {
        let found: serde_json::Value = serde_json::from_str(&mv_wasm::result(index).unwrap()).unwrap();
        let expected = match *name {
            "placebo windows" => &found["placebo_windows"]["coverage"],
            "fitted baseline and savings to date" => &found[1]["interval"]["low"],
            _ => &found["interval"]["low"],
        };
        assert!(expected.is_f64(), "{name}: {found}");
    }
    assert_eq!(mv_wasm::result(99), None);
}
