use super::*;
use crate::counter::MeterEvent;
use crate::intervals::{Interval, read_out};
use crate::quality::Quality;
use proptest::prelude::*;
use rust_decimal::Decimal;
use std::collections::BTreeMap;

const TICK_MS: i64 = 10_000;
const BUCKET_MS: i64 = 300_000;
/// Most that a simulated meter uses in a tick, raw units.
const USE_MAX: i64 = 20;

fn meter(modulus: Option<i64>) -> Meter {
    let rate_max = Some(USE_MAX * 360);
    Meter { kind: Kind::Counter, interval_ms: TICK_MS, modulus, rate_max, events: Vec::new() }
}

/// What goes wrong at a tick.
#[derive(Clone, Debug)]
enum Fault {
    Reset,
    Swap { opening: i64, read: bool },
    Multiplier(Decimal),
    Spike(i64),
    Stuck(usize),
    Absent(usize),
}

fn any_fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        Just(Fault::Reset),
        (0..60_000i64, any::<bool>()).prop_map(|(opening, read)| Fault::Swap { opening, read }),
        prop_oneof![Just(Decimal::from(40)), Just(Decimal::new(125, 2)), Just(Decimal::ONE)]
            .prop_map(Fault::Multiplier),
        prop_oneof![Just(0i64), Just(65_535), 1_000_000..9_000_000i64].prop_map(Fault::Spike),
        (1..40usize).prop_map(Fault::Stuck),
        (1..80usize).prop_map(Fault::Absent),
    ]
}

/// A register that was read at each tick, what was really used between the first and the last reading (in
/// hundredths of a raw unit), and whether the readings and events tell it.
#[derive(Debug)]
struct Walk {
    meter: Meter,
    readings: Vec<Reading>,
    used_hundredths: i64,
    knowable: bool,
}

fn walk(modulus: Option<i64>, start: i64, uses: &[i64], faults: &BTreeMap<usize, Fault>) -> Walk {
    let mut meter = meter(modulus);
    let mut knowable = true;
    let (mut register, mut multiplier) = (start, Decimal::ONE);
    let mut used: Vec<Decimal> = vec![Decimal::ZERO];
    let (mut frozen, mut absent) = (None::<(i64, usize)>, 0usize);
    let mut readings = Vec::new();
    for (tick, &amount) in uses.iter().enumerate() {
        let t = i64::try_from(tick).unwrap() * TICK_MS;
        register += amount;
        if let Some(modulus) = modulus {
            register %= modulus;
        }
        used.push(used[tick] + Decimal::from(amount) * multiplier);
        let mut spike = None;
        match faults.get(&tick) {
            Some(Fault::Reset) => (register, knowable) = (0, false),
            Some(Fault::Swap { opening, read }) => {
                let closing = read.then_some(register);
                knowable &= read;
                register = *opening;
                meter.events.push(MeterEvent {
                    at: t,
                    closing,
                    opening: read.then_some(register),
                    multiplier,
                });
            }
            Some(Fault::Multiplier(new)) => {
                multiplier = *new;
                let now = Some(register);
                meter.events.push(MeterEvent { at: t, closing: now, opening: now, multiplier });
            }
            Some(Fault::Spike(raw)) => spike = Some(*raw),
            // A long freeze ends in a jump that may or may not be believed.
            Some(Fault::Stuck(ticks)) => (frozen, knowable) = (Some((register, *ticks)), false),
            Some(Fault::Absent(ticks)) => absent = *ticks,
            None => {}
        }
        if let Some((_, ticks)) = &mut frozen {
            *ticks -= 1;
        }
        let shown = frozen.map_or(register, |(value, _)| value);
        frozen = frozen.filter(|(_, ticks)| *ticks > 0);
        // Only a spike with both neighbours in its bucket can be told from a reset.
        let inside = (1..29).contains(&(tick % 30))
            && !(tick.saturating_sub(1)..=tick + 1).any(|i| i != tick && faults.contains_key(&i));
        knowable &= spike.is_none() || (inside && frozen.is_none() && absent == 0);
        if absent > 0 {
            absent -= 1;
        } else {
            readings.push(Reading { t, v: spike.unwrap_or(shown) });
        }
    }
    let at = |r: &Reading| used[usize::try_from(r.t / TICK_MS).unwrap() + 1];
    let total = readings.last().map_or(Decimal::ZERO, |last| at(last) - at(&readings[0]));
    let used_hundredths = i64::try_from(
        (total * Decimal::ONE_HUNDRED).normalize().mantissa()
            * 10i128.pow((total * Decimal::ONE_HUNDRED).normalize().scale()),
    )
    .unwrap();
    Walk { meter, readings, used_hundredths, knowable }
}

