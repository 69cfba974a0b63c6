//! What a page shows, taken away as a file.

use crate::portal::{Answer, Portal, Verb};
use axum::http::{Method, StatusCode, header};
use serde_json::{Value, json};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

async fn ask(portal: &Portal, format: &str, table: &Value, cookie: &str) -> Answer {
    let headers = [
        (header::COOKIE.as_str(), cookie),
        ("sec-fetch-site", "same-origin"),
        ("content-type", "application/json"),
    ];
    portal.send(Method::POST, &format!("/export/table/{format}"), &table.to_string(), &headers).await
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_shown_table_comes_back_as_a_file_without_formulas(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("viewer@a.example").await;
    let table = json!({
        "title": "Points", "about": [["Time zone", "America/Denver"]], "columns": ["Point", "Now"],
        "rows": [["=cmd()", "−1,200.5 kWh", "one cell too many"]],
    });
    let csv = ask(&portal, "csv", &table, &cookie).await;
    assert_eq!(csv.status, StatusCode::OK);
    assert!(csv.header(header::CONTENT_DISPOSITION).starts_with("attachment;"));
    assert!(
        csv.body.starts_with("# Points\r\n# Time zone,America/Denver\r\n# Digits,as the page shows"),
        "{}",
        csv.body
    );
    assert!(csv.body.ends_with("Point,Now (kWh)\r\n\"'=cmd()\",-1200.5\r\n"), "{}", csv.body);

    let read: Value = serde_json::from_str(&ask(&portal, "json", &table, &cookie).await.body).unwrap();
    assert_eq!(read["rows"][0], json!(["=cmd()", -1200.5]));
    let book = ask(&portal, "xlsx", &table, &cookie).await;
    assert!(book.body.starts_with("PK"), "a workbook is a ZIP archive");

    assert_eq!(ask(&portal, "pdf", &table, &cookie).await.status, StatusCode::NOT_FOUND);
    assert_eq!(ask(&portal, "csv", &table, "").await.status, StatusCode::UNAUTHORIZED);
    let wide: Vec<String> = (0..201).map(|n| n.to_string()).collect();
    let wide = json!({ "title": "", "about": [], "columns": wide, "rows": [] });
    assert_eq!(ask(&portal, "csv", &wide, &cookie).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        portal.ask(Verb::Get, "/export/table/csv", "", &cookie).await.status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}
