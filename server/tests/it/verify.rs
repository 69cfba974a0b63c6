//! The public page that checks statement bundles, without scripts.

use crate::portal::{Answer, Portal, Verb};
use axum::http::{Method, StatusCode};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

async fn send(portal: &Portal, name: &str, content: &str) -> Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.zip\"\r\n\r\n{content}\r\n--x--\r\n"
    );
    let headers = [("sec-fetch-site", "same-origin"), ("content-type", "multipart/form-data; boundary=x")];
    portal.send(Method::POST, "/verify", &body, &headers).await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn anybody_has_a_file_checked(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let page = portal.ask(Verb::Get, "/verify", "", "").await;
    assert_eq!(page.status, StatusCode::OK);
    let key = portal.ctx.signer.as_ref().unwrap().public_key_hex();
    assert!(page.body.contains(&key) && !page.body.contains("does not hold"));

    let answer = send(&portal, "file", "no archive at all").await;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(answer.body.contains("This file does not hold.") && answer.body.contains("this is no bundle"));
    assert!(answer.headers.contains_key("content-security-policy"));
    for answer in [send(&portal, "file", "").await, send(&portal, "other", "x").await] {
        assert!(answer.body.contains("Choose a file first."), "{}", answer.body);
    }
    // What was found is behind no address: the page that is asked for again knows nothing of it.
    let again = portal.ask(Verb::Get, "/verify", "", "").await;
    assert!(!again.body.contains("does not hold"));
}
