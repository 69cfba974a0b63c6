//! The REST interface against its own description, asked by a stranger: schemathesis makes requests up from `/api/openapi.json`,
//! good ones and bad ones, and holds every answer against it.

use crate::portal::Portal;
use crate::rest::token;
use axum::extract::Request;
use axum::http::{HeaderValue, header};
use axum::middleware::{Next, from_fn};
use domain::tokens::ApiScope;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::process::Command;

/// Tokens that take turns, because each may only ask so often.
const TOKENS: usize = 12;
/// Made-up requests for each operation and phase, at most.
const EXAMPLES: &str = "15";
const PATIENCE: Duration = Duration::from_secs(180);

/// The program beside the tests' Python; none where it is not installed.
fn program() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("GAINSHARE_PYTHON")?);
    Some(python.with_file_name("schemathesis")).filter(|path| path.is_file())
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_answer_is_as_it_is_described(pool: PgPoolOptions, connect: PgConnectOptions) {
    let Some(program) = program() else {
        eprintln!("schemathesis is not installed beside GAINSHARE_PYTHON: nothing was asked");
        return;
    };
    let portal = Portal::new(pool, connect).await;
    let mut tokens = Vec::new();
    for _ in 0..TOKENS {
        let made = token(&portal, "owner@a.example", ApiScope::ALL).await;
        tokens.push(HeaderValue::try_from(format!("Bearer {made}")).unwrap());
    }
    let shown = tokens[0].to_str().unwrap().to_owned();
    let (tokens, turn) = (Arc::new(tokens), Arc::new(AtomicUsize::new(0)));
    // Whoever comes with the first token gets the next one; anything else stays as it is, to be refused.
    let rotate = move |mut request: Request, next: Next| {
        let ours = request.headers().get(header::AUTHORIZATION) == Some(&tokens[0]);
        if ours {
            let n = turn.fetch_add(1, Ordering::Relaxed) % TOKENS;
            request.headers_mut().insert(header::AUTHORIZATION, tokens[n].clone());
        }
        next.run(request)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = portal.router().layer(from_fn(rotate));
    tokio::spawn(async move { axum::serve(listener, router).await });

    let folder = tempfile::tempdir().unwrap();
    let mut asking = Command::new(program);
    asking.current_dir(folder.path()).args(["run", &format!("http://127.0.0.1:{port}/api/openapi.json")]);
    asking.args(["--header", &format!("Authorization: {shown}"), "--checks", "all"]);
    // What is well formed may still name a facility or report that does not exist.
    asking.args(["--exclude-checks", "positive_data_acceptance", "--phases", "examples,coverage,fuzzing"]);
    asking.args([
        "--max-examples",
        EXAMPLES,
        "--seed",
        "1",
        "--no-color",
        "--workers",
        "1",
        "--warnings",
        "off",
    ]);
    asking.args(["--continue-on-failure", "--suppress-health-check", "all"]).kill_on_drop(true);
    let said = tokio::time::timeout(PATIENCE, asking.output()).await.expect("it ends in time").unwrap();
    let text = String::from_utf8_lossy(&said.stdout);
    assert!(said.status.success(), "{text}\n{}", String::from_utf8_lossy(&said.stderr));
    assert!(text.contains("No issues found"), "{text}");
}
