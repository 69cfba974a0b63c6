//! The REST interface over HTTP: every status it describes, and that it describes every answer.

use crate::portal::{Answer, ORIGIN, PASSWORD, Portal, SECRET};
use axum::http::{Method, StatusCode, header};
use chrono::{NaiveDate, TimeDelta};
use domain::access::Principal;
use domain::tokens::ApiScope;
use serde_json::{Value, json};
use server::rest::bearer::PER_MINUTE;
use server::rest::document::DOCUMENT;
use services::sessions::{Visitor, sign_in};
use services::tokens::{NewToken, make};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::collections::BTreeSet;

const PATH: &str = "/api/revenue-sharing/baseline";
const BOTH: &[ApiScope] = &[ApiScope::BaselinesRead, ApiScope::BaselinesWrite];

pub(crate) async fn person(portal: &Portal, email: &str) -> Principal {
    sign_in(&portal.ctx, email, PASSWORD.to_owned(), &Visitor::default(), None).await.unwrap().principal
}

pub(crate) async fn token(portal: &Portal, email: &str, scopes: &[ApiScope]) -> String {
    let new = NewToken { name: "Controller".to_owned(), scopes: scopes.to_vec(), facility: None, days: 30 };
    make(&portal.ctx, &person(portal, email).await, &new).await.unwrap()
}

/// Asks as a program does, and holds the answer against the description.
async fn ask(
    portal: &Portal,
    method: Method,
    path: &str,
    body: &str,
    headers: &[(&str, &str)],
) -> (Answer, Value) {
    let answer = portal.send(method.clone(), path, body, headers).await;
    let json = if answer.body.is_empty() { Value::Null } else { serde_json::from_str(&answer.body).unwrap() };
    described(method.as_str(), path, &answer, &json);
    (answer, json)
}

pub(crate) async fn send(portal: &Portal, path: &str, body: &Value, token: &str) -> (Answer, Value) {
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    ask(portal, Method::POST, path, &body.to_string(), &headers).await
}

pub(crate) async fn get(portal: &Portal, path: &str, token: &str) -> (Answer, Value) {
    ask(portal, Method::GET, path, "", &[("authorization", &format!("Bearer {token}"))]).await
}

async fn post(portal: &Portal, body: &Value, token: &str, headers: &[(&str, &str)]) -> (Answer, Value) {
    let bearer = format!("Bearer {token}");
    let mut all = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
    all.extend(headers);
    ask(portal, Method::POST, PATH, &body.to_string(), &all).await
}

/// The status is one of the operation's, the type of the content its, and the body fits its schema.
fn described(method: &str, path: &str, answer: &Answer, body: &Value) {
    let document: Value = serde_json::from_str(&DOCUMENT).unwrap();
    let path = path.split('?').next().unwrap();
    // What follows the name of the collection is an id.
    let mut parts: Vec<&str> = path.split('/').collect();
    if let Some(id) = parts.get_mut(4) {
        *id = "{id}";
    }
    if let Some(format) = parts.get_mut(5) {
        *format = "{format}";
    }
    let template = parts.join("/");
    let operation = &document["paths"][&template][method.to_lowercase()];
    let status = answer.status.as_str();
    let response = &operation["responses"][status];
    assert!(response.is_object(), "{method} {template} does not describe {status}: {body}");
    let kind = answer.header(header::CONTENT_TYPE);
    let Some(content) = response["content"].as_object() else {
        assert!(body.is_null(), "{method} {template} {status}");
        return;
    };
    let mut schema = content[kind]["schema"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new(), "{method} {template} {status}: {body}");
    if status.starts_with('4') {
        assert_eq!((kind, &body["status"]), ("application/problem+json", &json!(answer.status.as_u16())));
    }
}

fn stated() -> Value {
    json!({
        "facility": "cedar", "metric_type": "electricity", "period_start": "2025-01-01", "period_end": "2026-01-01",
        "effective_from": "2026-03-01", "source": "stated", "baseline_value": "412.50", "reason": "Bills of 2025"
    })
}

