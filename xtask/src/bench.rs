//! `cargo xtask bench`: runs the benchmarks and prints one table.
//!
//! Each is a `[[bench]]` target of the crate it measures that asserts correctness first and prints a line of JSON for
//! each result: `{"id", "what", "ratio", "must", "aim", "lower_is_better", "rounds", "detail"}`.

use crate::layout::Layout;
use crate::postgres::{Durability, Postgres};
use crate::step::step;
use crate::{build, files, latency, lighthouse, setup, size};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(3600);

/// The variable that a target reads, and where what it is measured against lies.
type Peer = (&'static str, PathBuf);

/// A bench target.
struct Target {
    package: String,
    name: String,
    source: PathBuf,
}

/// Runs the benchmarks named, or all.
pub(crate) fn bench(layout: &Layout, ids: &[String]) -> Result<()> {
    let peers = setup::for_tests(layout)?;
    let mut results = Vec::new();
    let targets: Vec<Target> = targets(layout)?.into_iter().filter(|t| t.has_any(ids)).collect();
    if !targets.is_empty() {
        let folder = layout.data.join("bench");
        fs::create_dir_all(&folder)?;
        let postgres = step("PostgreSQL", || {
            Postgres::start(layout, &folder.join("postgres"), &folder, Durability::Full)
        })?;
        let url = postgres.database("bench")?;
        for target in targets {
            let peer = target.peer(layout)?;
            results.extend(step(&format!("{}/{}", target.package, target.name), || {
                target.run(layout, ids, &url, peer.as_ref())
            })?);
        }
    }
    if ids.is_empty() || ids.iter().any(|id| id == "P12") {
        let lines = step("a reading's way into the browser", || latency::measure(layout, &peers))?;
        record(layout, "latency", &lines)?;
        results.extend(lines);
    }
    if ids.is_empty() || ids.iter().any(|id| id == "lighthouse") {
        let lines = step("Lighthouse", || lighthouse::measure(layout, &peers))?;
        record(layout, "lighthouse", &lines)?;
        results.extend(lines);
    }
    if ids.is_empty() || ids.iter().any(|id| id.starts_with("P14")) {
        step("build", || build::build(layout))?;
        let lines = step("size of the browser files", || size::measure(layout))?;
        record(layout, "size", &lines)?;
        results.extend(lines);
    }
    ensure!(!results.is_empty(), "there is no benchmark called {}", ids.join(", "));
    table(&results)
}

/// Every bench target of the workspace.
fn targets(layout: &Layout) -> Result<Vec<Target>> {
    let metadata = layout.cmd("cargo").args(["metadata", "--format-version", "1", "--no-deps"]);
    let metadata: Value = serde_json::from_str(&metadata.output(LIMIT)?)?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut found = Vec::new();
    for package in metadata["packages"].as_array().context("cargo metadata lists no packages")? {
        for target in package["targets"].as_array().into_iter().flatten().filter(|t| t["kind"][0] == "bench")
        {
            let source = PathBuf::from(text(&target["src_path"]));
            found.push(Target { package: text(&package["name"]), name: text(&target["name"]), source });
        }
    }
    Ok(found)
}

impl Target {
    /// Whether it produces one of these results: its source names them.
    fn has_any(&self, ids: &[String]) -> bool {
        let folder = self.source.parent().filter(|_| self.source.ends_with("main.rs"));
        let sources =
            folder.and_then(|dir| files::below(dir, ".rs").ok()).unwrap_or_else(|| vec![self.source.clone()]);
        let text: String = sources.iter().filter_map(|file| fs::read_to_string(file).ok()).collect();
        ids.is_empty() || ids.iter().any(|id| text.contains(&format!("\"{id}\"")))
    }

    /// What it is measured against, where that has to be installed.
    fn peer(&self, layout: &Layout) -> Result<Option<Peer>> {
        Ok(match self.name.as_str() {
            "engine" => Some(("OPENDSM_PYTHON", setup::opendsm(layout)?)),
            "pages" => Some(("SSR_PEERS", setup::ssr_peers(layout)?)),
            _ => None,
        })
    }

    fn run(
        &self,
        layout: &Layout,
        ids: &[String],
        database_url: &str,
        peer: Option<&Peer>,
    ) -> Result<Vec<Value>> {
        let cargo = layout.cmd("cargo").args(["bench", "--package", &self.package, "--bench", &self.name]);
        let cargo = cargo.env("DATABASE_URL", database_url).env("BENCH_IDS", ids.join(","));
        let cargo = peer.iter().fold(cargo, |cargo, (name, path)| cargo.env(name, path));
        let mut lines = Vec::new();
        cargo.watch(LIMIT, |line| lines.extend(line.starts_with('{').then(|| line.to_owned())))?;
        let parse = |line: &String| serde_json::from_str(line).with_context(|| format!("no result: {line}"));
        let results = lines.iter().map(parse).collect::<Result<Vec<Value>>>()?;
        record(layout, &format!("{}-{}", self.package, self.name), &results)?;
        Ok(results)
    }
}

/// Keeps results as lines of JSON in the checkout.
fn record(layout: &Layout, name: &str, results: &[Value]) -> Result<()> {
    let folder = layout.root.join("target/bench");
    fs::create_dir_all(&folder)?;
    let file = folder.join(format!("{name}.jsonl"));
    let text: String = results.iter().map(|line| format!("{line}\n")).collect();
    fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))
}

fn table(results: &[Value]) -> Result<()> {
    println!("\n{:<12} {:>10} {:>8} {:>8}  {:<9} what", "id", "measured", "must", "aim", "verdict");
    let mut missed = 0;
    for result in results {
        let number = |name: &str| result[name].as_f64();
        let text = |name: &str| result[name].as_str().unwrap_or_default();
        let measured = number("ratio").with_context(|| format!("{result} has no ratio"))?;
        let lower = result["lower_is_better"].as_bool().unwrap_or(false);
        let reaches = |limit: f64| if lower { measured <= limit } else { measured >= limit };
        let verdict = match (number("must"), number("aim")) {
            (Some(must), _) if !reaches(must) => "MISSED",
            (_, Some(aim)) if reaches(aim) => "aim met",
            (Some(_), _) => "ok",
            _ => "reported",
        };
        missed += usize::from(verdict == "MISSED");
        let cell = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
        let (must, aim) = (cell(number("must")), cell(number("aim")));
        println!("{:<12} {measured:>10.3} {must:>8} {aim:>8}  {verdict:<9} {}", text("id"), text("what"));
    }
    ensure!(missed == 0, "{missed} of {} results miss what they must reach", results.len());
    Ok(())
}
