//! Requests that another site makes a browser send, against everything that changes anything.

use crate::portal::{ORIGIN, Portal, Verb, endpoints};
use axum::http::{Method, StatusCode};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

/// What a browser says when another site is behind a request; the empty one is no browser of ours at all.
const ATTACKS: [&[(&str, &str)]; 8] = [
    &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
    &[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
    &[("sec-fetch-site", "same-site"), ("origin", "http://other.localhost:3000")],
    &[("origin", "https://evil.example")],
    &[("origin", "http://localhost:3000.evil.example")],
    &[("origin", "http://localhost:3001")],
    &[("origin", "null")],
    &[],
];

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn nothing_that_changes_anything_answers_another_site(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let changing: Vec<String> = endpoints()
        .into_iter()
        .filter(|endpoint| endpoint.verb == Verb::Post)
        .map(|endpoint| portal.fill(&endpoint.path))
        .collect();
    assert!(changing.len() >= 12, "{changing:?}");
    for path in &changing {
        for attack in ATTACKS {
            let headers: Vec<_> = attack.iter().copied().chain([("cookie", cookie.as_str())]).collect();
            let answer = portal.send(Method::POST, path, "", &headers).await;
            if path.starts_with("/api/revenue-sharing/") {
                // A browser never adds a token by itself, and a cookie is not looked at.
                assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {attack:?}");
                continue;
            }
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {attack:?}");
            assert_eq!(answer.body, "This request came from another site.\n", "{path} {attack:?}");
        }
        // The same from one of our pages gets past the check, whatever the route then makes of it.
        for own in [("sec-fetch-site", "same-origin"), ("origin", ORIGIN)] {
            let answer = portal.send(Method::POST, path, "", &[own]).await;
            assert_ne!(answer.body, "This request came from another site.\n", "{path}");
        }
    }
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS] {
        let answer = portal.send(method, "/session/sign-out", "", ATTACKS[0]).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_websocket_opens_for_our_own_origin_only(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let upgrade = [
        ("cookie", cookie.as_str()),
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let origins =
        ["https://evil.example", "http://localhost:3001", "null", "", "http://localhost:3000.evil.example"];
    for origin in origins {
        let headers: Vec<_> =
            upgrade.into_iter().chain([("origin", origin), ("sec-fetch-site", "same-origin")]).collect();
        let answer = portal.send(Method::GET, "/live", "", &headers).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
    }
    let headers: Vec<_> = upgrade.into_iter().chain([("origin", ORIGIN)]).collect();
    let answer = portal.send(Method::GET, "/live", "", &headers).await;
    // There is no connection to upgrade under this test; what matters is that the check let it through.
    assert_eq!(answer.status, StatusCode::UPGRADE_REQUIRED, "{}", answer.body);
}

/// A link on another site, followed with the cookie: `SameSite=Lax` sends it, so nothing may change by reading.
#[test]
fn no_server_function_changes_anything_by_get() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../app/src/api");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let source = std::fs::read_to_string(file.unwrap().path()).unwrap();
        for function in source.split("#[server(").skip(1) {
            seen += 1;
            let (attributes, rest) = function.split_once(")]").unwrap();
            let name = rest.split("fn ").nth(1).unwrap().split('(').next().unwrap();
            assert_eq!(attributes.contains("GetUrl"), name.starts_with("get_"), "{name}: {attributes}");
            assert!(attributes.contains("endpoint = "), "{name} has no address of its own");
        }
    }
    assert!(seen > 10, "{seen}");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_answer_tells_browsers_what_our_pages_never_do(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let mut nonces = vec![];
    for path in ["/sign-in", "/home", "/livez", "/no/such/page", "/api/session/get", "/export/activity.json"]
    {
        let answer = portal.ask(Verb::Get, path, "", &cookie).await;
        let header = |name: &'static str| answer.header(axum::http::HeaderName::from_static(name)).to_owned();
        let policy = header("content-security-policy");
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.contains("default-src 'none'"),
            "{path} {policy}"
        );
        assert!(!policy.contains("'unsafe-inline' ") && !policy.contains("'unsafe-eval'"), "{path} {policy}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("x-request-id").len(), 32, "{path}");
        if let Some((_, rest)) = policy.split_once("'nonce-") {
            let nonce = rest.split('\'').next().unwrap().to_owned();
            // Every script that stands in the page carries the page's own nonce.
            for script in answer.body.split("<script").skip(1) {
                let tag = script.split('>').next().unwrap();
                assert!(
                    tag.contains("src=") || tag.contains(&format!("nonce=\"{nonce}\"")),
                    "{path}: <script{tag}>"
                );
            }
            nonces.push(nonce);
        }
    }
    assert_eq!(nonces.len(), 3, "the pages, the missing one too");
    assert!(nonces[0] != nonces[1] && nonces[1] != nonces[2]);
}