fn rows(meter: &Meter, readings: &[Reading]) -> Vec<Summary> {
    readings
        .chunk_by(|a, b| a.t / BUCKET_MS == b.t / BUCKET_MS)
        .filter_map(|bucket| fold(meter, bucket))
        .collect()
}

fn wider(meter: &Meter, rows: &[Summary], width: i64) -> Vec<Summary> {
    rows.chunk_by(|a, b| a.first.t / width == b.first.t / width)
        .map(|group| group[1..].iter().fold(group[0], |sum, next| sum.merge(next, meter)))
        .collect()
}

fn read(meter: &Meter, rows: &[Summary], width: i64) -> Vec<Interval> {
    let edges: Vec<i64> = (0..=7_200_000 / width).map(|i| i * width).collect();
    read_out(meter, 0, rows, &edges)
}

fn total(intervals: &[Interval]) -> Decimal {
    intervals.iter().filter_map(|i| i.value).sum()
}

fn trusted(intervals: &[Interval]) -> bool {
    intervals.iter().all(|i| !matches!(i.quality, Quality::Questionable | Quality::Missing))
}

fn any_walk() -> impl Strategy<Value = Walk> {
    let modulus = prop_oneof![Just(None), Just(Some(1i64 << 16)), Just(Some(1i64 << 32))];
    let uses = proptest::collection::vec(0..=USE_MAX, 720);
    let faults = proptest::collection::btree_map(0..720usize, any_fault(), 0..4);
    (modulus, 0..6_000i64, uses, faults).prop_map(|(modulus, below, uses, faults)| {
        let start = modulus.map_or(5_000_000 + below, |m| m - 1 - below);
        walk(modulus, start, &uses, &faults)
    })
}

proptest! {
    #[test]
    fn usage_is_exact_where_it_can_be_known_and_flagged_elsewhere(walk in any_walk()) {
        let rows = rows(&walk.meter, &walk.readings);
        let intervals = read(&walk.meter, &rows, BUCKET_MS);
        prop_assert!(intervals.iter().all(|i| i.value.is_none_or(|v| v >= Decimal::ZERO)));
        prop_assert!(intervals.iter().all(|i| i.value.is_some() == (i.quality != Quality::Missing)));
        let first = walk.readings[0].t / BUCKET_MS;
        // Of a bucket that begins with the last reading nothing is known.
        let last = (walk.readings[walk.readings.len() - 1].t - 1).max(0) / BUCKET_MS;
        let touched = &intervals[usize::try_from(first).unwrap()..=usize::try_from(last).unwrap()];
        let truth = Decimal::new(walk.used_hundredths, 2);
        if walk.knowable {
            prop_assert!(trusted(touched), "{:?}", touched.iter().map(|i| i.quality).collect::<Vec<_>>());
            prop_assert_eq!(total(&intervals), truth);
        } else if trusted(touched) {
            // A register that froze may be believed, one that shows too much may not, beyond what one tick can use.
            prop_assert!(total(&intervals) <= truth + Decimal::from(USE_MAX * 40));
        }
    }

    #[test]
    fn wider_intervals_are_the_sums_of_narrower_ones(walk in any_walk()) {
        let m = &walk.meter;
        let five = rows(m, &walk.readings);
        let fine = read(m, &five, BUCKET_MS);
        for width in [900_000, 3_600_000] {
            let coarse = read(m, &wider(m, &five, width), width);
            let per = usize::try_from(width / BUCKET_MS).unwrap();
            for (wide, narrow) in coarse.iter().zip(fine.chunks(per)) {
                prop_assert_eq!(wide.value.unwrap_or_default(), total(narrow));
            }
        }
    }

    #[test]
    fn merging_is_associative(walk in any_walk(), cut_a in 1..10usize, cut_b in 1..10usize) {
        let five = rows(&walk.meter, &walk.readings);
        let merge = |s: &[Summary]| s[1..].iter().fold(s[0], |sum, next| sum.merge(next, &walk.meter));
        let cut = cut_a.min(five.len() - 1);
        let later = (cut + cut_b).min(five.len() - 1);
        if 0 < cut && cut < later {
            let (a, b, c) = (merge(&five[..cut]), merge(&five[cut..later]), merge(&five[later..]));
            let left = a.merge(&b, &walk.meter).merge(&c, &walk.meter);
            prop_assert_eq!(left, a.merge(&b.merge(&c, &walk.meter), &walk.meter));
            prop_assert_eq!(left, merge(&five));
        }
    }

    #[test]
    fn rows_survive_packing(walks in proptest::collection::vec(any_walk(), 1..4), raw: Vec<i32>, base in -9_000_000..9_000_000i64) {
        let gauge = Meter { kind: Kind::Gauge, ..meter(None) };
        let readings: Vec<Reading> = raw.iter().enumerate()
            .map(|(i, &v)| Reading { t: base + 7 * i64::try_from(i).unwrap(), v: i64::from(v) }).collect();
        let mut row: Row = fold(&gauge, &readings).into_iter().map(|s| (2, s)).collect();
        for (index, walk) in walks.iter().enumerate() {
            let first = rows(&walk.meter, &walk.readings);
            row.push((10 + u32::try_from(index * index).unwrap(), wider(&walk.meter, &first, 3_600_000)[0]));
        }
        let bytes = encode_row(base, &row);
        prop_assert_eq!(decode_row(base, &bytes), Ok(row));
        for cut in 0..bytes.len() {
            prop_assert!(decode_row(base, &bytes[..cut]).is_err());
        }
    }

    #[test]
    fn no_bytes_make_unpacking_panic(bytes: Vec<u8>) {
        let mut bytes = bytes;
        if let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        drop(decode_row(0, &bytes));
    }
}

