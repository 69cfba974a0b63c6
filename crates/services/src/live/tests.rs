use super::*;
use domain::id::PointId;
use domain::point::Metric;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use uuid::Uuid;

const FACILITY: FacilityId = FacilityId(Uuid::from_u128(1));
const GATEWAY: GatewayId = GatewayId(Uuid::from_u128(2));

fn source(channel: u32, raw: Option<i64>, at_ms: i64) -> LiveSource {
    let point = LivePoint {
        id: PointId(Uuid::from_u128(u128::from(channel))),
        name: format!("Point {channel}"),
        zone: None,
        metric: Metric::Power,
        end_use: None,
        decimals: 0,
        interval_ms: 10_000,
        raw,
        at_ms,
    };
    LiveSource { point, channel: Some((GATEWAY, channel)) }
}

fn update(readings: &[(u32, i64, i64)]) -> FacilityUpdate {
    let reading = |&(channel, at_ms, raw)| LiveReading { channel, at_ms, raw };
    FacilityUpdate { facility: FACILITY, gateway: GATEWAY, readings: readings.iter().map(reading).collect() }
}

fn snapshot(subscription: &Subscription) -> Snapshot {
    match Message::decode(&subscription.snapshot) {
        Ok(Message::Snapshot(snapshot)) => snapshot,
        other => panic!("expected a snapshot, got {other:?}"),
    }
}

async fn next_delta(subscription: &mut Subscription) -> Delta {
    match Message::decode(&subscription.frames.recv().await.expect("a frame")) {
        Ok(Message::Delta(delta)) => delta,
        other => panic!("expected a delta, got {other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn a_burst_becomes_two_frames_and_ends_in_the_newest_values() {
    let hub = Hub::default();
    let mut watcher = hub.open(FACILITY, &[source(1, Some(100), 0), source(2, None, 0)]);
    let mut state = snapshot(&watcher);
    for tick in 1..=40 {
        hub.publish(&update(&[(1, tick, 100 + tick), (2, tick, -tick), (9, tick, 1)]));
    }
    let started = Instant::now();
    for _ in 0..2 {
        state.apply(&next_delta(&mut watcher).await).expect("in sequence");
    }
    assert!(started.elapsed() >= FRAME_INTERVAL);
    assert_eq!(watcher.frames.try_recv(), Err(TryRecvError::Empty));
    let values: Vec<_> = state.points.iter().map(|p| (p.raw, p.at_ms)).collect();
    assert_eq!(values, [(Some(140), 40), (Some(-40), 40)]);
}

#[tokio::test(start_paused = true)]
async fn late_readings_are_no_news() {
    let hub = Hub::default();
    let mut watcher = hub.open(FACILITY, &[source(1, Some(5), 1_000)]);
    hub.publish(&update(&[(1, 999, 7)]));
    hub.publish(&update(&[(1, 1_000, 8)]));
    assert_eq!(watcher.frames.try_recv(), Err(TryRecvError::Empty));
    hub.publish(&update(&[(1, 1_001, 9)]));
    assert_eq!(next_delta(&mut watcher).await.changes, [Change { index: 0, step: 4, at_ms: 1_001 }]);
}

#[tokio::test(start_paused = true)]
async fn whoever_joins_later_continues_where_the_snapshot_stops() {
    let hub = Hub::default();
    let _first = hub.open(FACILITY, &[source(1, None, 0)]);
    hub.fill(FACILITY, &[source(1, Some(50), 10)]);
    hub.publish(&update(&[(1, 20, 60)])); // within the interval of the frame before: pending
    let mut second = hub.join(FACILITY).expect("watched");
    let mut state = snapshot(&second);
    assert_eq!(state.points[0].raw, Some(50));
    state.apply(&next_delta(&mut second).await).expect("in sequence");
    assert_eq!(state.points[0].raw, Some(60));
}

#[tokio::test(start_paused = true)]
async fn a_slow_watcher_is_told_to_start_again_and_others_are_not() {
    let hub = Hub::default();
    let mut slow = hub.open(FACILITY, &[source(1, None, 0)]);
    let mut quick = hub.join(FACILITY).expect("watched");
    for tick in 1..=20 {
        hub.publish(&update(&[(1, tick, tick)]));
        assert_eq!(next_delta(&mut quick).await.seq, tick.cast_unsigned());
    }
    assert!(matches!(slow.frames.recv().await, Err(RecvError::Lagged(_))));
}

#[tokio::test(start_paused = true)]
async fn a_facility_nobody_watches_is_dropped_and_a_changed_one_starts_again() {
    let hub = Hub::default();
    let mut watcher = hub.open(FACILITY, &[source(1, None, 0)]);
    hub.forget(FACILITY);
    assert_eq!(watcher.frames.recv().await, Err(RecvError::Closed));
    drop(hub.open(FACILITY, &[source(1, None, 0)]));
    hub.publish(&update(&[(1, 1, 1)]));
    assert!(hub.join(FACILITY).is_none());
}
