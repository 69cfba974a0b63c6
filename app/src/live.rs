//! The live connection of a page: one websocket, with polling and pausing around it.

use crate::api::live::get_live_snapshots;
use domain::id::{FacilityId, PointId};
use domain::live::{LivePoint, Message, Request, Snapshot};
use domain::varint::DecodeError;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos_use_websocket::{
    ConnectionReadyState, DummyEncoder, ReconnectLimit, UseWebSocketOptions, UseWebSocketReturn,
    use_websocket_with_options,
};
use std::time::Duration;

/// Seconds without a connection after which the page polls instead.
const POLLING_AFTER_S: u32 = 10;
/// Seconds between two polls.
const POLLING_EVERY_S: u32 = 30;
/// Seconds a hidden tab keeps its connection.
const HIDDEN_MAX_S: u32 = 60;

/// How fresh the values on the page are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LiveStatus {
    /// The first connection is being made.
    Connecting,
    /// Frames arrive as readings are committed.
    Live,
    /// The connection broke and is being made again.
    Reconnecting,
    /// No connection can be had; values are fetched every half minute.
    Polling,
    /// Stopped by the reader, or because the tab has been hidden for a while.
    Paused,
}

/// The newest values of the facilities a page watches. Empty on the server and until the first snapshot, so pages
/// show what the server rendered until then.
#[derive(Clone, Copy)]
pub struct Live {
    /// How fresh the values are kept.
    pub status: Signal<LiveStatus>,
    /// Seconds since the Unix epoch, for ages; 0 on the server and until the page runs.
    pub now_s: Signal<i64>,
    /// Whether the reader has paused the page.
    pub paused: RwSignal<bool>,
    snapshots: RwSignal<Vec<Snapshot>>,
}

impl Live {
    /// The newest reading of a point; none until one has arrived over this connection.
    pub fn point(self, id: PointId) -> Memo<Option<LivePoint>> {
        Memo::new(move |_| {
            self.snapshots.with(|all| all.iter().flat_map(|s| &s.points).find(|p| p.id == id).cloned())
        })
    }
}

/// Encodes and decodes frames for the websocket.
struct LiveCodec;

impl codee::Encoder<Request> for LiveCodec {
    type Error = serde_json::Error;
    type Encoded = Vec<u8>;
    fn encode(request: &Request) -> Result<Vec<u8>, Self::Error> {
        serde_json::to_vec(request)
    }
}

impl codee::Decoder<Message> for LiveCodec {
    type Error = DecodeError;
    type Encoded = [u8];
    fn decode(frame: &[u8]) -> Result<Message, Self::Error> {
        Message::decode(frame)
    }
}

/// What the connection's clock needs to know from one second to the next.
#[derive(Clone, Copy, Default)]
struct Idle {
    hidden_s: u32,
    offline_s: u32,
    asleep: bool,
}

/// Watches facilities from the moment the page runs in a browser. Does nothing on the server.
pub fn use_live(facilities: Vec<FacilityId>) -> Live {
    let snapshots = RwSignal::new(Vec::<Snapshot>::new());
    let resync = RwSignal::new(0u32);
    let frame = move |message: &Message| match message {
        Message::Snapshot(new) => snapshots.update(|all| {
            all.retain(|s| s.facility != new.facility);
            all.push(new.clone());
        }),
        Message::Delta(delta) => {
            let applied = snapshots
                .try_update(|all| all.iter_mut().find(|s| s.topic == delta.topic).map(|s| s.apply(delta)));
            if !matches!(applied, Some(Some(Ok(())))) {
                resync.update(|n| *n += 1);
            }
        }
        Message::Refused(_) => snapshots.set(Vec::new()),
    };
    // Tabs that lost the same server come back spread over a few seconds.
    let reconnect_ms = 1_500 + spread_ms();
    let options = UseWebSocketOptions::default()
        .on_message(frame)
        .reconnect_limit(ReconnectLimit::Infinite)
        .reconnect_interval(reconnect_ms);
    let UseWebSocketReturn { ready_state, open, close, send, .. } =
        use_websocket_with_options::<Request, Message, LiveCodec, (), DummyEncoder>("/live", options);

    let wanted = facilities.clone();
    Effect::new(move |_| {
        resync.track();
        if ready_state.get() == ConnectionReadyState::Open {
            send(&Request::Subscribe(wanted.clone()));
        }
    });

    let (status, set_status) = signal(LiveStatus::Connecting);
    let (now_s, set_now_s) = signal(0i64);
    let paused = RwSignal::new(false);
    let idle = StoredValue::new(Idle::default());
    let second = move || {
        set_now_s.set(now());
        let mut state = idle.get_value();
        state.hidden_s = if document().hidden() { state.hidden_s + 1 } else { 0 };
        let asleep = paused.get_untracked() || state.hidden_s > HIDDEN_MAX_S;
        if asleep && !state.asleep {
            close();
        } else if state.asleep && !asleep {
            open();
        }
        state.asleep = asleep;
        let online = ready_state.get_untracked() == ConnectionReadyState::Open;
        state.offline_s = if online || asleep { 0 } else { state.offline_s + 1 };
        if state.offline_s >= POLLING_AFTER_S
            && (state.offline_s - POLLING_AFTER_S).is_multiple_of(POLLING_EVERY_S)
        {
            poll(facilities.clone(), snapshots);
        }
        let heard = snapshots.with_untracked(|s| !s.is_empty());
        set_status.set(match state {
            _ if asleep => LiveStatus::Paused,
            _ if online => LiveStatus::Live,
            Idle { offline_s, .. } if offline_s >= POLLING_AFTER_S => LiveStatus::Polling,
            _ if heard => LiveStatus::Reconnecting,
            _ => LiveStatus::Connecting,
        });
        idle.set_value(state);
    };
    // Effects run in the browser only, so the server starts no timer.
    Effect::new(move |_| {
        let second = second.clone();
        if let Ok(timer) = set_interval_with_handle(second, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    });
    Live { status: status.into(), now_s: now_s.into(), paused, snapshots }
}

fn poll(facilities: Vec<FacilityId>, snapshots: RwSignal<Vec<Snapshot>>) {
    spawn_local(async move {
        // A failed poll leaves the last values in place; their age shows.
        if let Ok(fresh) = get_live_snapshots(facilities).await {
            snapshots.set(fresh);
        }
    });
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds since 1970 fit an i64")]
fn now() -> i64 {
    (js_sys::Date::now() / 1_000.0) as i64
}

/// A number of milliseconds below 3,000 that differs from tab to tab; the server makes no connection and gets 0.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 3,000")]
fn spread_ms() -> u64 {
    if cfg!(target_arch = "wasm32") { (js_sys::Math::random() * 3_000.0) as u64 } else { 0 }
}
