//! `cargo xtask test`: everything CI runs.

use crate::layout::Layout;
use crate::postgres::{Durability, Postgres};
use crate::process::Cmd;
use crate::product::{self, Plan};
use crate::setup::{self, Peers};
use crate::step::{step, summary};
use crate::{build, files, prepare, size};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::ops::AddAssign;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3000);
/// Enough past for every page, little enough to be made in seconds: a month before the retrofit and one after.
const HISTORY_MONTHS: (u32, u32) = (2, 1);

/// How many checks and tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl AddAssign for Count {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs everything; with a filter, the Rust and browser tests whose names contain it. Goes on after a failure, so
/// that one run shows all of them.
pub(crate) fn test(layout: &Layout, filter: Option<&str>) -> Result<()> {
    let peers = setup::for_tests(layout)?;
    let mut count = Count::default();
    if filter.is_none() {
        checks(layout, &mut count);
    }
    let postgres = step("PostgreSQL for tests", || prepare::for_tests(layout, "rust"))?;
    if filter.is_none() {
        check(&mut count, ".sqlx is up to date", || prepare::check(layout, &postgres));
    }
    tests(&mut count, "Rust tests", |count| rust_tests(layout, &peers, &postgres, filter, count));
    if filter.is_none_or(|filter| has_browser_test(&peers, filter))
        && check(&mut count, "build", || build::build(layout))
    {
        check(&mut count, "size of the browser files", || sizes(layout));
        tests(&mut count, "browser tests", |count| browser_tests(layout, &peers, filter, count));
    }
    summary();
    println!("\n{} passed, {} failed", count.passed, count.failed);
    ensure!(count.failed == 0, "not everything passed");
    ensure!(count.passed > 0, "no test is called so");
    Ok(())
}

/// One check, counted as one test. Whether it passed.
fn check(count: &mut Count, name: &str, work: impl FnOnce() -> Result<()>) -> bool {
    let good = step(name, work).is_ok();
    *count += Count { passed: u64::from(good), failed: u64::from(!good) };
    good
}

/// Tests that count themselves. When they fail without a failed test, such as at compiling, that counts as one.
fn tests(count: &mut Count, name: &str, work: impl FnOnce(&mut Count) -> Result<()>) {
    let mut own = Count::default();
    if step(name, || work(&mut own)).is_err() {
        own.failed = own.failed.max(1);
    }
    *count += own;
}

fn checks(layout: &Layout, count: &mut Count) {
    check(count, "format", || setup::format(layout).args(["--all", "--check"]).run(LIMIT));
    let clippy = |args: &[&str]| {
        let cargo = layout.cmd("cargo").args(["clippy", "--quiet"]).args(args);
        cargo.args(["--", "--deny", "warnings"]).run(LIMIT)
    };
    check(count, "clippy, native", || clippy(&["--all-targets"]));
    check(count, "clippy, WebAssembly", || {
        clippy(&["--package", "frontend", "--target", "wasm32-unknown-unknown"])
    });
}

fn sizes(layout: &Layout) -> Result<()> {
    for part in size::measure(layout)? {
        let (what, kb) =
            (part["what"].as_str().unwrap_or_default(), part["ratio"].as_f64().unwrap_or(f64::MAX));
        let most = part["must"].as_f64();
        println!(
            "    {what}: {kb:.0}{}",
            most.map_or_else(String::new, |most| format!(" of at most {most:.0}"))
        );
        ensure!(most.is_none_or(|most| kb <= most), "the browser has to fetch too much");
    }
    Ok(())
}

fn rust_tests(
    layout: &Layout,
    peers: &Peers,
    postgres: &Postgres,
    filter: Option<&str>,
    count: &mut Count,
) -> Result<()> {
    // nextest runs the tests of all crates at once; without it they take longer.
    let nextest = layout.cmd("cargo").args(["nextest", "--version"]).succeeds();
    let cargo = layout.cmd("cargo").args(if nextest {
        &["nextest", "run", "--no-tests", "pass"][..]
    } else {
        &["test"]
    });
    let cargo = cargo.arg("--no-fail-fast").args(filter).env("GAINSHARE_PYTHON", &peers.python);
    let cargo = cargo.env("DATABASE_URL", postgres.database("postgres")?).env("RUST_BACKTRACE", "0");
    cargo.watch(LIMIT, |line| *count += counts_in(line))
}

