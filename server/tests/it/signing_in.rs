//! The sign-in form, from the browser's side.

use crate::portal::{COOKIE, PASSWORD, Portal, Verb};
use axum::http::{StatusCode, header};
use services::sessions::FAILURES_PER_ACCOUNT;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use totp_rs::{Builder, Secret};

fn form(email: &str, password: &str, next: &str) -> String {
    let encode = server::middleware::identity::encode;
    format!("email={}&password={}&next={}", encode(email), encode(password), encode(next))
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn signing_in_leads_where_the_reader_was_going(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let turned_away = portal.ask(Verb::Get, "/f/cedar/meters?range=7d", "", "").await;
    assert_eq!(turned_away.status, StatusCode::SEE_OTHER);
    assert_eq!(turned_away.header(header::LOCATION), "/sign-in?next=/f/cedar/meters%3Frange%3D7d");

    let body = form("owner@a.example", PASSWORD, "/f/cedar/meters?range=7d");
    let answer = portal.ask(Verb::Post, "/session/sign-in", &body, "").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header(header::LOCATION), "/f/cedar/meters?range=7d");
    let set = answer.header(header::SET_COOKIE).to_owned();
    assert!(
        set.starts_with(&format!("{COOKIE}=")) && set.ends_with("; HttpOnly; SameSite=Lax; Secure"),
        "{set}"
    );
    let cookie = set.split(';').next().unwrap();
    assert_eq!(portal.ask(Verb::Get, "/f/cedar/meters?range=7d", "", cookie).await.status, StatusCode::OK);

    let elsewhere = form("owner@a.example", PASSWORD, "//evil.example");
    let answer = portal.ask(Verb::Post, "/session/sign-in", &elsewhere, cookie).await;
    assert_eq!(answer.header(header::LOCATION), "/home");
    // The session that the browser came with has ended.
    assert_eq!(portal.ask(Verb::Get, "/home", "", cookie).await.status, StatusCode::SEE_OTHER);

    let renewed = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    let out = portal.ask(Verb::Post, "/session/sign-out", "", &renewed).await;
    assert_eq!(out.header(header::LOCATION), "/sign-in?notice=signed-out");
    assert!(out.header(header::SET_COOKIE).starts_with(&format!("{COOKIE}=; Path=/; Max-Age=0")));
    assert_eq!(
        portal.ask(Verb::Get, "/api/session/get", "", &renewed).await.status,
        StatusCode::UNAUTHORIZED
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn one_guess_too_many_is_told_when_to_come_back(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let wrong = form("owner@a.example", "not the password", "");
    for _ in 0..FAILURES_PER_ACCOUNT {
        let answer = portal.ask(Verb::Post, "/session/sign-in", &wrong, "").await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER);
        assert_eq!(answer.header(header::LOCATION), "/sign-in?error=credentials");
        assert!(answer.headers.get(header::SET_COOKIE).is_none());
    }
    let answer = portal.ask(Verb::Post, "/session/sign-in", &wrong, "").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.header(header::RETRY_AFTER), "900");
    // Somebody else at the same address is not locked out.
    let other = form("finance@a.example", PASSWORD, "");
    assert_eq!(
        portal.ask(Verb::Post, "/session/sign-in", &other, "").await.header(header::LOCATION),
        "/home"
    );
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_form_larger_than_any_of_ours_is_not_read(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    for path in ["/session/sign-in", "/people/invite", "/api/quarantine/resolve"] {
        let body = format!("id={}", "x".repeat(256 * 1024 - 2));
        let answer = portal.ask(Verb::Post, path, &body, "").await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
        let answer = portal.ask(Verb::Post, path, &body[..256 * 1024], "").await;
        assert_ne!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn readiness_follows_the_database_and_the_schema(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    let ready = portal.ask(Verb::Get, "/readyz", "", "").await;
    assert_eq!((ready.status, ready.body.as_str()), (StatusCode::OK, "database: ok\nprocess: ok\n"));
    let newer = "INSERT INTO _sqlx_migrations VALUES (9999, 'later', now(), true, '\\x00', 0)";
    sqlx::raw_sql(newer).execute(&mut portal.owner).await.unwrap();
    let ready = portal.ask(Verb::Get, "/readyz", "", "").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(ready.body.contains("schema"), "{}", ready.body);
    portal.ctx.db.close().await;
    let ready = portal.ask(Verb::Get, "/readyz", "", "").await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(portal.ask(Verb::Get, "/livez", "", "").await.status, StatusCode::OK);
}

/// The code that an authenticator app shows for this secret now.
fn code(portal: &Portal, secret: &str) -> String {
    let totp = Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap();
    totp.generate(portal.ctx.clock.now().timestamp().unsigned_abs()).to_string()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_second_factor_is_set_up_and_then_asked_for(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let send = async |path: &str, body: &str, cookie: &str| portal.ask(Verb::Post, path, body, cookie).await;
    send("/settings/security/begin", "", &cookie).await;
    let page = portal.ask(Verb::Get, "/settings/security", "", &cookie).await.body;
    let secret: String =
        page.split("secret=").nth(1).unwrap().chars().take_while(char::is_ascii_alphanumeric).collect();
    let wrong = send("/settings/security/confirm", "code=000000", &cookie).await;
    assert_eq!(wrong.header(header::LOCATION), "/settings/security?error=code");
    let codes =
        send("/settings/security/confirm", &format!("code={}", code(&portal, &secret)), &cookie).await;
    assert_eq!(codes.status, StatusCode::OK);
    assert_eq!(codes.body.matches("<li><code>").count(), 10);
    let page = portal.ask(Verb::Get, "/settings/security", "", &cookie).await.body;
    assert!(page.contains("10 recovery codes") && !page.contains(&secret), "the secret is shown only before");

    portal.ctx.clock.advance(chrono::TimeDelta::seconds(30));
    let answer = send("/session/sign-in", &form("owner@a.example", PASSWORD, "/f/cedar?range=7d"), "").await;
    assert_eq!(answer.header(header::LOCATION), "/sign-in/code?next=/f/cedar%3Frange%3D7d");
    let half = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    assert_eq!(
        portal.ask(Verb::Get, "/home", "", &half).await.status,
        StatusCode::SEE_OTHER,
        "not signed in yet"
    );
    assert_eq!(portal.ask(Verb::Get, "/sign-in/code", "", &half).await.status, StatusCode::OK);
    let wrong = send("/session/code", "code=000000&next=/f/cedar%3Frange%3D7d", &half).await;
    assert_eq!(wrong.header(header::LOCATION), "/sign-in/code?next=/f/cedar%3Frange%3D7d&error=code");
    let body = format!("code={}&next=/f/cedar%3Frange%3D7d", code(&portal, &secret));
    let answer = send("/session/code", &body, &half).await;
    assert_eq!(answer.header(header::LOCATION), "/f/cedar?range=7d");
    let whole = answer.header(header::SET_COOKIE).split(';').next().unwrap().to_owned();
    assert_eq!(portal.ask(Verb::Get, "/home", "", &whole).await.status, StatusCode::OK);
    let again = send("/session/code", &body, &half).await;
    assert_eq!(again.header(header::LOCATION), "/sign-in?error=code_late&next=/f/cedar%3Frange%3D7d");

    // Device and recovery codes are lost: operations take it away, never without saying why.
    let line = |more: &[&str]| {
        let words = ["user", "reset-second-factor", "owner@a.example"].iter().chain(more);
        <Line as clap::Parser>::try_parse_from(words)
    };
    assert!(line(&[]).is_err());
    line(&["--reason", "Phone lost; called back."]).unwrap().users.run(&portal.ctx).await.unwrap();
    assert_eq!(portal.ask(Verb::Get, "/home", "", &whole).await.status, StatusCode::SEE_OTHER, "signed out");
    let answer = send("/session/sign-in", &form("owner@a.example", PASSWORD, ""), "").await;
    assert!(!answer.header(header::LOCATION).starts_with("/sign-in"), "{}", answer.header(header::LOCATION));
}

/// `server admin user …`
#[derive(clap::Parser)]
struct Line {
    #[command(flatten)]
    users: server::admin::users::Users,
}
