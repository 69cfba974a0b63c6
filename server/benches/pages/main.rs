//! P13: pages that the server renders a second, against SvelteKit (adapter-node) and Next.js. `BENCH_IDS` (e.g. `P13`) picks it.
//!
//! Two pages: the table of framework-tracker (1,000 rows of two UUIDs, each framework's own loop), and our performance
//! dashboard with a month of figures. The dashboard is the product's page, formatted and drawn from the values that its server
//! functions return; the peers render the same elements and texts from a tree that was read out of our HTML, so they format
//! and compute nothing. No side asks a database, and every side also sends what hydration needs, as it does by itself. That all
//! sides show the same is asserted before anything is timed. Rounds are interleaved, forwards and backwards.

mod child;
mod content;
mod figures;
mod load;
mod ours;

use child::Child;
use content::Node;
use load::{Load, get, load};
use serde_json::{Value, json};
use std::time::Duration;

const CONNECTIONS: usize = 25;
const ROUNDS: usize = 8;
/// How long a side is asked at a time.
const STRETCH: Duration = Duration::from_secs(2);

/// A page of one side.
struct Side {
    name: &'static str,
    port: u16,
    path: &'static str,
}

fn main() -> anyhow::Result<()> {
    if std::env::var_os(child::CHILD_ENV).is_some() {
        return ours::serve();
    }
    if !wanted(&["P13"]) {
        return Ok(());
    }
    tokio::runtime::Runtime::new()?.block_on(run())
}

fn wanted(ids: &[&str]) -> bool {
    let picked = std::env::var("BENCH_IDS").unwrap_or_default();
    picked.is_empty() || picked.split(',').any(|p| ids.contains(&p.trim()))
}

async fn run() -> anyhow::Result<()> {
    let ours = Child::ours().await?;
    let page = content::parse(&get(ours.port, ours::PAGE).await?);
    let shell = page.find("class", "shell").ok_or_else(|| anyhow::anyhow!("our page has no shell"))?;
    let folder = tempfile::tempdir()?;
    let data = folder.path().join("data.json");
    std::fs::write(&data, json!({ "rows": ours::rows(), "tree": [shell.json()] }).to_string())?;
    let (svelte, next) = (Child::sveltekit(&data).await?, Child::next(&data).await?);
    let side = |name, child: &Child, path| Side { name, port: child.port, path };
    let table = [
        side("ours", &ours, ours::TABLE),
        side("sveltekit", &svelte, "/table"),
        side("next", &next, "/table"),
        side("string", &ours, ours::STRING),
    ];
    compare("table", "the table of 1,000 rows", &table, |page| page.find("", "table")).await?;
    let dashboard =
        [side("ours", &ours, ours::PAGE), side("sveltekit", &svelte, "/page"), side("next", &next, "/page")];
    compare("dashboard", "the dashboard of a month", &dashboard, |page| page.find("class", "shell")).await
}

/// Asserts that all sides show the same, measures them and prints the results.
async fn compare(
    id: &str,
    what: &str,
    sides: &[Side],
    part: impl Fn(&Node) -> Option<&Node>,
) -> anyhow::Result<()> {
    let mut shown: Option<Vec<String>> = None;
    let mut bytes = Vec::new();
    for side in sides {
        let html = get(side.port, side.path).await?;
        let page = content::parse(&html);
        let found = part(&page).ok_or_else(|| anyhow::anyhow!("{} has no {id}", side.name))?.flat();
        let first = shown.get_or_insert_with(|| found.clone());
        if let Some(place) = (0..first.len().max(found.len())).find(|i| first.get(*i) != found.get(*i)) {
            let (a, b) = (first.get(place), found.get(place));
            anyhow::bail!("{} shows {b:?} where ours shows {a:?}, at {place} of the {id}", side.name);
        }
        bytes.push(html.len());
    }
    let mut rounds: Vec<Vec<Load>> = sides.iter().map(|_| Vec::new()).collect();
    // The first round warms up and does not count.
    for round in 0..=ROUNDS {
        let mut order: Vec<usize> = (0..sides.len()).collect();
        if round % 4 > 1 {
            order.reverse();
        }
        for side in order {
            let measured = load(sides[side].port, sides[side].path, CONNECTIONS, STRETCH).await?;
            if round > 0 {
                rounds[side].push(measured);
            }
        }
    }
    let detail: Vec<Value> = sides
        .iter()
        .zip(&rounds)
        .zip(&bytes)
        .map(|((side, rounds), bytes)| {
            let of = |value: fn(&Load) -> f64| median(&rounds.iter().map(value).collect::<Vec<_>>());
            json!({"side": side.name, "pages_per_s": of(|l| l.per_second), "p99_ms": of(|l| l.p99_ms), "bytes": bytes})
        })
        .collect();
    for (side, theirs) in sides.iter().zip(&rounds).skip(1) {
        let ratios = |value: fn(&Load) -> f64| -> Vec<f64> {
            rounds[0].iter().zip(theirs).map(|(a, b)| value(a) / value(b)).collect()
        };
        report(id, what, side.name, &ratios(|l| l.per_second), &ratios(|l| l.p99_ms), &detail);
    }
    Ok(())
}

fn report(id: &str, what: &str, peer: &str, rates: &[f64], tails: &[f64], detail: &[Value]) {
    let (must, aim) = match peer {
        "sveltekit" => (Some(2.0), 5.0),
        "next" => (Some(20.0), 100.0),
        _ => (None, 0.5),
    };
    println!(
        "{}",
        json!({"id": format!("P13-{id}-{peer}"), "what": format!("pages/s of {what}, ours / {peer}"),
               "ratio": median(rates), "must": must, "aim": aim, "rounds": rates, "detail": detail})
    );
    if must.is_some() {
        println!(
            "{}",
            json!({"id": format!("P13-{id}-{peer}-p99"), "ratio": median(tails), "lower_is_better": true, "rounds": tails,
                   "what": format!("p99 of {what} at {CONNECTIONS} connections, ours / {peer}"), "aim": 1.0})
        );
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
