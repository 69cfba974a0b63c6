use std::collections::BTreeMap;
use std::path::Path;

use proptest::prelude::*;

use super::segment::{HEADER, MAGIC};
use super::*;

const NOW: i64 = 1_800_000_000_000;

fn open(dir: &Path) -> Journal {
    Journal::open(dir, DEFAULT_MAX_BYTES, NOW).unwrap()
}

fn put(journal: &mut Journal, body: &[u8], last: bool) -> (u64, u64) {
    let mut name = (0, 0);
    journal
        .append(last, |boot, seq| {
            name = (boot, seq);
            body.to_vec()
        })
        .unwrap();
    name
}

fn drain(journal: &mut Journal) -> Vec<Entry> {
    let mut cursor = Cursor::default();
    std::iter::from_fn(|| journal.next(&mut cursor).unwrap()).collect()
}

fn segments(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "seg"))
        .collect();
    paths.sort();
    paths
}

#[test]
fn what_is_appended_is_read_back_in_order_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let a = put(&mut journal, b"one", true);
    let b = put(&mut journal, b"two a", false);
    assert_eq!(put(&mut journal, b"two b", true), b);
    let c = put(&mut journal, b"three", false);
    assert_eq!((a.1, b.1, c.1), (1, 2, 3));
    assert_eq!(drain(&mut journal).len(), 2, "an envelope that is being filled is not sent");
    drop(journal);
    let mut journal = open(dir.path());
    let entries = drain(&mut journal);
    let names: Vec<_> = entries.iter().map(|e| (e.boot, e.seq, e.records.len(), e.lost)).collect();
    assert_eq!(names, [(a.0, 1, 1, false), (a.0, 2, 2, false), (a.0, 3, 1, false)]);
    let next = put(&mut journal, b"next", true);
    assert!(next.0 > a.0, "a restart is a new boot");
    assert_eq!(next.1, 1);
}

#[test]
fn a_boot_is_never_used_twice_whatever_the_clock_says() {
    let dir = tempfile::tempdir().unwrap();
    let mut boots = Vec::new();
    for now in [NOW, NOW, 0, -5, i64::MIN, NOW - 1, 1_000] {
        let mut journal = Journal::open(dir.path(), DEFAULT_MAX_BYTES, now).unwrap();
        let (boot, seq) = put(&mut journal, b"x", true);
        boots.push(boot);
        // Also when nothing of the boot is left on disk.
        journal.committed(boot, seq).unwrap();
        journal.start_boot(now);
        boots.push(put(&mut journal, b"y", true).0);
        journal.save().unwrap();
    }
    assert!(boots.is_sorted_by(|a, b| a < b), "{boots:?}");
    assert!(boots.iter().all(|b| i64::try_from(*b).is_ok()));
}

#[test]
fn only_one_process_writes() {
    let dir = tempfile::tempdir().unwrap();
    let _first = open(dir.path());
    let second = Journal::open(dir.path(), DEFAULT_MAX_BYTES, NOW);
    assert!(matches!(second, Err(OpenError::InUse(_))));
}

/// Cuts the last record at every byte: the records before it survive, and its number is not given to another.
#[test]
fn a_tail_cut_anywhere_leaves_the_valid_prefix() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    for body in [&b"first"[..], b"second", b"the record that is cut"] {
        put(&mut journal, body, true);
    }
    let boot = journal.boot();
    drop(journal);
    let path = segments(dir.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    let kept = whole.len() - HEADER - b"the record that is cut".len();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        let mut journal = open(dir.path());
        let expected = match length {
            l if l >= kept => 2,
            l if l >= MAGIC.len() + HEADER + 5 => 1,
            _ => 0,
        };
        assert_eq!(drain(&mut journal).len(), expected, "cut at {length}");
        let left = std::fs::metadata(&path).map_or(0, |m| m.len());
        assert_eq!(
            left,
            [0, (MAGIC.len() + HEADER + 5) as u64, kept as u64][expected],
            "the torn bytes are gone"
        );
        let (next, seq) = put(&mut journal, b"after", true);
        assert!(next != boot || seq > 3, "cut at {length}: {next}/{seq} reused");
        assert_eq!(drain(&mut journal).len(), expected + 1);
        drop(journal);
        segments(dir.path()).iter().for_each(|p| std::fs::remove_file(p).unwrap());
        std::fs::remove_file(dir.path().join("journal.json")).ok();
    }
}

