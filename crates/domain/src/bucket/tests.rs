use super::*;
use crate::envelope::Column;
use crate::point::Kind;
use crate::summary::encode_row;
use proptest::prelude::*;

fn channel(number: u32, kind: Kind) -> Channel {
    let meter =
        Meter { kind, interval_ms: 10_000, modulus: None, rate_max: Some(100_000), events: Vec::new() };
    Channel { number, meter, valid: -1_000..=100_000 }
}

fn envelope(seq: u64, ticks: &[i64], columns: &[(u32, &[i64])]) -> Envelope {
    let columns = columns
        .iter()
        .map(|(channel, values)| Column {
            channel: *channel,
            values: values.iter().map(|&v| Some(v)).collect(),
        })
        .collect();
    Envelope { map_version: 1, boot: 1, seq, sent_at_ms: 0, ticks: ticks.to_vec(), columns }
}

#[test]
fn only_the_bucket_counts_and_the_first_of_two_at_the_same_time() {
    let channels = [channel(3, Kind::Counter)];
    let parts = [
        envelope(1, &[90_000, 100_000], &[(3, &[1, 2])]),
        envelope(2, &[100_000, 110_000, 300_000], &[(3, &[9, 12, 99])]),
    ];
    let row = Folder::default().row(&channels, 100_000, 300_000, &parts, &Decisions::new());
    let (_, summary) = row[0];
    assert_eq!((summary.n, summary.first.v, summary.rise.value), (2, 2, 10));
}

#[test]
fn implausible_readings_stay_out_until_they_are_let_in() {
    let channels = [channel(3, Kind::Gauge)];
    let parts = [envelope(1, &[0, 10_000, 20_000], &[(3, &[1, 200_000, -2_000]), (4, &[1, 2, 3])])];
    let found: Vec<_> = implausible(&channels, &parts[0]).iter().map(|i| (i.reading.v, i.too_high)).collect();
    assert_eq!(found, [(200_000, true), (-2_000, false)]);
    assert_eq!(unknown_channel(&channels, &parts[0]), Some(4));
    let n = |decisions: Decisions| Folder::default().row(&channels, 0, 300_000, &parts, &decisions)[0].1.n;
    assert_eq!(n(Decisions::new()), 1);
    assert_eq!(n(Decisions::from([((3, 10_000, 200_000), true)])), 2);
    assert_eq!(n(Decisions::from([((3, 10_000, 200_000), true), ((3, 0, 1), false)])), 1);
}

proptest! {
    /// Any split of a stream of ticks into envelopes gives the row of the whole.
    #[test]
    fn the_cut_into_envelopes_does_not_matter(
        values in proptest::collection::vec((0..50i64, -500..500i64), 1..40),
        cuts in proptest::collection::btree_set(1..40usize, 0..8),
    ) {
        let channels = [channel(1, Kind::Counter), channel(2, Kind::Gauge)];
        let ticks: Vec<i64> = (0..values.len() as i64).map(|i| i * 10_000).collect();
        let register: Vec<i64> = values.iter().scan(0, |r, (rise, _)| { *r += rise; Some(*r) }).collect();
        let gauge: Vec<i64> = values.iter().map(|v| v.1).collect();
        let whole = envelope(1, &ticks, &[(1, &register), (2, &gauge)]);
        let mut parts = Vec::new();
        let mut from = 0;
        for to in cuts.into_iter().filter(|&c| c < ticks.len()).chain([ticks.len()]) {
            parts.push(envelope(2, &ticks[from..to], &[(1, &register[from..to]), (2, &gauge[from..to])]));
            from = to;
        }
        let mut folder = Folder::default();
        let from_parts = folder.row(&channels, 0, 300_000, &parts, &Decisions::new());
        let from_whole = folder.row(&channels, 0, 300_000, [&whole], &Decisions::new());
        prop_assert_eq!(encode_row(0, &from_parts), encode_row(0, &from_whole));
    }
}
