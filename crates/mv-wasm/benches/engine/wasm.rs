//! The same cases as WebAssembly in Node.js.

use crate::{Bar, build, report, seconds};
use serde_json::json;
use std::process::Command;

const ROUNDS: usize = 12;
/// A WebAssembly engine compiles in two tiers; the second is there after these.
const WARM: usize = 4;

/// Time of each case, WebAssembly / native. That both say the same bytes is a test of this crate.
pub(crate) fn against_native() {
    let file = build::wasm();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/js/run.mjs");
    let (mut ratios, mut detail) = (Vec::new(), Vec::new());
    for (index, (name, _)) in mv_wasm::cases::ALL.iter().enumerate() {
        let output = Command::new("node")
            .args([script, &file.to_string_lossy(), &index.to_string(), &(ROUNDS + WARM).to_string()])
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let times = String::from_utf8(output.stdout).unwrap();
        let mut times: Vec<f64> = times.lines().skip(WARM).map(|line| line.parse().unwrap()).collect();
        let mut native: Vec<f64> =
            (0..ROUNDS).map(|_| 1000.0 * seconds(1, || mv_wasm::result(index).unwrap())).collect();
        assert_eq!(times.len(), native.len());
        times.sort_by(f64::total_cmp);
        native.sort_by(f64::total_cmp);
        let (wasm, native) = (times[ROUNDS / 2], native[ROUNDS / 2]);
        ratios.push(wasm / native);
        detail.push(json!({"case": name, "wasm_ms": wasm, "native_ms": native}));
    }
    let bar = Bar { must: Some(3.0), aim: Some(1.5), lower_is_better: true };
    report(
        "wasm",
        "the engine's cases, WebAssembly in Node.js / native, median case",
        ratios,
        &bar,
        &json!(detail),
    );
}
