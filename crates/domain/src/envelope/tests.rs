use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn any_envelope() -> impl Strategy<Value = Envelope> {
    (1..40usize, 0..30usize).prop_flat_map(|(ticks, channels)| {
        let value = prop_oneof![4 => (-3000..3000i64).prop_map(Some), 1 => any::<i64>().prop_map(Some), 1 => Just(None)];
        let column = prop_oneof![
            proptest::collection::vec(value, ticks),
            proptest::collection::vec((-3000..3000i64).prop_map(Some), ticks),
        ];
        let steps = prop_oneof![
            (1..100_000i64).prop_map(move |s| vec![s; ticks - 1]),
            proptest::collection::vec(1..100_000_000i64, ticks - 1),
        ];
        let gap = prop_oneof![3 => Just(1u32), 1 => 1..100_000u32];
        (
            (any::<u32>(), 0..=i64::MAX.cast_unsigned(), 1..=i64::MAX.cast_unsigned(), any::<i64>()),
            (-1_000_000_000_000..4_000_000_000_000i64, steps),
            proptest::collection::vec((gap, column), channels),
        )
            .prop_map(|((map_version, boot, seq, sent_at_ms), (first, steps), columns)| {
                let later = steps.into_iter().scan(first, |t, step| {
                    *t += step;
                    Some(*t)
                });
                let ticks = std::iter::once(first).chain(later).collect();
                let columns = columns.into_iter().scan(0u32, |next, (gap, values)| {
                    *next += gap;
                    Some(Column { channel: *next - 1, values })
                });
                Envelope { map_version, boot, seq, sent_at_ms, ticks, columns: columns.collect() }
            })
    })
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(envelope in any_envelope()) {
        prop_assert_eq!(envelope.check(), Ok(()));
        let bytes = envelope.encode();
        let header = Envelope::decode_header(&bytes).unwrap();
        prop_assert_eq!((header.boot, header.seq, header.first_ms), (envelope.boot, envelope.seq, envelope.ticks[0]));
        prop_assert_eq!(Envelope::decode(&bytes), Ok(envelope));
    }

    #[test]
    fn any_damage_is_an_error(envelope in any_envelope(), position: prop::sample::Index, flip in 1..=255u8, cut: prop::sample::Index) {
        let good = envelope.encode();
        let mut bytes = good.clone();
        let at = position.index(bytes.len());
        bytes[at] ^= flip;
        prop_assert!(Envelope::decode(&bytes).is_err());
        prop_assert!(Envelope::decode_header(&bytes).is_err());
        prop_assert!(Envelope::decode(&good[..cut.index(good.len())]).is_err());
    }
}

/// 200 points as a facility has them: registers, powers, climate; every tenth is a slow MQTT sensor.
fn realistic(ticks: usize) -> Envelope {
    let at = |t: usize, c: u32, noise: i64| {
        let t = i64::try_from(t).unwrap();
        let wiggle = (t * 7919 + i64::from(c) * 104_729) % noise;
        match c % 4 {
            0 => 812_345_678 + i64::from(c) * 1_000_003 + t * (30 + i64::from(c)) + wiggle % 5,
            1 => 10_500 + i64::from(c) * 37 + wiggle,
            2 => 2_412 + wiggle % 9,
            _ => 61_00 + wiggle % 40,
        }
    };
    Envelope {
        map_version: 3,
        boot: 0x0199_1234_5678_9abc,
        seq: 86_400,
        sent_at_ms: 1_700_000_000_123,
        ticks: (0..ticks).map(|i| 1_700_000_000_000 + 10_000 * i64::try_from(i).unwrap()).collect(),
        columns: (1..=200)
            .map(|channel| Column {
                channel,
                values: (0..ticks)
                    .map(|t| (channel % 10 != 0 || t % 3 == 0).then(|| at(t, channel, 60)))
                    .collect(),
            })
            .collect(),
    }
}

