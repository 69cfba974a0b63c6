//! Verifying over HTTP: the invited verifier may, nobody else may, and not for longer than the invitation stands.

use crate::portal::{PASSWORD, Portal, SECRET, Verb};
use axum::http::{StatusCode, header};
use chrono::TimeDelta;
use services::links;
use services::sessions::Visitor;
use services::token::Token;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

const PAGE: &str = "/f/{facility}/baselines/{id}/verification";
const VERIFIERS: [(&str, &str); 4] = [
    ("step", "step=begin"),
    ("review", "data_complete=yes"),
    ("step", "step=reject&note=no"),
    ("sign", "name=Vera+Ode&code=000000&dossier_sha256=00"),
];

/// Sends a form of the page; the code in the address that it leads to, or its status.
async fn send(portal: &Portal, form: &str, body: &str, cookie: &str) -> String {
    let path = portal.fill(&format!("{PAGE}/{form}"));
    let answer = portal.ask(Verb::Post, &path, &portal.fill(body), cookie).await;
    match answer.header(header::LOCATION).split_once('?') {
        Some((_, query)) => query.to_owned(),
        None => answer.status.as_u16().to_string(),
    }
}

async fn state(portal: &mut Portal) -> String {
    let sql = "SELECT verification_status FROM baselines";
    sqlx::query_scalar(sql).fetch_one(&mut portal.owner).await.unwrap()
}

/// Accepts the invitation of `vera@firm.example`, whose link was mailed, and signs in.
async fn vera(portal: &mut Portal) -> String {
    let token = Token::random();
    let hash = "UPDATE links SET token_hash = sha256($1) WHERE purpose = 'invite' AND used_at IS NULL";
    sqlx::query(hash).bind(token.bytes().as_slice()).execute(&mut portal.owner).await.unwrap();
    let (token, visitor) = (token.reveal(), Visitor::default());
    links::accept(&portal.ctx, &token, "Vera Ode", PASSWORD.to_owned(), &visitor).await.unwrap();
    portal.cookie("vera@firm.example").await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_the_invited_verifier_verifies(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    for (form, body) in VERIFIERS {
        for party in
            ["owner@a.example", "finance@a.example", "vendor_admin@vendor.example", "engineer@vendor.example"]
        {
            let cookie = portal.cookie(party).await;
            assert_eq!(send(&portal, form, body, &cookie).await, "error=not_allowed", "{party} {form}");
        }
        let other = portal.cookie("verifier@verifier.example").await;
        assert_eq!(send(&portal, form, body, &other).await, "404", "a verifier who is not invited: {form}");
        assert!(send(&portal, form, body, "").await.starts_with("next="), "{form}");
    }
    assert_eq!(state(&mut portal).await, "submitted");

    let cookie = vera(&mut portal).await;
    let page = portal.ask(Verb::Get, &portal.fill(PAGE), "", &cookie).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Begin verification") && page.body.contains(SECRET));
    assert_eq!(send(&portal, "step", "step=begin", &cookie).await, "notice=done");
    assert_eq!(send(&portal, "review", "data_complete=yes", &cookie).await, "notice=saved");
    assert_eq!(send(&portal, "comment", "text=Why&from=2025-13-01", &cookie).await, "error=from");
    assert_eq!(send(&portal, "comment", "text=Why&from=2025-12-01", &cookie).await, "notice=commented");
    assert_eq!(
        send(&portal, "sign", "name=Vera+Ode&code=1&dossier_sha256=00", &cookie).await,
        "error=changed"
    );
    assert_eq!(state(&mut portal).await, "in_verification");

    // Everything else of the facility is read-only for her.
    for (path, body) in [
        ("/f/{facility}/imports/{id}/confirm", ""),
        ("/f/{facility}/baselines/{id}/verification/invite", "email=a@b.example&firm=&new_firm=F&days=1"),
        ("/f/{facility}/baselines/{id}/verification/withdraw", "verification={verification}"),
        ("/f/{facility}/baselines/{id}/steps/withdraw", ""),
    ] {
        let answer = portal.ask(Verb::Post, &portal.fill(path), &portal.fill(body), &cookie).await;
        assert!(answer.header(header::LOCATION).contains("error="), "{path}: {}", answer.status);
    }
    assert_eq!(
        portal.ask(Verb::Get, &portal.fill("/f/{facility}/meters"), "", &cookie).await.status,
        StatusCode::OK
    );

    // And it ends by itself.
    portal.ctx.clock.advance(TimeDelta::days(30));
    let cookie = portal.cookie("vera@firm.example").await;
    for path in [PAGE, "/f/{facility}", "/f/{facility}/baselines/{id}/dossier.json"] {
        let answer = portal.ask(Verb::Get, &portal.fill(path), "", &cookie).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for (form, body) in VERIFIERS {
        assert_eq!(send(&portal, form, body, &cookie).await, "404", "{form}");
    }
    assert_eq!(state(&mut portal).await, "in_verification");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_public_key_is_for_everybody(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let answer = portal.ask(Verb::Get, "/.well-known/gainshare-signing-key", "", "").await;
    let key = portal.ctx.signer.as_ref().unwrap().public_key_hex();
    assert_eq!((answer.status, answer.body.trim()), (StatusCode::OK, key.as_str()));
}
