//! Rules of the house that the compiler does not know.

#![expect(clippy::expect_used, reason = "a test ends where something is missing")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What each crate may depend on among ours. Anything else fails the test.
const MAY_DEPEND_ON: [(&str, &[&str]); 18] = [
    ("domain", &[]),
    ("store", &["domain"]),
    ("integrations", &["domain"]),
    ("twin", &["domain"]),
    ("gateway", &["domain"]),
    ("services", &["bundle", "domain", "mv", "recompute", "reports", "store", "integrations"]),
    ("app", &["bundle", "domain", "recompute", "store", "services"]),
    ("frontend", &["app"]),
    ("server", &["app", "bundle", "domain", "integrations", "reports", "services", "store"]),
    ("xtask", &[]),
    ("mv", &["domain"]),
    ("recompute", &["domain", "mv"]),
    ("reports", &["domain"]),
    ("bundle", &["domain", "recompute"]),
    ("bundle-wasm", &["bundle"]),
    ("mv-cli", &["bundle", "domain", "mv", "recompute"]),
    ("mv-wasm", &["mv"]),
    // It must not know the engine that it measures.
    ("accuracy", &[]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask is inside the checkout").to_path_buf()
}

/// Tracked files, and new ones that are not ignored, with these endings.
fn files(endings: &[&str]) -> Vec<(String, String)> {
    let output = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output()
        .expect("git lists the files");
    let names = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let wanted = names.lines().filter(|name| endings.iter().any(|e| name.ends_with(e)));
    wanted
        .filter_map(|name| Some((name.to_owned(), std::fs::read_to_string(root().join(name)).ok()?)))
        .collect()
}

fn assert_none(rule: &str, offences: &[String]) {
    assert!(offences.is_empty(), "{rule}:\n  {}", offences.join("\n  "));
}

#[test]
fn crates_depend_only_downwards() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo tells the metadata");
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).expect("metadata is JSON");
    let allowed: BTreeMap<&str, &[&str]> = MAY_DEPEND_ON.into_iter().collect();
    let packages = metadata["packages"].as_array().expect("packages");
    let ours: BTreeSet<&str> = packages.iter().filter_map(|p| p["name"].as_str()).collect();
    let mut offences = Vec::new();
    for package in packages {
        let name = package["name"].as_str().expect("a name");
        let Some(allowed) = allowed.get(name) else {
            offences.push(format!("{name} is not in the table"));
            continue;
        };
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        for dependency in dependencies.filter(|d| d["kind"] != "dev").filter_map(|d| d["name"].as_str()) {
            if ours.contains(dependency) && !allowed.contains(&dependency) {
                offences.push(format!("{name} → {dependency}"));
            }
        }
    }
    assert_none("crates that depend on more than docs/ARCHITECTURE.md allows", &offences);
    assert!(ours.contains("domain") && ours.contains("server"), "the metadata is of another workspace");
}

#[test]
fn sql_is_only_in_store() {
    let statement = ["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"];
    let offences: Vec<String> = files(&[".rs"])
        .into_iter()
        .filter(|(name, _)| {
            !name.starts_with("crates/store/") && !name.starts_with("xtask/") && !is_test(name)
        })
        .filter(|(_, text)| {
            let mut lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            lines.any(|line| {
                statement.iter().any(|s| line.contains(&format!("\"{s}"))) || line.contains("sqlx::query")
            })
        })
        .map(|(name, _)| name)
        .collect();
    assert_none("SQL outside of crates/store", &offences);
}

#[test]
fn server_and_browser_code_are_told_apart_by_layout_and_not_by_cfg() {
    let lines: Vec<String> = files(&[".rs"])
        .into_iter()
        .filter(|(name, _)| !name.starts_with("xtask/"))
        .flat_map(|(name, text)| {
            let flagged = |line: &&str| line.contains("cfg(feature") || line.contains("cfg_if!");
            text.lines().filter(flagged).map(|line| format!("{name}: {}", line.trim())).collect::<Vec<_>>()
        })
        .collect();
    assert!(lines.len() <= 5, "more than five feature-cfg lines:\n  {}", lines.join("\n  "));
}

