//! Reports and exports through the forms: queued, made, taken away, and seen by nobody else.

use crate::portal::{Portal, SECRET, Verb};
use axum::http::{StatusCode, header};
use services::jobs::run_due;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_long_export_ends_in_the_download_centre(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("finance@a.example").await;
    let asked = |from: &str| format!("rows=intervals&interval=5m&point=&from={from}&to=2026-03-31&kind=csv");
    // Two points for a day: at once, as a file.
    let short = portal.ask(Verb::Post, "/f/cedar/export", &asked("2026-03-31"), &cookie).await;
    assert_eq!(short.status, StatusCode::OK);
    assert!(
        short.header(header::CONTENT_DISPOSITION).contains("cedar-intervals-5m-2026-03-31-2026-03-31.csv")
    );
    let rows = |body: &str| body.lines().filter(|line| !line.starts_with('#')).count() - 1;
    assert_eq!(rows(&short.body), 2 * 288);

    let long = portal.ask(Verb::Post, "/f/cedar/export", &asked("2025-10-01"), &cookie).await;
    assert!(long.header(header::LOCATION).starts_with("/downloads?done="), "{}", long.body);
    let waiting = portal.ask(Verb::Get, "/downloads", "", &cookie).await;
    assert!(waiting.body.contains("Waiting") && waiting.body.contains("Look again"));
    assert!(run_due(&portal.ctx).await.unwrap());
    let made = portal.ask(Verb::Get, "/downloads", "", &cookie).await;
    assert!(
        made.body.contains("cedar-intervals-5m-2025-10-01-2026-03-31.csv") && !made.body.contains("Waiting")
    );
    let href = made.body.split("href=\"/downloads/").nth(1).unwrap();
    let href = format!("/downloads/{}", href.split('"').next().unwrap());
    let file = portal.ask(Verb::Get, &href, "", &cookie).await;
    // Two points over 182 days, one of 25 hours and one of 23.
    assert_eq!(rows(&file.body), 2 * 182 * 288);
    assert!(file.body.contains(SECRET));

    for other in
        ["owner@a.example", "owner@b.example", "vendor_admin@vendor.example", "engineer@other.example"]
    {
        let cookie = portal.cookie(other).await;
        let theirs = portal.ask(Verb::Get, &href, "", &cookie).await;
        assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{other}");
        let page = portal.ask(Verb::Get, "/downloads", "", &cookie).await;
        assert!(!page.body.contains("2025-10-01"), "{other}");
        let delete = href.replace("/downloads/", "/jobs/") + "/delete";
        assert_eq!(
            portal.ask(Verb::Post, &delete, "", &cookie).await.status,
            StatusCode::NOT_FOUND,
            "{other}"
        );
    }
    let delete = href.replace("/downloads/", "/jobs/") + "/delete";
    let gone = portal.ask(Verb::Post, &delete, "", &cookie).await;
    assert!(gone.header(header::LOCATION).starts_with("/downloads?done="));
    assert_eq!(portal.ask(Verb::Get, &href, "", &cookie).await.status, StatusCode::NOT_FOUND);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_report_that_cannot_be_made_says_why(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let form = "range=&from=2026-03-01&to=2026-03-31&part=days&part=months&title=Board&energy=mwh";
    let asked = portal.ask(Verb::Post, "/f/cedar/reports", form, &cookie).await;
    assert!(asked.header(header::LOCATION).starts_with("/f/cedar/reports?done="), "{}", asked.body);
    assert!(run_due(&portal.ctx).await.unwrap());
    let page = portal.ask(Verb::Get, "/f/cedar/reports", "", &cookie).await;
    assert!(page.body.contains("There are no figures for these days") && page.body.contains("Try again"));
    for wrong in ["range=&from=2026-03-01&part=days", "range=7d&part=days", "range=2026-03-01..2026-03-31"] {
        let refused = portal.ask(Verb::Post, "/f/cedar/reports", wrong, &cookie).await;
        assert!(refused.header(header::LOCATION).starts_with("/f/cedar/reports/new?error="), "{wrong}");
    }
}
