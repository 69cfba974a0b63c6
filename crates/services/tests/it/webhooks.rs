//! Webhooks to a real receiver: signed, tried again, replayed, told once by two servers, stopped and let go on.

use crate::accounts::Accounts;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use axum::{Router, body::Bytes};
use chrono::TimeDelta;
use domain::access::{Grant, OrganisationKind, Permission, Principal, Role};
use domain::id::OrganisationId;
use domain::webhooks::view::{DeliveryRow, WebhooksView};
use domain::webhooks::{DeliveryState, EndpointState, EventType};
use integrations::webhook::Sender;
use ring::hmac;
use services::webhooks::{self, NewEndpoint, Outcome, send_due};
use services::{Context, Error, organisations};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use uuid::Uuid;

type Got = (HeaderMap, String);

/// A receiver that answers what it is told to and keeps what it gets.
#[derive(Clone, Default)]
struct Receiver {
    got: Arc<Mutex<Vec<Got>>>,
    answer: Arc<Mutex<(u16, Option<&'static str>)>>,
}

impl Receiver {
    async fn start() -> (Self, String) {
        let receiver = Self::default();
        receiver.answers(204, None);
        let take = async |State(r): State<Receiver>, headers: HeaderMap, body: Bytes| {
            r.got.lock().unwrap().push((headers, String::from_utf8(body.to_vec()).unwrap()));
            let (status, wait) = *r.answer.lock().unwrap();
            let mut answer = HeaderMap::new();
            if let Some(wait) = wait {
                answer.insert("retry-after", wait.parse().unwrap());
            }
            // Redirects are not followed, wherever they lead.
            answer.insert("location", "/hook".parse().unwrap());
            (StatusCode::from_u16(status).unwrap(), answer)
        };
        let router = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn answers(&self, status: u16, retry_after: Option<&'static str>) {
        *self.answer.lock().unwrap() = (status, retry_after);
    }

    fn got(&self) -> Vec<Got> {
        std::mem::take(&mut *self.got.lock().unwrap())
    }
}

struct Case {
    accounts: Accounts,
    owner: Principal,
    sender: Sender,
    receiver: Receiver,
    secret: String,
}

impl Case {
    async fn new(pool: PgPoolOptions, connect: PgConnectOptions) -> Self {
        let accounts = Accounts::new(pool, connect).await;
        let owner = accounts.person("owner@cedar.example", &accounts.cedar, Role::Owner).await.principal;
        let (receiver, url) = Receiver::start().await;
        let sender = Sender::new(true).unwrap();
        let new = NewEndpoint { url, description: "Farm".to_owned(), events: vec![EventType::ReportMade] };
        let secret = webhooks::add(&accounts.ctx, &owner, &sender, &new).await.unwrap();
        Self { accounts, owner, sender, receiver, secret }
    }

    fn ctx(&self) -> &Context {
        &self.accounts.ctx
    }

    async fn view(&self) -> WebhooksView {
        webhooks::view(self.ctx(), &self.owner, None, None).await.unwrap()
    }

    async fn newest(&self) -> DeliveryRow {
        self.view().await.deliveries.remove(0)
    }

    async fn ping(&self) -> Uuid {
        let endpoint = self.view().await.endpoints[0].id;
        webhooks::ping(self.ctx(), &self.owner, endpoint).await.unwrap();
        endpoint
    }