#[test]
fn files_stay_readable() {
    let offences: Vec<String> = files(&[".rs", ".ts", ".js"])
        .into_iter()
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > 600)
        .map(|(name, lines)| format!("{name}: {lines} lines"))
        .collect();
    assert_none("files over 600 lines", &offences);
}

#[test]
fn every_server_function_names_its_endpoint_and_resolves_the_caller_first() {
    let mut offences = Vec::new();
    let mut seen = 0;
    for (name, text) in files(&[".rs"]).into_iter().filter(|(name, _)| name.starts_with("app/src/")) {
        for function in text.split("#[server").skip(1) {
            seen += 1;
            let head = function.split_once(']').map_or("", |(head, _)| head);
            let body = function
                .split_once(") -> ")
                .and_then(|(_, rest)| rest.split_once('{'))
                .map_or("", |(_, b)| b);
            let first = body.trim_start().lines().next().unwrap_or_default();
            let signature = function.lines().find(|l| l.contains("fn ")).unwrap_or_default().trim();
            if !head.contains("endpoint = ") {
                offences.push(format!("{name}: {signature} has no endpoint"));
            }
            // Whoever opens an invitation or a reset link is nobody yet.
            let for_strangers = ["fn get_invitation(", "fn get_reset_link(", "fn get_verify_page("]
                .iter()
                .any(|f| signature.contains(f));
            if !first.contains("caller().await?") && !for_strangers {
                offences.push(format!("{name}: {signature} does not begin with caller().await?"));
            }
        }
    }
    assert_none("server functions", &offences);
    assert!(seen > 0, "no server function was found");
}

#[test]
fn migrations_say_why() {
    let migrations = files(&[".sql"]).into_iter().filter(|(name, _)| name.starts_with("migrations/"));
    let offences: Vec<String> =
        migrations.filter(|(_, text)| !text.starts_with("--")).map(|(name, _)| name).collect();
    assert_none("migrations that do not begin with a comment", &offences);
}

#[test]
fn decisions_are_numbered_without_holes() {
    let mut numbers: Vec<usize> = files(&[".md"])
        .into_iter()
        .filter_map(|(name, _)| name.strip_prefix("docs/adr/")?.split('-').next()?.parse().ok())
        .collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
    assert!(!numbers.is_empty());
}

#[test]
fn nothing_is_left_unfinished_and_no_machine_shows() {
    let unfinished = ["TO", "FIX", "HA"].into_iter().zip(["DO", "ME", "CK"]).map(|(a, b)| format!("{a}{b}"));
    let words: Vec<String> = unfinished.chain([["/ro", "ot/"].concat(), ["/wo", "rk/"].concat()]).collect();
    let offences: Vec<String> = files(&[".rs", ".sql", ".md", ".ts", ".js", ".css", ".toml", ".json"])
        .into_iter()
        .filter(|(name, _)| !name.ends_with("package-lock.json"))
        .flat_map(|(name, text)| {
            let found = |word: &&String| text.lines().any(|line| line.contains(word.as_str()));
            words.iter().filter(found).map(|word| format!("{name}: {word}")).collect::<Vec<_>>()
        })
        .collect();
    assert_none("words that should not be there", &offences);
}

#[test]
fn every_crate_says_what_it_is() {
    let entries = files(&["src/lib.rs", "src/main.rs"]);
    let described: BTreeSet<&str> = entries
        .iter()
        .filter(|(_, text)| text.starts_with("//!"))
        .filter_map(|(name, _)| name.rsplit_once('/'))
        .map(|(dir, _)| dir)
        .collect();
    let crates = entries.iter().filter_map(|(name, _)| Some(name.rsplit_once('/')?.0));
    let offences: Vec<String> = crates.filter(|dir| !described.contains(dir)).map(str::to_owned).collect();
    assert_none("crates without a line of documentation", &offences);
}

fn is_test(name: &str) -> bool {
    name.contains("/tests/") || name.ends_with("/tests.rs") || name.contains("/benches/")
}