/// Flips every bit pattern of every byte in turn: what precedes the damage survives, nothing false is read.
#[test]
fn a_flipped_byte_anywhere_loses_only_what_follows() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let bodies = [&b"first"[..], b"second", b"third"];
    for body in bodies {
        put(&mut journal, body, true);
    }
    let boot = journal.boot();
    drop(journal);
    let path = segments(dir.path()).remove(0);
    let whole = std::fs::read(&path).unwrap();
    let ends: Vec<usize> = bodies
        .iter()
        .scan(MAGIC.len(), |at, body| {
            *at += HEADER + body.len();
            Some(*at)
        })
        .collect();
    for (at, mask) in (0..whole.len()).flat_map(|at| [0x01, 0x80, 0xFF].map(|mask| (at, mask))) {
        let mut bytes = whole.clone();
        bytes[at] ^= mask;
        std::fs::write(&path, &bytes).unwrap();
        let mut journal = open(dir.path());
        let survivors = if at < MAGIC.len() { 0 } else { ends.iter().filter(|end| **end <= at).count() };
        let read: Vec<_> = drain(&mut journal).into_iter().flat_map(|e| e.records).collect();
        assert_eq!(read, bodies[..survivors], "byte {at} changed by {mask:#x}");
        assert_ne!(put(&mut journal, b"after", true).0, boot);
        drop(journal);
        segments(dir.path()).iter().for_each(|p| std::fs::remove_file(p).unwrap());
    }
}

#[test]
fn segments_go_only_when_all_of_them_is_committed() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), LEAST_MAX_BYTES, NOW).unwrap();
    let body = vec![7; 1000];
    for _ in 0..20 {
        put(&mut journal, &body, true);
    }
    let boot = journal.boot();
    // 4 KiB segments: four records each.
    assert_eq!(segments(dir.path()).len(), 5);
    assert_eq!(journal.committed(boot, 3).unwrap(), Trim::Advanced);
    assert_eq!(segments(dir.path()).len(), 5);
    assert_eq!(journal.depth().envelopes, 17);
    assert_eq!(drain(&mut journal)[0].seq, 4, "what is committed is not sent again");
    assert_eq!(journal.committed(boot, 9).unwrap(), Trim::Advanced);
    assert_eq!(segments(dir.path()).len(), 3);
    assert_eq!(journal.committed(boot, 5).unwrap(), Trim::Unchanged);
    assert_eq!(journal.committed(boot, 21).unwrap(), Trim::Ahead);
    assert_eq!(journal.committed(boot + 1, 2).unwrap(), Trim::Unchanged);
    assert_eq!(journal.depth().envelopes, 11);
    drop(journal);
    let mut journal = open(dir.path());
    assert_eq!(drain(&mut journal)[0].seq, 10, "the trim position survives a restart");
    assert_eq!(journal.committed(boot, 20).unwrap(), Trim::Advanced);
    assert!(segments(dir.path()).is_empty());
    assert_eq!(journal.depth().envelopes, 0);
}

#[test]
fn a_full_journal_refuses_new_records_and_recovers_when_the_server_commits() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), LEAST_MAX_BYTES, NOW).unwrap();
    let body = vec![7; 1000];
    let mut accepted = 0;
    let full = loop {
        match journal.append(true, |_, _| body.clone()) {
            Ok(()) => accepted += 1,
            Err(error) => break error,
        }
    };
    assert!(matches!(full, AppendError::Full(_)), "{full}");
    let on_disk: u64 = segments(dir.path()).iter().map(|p| p.metadata().unwrap().len()).sum();
    assert!(on_disk <= LEAST_MAX_BYTES && on_disk > LEAST_MAX_BYTES - 2048, "{on_disk}");
    let entries = drain(&mut journal);
    assert_eq!(entries.len(), accepted);
    assert!(journal.append(true, |_, _| body.clone()).is_err(), "still full");
    journal.committed(journal.boot(), 8).unwrap();
    assert_eq!(
        put(&mut journal, &body, true).1,
        accepted as u64 + 1,
        "no number was spent on what was refused"
    );
}

