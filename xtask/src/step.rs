//! Named steps with their duration, so that a reader sees where the time goes.

use anyhow::Result;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// A step that took less than this found everything in place.
const NOTHING_TO_DO: Duration = Duration::from_millis(100);

static DONE: Mutex<Vec<(String, Duration, bool)>> = Mutex::new(Vec::new());

/// Does `work`, names it before and says how long it took after.
pub(crate) fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let started = Instant::now();
    println!("==> {name}");
    let result = work();
    let took = started.elapsed();
    match &result {
        Ok(_) => println!("    {name}: {}", seconds(took)),
        Err(error) => println!("    {name}: FAILED after {}: {error:#}", seconds(took)),
    }
    if let Ok(mut done) = DONE.lock() {
        done.push((name.to_owned(), took, result.is_ok()));
    }
    result
}

/// Prints every step that failed or took noticeable time.
pub(crate) fn summary() {
    let Ok(done) = DONE.lock() else { return };
    println!("\nDurations:");
    for (name, took, good) in done.iter().filter(|(_, took, good)| !good || *took >= NOTHING_TO_DO) {
        println!("  {:>8}  {name}{}", seconds(*took), if *good { "" } else { "  FAILED" });
    }
}

/// `3.2 s`, `75 ms`, `1m 15s`.
fn seconds(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0..100 => format!("{ms} ms"),
        100..60_000 => format!("{}.{} s", ms / 1_000, ms % 1_000 / 100),
        _ => format!("{}m {:02}s", ms / 60_000, ms % 60_000 / 1_000),
    }
}