fn errors(problem: &Value) -> BTreeSet<&str> {
    problem["errors"].as_array().unwrap().iter().map(|error| error["field"].as_str().unwrap()).collect()
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_baseline_is_made_read_and_listed(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let token = token(&portal, "owner@a.example", BOTH).await;
    let (made, body) = post(&portal, &stated(), &token, &[]).await;
    assert_eq!(made.status, StatusCode::CREATED, "{body}");
    let expected = ("412.50", "stated", "draft", "kWh", "Bills of 2025");
    let told = |name: &str| body[name].as_str().unwrap();
    let found =
        (told("baseline_value"), told("source"), told("verification_status"), told("unit"), told("reason"));
    assert_eq!(found, expected);
    let location = made.header(header::LOCATION);
    assert_eq!(location, format!("{PATH}/{}", told("id")));

    let (read, again) = get(&portal, location, &token).await;
    assert_eq!((read.status, &again), (StatusCode::OK, &body), "made and read are told alike");
    let tag = read.header(header::ETAG);
    assert_eq!(tag, made.header(header::ETAG));
    let bearer = format!("Bearer {token}");
    for known in [tag, "*", &format!("\"other\", {tag}")] {
        let headers = [("authorization", bearer.as_str()), ("if-none-match", known)];
        let (same, nothing) = ask(&portal, Method::GET, location, "", &headers).await;
        assert_eq!((same.status, nothing), (StatusCode::NOT_MODIFIED, Value::Null), "{known}");
        assert_eq!(same.header(header::ETAG), tag);
    }
    let headers = [("authorization", bearer.as_str()), ("if-none-match", "\"other\"")];
    assert_eq!(ask(&portal, Method::GET, location, "", &headers).await.0.status, StatusCode::OK);

    // One of gas beside the two of electricity; the clock stands, so their ids alone order them.
    let gas = json!({ "metric_type": "gas" });
    let mut other = stated();
    other["metric_type"] = gas["metric_type"].clone();
    assert_eq!(post(&portal, &other, &token, &[]).await.0.status, StatusCode::CREATED);
    let mut ids = vec![];
    let mut next = String::new();
    loop {
        let (_, page) = get(&portal, &format!("{PATH}?facility=cedar&limit=1{next}"), &token).await;
        ids.extend(
            page["baselines"].as_array().unwrap().iter().map(|b| b["id"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 3, "{ids:?}");
    let (_, page) = get(&portal, &format!("{PATH}?facility=cedar"), &token).await;
    let at_once: Vec<_> =
        page["baselines"].as_array().unwrap().iter().map(|b| b["id"].as_str().unwrap()).collect();
    assert_eq!(at_once, ids);
    let (_, page) = get(&portal, &format!("{PATH}?facility=cedar&metric_type=gas"), &token).await;
    assert_eq!(page["baselines"].as_array().unwrap().len(), 1);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn rows_in_the_request_are_fitted(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let token = token(&portal, "vendor_admin@vendor.example", BOTH).await;
    let first: NaiveDate = "2025-01-01".parse().unwrap();
    let row = |n: i64| {
        let warm = f64::from(i32::try_from(n % 30).unwrap());
        let value = format!("{:.3}", 300.0 + 4.0 * (warm - 12.0).max(0.0));
        json!({ "date": first + TimeDelta::days(n), "value": value, "temperature_c": warm, "drivers": { "canopy_flower_m2": 60 + n % 7 } })
    };
    let mut body = stated();
    body.as_object_mut().unwrap().retain(|name, _| name != "baseline_value" && name != "reason");
    body["source"] = json!("given");
    body["rows"] = (0..365).map(row).collect();
    let (made, answer) = post(&portal, &body, &token, &[]).await;
    assert_eq!(made.status, StatusCode::CREATED, "{answer}");
    let methods: Vec<_> = answer["candidates"].as_array().unwrap().iter().map(|c| &c["method"]).collect();
    assert_eq!(methods, ["cea-daily", "caltrack-daily"]);
    assert_eq!(answer["candidates"][1]["days"], 365);

    body["rows"][7]["value"] = json!("-1");
    body["rows"][9]["date"] = json!("2026-01-01");
    body["rows"][11]["temperature_c"] = json!(99);
    let (refused, problem) = post(&portal, &body, &token, &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors(&problem), BTreeSet::from(["rows[7].value", "rows[9].date", "rows[11].temperature_c"]));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn every_refusal_has_its_status(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    let both = token(&portal, "owner@a.example", BOTH).await;
    let reader = token(&portal, "owner@a.example", &[ApiScope::BaselinesRead]).await;
    let writer = token(&portal, "owner@a.example", &[ApiScope::BaselinesWrite]).await;
    let one = portal.fill(&format!("{PATH}/{{baseline}}"));
    let list = format!("{PATH}?facility=cedar");

    // 401: no token, no scheme, one that was never made.
    let never = format!("gs_{}", "ab".repeat(32));
    for sent in ["", "gs_", &both, "Basic abc", &format!("Bearer {never}"), "Bearer ", "Bearer gs_é"] {
        for path in [&list, &one] {
            let (answer, _) = ask(&portal, Method::GET, path, "", &[("authorization", sent)]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{sent:?}");
            assert!(answer.header(header::WWW_AUTHENTICATE).starts_with("Bearer"));
        }
    }
    assert_eq!(post(&portal, &stated(), &never, &[]).await.0.status, StatusCode::UNAUTHORIZED);
    let small = [("authorization", format!("bearer {both}"))];
    let small = [("authorization", small[0].1.as_str())];
    assert_eq!(
        ask(&portal, Method::GET, &one, "", &small).await.0.status,
        StatusCode::OK,
        "the scheme has no case"
    );

    // 403: another scope's token.
    assert_eq!(post(&portal, &stated(), &reader, &[]).await.0.status, StatusCode::FORBIDDEN);
    for path in [&list, &one] {
        let (answer, _) = get(&portal, path, &writer).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert!(answer.header(header::WWW_AUTHENTICATE).contains("insufficient_scope"));
    }

    // 404: strangers' and nobody's.
    for path in
        [format!("{PATH}?facility=harbor"), format!("{PATH}/{}", uuid::Uuid::nil()), format!("{PATH}/x")]
    {
        assert_eq!(get(&portal, &path, &both).await.0.status, StatusCode::NOT_FOUND, "{path}");
    }
    let mut harbor = stated();
    harbor["facility"] = json!("harbor");
    assert_eq!(post(&portal, &harbor, &both, &[]).await.0.status, StatusCode::NOT_FOUND);

    // 400, 413, 415, 422.
    let bearer = format!("Bearer {both}");
    let send = async |kind: &str, body: &str| {
        let headers = [("authorization", bearer.as_str()), ("content-type", kind)];
        ask(&portal, Method::POST, PATH, body, &headers).await
    };
    assert_eq!(send("application/json", "{").await.0.status, StatusCode::BAD_REQUEST);
    let (answer, _) = get(&portal, &format!("{list}&facility=harbor"), &both).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "a parameter sent twice");
    let large = " ".repeat(1024 * 1024 + 1);
    assert_eq!(send("application/json", &large).await.0.status, StatusCode::PAYLOAD_TOO_LARGE);
    for kind in ["application/x-www-form-urlencoded", "text/plain", "application/jsonx"] {
        let (answer, _) = send(kind, &stated().to_string()).await;
        assert_eq!(answer.status, StatusCode::UNSUPPORTED_MEDIA_TYPE, "{kind}");
    }
    let (answer, problem) = send("application/json; charset=utf-8", "{\"source\":\"stated\"}").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let all = [
        "facility",
        "metric_type",
        "period_start",
        "period_end",
        "effective_from",
        "baseline_value",
        "reason",
    ];
    assert_eq!(errors(&problem), BTreeSet::from(all));
    let (answer, problem) = get(&portal, &format!("{PATH}?metric_type=yield&cursor=1&limit=0"), &both).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors(&problem), BTreeSet::from(["facility", "metric_type", "cursor", "limit"]));
    let mut early = stated();
    early["effective_from"] = json!("2025-12-31");
    let (_, problem) = post(&portal, &early, &both, &[]).await;
    assert_eq!(errors(&problem), BTreeSet::from(["effective_from"]));

    // 405 names what there is.
    let answer = portal.send(Method::DELETE, PATH, "", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json");
    assert_eq!(answer.header(header::ALLOW), "GET,HEAD,POST");

    let made: i64 =
        sqlx::query_scalar("SELECT count(*) FROM baselines").fetch_one(&mut portal.owner).await.unwrap();
    assert_eq!(made, 1, "what is refused makes nothing");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_same_request_makes_one_baseline(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let owner = token(&portal, "owner@a.example", BOTH).await;
    let key = [("idempotency-key", "order-1")];
    let (first, body) = post(&portal, &stated(), &owner, &key).await;
    let (second, same) = post(&portal, &stated(), &owner, &key).await;
    assert_eq!((first.status, second.status, &same), (StatusCode::CREATED, StatusCode::CREATED, &body));
    let replayed = header::HeaderName::from_static("idempotency-replayed");
    assert_eq!((first.header(replayed.clone()), second.header(replayed)), ("", "true"));
    assert_eq!(first.header(header::LOCATION), second.header(header::LOCATION));

    let mut other = stated();
    other["baseline_value"] = json!("1");
    let (refused, problem) = post(&portal, &other, &owner, &key).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(errors(&problem), BTreeSet::from(["Idempotency-Key"]));
    let long = "k".repeat(256);
    for wrong in [long.as_str(), "\u{e9}"] {
        let (refused, problem) = post(&portal, &stated(), &owner, &[("idempotency-key", wrong)]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        assert_eq!(errors(&problem), BTreeSet::from(["Idempotency-Key"]));
    }
    // A key is its token's own.
    let admin = token(&portal, "vendor_admin@vendor.example", BOTH).await;
    let (_, theirs) = post(&portal, &stated(), &admin, &key).await;
    assert_ne!(theirs["id"], body["id"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn strangers_find_nothing_with_their_tokens(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let one = portal.fill(&format!("{PATH}/{{baseline}}"));
    let list = format!("{PATH}?facility=cedar");
    let own = token(&portal, "owner@a.example", BOTH).await;
    for path in [&one, &list] {
        let (answer, _) = get(&portal, path, &own).await;
        assert!(answer.status == StatusCode::OK && answer.body.contains(SECRET), "{path}: {}", answer.body);
    }
    for stranger in ["owner@b.example", "vendor_admin@other.example"] {
        let theirs = token(&portal, stranger, BOTH).await;
        for path in [&one, &list] {
            let (answer, _) = get(&portal, path, &theirs).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{stranger} {path}");
            assert!(!answer.body.contains(SECRET));
        }
        assert_eq!(
            post(&portal, &stated(), &theirs, &[]).await.0.status,
            StatusCode::NOT_FOUND,
            "{stranger}"
        );
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn cookies_and_tokens_open_different_doors(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let own = [("cookie", cookie.as_str()), ("sec-fetch-site", "same-origin"), ("origin", ORIGIN)];
    let (answer, _) = ask(&portal, Method::GET, &format!("{PATH}?facility=cedar"), "", &own).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let (answer, _) = ask(&portal, Method::POST, PATH, &stated().to_string(), &own).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);

    let bearer = format!("Bearer {}", token(&portal, "owner@a.example", BOTH).await);
    for page in ["/home", "/f/cedar", "/settings/tokens", "/f/cedar/savings.csv"] {
        let answer = portal.send(Method::GET, page, "", &[("authorization", &bearer)]).await;
        let turned_away = matches!(answer.status, StatusCode::SEE_OTHER | StatusCode::UNAUTHORIZED);
        assert!(turned_away, "{page}: {}", answer.status);
    }
    let answer = portal.send(Method::GET, "/api/facilities/home", "", &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_asks_too_often_waits(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let (hasty, calm) =
        (token(&portal, "owner@a.example", BOTH).await, token(&portal, "owner@a.example", BOTH).await);
    let path = format!("{PATH}/x");
    let mut refused = None;
    for _ in 0..PER_MINUTE.get() * 3 {
        let (answer, _) = get(&portal, &path, &hasty).await;
        if answer.status != StatusCode::NOT_FOUND {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("nothing was refused");
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.header(header::RETRY_AFTER).parse().unwrap();
    assert!((1..=60).contains(&wait), "{wait}");
    assert_eq!(get(&portal, &path, &calm).await.0.status, StatusCode::NOT_FOUND, "another token");
}

/// The page of tokens: a secret is shown once, works, and opens nothing once it was taken back.
#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_token_is_made_used_and_taken_back(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut portal = Portal::new(pool, connect).await;
    let cookie = portal.cookie("owner@a.example").await;
    let form = "name=Farm+controller&scope=baselines:read&facility=&days=90";
    let made = portal.ask(crate::portal::Verb::Post, "/settings/tokens/make", form, &cookie).await;
    assert_eq!((made.status, made.header(header::LOCATION)), (StatusCode::OK, ""));
    assert_eq!(made.header(header::CACHE_CONTROL), "no-store");
    let begin = made.body.find("gs_").unwrap();
    let secret = made.body[begin..begin + 67].to_owned();
    let list = format!("{PATH}?facility=cedar");
    assert_eq!(get(&portal, &list, &secret).await.0.status, StatusCode::OK);

    let page = portal.ask(crate::portal::Verb::Get, "/settings/tokens", "", &cookie).await;
    assert!(page.body.contains("Farm controller") && page.body.contains(&secret[..11]));
    assert!(!page.body.contains(&secret[..12]), "the page knows more of a secret than it shows");
    let id = "SELECT id::text FROM api_tokens WHERE name = 'Farm controller'";
    let id: String = sqlx::query_scalar(id).fetch_one(&mut portal.owner).await.unwrap();
    let back = portal
        .ask(crate::portal::Verb::Post, "/settings/tokens/revoke", &format!("token={id}"), &cookie)
        .await;
    assert_eq!(back.header(header::LOCATION), "/settings/tokens?notice=revoked");
    assert_eq!(get(&portal, &list, &secret).await.0.status, StatusCode::UNAUTHORIZED);

    let audited =
        "SELECT array_agg(action ORDER BY height) FROM audit_events WHERE detail->>'name' = 'Farm controller'
        AND detail::text NOT LIKE '%' || $1 || '%'";
    let audited: Vec<String> =
        sqlx::query_scalar(audited).bind(&secret[12..]).fetch_one(&mut portal.owner).await.unwrap();
    assert_eq!(audited, ["token.made", "token.revoked"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn the_description_is_openapi_and_whole(pool: PgPoolOptions, connect: PgConnectOptions) {
    let portal = Portal::new(pool, connect).await;
    let answer = portal.send(Method::GET, "/api/openapi.json", "", &[]).await;
    assert_eq!((answer.status, answer.header(header::CONTENT_TYPE)), (StatusCode::OK, "application/json"));
    let spec = oas3::from_json(&answer.body).unwrap();
    assert!(spec.openapi.starts_with("3.1"), "{}", spec.openapi);
    let described: BTreeSet<(String, String)> =
        spec.operations().map(|(path, method, _)| (path, method.to_string())).collect();
    let routes =
        crate::portal::endpoints().into_iter().filter(|e| e.path.starts_with("/api/revenue-sharing/"));
    let routes: BTreeSet<(String, String)> =
        routes.map(|e| (e.path.clone(), Method::from(e.verb).to_string())).collect();
    assert_eq!(described, routes);

    // The bodies that developers begin with are ones that fit.
    let document: Value = serde_json::from_str(&answer.body).unwrap();
    let content = &document["paths"][PATH]["post"]["requestBody"]["content"]["application/json"];
    let mut schema = content["schema"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let examples = content["examples"].as_object().unwrap();
    assert_eq!(examples.len(), 3);
    let token = token(&portal, "owner@a.example", BOTH).await;
    for (name, example) in examples {
        let wrong: Vec<String> = validator.iter_errors(&example["value"]).map(|e| e.to_string()).collect();
        assert_eq!(wrong, Vec::<String>::new(), "{name}");
        let (made, body) = post(&portal, &example["value"], &token, &[]).await;
        if name == "meters" {
            assert_eq!(
                errors(&body),
                BTreeSet::from(["metric_type"]),
                "this facility has no main meter: {body}"
            );
        } else {
            assert_eq!(made.status, StatusCode::CREATED, "{name}: {body}");
        }
    }

    // The page says the same.
    let cookie = portal.cookie("owner@a.example").await;
    let page = portal.ask(crate::portal::Verb::Get, "/developers", "", &cookie).await;
    for said in [
        "Create a baseline",
        "List baselines",
        "Read a baseline",
        "rows[].temperature_c",
        "baselines:write",
        "curl",
    ] {
        assert!(page.body.contains(said), "{said}");
    }
}
