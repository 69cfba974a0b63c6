//! `/live` over real sockets: who may watch, what they get, and what a reader who does not read costs the others.

use crate::portal::{ORIGIN, Portal};
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::http::StatusCode;
use axum::routing::any;
use domain::id::{FacilityId, GatewayId, PointId};
use domain::live::{LivePoint, Message as Frame, Request, Snapshot};
use domain::point::Metric;
use futures_util::future::{FutureExt, join_all, ready};
use futures_util::{SinkExt, StreamExt};
use server::routes::live::{Access, serve_socket, sized};
use services::live::{FacilityUpdate, Hub, LiveReading, LiveSource};
use services::sessions::sign_out;
use services::token::Token;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};
use uuid::Uuid;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

const PATIENCE: Duration = Duration::from_secs(20);
const GATEWAY: GatewayId = GatewayId(Uuid::from_u128(2));

async fn listen(router: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

async fn connect(port: u16, cookie: &str, origin: &str) -> Result<Socket, StatusCode> {
    let mut request = format!("ws://127.0.0.1:{port}/live").into_client_request().unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    request.headers_mut().insert("origin", origin.parse().unwrap());
    match connect_async(request).await {
        Ok((socket, _)) => Ok(socket),
        Err(Error::Http(answer)) => Err(answer.status()),
        Err(other) => panic!("{other}"),
    }
}

async fn subscribe(socket: &mut Socket, facility: FacilityId) {
    let request = serde_json::to_vec(&Request::Subscribe(vec![facility])).unwrap();
    socket.send(Message::Binary(request.into())).await.unwrap();
}

/// The next frame; none when the server has closed.
async fn frame(socket: &mut Socket) -> Option<Frame> {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.expect("the server answers") {
            Some(Ok(Message::Binary(bytes))) => return Some(Frame::decode(&bytes).unwrap()),
            Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
            Some(Ok(_)) => {}
        }
    }
}