#[test]
fn realistic_ticks_stay_small() {
    let per_sample = |ticks| {
        let envelope = realistic(ticks);
        let bytes = envelope.encode();
        assert_eq!(Envelope::decode(&bytes).as_ref(), Ok(&envelope));
        #[expect(clippy::cast_precision_loss, reason = "sizes are small")]
        (bytes.len() as f64 / envelope.samples() as f64)
    };
    let (one, six, sixty) = (per_sample(1), per_sample(6), per_sample(60));
    println!("bytes per sample: 1 tick {one:.2}, 6 ticks {six:.2}, 60 ticks {sixty:.2}");
    assert!(one <= 5.0 && six <= 2.5 && sixty <= 2.0, "{one} {six} {sixty}");
}

/// Bytes with a right checksum, so that the fields behind it are what is being tested.
fn sealed(body: &[u8]) -> Vec<u8> {
    let mut bytes = body.to_vec();
    bytes.extend_from_slice(&crc32c::crc32c(body).to_le_bytes());
    bytes
}

#[test]
fn claims_beyond_the_limits_are_refused_before_they_cost_memory() {
    let head = |ticks: u64, channels: u64| {
        let mut body = vec![VERSION];
        for field in [1, 1, 1, 0, ticks, 0] {
            put_unsigned(&mut body, field);
        }
        body.push(FLAG_REGULAR);
        put_unsigned(&mut body, 10);
        put_unsigned(&mut body, channels);
        put_unsigned(&mut body, 0);
        put_unsigned(&mut body, channels);
        sealed(&body)
    };
    let refused = |ticks, channels| Envelope::decode(&head(ticks, channels)).unwrap_err().to_string();
    assert_eq!(refused(0, 1), "an envelope needs at least one tick");
    assert_eq!(refused(65_537, 1), "too many ticks");
    assert_eq!(refused(2, 4_097), "too many channels");
    assert_eq!(refused(65_536, 17), "too many cells");
    assert_eq!(refused(u64::MAX, u64::MAX), "too many ticks");
    assert_eq!(refused(65_536, 16), "the message ends too early");
    assert_eq!(
        Envelope::decode(&vec![VERSION; BYTES_MAX + 1]).unwrap_err().to_string(),
        "the envelope is larger than 1 MiB"
    );
    assert_eq!(Envelope::decode(&sealed(&[9, 1])), Err(DecodeError::Version(9)));
}

#[test]
fn channels_past_32_bits_and_empty_runs_are_refused() {
    for (gap, length) in [(u64::from(u32::MAX), 2), (0, 0), (u64::MAX, 2), (0, 3)] {
        let mut body = vec![VERSION];
        for field in [1, 1, 1, 0, 1, 0] {
            put_unsigned(&mut body, field);
        }
        body.push(FLAG_REGULAR);
        for field in [2, gap, length] {
            put_unsigned(&mut body, field);
        }
        body.extend([2, 2]);
        let error = Envelope::decode(&sealed(&body)).unwrap_err();
        assert_eq!(error, DecodeError::Invalid("a run of channels is out of range"), "{gap} {length}");
    }
}

/// A fuzz target in a test's clothes: mutated envelopes with repaired checksums, for `FUZZ_SECONDS` (default 1).
#[test]
fn fuzz_envelope() {
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
    let end = Instant::now() + Duration::from_secs(seconds);
    let corpus = [realistic(1).encode(), realistic(3).encode(), vec![VERSION; 40], Vec::new()];
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 11).unwrap() % below.max(1)
    };
    let (mut runs, mut accepted) = (0u64, 0u64);
    while Instant::now() < end {
        for seed in &corpus {
            let mut body = seed[..seed.len().saturating_sub(CRC_BYTES)].to_vec();
            for _ in 0..random(4) {
                let at = random(body.len());
                match random(4) {
                    0 if !body.is_empty() => body[at] = u8::try_from(random(256)).unwrap(),
                    1 if !body.is_empty() => body[at] = 0xff,
                    2 => body.truncate(at),
                    _ => body.insert(at, u8::try_from(random(256)).unwrap()),
                }
            }
            if let Ok(envelope) = Envelope::decode(&sealed(&body)) {
                assert_eq!(envelope.check(), Ok(()));
                assert_eq!(Envelope::decode(&envelope.encode()).as_ref(), Ok(&envelope));
                accepted += 1;
            }
            runs += 1;
        }
    }
    println!("fuzz_envelope: {runs} inputs, {accepted} accepted");
    assert!(accepted > 0 && runs > accepted);
}