#[test]
fn a_record_that_is_too_large_is_refused_and_harmless() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = open(dir.path());
    let refused = journal.append(true, |_, _| vec![0; segment::MAX_BODY + 1]);
    assert!(matches!(refused, Err(AppendError::TooLarge(_))));
    assert_eq!(put(&mut journal, b"fits", true).1, 1);
}

/// A record damaged on disk in the middle of the journal must not hold the watermark back for ever.
#[test]
fn numbers_lost_to_damage_are_still_told_to_the_server() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), LEAST_MAX_BYTES, NOW).unwrap();
    let body = vec![7; 1000];
    for _ in 0..12 {
        put(&mut journal, &body, true);
    }
    let boot = journal.boot();
    journal.committed(boot, 1).unwrap();
    journal.save().unwrap();
    drop(journal);
    let damaged = &segments(dir.path())[0];
    let mut bytes = std::fs::read(damaged).unwrap();
    // In the third record of the first segment: 3 and 4 are lost.
    bytes[MAGIC.len() + 2 * (HEADER + body.len()) + 500] ^= 1;
    std::fs::write(damaged, bytes).unwrap();
    let mut journal = open(dir.path());
    let names: Vec<_> = drain(&mut journal).iter().map(|e| (e.seq, e.lost)).collect();
    let expected: Vec<_> = (2..=12).map(|seq| (seq, seq == 3 || seq == 4)).collect();
    assert_eq!(names, expected);
    assert_eq!(journal.committed(boot, 12).unwrap(), Trim::Advanced);
    assert!(drain(&mut journal).is_empty() && segments(dir.path()).is_empty());
}

#[test]
fn a_lost_state_file_does_not_invent_lost_envelopes() {
    let dir = tempfile::tempdir().unwrap();
    let mut journal = Journal::open(dir.path(), LEAST_MAX_BYTES, NOW).unwrap();
    for _ in 0..12 {
        put(&mut journal, &[7; 1000], true);
    }
    journal.committed(journal.boot(), 9).unwrap();
    drop(journal);
    for content in [None, Some("{\"last_"), Some("")] {
        match content {
            Some(text) => std::fs::write(dir.path().join("journal.json"), text).unwrap(),
            None => std::fs::remove_file(dir.path().join("journal.json")).unwrap(),
        }
        let names: Vec<_> = drain(&mut open(dir.path())).iter().map(|e| (e.seq, e.lost)).collect();
        assert_eq!(names, [(9, false), (10, false), (11, false), (12, false)]);
    }
}

/// The default limit holds three days of 200 points every 10 s, at the most bytes a reading can take.
#[test]
fn three_days_of_two_hundred_points_fit() {
    use crate::seal::{Tick, record};
    let tick = |at_ms, value: &dyn Fn(u32) -> i64| Tick {
        at_ms,
        closed_ms: at_ms + 900,
        map_version: u32::MAX,
        values: (0..200).map(|c| (c * 20_000_000, value(c))).collect(),
    };
    let largest = record(&tick(NOW, &|_| i64::MIN), u64::MAX >> 1, u64::MAX >> 1).len();
    let usual = record(&tick(NOW, &|c| 98_765_250 + i64::from(c)), u64::MAX >> 1, 25_920).len();
    let three_days = |body: usize| (72 * 360 * (HEADER + body)) as u64;
    println!("72 h: {} MB at most, {} MB usually", three_days(largest) >> 20, three_days(usual) >> 20);
    // One partly filled segment a boot, and a boot at every restart: leave a fifth for those.
    assert!(three_days(largest) < DEFAULT_MAX_BYTES / 5 * 4);
}

#[derive(Clone, Debug)]
enum Step {
    Append { body: Vec<u8>, last: bool },
    Seal,
    NewBoot(i64),
    Commit { boot: usize, part: u64 },
    Restart { cut: usize, garbage: Vec<u8> },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (proptest::collection::vec(any::<u8>(), 0..1500), any::<bool>())
            .prop_map(|(body, last)| Step::Append { body, last }),
        1 => Just(Step::Seal),
        1 => any::<i64>().prop_map(Step::NewBoot),
        3 => (0_usize..4, 0_u64..=100).prop_map(|(boot, part)| Step::Commit { boot, part }),
        2 => (0_usize..200, proptest::collection::vec(any::<u8>(), 0..60))
            .prop_map(|(cut, garbage)| Step::Restart { cut, garbage }),
    ]
}

