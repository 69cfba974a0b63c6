use domain::envelope::Envelope;
use domain::id::GatewayId;
use tempfile::TempDir;

use super::*;
use crate::journal::{Cursor, LEAST_MAX_BYTES};

struct Bench {
    _folder: TempDir,
    shared: Shared,
    status: Arc<Status>,
    recorder: Recorder,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let shared = Shared::new(Journal::open(folder.path(), LEAST_MAX_BYTES, 1_800_000_000_000).unwrap());
    let status = Arc::new(Status::new(GatewayId(uuid::Uuid::from_u128(1))));
    let recorder = Recorder::new(shared.clone(), Arc::clone(&status));
    Bench { _folder: folder, shared, status, recorder }
}

fn tick(at_ms: i64, map_version: u32, channels: u32) -> Tick {
    let values = (0..channels).map(|c| (c, i64::from(c) * 1_000_000)).collect();
    Tick { at_ms, closed_ms: at_ms, map_version, values }
}

impl Bench {
    fn envelopes(&self) -> Vec<Envelope> {
        self.shared.with(|journal| {
            let mut cursor = Cursor::default();
            let entries = std::iter::from_fn(|| journal.next(&mut cursor).unwrap());
            entries.map(|e| Envelope::decode(&seal::envelope(&e).unwrap()).unwrap()).collect()
        })
    }

    fn ticks(&self) -> Vec<Vec<i64>> {
        self.envelopes().into_iter().map(|e| e.ticks).collect()
    }
}

#[test]
fn an_envelope_is_closed_by_its_ticks_by_a_new_map_or_by_a_new_boot() {
    let mut bench = bench();
    for (at, version, new_boot) in [
        (1, 1, false),
        (2, 1, false),
        (3, 1, false),
        (4, 1, false),
        (5, 2, false),
        (6, 2, false),
        (1, 2, true),
        (2, 2, false),
    ] {
        bench.recorder.push(tick(at, version, 2), new_boot, 3);
    }
    assert_eq!(bench.ticks(), [vec![1, 2, 3], vec![4], vec![5, 6]]);
    bench.recorder.close_envelope();
    assert_eq!(bench.ticks().last(), Some(&vec![1, 2]));
    let names: Vec<_> = bench.envelopes().iter().map(|e| (e.map_version, e.seq)).collect();
    assert_eq!(names, [(1, 1), (1, 2), (2, 3), (2, 1)]);
    let boots: Vec<_> = bench.envelopes().iter().map(|e| e.boot).collect();
    assert!(boots[0] == boots[2] && boots[3] > boots[2]);
    assert_eq!(bench.status.edit().boot, boots[3].to_string());
}

#[test]
fn an_envelope_is_closed_before_it_is_too_large_to_send() {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path(), crate::journal::DEFAULT_MAX_BYTES, 0).unwrap();
    let mut bench = bench();
    bench.shared = Shared::new(journal);
    bench.recorder = Recorder::new(bench.shared.clone(), Arc::clone(&bench.status));
    for at in 0..100 {
        bench.recorder.push(tick(at, 1, 4096), false, 256);
    }
    bench.recorder.close_envelope();
    assert!(bench.envelopes().len() > 1);
    assert_eq!(bench.ticks().concat(), (0..100).collect::<Vec<_>>());
}

#[test]
fn while_the_disk_refuses_ticks_wait_in_order_and_then_new_ones_are_refused() {
    let mut bench = bench();
    let mut at = 0;
    let mut push = |bench: &mut Bench, new_boot| {
        at += 1;
        bench.recorder.push(tick(at, 1, 200), new_boot, 2);
        at
    };
    while bench.status.edit().disk_problem.is_none() {
        push(&mut bench, false);
    }
    assert!(bench.status.edit().disk_problem.as_deref().unwrap().contains("full"));
    let sent = bench.envelopes();
    let boot = sent[0].boot;
    // A clock that goes back now must not mix the waiting times with the new ones.
    push(&mut bench, true);
    let room = MOST_WAITING - bench.status.edit().waiting_ticks;
    (0..room).for_each(|_| {
        push(&mut bench, false);
    });
    assert_eq!(bench.status.edit().waiting_ticks, MOST_WAITING);
    assert_eq!(bench.status.edit().refused_ticks, 0);
    // The clock goes back once more in a tick that is refused: the tick is lost, the new boot is not.
    let refused = push(&mut bench, true);
    assert_eq!(bench.status.edit().refused_ticks, 1);

    // The server commits, again and again, and everything that waited comes out in order.
    let mut received: Vec<(u64, i64)> = Vec::new();
    for _ in 0..1000 {
        let envelopes = bench.envelopes();
        let Some(last) = envelopes.last() else { break };
        received.extend(envelopes.iter().flat_map(|e| e.ticks.iter().map(|t| (e.boot, *t))));
        let marks: std::collections::BTreeMap<u64, u64> = envelopes.iter().map(|e| (e.boot, e.seq)).collect();
        assert!(marks.contains_key(&last.boot));
        bench.shared.with(|j| marks.iter().for_each(|(boot, seq)| assert!(j.committed(*boot, *seq).is_ok())));
        if bench.status.edit().waiting_ticks > 0 {
            push(&mut bench, false);
        } else {
            bench.recorder.close_envelope();
        }
    }
    assert_eq!(bench.status.edit().disk_problem, None);
    assert_eq!(bench.status.edit().waiting_ticks, 0);
    let boots: std::collections::BTreeSet<u64> = received.iter().map(|r| r.0).collect();
    assert_eq!(boots.len(), 3, "each new boot began once");
    assert_eq!(boots.first(), Some(&boot));
    assert!(received.windows(2).all(|w| w[0] < w[1]), "ticks out of order or twice");
    let lost: Vec<i64> = (1..=at).filter(|t| !received.iter().any(|r| r.1 == *t)).collect();
    assert_eq!(lost, [refused]);
    assert_eq!(bench.status.edit().refused_ticks, 1);
}
