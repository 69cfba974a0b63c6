use super::*;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::time::{Duration, Instant};

fn point(raw: Option<i64>) -> LivePoint {
    LivePoint {
        id: PointId(uuid::Uuid::from_u128(1)),
        name: "Flower 1 temperature".into(),
        zone: Some("flower-1".into()),
        metric: Metric::Temperature,
        end_use: None,
        decimals: 2,
        interval_ms: 10_000,
        raw,
        at_ms: 0,
    }
}

fn snapshot(values: &[Option<i64>]) -> Snapshot {
    Snapshot {
        facility: FacilityId(uuid::Uuid::from_u128(2)),
        topic: 3,
        seq: 7,
        points: values.iter().map(|v| point(*v)).collect(),
    }
}

#[test]
fn a_delta_moves_only_the_named_points() {
    let mut state = snapshot(&[Some(2150), None, Some(-3)]);
    let changes = vec![
        Change { index: 0, step: -25, at_ms: 1_790_000_000_000 },
        Change { index: 1, step: 640, at_ms: 1_790_000_000_000 },
    ];
    state.apply(&Delta { topic: 3, seq: 8, changes }).expect("in sequence");
    let raws: Vec<_> = state.points.iter().map(|p| p.raw).collect();
    assert_eq!(raws, [Some(2125), Some(640), Some(-3)]);
    assert_eq!(state.points[0].value().map(|v| v.to_string()).as_deref(), Some("21.25"));
    assert_eq!(state.seq, 8);
}

#[test]
fn a_missed_or_repeated_frame_is_noticed() {
    let mut state = snapshot(&[Some(1)]);
    for seq in [7, 9] {
        assert_eq!(state.apply(&Delta { topic: 3, seq, changes: vec![] }), Err(OutOfSync));
    }
    assert_eq!(state.apply(&Delta { topic: 4, seq: 8, changes: vec![] }), Err(OutOfSync));
    let beyond = Delta { topic: 3, seq: 8, changes: vec![Change { index: 1, step: 1, at_ms: 0 }] };
    assert_eq!(state.apply(&beyond), Err(OutOfSync));
    assert_eq!(state, snapshot(&[Some(1)]));
}

#[test]
fn snapshots_and_refusals_survive_the_wire() {
    for message in
        [Message::Snapshot(snapshot(&[Some(5), None])), Message::Refused("no such facility".into())]
    {
        assert_eq!(Message::decode(&message.encode()), Ok(message));
    }
}

/// A fuzz target in a test's clothes: frames with bytes spoilt, cut and inserted, for `FUZZ_SECONDS` (default 1). What
/// is read is written again as it was; nothing panics.
#[test]
fn fuzz_live_frame() {
    let changes = (0..40).map(|i| Change { index: i * 3, step: 17, at_ms: 1_790_000_000_000 }).collect();
    let corpus = [
        Message::Delta(Delta { topic: 3, seq: 8, changes }).encode(),
        Message::Snapshot(snapshot(&[Some(5), None])).encode(),
        Message::Refused("no such facility".into()).encode(),
    ];
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let mut runner = TestRunner::deterministic();
    let step = (0..corpus.len(), any::<Index>(), any::<u8>(), 0..4_u8);
    let (mut runs, mut read) = (0_u64, 0_u64);
    while Instant::now() < end {
        let Ok(tree) = step.new_tree(&mut runner) else { panic!("a strategy without values") };
        let (from, place, byte, how) = tree.current();
        let mut bytes = corpus[from].clone();
        let at = place.index(bytes.len());
        match how {
            0 => bytes.insert(at, byte),
            1 => bytes.truncate(at),
            2 => bytes[at] = byte,
            _ => drop(bytes.remove(at)),
        }
        if let Ok(message) = Message::decode(&bytes) {
            assert_eq!(Message::decode(&message.encode()), Ok(message));
            read += 1;
        }
        runs += 1;
    }
    println!("fuzz_live_frame: {runs} frames, {read} read");
    assert!(read > 0 && runs > read);
}

proptest! {
    #[test]
    fn deltas_survive_the_wire(
        seq in any::<u64>(),
        raw in proptest::collection::btree_map(0usize..500, (any::<i64>(), any::<i64>()), 0..60),
    ) {
        let changes = raw.into_iter().map(|(index, (step, at_ms))| Change { index, step, at_ms }).collect();
        let message = Message::Delta(Delta { topic: 3, seq, changes });
        prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn any_bytes_are_refused_or_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(message) = Message::decode(&bytes) {
            prop_assert_eq!(Message::decode(&message.encode()), Ok(message));
        }
    }
}