fn at(values: &[(i64, i64)]) -> Vec<Reading> {
    values.iter().map(|&(s, v)| Reading { t: s * 1000, v }).collect()
}

#[test]
fn a_spike_is_left_out_and_a_reset_is_not() {
    let spike = fold(&meter(None), &at(&[(0, 100), (10, 101), (20, 9_999), (30, 103), (40, 104)])).unwrap();
    assert_eq!((spike.rise.value, spike.n, spike.anomalies.spikes, spike.unknown_ms), (4, 4, 1, 0));
    let reset = fold(&meter(None), &at(&[(0, 100), (10, 101), (20, 0), (30, 3), (40, 4)])).unwrap();
    assert_eq!((reset.rise.value, reset.anomalies.resets, reset.unknown_ms), (5, 1, 10_000));
}

#[test]
fn gaps_are_not_covered() {
    let summary = fold(&meter(None), &at(&[(0, 100), (30, 110), (61, 120)])).unwrap();
    assert_eq!((summary.covered_ms, summary.gap_ms, summary.rise.value), (30_000, 31_000, 20));
}

#[test]
fn gauges_keep_their_extremes() {
    let gauge = Meter { kind: Kind::Gauge, ..meter(None) };
    let s = fold(&gauge, &at(&[(0, -5), (10, 7), (20, 1)])).unwrap();
    assert_eq!((s.n, s.sum, s.min, s.max, s.last.v, s.rise.value), (3, 3, -5, 7, 1, 0));
}

#[test]
fn a_row_of_two_hundred_channels_stays_small() {
    let (counter, gauge) = (meter(None), Meter { kind: Kind::Gauge, ..meter(None) });
    let row: Row = (0..200u32)
        .map(|c| {
            let readings: Vec<Reading> = (0..30)
                .map(|i| Reading {
                    t: i * TICK_MS,
                    v: 2_400 + i64::from(c) * 100 + i * 7 % 11 * i64::from(c % 2) + i * i64::from(1 - c % 2),
                })
                .collect();
            (c, fold(if c % 2 == 0 { &counter } else { &gauge }, &readings).unwrap())
        })
        .collect();
    let bytes = encode_row(0, &row).len();
    assert!(bytes < 200 * 10, "{bytes} bytes");
}
