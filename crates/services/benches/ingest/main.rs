//! P1, P2, P4, P5, P9 of docs/BENCHMARKS.md: ingest and the dashboard's queries against their peers on the same server.
//!
//! Prints one line of JSON per result. `DATABASE_URL` names any database of the server to measure on; a new one is made
//! there and dropped at the end. `BENCH_IDS` (e.g. `P1,P9`) picks some.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a benchmark that cannot go on has to stop")]

mod dashboard;
mod data;
mod messages;
mod peers;
mod storage;

use serde_json::{Value, json};
use services::{Clock, Context};
use sqlx::{Connection, PgConnection};

/// Rounds of each comparison; odd, so that the median is one of them.
pub(crate) const ROUNDS: usize = 7;

fn wanted(ids: &[&str]) -> bool {
    let picked = std::env::var("BENCH_IDS").unwrap_or_default();
    picked.is_empty() || picked.split(',').any(|p| ids.contains(&p.trim()))
}

#[tokio::main]
async fn main() {
    let url =
        std::env::var("DATABASE_URL").expect("DATABASE_URL names a database of the server to measure on");
    let name = format!("bench_ingest_{}", std::process::id());
    let mut server = PgConnection::connect(&url).await.expect("the database has to be reachable");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"))).execute(&mut server).await.unwrap();
    // A task, so that the database is dropped even after a failed assertion.
    let local = tokio::task::LocalSet::new();
    let task = local.spawn_local(run(url, name.clone()));
    let ran = local.run_until(task).await;
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut server)
        .await
        .unwrap();
    ran.unwrap();
}

async fn run(url: String, name: String) {
    let options: sqlx::postgres::PgConnectOptions = url.parse().unwrap();
    let options = options.database(&name);
    let mut owner = PgConnection::connect_with(&options).await.unwrap();
    store::MIGRATOR.run(&mut owner).await.unwrap();
    let fsync: String = sqlx::query_scalar("SHOW fsync").fetch_one(&mut owner).await.unwrap();
    if fsync != "on" {
        eprintln!("fsync is off on this server: the figures do not count");
    }
    let ctx = Context {
        db: store::Db::from_options(sqlx::postgres::PgPoolOptions::new().max_connections(8), options),
        live: services::live::Hub::default(),
        mailer: integrations::mail::Mailer::new(None, "a@example.com").unwrap(),
        clock: Clock::fixed(data::now()),
        origin: "http://localhost".to_owned(),
        signer: None,
        broker_session: std::sync::Arc::default(),
    };
    let gateways = data::gateways(&ctx, &mut owner).await;
    if wanted(&["P1", "P2", "P4"]) {
        storage::run(&ctx, &mut owner, &gateways).await;
    }
    if wanted(&["P5"]) {
        messages::run(&ctx, &mut owner, &gateways).await;
    }
    if wanted(&["P9"]) {
        dashboard::run(&ctx, &mut owner, &gateways).await;
    }
}

/// Prints a result: the median of the ratios and their spread.
pub(crate) fn report(
    id: &str,
    what: &str,
    mut ratios: Vec<f64>,
    must: f64,
    aim: f64,
    lower_is_better: bool,
    detail: Value,
) {
    ratios.sort_by(f64::total_cmp);
    let result = json!({
        "id": id,
        "what": what,
        "ratio": ratios[ratios.len() / 2],
        "must": must,
        "aim": aim,
        "lower_is_better": lower_is_better,
        "rounds": ratios.len(),
        "spread": [ratios[0], ratios[ratios.len() - 1]],
        "detail": detail,
    });
    println!("{result}");
}
