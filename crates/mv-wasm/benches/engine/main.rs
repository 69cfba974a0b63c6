//! P6, P7, P8, grid and wasm of docs/BENCHMARKS.md: the engine against opendsm, its own full recomputation, and itself as
//! WebAssembly. `BENCH_IDS` (e.g. `P6,P8`) picks some; `OPENDSM_PYTHON` is a Python with opendsm 1.2.7.
//!
//! Rounds are interleaved A B B A. Ours is wall time of one thread, opendsm's the processor time of its process, after a
//! first fit that compiles its kernels.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on has to stop")]

#[path = "../build.rs"]
mod build;
mod daily;
mod hourly;
mod meters;
mod opendsm;
mod to_date;
mod wasm;

use serde_json::{Value, json};
use std::hint::black_box;
use std::time::Instant;

/// Rounds of each comparison.
pub(crate) const ROUNDS: usize = 8;

fn main() {
    if wanted(&["P6"]) {
        daily::against_opendsm();
    }
    if wanted(&["grid"]) {
        daily::grid();
    }
    if wanted(&["P7"]) {
        hourly::against_opendsm();
    }
    if wanted(&["P8", "P8-flat"]) {
        to_date::run();
    }
    if wanted(&["wasm"]) {
        wasm::against_native();
    }
}

fn wanted(ids: &[&str]) -> bool {
    let picked = std::env::var("BENCH_IDS").unwrap_or_default();
    picked.is_empty() || picked.split(',').any(|p| ids.contains(&p.trim()))
}

/// Seconds of one call: the mean of `times`.
pub(crate) fn seconds<T>(times: u32, mut call: impl FnMut() -> T) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        black_box(call());
    }
    begun.elapsed().as_secs_f64() / f64::from(times)
}

/// Runs both sides of each round, the first of them in turn, and gives the ratios `second / first`.
pub(crate) fn interleaved(mut first: impl FnMut() -> f64, mut second: impl FnMut() -> f64) -> Vec<[f64; 2]> {
    let round = |n: usize| {
        if matches!(n % 4, 0 | 3) {
            let a = first();
            [a, second()]
        } else {
            let b = second();
            [first(), b]
        }
    };
    (0..ROUNDS).map(round).collect()
}

/// Root of the mean square of the differences, over the mean of what was observed.
pub(crate) fn cv_rmse(pairs: &[(f64, f64)]) -> f64 {
    let n = pairs.len() as f64;
    let square: f64 = pairs.iter().map(|(observed, predicted)| (observed - predicted).powi(2)).sum();
    (square / n).sqrt() / (pairs.iter().map(|(observed, _)| observed).sum::<f64>() / n)
}

/// What a result has to reach.
pub(crate) struct Bar {
    pub(crate) must: Option<f64>,
    pub(crate) aim: Option<f64>,
    pub(crate) lower_is_better: bool,
}

/// Prints a result: the median and the spread.
pub(crate) fn report(id: &str, what: &str, mut ratios: Vec<f64>, bar: &Bar, detail: &Value) {
    ratios.sort_by(f64::total_cmp);
    let result = json!({
        "id": id, "what": what, "ratio": ratios[ratios.len() / 2], "must": bar.must, "aim": bar.aim,
        "lower_is_better": bar.lower_is_better, "rounds": ratios.len(),
        "spread": [ratios[0], ratios[ratios.len() - 1]], "detail": detail,
    });
    println!("{result}");
}