    async fn send(&self) -> (usize, usize) {
        let outcome = send_due(self.ctx(), &self.sender).await.unwrap();
        (outcome.delivered, outcome.failed)
    }
}

/// The signature as a receiver checks it, written without the code that signs.
fn signed(secret: &str, (headers, body): &Got) -> bool {
    use base64::Engine as _;
    let base64 = base64::engine::general_purpose::STANDARD;
    let text = |name: &str| headers[name].to_str().unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, &base64.decode(&secret["whsec_".len()..]).unwrap());
    let content = format!("{}.{}.{body}", text("webhook-id"), text("webhook-timestamp"));
    text("webhook-signature").split(' ').any(|one| {
        let given = base64.decode(one.strip_prefix("v1,").unwrap()).unwrap();
        hmac::verify(&key, content.as_bytes(), &given).is_ok()
    })
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_delivery_is_signed_and_sent_once_by_two_servers(pool: PgPoolOptions, connect: PgConnectOptions) {
    let case = Case::new(pool, connect).await;
    case.ping().await;
    let (a, b) = tokio::join!(case.send(), case.send());
    assert_eq!((a.0 + b.0, a.1 + b.1), (1, 0));
    let got = case.receiver.got();
    assert_eq!(got.len(), 1);
    assert!(signed(&case.secret, &got[0]) && !signed("whsec_AAAA", &got[0]));
    let body: serde_json::Value = serde_json::from_str(&got[0].1).unwrap();
    assert_eq!(body["type"], "test.ping");
    let one = case.newest().await;
    assert_eq!((one.state, one.attempts[0].status), (DeliveryState::Delivered, Some(204)));
    assert_eq!(got[0].0["webhook-id"].to_str().unwrap(), one.id.to_string());

    // A new secret signs beside the old one for a day, and alone after that.
    let endpoint = one.endpoint;
    let new = webhooks::rotate(case.ctx(), &case.owner, endpoint).await.unwrap();
    case.ping().await;
    case.send().await;
    let both = case.receiver.got();
    assert!(signed(&new, &both[0]) && signed(&case.secret, &both[0]));
    case.ctx().clock.advance(TimeDelta::hours(25));
    case.ping().await;
    case.send().await;
    let alone = case.receiver.got();
    assert!(signed(&new, &alone[0]) && !signed(&case.secret, &alone[0]));
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn what_is_not_taken_is_tried_again_and_can_be_replayed(
    pool: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let case = Case::new(pool, connect).await;
    case.receiver.answers(503, Some("60"));
    case.ping().await;
    assert_eq!(case.send().await, (0, 1));
    case.ctx().clock.advance(TimeDelta::seconds(59));
    assert_eq!(case.send().await, (0, 0), "the receiver asked for a minute");
    case.ctx().clock.advance(TimeDelta::seconds(1));
    // A redirect is no answer that counts, and is not followed.
    case.receiver.answers(302, None);
    assert_eq!(case.send().await, (0, 1));
    assert_eq!(case.receiver.got().len(), 2);
    for _ in 0..7 {
        case.ctx().clock.advance(TimeDelta::days(1));
        assert_eq!(case.send().await, (0, 1));
    }
    let failed = case.newest().await;
    assert_eq!((failed.state, failed.attempts.len()), (DeliveryState::Failed, 9));
    case.ctx().clock.advance(TimeDelta::days(10));
    assert_eq!(case.send().await, (0, 0), "that was the last try");
    let ids: Vec<String> =
        case.receiver.got().iter().map(|g| g.0["webhook-id"].to_str().unwrap().into()).collect();
    assert!(ids.iter().all(|id| *id == failed.id.to_string()), "every try has the delivery's identifier");

    // Nothing was taken for days: it is stopped, and one more old failure does not stop it again once it was let go on.
    let endpoint = case.view().await.endpoints.remove(0);
    assert_eq!(endpoint.state, EndpointState::Stopped);
    webhooks::switch(case.ctx(), &case.owner, endpoint.id, true).await.unwrap();
    assert_eq!(webhooks::replay(case.ctx(), &case.owner, None).await.unwrap(), 1);
    assert_eq!(case.send().await, (0, 1));
    assert_eq!(case.view().await.endpoints[0].state, EndpointState::On);
    case.receiver.answers(200, None);
    assert_eq!(webhooks::replay(case.ctx(), &case.owner, Some(failed.id)).await.unwrap(), 1);
    assert_eq!(case.send().await, (1, 0));
    let endpoint = case.view().await.endpoints.remove(0);
    assert_eq!(endpoint.failing_since, None);

    case.receiver.answers(410, None);
    case.ping().await;
    assert_eq!(case.send().await, (0, 1));
    assert_eq!(case.view().await.endpoints[0].state, EndpointState::Stopped, "it said that it is gone");
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn only_who_manages_tokens_and_only_their_own(pool: PgPoolOptions, connect: PgConnectOptions) {
    let case = Case::new(pool, connect).await;
    let (ctx, endpoint) = (case.ctx(), case.ping().await);
    let delivery = case.newest().await.id;
    let harbor = &case.accounts.harbor;
    let stranger = case.accounts.person("owner@harbor.example", harbor, Role::Owner).await.principal;
    let cedar = &case.accounts.cedar;
    let viewer = case.accounts.person("viewer@cedar.example", cedar, Role::Viewer).await.principal;
    assert!(matches!(webhooks::view(ctx, &viewer, None, None).await, Err(Error::Forbidden)));
    assert!(matches!(webhooks::ping(ctx, &viewer, endpoint).await, Err(Error::Forbidden)));
    assert!(webhooks::view(ctx, &stranger, None, None).await.unwrap().endpoints.is_empty());
    for outcome in [
        webhooks::ping(ctx, &stranger, endpoint).await,
        webhooks::switch(ctx, &stranger, endpoint, false).await,
        webhooks::delete(ctx, &stranger, endpoint).await,
        webhooks::rotate(ctx, &stranger, endpoint).await.map(drop),
        webhooks::replay(ctx, &stranger, Some(delivery)).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    }
    let public = Sender::new(false).unwrap();
    for (url, events, field) in [
        ("http://hooks.example.com", vec![EventType::ReportMade], "url"),
        ("https://169.254.169.254/latest/meta-data", vec![EventType::ReportMade], "url"),
        ("https://hooks.example.com", vec![], "event"),
    ] {
        let new = NewEndpoint { url: url.to_owned(), description: "D".to_owned(), events };
        match webhooks::add(ctx, &case.owner, &public, &new).await {
            Err(Error::Invalid(fields)) => assert_eq!(fields[0].field, field, "{url}"),
            other => panic!("{url}: {other:?}"),
        }
    }
    // An address that was stored when it was allowed is still not reached by a sender that may not.
    let refused = send_due(ctx, &public).await.unwrap();
    assert_eq!(refused, Outcome { delivered: 0, failed: 1 });
    assert!(case.receiver.got().is_empty());
    webhooks::delete(ctx, &case.owner, endpoint).await.unwrap();
    assert!(matches!(webhooks::replay(ctx, &case.owner, Some(delivery)).await, Err(Error::NotFound)));
}

/// Something happens at an organisation, in the scope of somebody of it.
async fn happens(ctx: &Context, who: &Principal, at: OrganisationId) {
    let mut tx = ctx.db.begin(&who.scope(Permission::ViewFacility).unwrap()).await.unwrap();
    let told = format!("{{\"at\":\"{at}\"}}");
    let now = ctx.clock.now();
    store::webhooks::emit(&mut tx, at, EventType::ReportMade, (&told, None), now).await.unwrap();
    tx.commit().await.unwrap();
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn a_vendor_hears_of_whom_it_serves_and_of_nobody_else(pool: PgPoolOptions, connect: PgConnectOptions) {
    let mut tables = PgConnection::connect_with(&connect).await.unwrap();
    let case = Case::new(pool, connect).await;
    let (ctx, accounts) = (case.ctx(), &case.accounts);
    let found = async |name, kind, vendor| organisations::found(ctx, name, kind, vendor).await.unwrap();
    let rival = found("Rival", OrganisationKind::Vendor, None).await;
    let meadow = found("Meadow", OrganisationKind::Customer, Some("Rival")).await;
    let person = async |email, at, role| accounts.person(email, at, role).await.principal;
    let admin = person("admin@vendor.example", &accounts.vendor, Role::VendorAdmin).await;
    let rival_admin = person("admin@rival.example", &rival, Role::VendorAdmin).await;
    let harbor = person("owner@harbor.example", &accounts.harbor, Role::Owner).await;
    let meadows = person("owner@meadow.example", &meadow, Role::Owner).await;
    let mut receivers = Vec::new();
    for who in [&admin, &rival_admin] {
        let (receiver, url) = Receiver::start().await;
        let new = NewEndpoint { url, description: "All".to_owned(), events: vec![EventType::ReportMade] };
        webhooks::add(ctx, who, &case.sender, &new).await.unwrap();
        receivers.push(receiver);
    }
    let heard = |n: usize| {
        let mut all: Vec<String> = receivers[n].got().into_iter().map(|(_, body)| body).collect();
        all.sort();
        all
    };
    let about = |organisation: OrganisationId| format!("{{\"at\":\"{organisation}\"}}");
    let (cedar, other) = (accounts.cedar.id, accounts.harbor.id);

    happens(ctx, &case.owner, cedar).await;
    happens(ctx, &harbor, other).await;
    happens(ctx, &meadows, meadow.id).await;
    // Two servers hand on at the same time.
    tokio::join!(case.send(), case.send());
    let mut both = vec![about(cedar), about(other)];
    both.sort();
    assert_eq!((heard(0), heard(1)), (both, vec![about(meadow.id)]));
    assert_eq!(case.receiver.got().len(), 1, "a customer hears of itself alone");
    assert_eq!(case.send().await, (0, 0), "and everybody once");

    // A delivery waits for its next try, another one has failed; then the customer changes its vendor.
    receivers[0].answers(503, None);
    happens(ctx, &harbor, other).await;
    assert_eq!(case.send().await, (0, 1));
    happens(ctx, &harbor, other).await;
    sqlx::query("UPDATE organisations SET vendor_id = $1 WHERE id = $2")
        .bind(rival.id.0)
        .bind(other.0)
        .execute(&mut tables)
        .await
        .unwrap();
    receivers[0].answers(204, None);
    heard(0);
    ctx.clock.advance(TimeDelta::days(1));
    assert_eq!(case.send().await, (1, 0));
    assert_eq!((heard(0), heard(1)), (vec![], vec![about(other)]));
    let admin = accounts.sign_in("admin@vendor.example").await.unwrap().principal;
    let waited = webhooks::view(ctx, &admin, Some(DeliveryState::Failed), None).await.unwrap().deliveries;
    assert_eq!(waited.len(), 1);
    assert_eq!(webhooks::replay(ctx, &admin, None).await.unwrap(), 0);
    assert!(matches!(webhooks::replay(ctx, &admin, Some(waited[0].id)).await, Err(Error::NotFound)));

    // Who sees some facilities only may not listen to all of them.
    let limited = Grant { facilities: Some(vec![]), ..admin.grants[0].clone() };
    let limited = Principal { grants: vec![limited], ..admin };
    assert!(matches!(webhooks::view(ctx, &limited, None, None).await, Err(Error::Forbidden)));
}