/// What the journal should hold: bodies by (boot, seq), and how far each boot is committed.
#[derive(Default)]
struct Model {
    envelopes: BTreeMap<(u64, u64), Vec<Vec<u8>>>,
    open: Option<(u64, u64)>,
    committed: BTreeMap<u64, u64>,
}

impl Model {
    fn waiting(&self) -> Vec<(u64, u64, Vec<Vec<u8>>)> {
        let sent = |(boot, seq): &(u64, u64)| self.committed.get(boot).is_some_and(|w| seq <= w);
        self.envelopes
            .iter()
            .filter(|(name, _)| Some(**name) != self.open && !sent(name))
            .map(|(&(boot, seq), records)| (boot, seq, records.clone()))
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    /// Any run of appends, commits, crashes with a torn or scribbled tail and restarts: everything acknowledged and
    /// not committed is there, in order, under the name it was given.
    #[test]
    fn nothing_acknowledged_is_lost_before_it_is_committed(steps in proptest::collection::vec(step(), 1..80)) {
        let dir = tempfile::tempdir().unwrap();
        let mut journal = Journal::open(dir.path(), LEAST_MAX_BYTES, NOW).unwrap();
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Append { body, last } => {
                    let mut name = (0, 0);
                    let accepted = journal.append(last, |boot, seq| { name = (boot, seq); body.clone() });
                    if accepted.is_ok() {
                        let fresh = model.open != Some(name);
                        prop_assert!(!(fresh && model.envelopes.contains_key(&name)), "{name:?} reused");
                        model.envelopes.entry(name).or_default().push(body);
                        model.open = (!last).then_some(name);
                    }
                }
                Step::Seal => { journal.seal(); model.open = None; }
                Step::NewBoot(now) => { journal.start_boot(now); model.open = None; }
                Step::Commit { boot, part } => {
                    let boots: Vec<u64> = model.envelopes.keys().map(|k| k.0).collect::<std::collections::BTreeSet<_>>().into_iter().rev().collect();
                    let Some(&boot) = boots.get(boot) else { continue };
                    let finished = model.envelopes.keys().filter(|k| k.0 == boot && Some(**k) != model.open).count() as u64;
                    let seq = finished * part / 100;
                    journal.committed(boot, seq).unwrap();
                    let mark = model.committed.entry(boot).or_default();
                    *mark = seq.max(*mark);
                }
                Step::Restart { cut, garbage } => {
                    // A crash while a record was being written: a part of it is on disk, or noise.
                    let mut torn = Vec::new();
                    segment::encode(journal.boot(), journal.last_seq + 1, true, &[9; 150], &mut torn);
                    torn.truncate(cut.min(torn.len() - 1));
                    torn.extend(garbage.iter().filter(|_| cut == 0));
                    journal.save().unwrap();
                    let last = journal.active.is_some().then(|| journal.path(journal.segments.back().unwrap().index));
                    drop(journal);
                    if let Some(path) = last {
                        let mut bytes = std::fs::read(&path).unwrap();
                        bytes.extend(torn);
                        std::fs::write(&path, bytes).unwrap();
                    }
                    model.open = None;
                    journal = Journal::open(dir.path(), LEAST_MAX_BYTES, NOW).unwrap();
                }
            }
            let held: Vec<_> = drain(&mut journal).into_iter().map(|e| { assert!(!e.lost); (e.boot, e.seq, e.records) }).collect();
            prop_assert_eq!(&held, &model.waiting());
            prop_assert_eq!(journal.depth().envelopes - u64::from(model.open.is_some()), held.len() as u64);
            prop_assert!(journal.depth().bytes <= LEAST_MAX_BYTES);
        }
    }

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400), magic in any::<bool>()) {
        let mut content = if magic { MAGIC.to_vec() } else { Vec::new() };
        content.extend(bytes);
        let found = recovery::scan(&content);
        prop_assert!(found.len <= content.len() as u64);
    }
}