/// The numbers in a closing line of nextest or of Rust's own runner; nothing for any other line.
fn counts_in(line: &str) -> Count {
    let line = line.trim_start();
    let Some(numbers) = line
        .strip_prefix("test result: ")
        .and_then(|rest| rest.split_once(". "))
        .or_else(|| line.strip_prefix("Summary [").and_then(|rest| rest.split_once(" run: ")))
        .map(|(_, numbers)| numbers)
    else {
        return Count::default();
    };
    let mut count = Count::default();
    for part in numbers.split([',', ';']) {
        let mut words = part.split_whitespace();
        let (Some(Ok(number)), Some(word)) = (words.next().map(str::parse::<u64>), words.next()) else {
            continue;
        };
        match word {
            "passed" => count.passed += number,
            // nextest tells these apart.
            "failed" | "timed" | "exec" => count.failed += number,
            _ => {}
        }
    }
    count
}

fn playwright(peers: &Peers) -> Cmd {
    Cmd::new(peers.browser_tests.join("node_modules/.bin/playwright")).arg("test").dir(&peers.browser_tests)
}

fn has_browser_test(peers: &Peers, filter: &str) -> bool {
    let list = playwright(peers).args(["--list", "--pass-with-no-tests", "--grep", filter]);
    list.output(LIMIT).is_ok_and(|list| !list.contains("Total: 0 tests"))
}

/// Playwright against a product of its own, which is stopped with everything else at the end.
fn browser_tests(layout: &Layout, peers: &Peers, filter: Option<&str>, count: &mut Count) -> Result<()> {
    let data = layout.data.join("test/product");
    // Yesterday's database would fail tests that were written for a fresh one.
    let _ = fs::remove_dir_all(&data);
    let plan = Plan {
        data,
        web_port: files::free_port()?,
        durability: Durability::None,
        history_months: HISTORY_MONTHS,
        interval_ms: None,
        database_url: None,
        mqtt_url: None,
    };
    let product = product::start(layout, &plan)?;
    println!("    logs of the tested product are in {}", product.logs.display());
    let results = layout.target.join("playwright.json");
    let _ = fs::remove_file(&results);
    let playwright = playwright(peers)
        .args(["--reporter", "list,json"])
        .args(filter.map(|filter| format!("--grep={filter}")))
        .env("GAINSHARE_URL", &product.url)
        .env("GAINSHARE_DEMO_PASSWORD", &product.password)
        .env("CHROMIUM", &peers.chromium)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &results);
    let ended = playwright.run(LIMIT);
    product.check()?;
    let report = fs::read_to_string(&results).context("Playwright wrote no report")?;
    let report: Value = serde_json::from_str(&report)?;
    let number = |name: &str| report["stats"][name].as_u64().unwrap_or(0);
    let flaky = number("flaky");
    if flaky > 0 {
        println!("    {flaky} passed only when tried again");
    }
    *count += Count { passed: number("expected") + flaky, failed: number("unexpected") };
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_of_both_runners_are_counted() {
        let lines = [
            "     Summary [  12.345s] 216 tests run: 212 passed (1 slow), 2 failed, 2 timed out, 3 skipped",
            "     Summary [   0.020s] 0 tests run: 0 passed, 3 skipped",
            "test result: FAILED. 7 passed; 1 failed; 2 ignored; 0 measured; 4 filtered out; finished in 0.10s",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "test something_passed ... ok",
        ];
        let counts = lines.map(|line| (counts_in(line).passed, counts_in(line).failed));
        assert_eq!(counts, [(212, 4), (0, 0), (7, 1), (5, 0), (0, 0)]);
    }
}