async fn snapshot(socket: &mut Socket) -> Snapshot {
    match frame(socket).await {
        Some(Frame::Snapshot(snapshot)) => snapshot,
        other => panic!("expected a snapshot, got {other:?}"),
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn members_get_a_snapshot_and_what_is_committed_after_it(
    pool: PgPoolOptions,
    connect_: PgConnectOptions,
) {
    let portal = Portal::new(pool, connect_).await;
    let port = listen(portal.router()).await;
    let facility: FacilityId = portal.ids["facility_id"].parse().unwrap();
    let mut socket = connect(port, &portal.cookie("viewer@a.example").await, ORIGIN).await.unwrap();
    subscribe(&mut socket, facility).await;
    let mut state = snapshot(&mut socket).await;
    assert_eq!(state.facility, facility);
    assert_eq!(state.points.len(), 2);
    let gateway = portal.gateway_of(facility).await;
    let readings = vec![LiveReading { channel: 1, at_ms: 1_790_000_000_000, raw: 215 }];
    portal.ctx.live.publish(&FacilityUpdate { facility, gateway, readings });
    match frame(&mut socket).await {
        Some(Frame::Delta(delta)) => state.apply(&delta).unwrap(),
        other => panic!("expected a delta, got {other:?}"),
    }
    let values: Vec<_> = state.points.iter().filter_map(LivePoint::value).map(|v| v.to_string()).collect();
    assert_eq!(values, ["21.5"]);
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn strangers_are_refused(pool: PgPoolOptions, connect_: PgConnectOptions) {
    let portal = Portal::new(pool, connect_).await;
    let port = listen(portal.router()).await;
    let facility: FacilityId = portal.ids["facility_id"].parse().unwrap();
    let member = portal.cookie("viewer@a.example").await;
    assert_eq!(connect(port, "", ORIGIN).await.unwrap_err(), StatusCode::UNAUTHORIZED);
    assert_eq!(connect(port, &member, "https://evil.example").await.unwrap_err(), StatusCode::FORBIDDEN);
    for stranger in ["owner@b.example", "sales@vendor.example", "verifier@verifier.example"] {
        let mut socket = connect(port, &portal.cookie(stranger).await, ORIGIN).await.unwrap();
        subscribe(&mut socket, facility).await;
        assert!(matches!(frame(&mut socket).await, Some(Frame::Refused(_))), "{stranger}");
    }
}

#[sqlx::test(migrator = "store::MIGRATOR")]
async fn whoever_signs_out_loses_the_stream(pool: PgPoolOptions, connect_: PgConnectOptions) {
    let portal = Portal::new(pool, connect_).await;
    let port = listen(portal.router()).await;
    let cookie = portal.cookie("viewer@a.example").await;
    let mut socket = connect(port, &cookie, ORIGIN).await.unwrap();
    subscribe(&mut socket, portal.ids["facility_id"].parse().unwrap()).await;
    snapshot(&mut socket).await;
    let token = Token::parse(cookie.split_once('=').unwrap().1).unwrap();
    sign_out(&portal.ctx, &token).await.unwrap();
    assert_eq!(frame(&mut socket).await, None);
}

/// A server whose hub does not pause between frames.
async fn quick_server(hub: &Hub, points: u32) -> u16 {
    let sources: Vec<LiveSource> = (0..points).map(source).collect();
    let hub = hub.clone();
    let upgrade = move |ws: WebSocketUpgrade| {
        let (hub, sources) = (hub.clone(), sources.clone());
        async move {
            sized(ws).on_upgrade(move |socket| {
                let subscribe = move |facility| ready(Ok(hub.open(facility, &sources))).boxed();
                let allowed = || ready(true).boxed();
                serve_socket(socket, Access { subscribe: Box::new(subscribe), allowed: Box::new(allowed) })
            })
        }
    };
    listen(Router::new().route("/live", any(upgrade))).await
}

fn source(channel: u32) -> LiveSource {
    let point = LivePoint {
        id: PointId(Uuid::from_u128(u128::from(channel))),
        name: format!("Point {channel}"),
        zone: None,
        metric: Metric::Power,
        end_use: None,
        decimals: 0,
        interval_ms: 10_000,
        raw: None,
        at_ms: 0,
    };
    LiveSource { point, channel: Some((GATEWAY, channel)) }
}

/// Reads until the first point holds `last`, starting again from each snapshot; how many snapshots it took.
async fn read_until(mut socket: Socket, last: i64) -> usize {
    let (mut state, mut snapshots): (Option<Snapshot>, usize) = (None, 0);
    while state.as_ref().is_none_or(|s| s.points[0].raw != Some(last)) {
        match frame(&mut socket).await.expect("the socket stays open") {
            Frame::Snapshot(snapshot) => {
                snapshots += 1;
                state = Some(snapshot);
            }
            Frame::Delta(delta) => {
                state.as_mut().expect("a snapshot first").apply(&delta).expect("in sequence");
            }
            Frame::Refused(reason) => panic!("{reason}"),
        }
    }
    snapshots
}

#[tokio::test(flavor = "multi_thread")]
async fn a_herd_connects_at_once_and_one_who_does_not_read_holds_nobody_up() {
    const FRAMES: i64 = 3_000;
    const POINTS: u32 = 400;
    let hub = Hub::new(Duration::ZERO);
    let port = quick_server(&hub, POINTS).await;
    let facility = FacilityId(Uuid::from_u128(1));
    let mut herd =
        join_all((0..200).map(|_| connect(port, "", ORIGIN))).await.into_iter().map(Result::unwrap);
    let mut slow = herd.next().unwrap();
    let mut quick: Vec<Socket> = herd.collect();
    subscribe(&mut slow, facility).await;
    join_all(quick.iter_mut().map(|socket| subscribe(socket, facility))).await;
    join_all(quick.iter_mut().map(snapshot)).await;

    let (readers, publisher) =
        (quick.into_iter().map(|s| tokio::spawn(read_to_the_end(s, FRAMES))), hub.clone());
    let readers: Vec<_> = readers.collect();
    for value in 1..=FRAMES {
        // Values jump, so that frames are large and the slow reader's buffers fill.
        let reading = |channel| LiveReading {
            channel,
            at_ms: value,
            raw: if channel == 0 { value } else { (value % 2) << 50 },
        };
        let readings = (0..POINTS).map(reading).collect();
        publisher.publish(&FacilityUpdate { facility, gateway: GATEWAY, readings });
        tokio::task::yield_now().await;
    }
    for reader in readers {
        reader.await.expect("every quick reader ends in the newest state");
    }
    assert!(read_until(slow, FRAMES).await >= 2, "the slow reader had to start again from a snapshot");
}

/// A reader that has its first snapshot: falling behind is allowed, ending in an old state is not.
async fn read_to_the_end(mut socket: Socket, last: i64) {
    loop {
        match frame(&mut socket).await.expect("the socket stays open") {
            Frame::Snapshot(snapshot) if snapshot.points[0].raw == Some(last) => return,
            Frame::Snapshot(_) => {}
            Frame::Delta(delta) if delta.changes.iter().any(|c| c.at_ms == last) => return,
            Frame::Delta(_) => {}
            Frame::Refused(reason) => panic!("{reason}"),
        }
    }
}
