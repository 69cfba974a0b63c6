//! From what a device says to the scaled integer that travels: raw = round(number × scale × 10^decimals).

use domain::point::Encoding;
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

/// The raw value, halves rounded away from zero; `None` when it does not fit 64 bits.
pub(crate) fn to_raw(number: Decimal, scale: Decimal, decimals: u8) -> Option<i64> {
    let power = Decimal::from(10_u64.checked_pow(u32::from(decimals))?);
    let scaled = number.checked_mul(scale)?.checked_mul(power)?;
    scaled.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64()
}

/// A number written in decimal digits, with or without exponent; exactly as written up to 28 digits.
pub(crate) fn parse(text: &str) -> Option<Decimal> {
    let text = text.trim();
    text.parse().ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// How many registers an encoding takes.
pub(crate) fn registers(encoding: Encoding) -> u16 {
    match encoding {
        Encoding::U16 | Encoding::I16 => 1,
        Encoding::F32Be | Encoding::F32Le | Encoding::U32Be | Encoding::U32Le | Encoding::I32Le => 2,
        Encoding::U64Be => 4,
    }
}

/// The number in `words`; `None` for NaN, infinities and too few registers.
pub(crate) fn decode(encoding: Encoding, words: &[u16]) -> Option<Decimal> {
    let word = |i: usize| words.get(i).copied();
    let double = |high: usize, low: usize| Some(u32::from(word(high)?) << 16 | u32::from(word(low)?));
    // The exact value of the float: rounding happens once, at the point's resolution.
    let float = |bits: u32| Decimal::from_f64_retain(f64::from(f32::from_bits(bits)));
    match encoding {
        Encoding::F32Be => float(double(0, 1)?),
        Encoding::F32Le => float(double(1, 0)?),
        Encoding::U16 => word(0).map(Decimal::from),
        Encoding::I16 => word(0).map(|w| Decimal::from(w.cast_signed())),
        Encoding::U32Be => double(0, 1).map(Decimal::from),
        Encoding::U32Le => double(1, 0).map(Decimal::from),
        Encoding::I32Le => double(1, 0).map(|d| Decimal::from(d.cast_signed())),
        Encoding::U64Be => Some(Decimal::from(u64::from(double(0, 1)?) << 32 | u64::from(double(2, 3)?))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    use std::time::{Duration, Instant};

    fn d(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn raw_values_round_halves_away_from_zero_and_refuse_overflow() {
        let cases = [
            ("230.5", "1", 1, Some(2305)),
            ("98765.25", "1000", 0, Some(98_765_250)),
            ("21.375", "1", 2, Some(2138)),
            ("-21.375", "1", 2, Some(-2138)),
            ("0.285", "1", 2, Some(29)),
            ("9223372036854775807", "1", 0, Some(i64::MAX)),
            ("9223372036854775808", "1", 0, None),
            ("1", "1", 18, Some(1_000_000_000_000_000_000)),
            ("79228162514264337593543950335", "10", 0, None),
            ("1", "1", 30, None),
        ];
        for (number, scale, decimals, raw) in cases {
            assert_eq!(to_raw(d(number), d(scale), decimals), raw, "{number} × {scale} at {decimals}");
        }
    }

    #[test]
    fn every_encoding_reads_its_word_order() {
        let cases: [(Encoding, &[u16], &str); 8] = [
            (Encoding::F32Be, &[0x4366, 0x8000], "230.5"),
            (Encoding::F32Le, &[0x8000, 0x4366], "230.5"),
            (Encoding::U16, &[0xFFFF], "65535"),
            (Encoding::I16, &[0xFFFE], "-2"),
            (Encoding::U32Be, &[0x0001, 0x0002], "65538"),
            (Encoding::U32Le, &[0x0002, 0x0001], "65538"),
            (Encoding::I32Le, &[0xFFFE, 0xFFFF], "-2"),
            (Encoding::U64Be, &[0, 1, 0, 2], "4294967298"),
        ];
        for (encoding, words, number) in cases {
            assert_eq!(decode(encoding, words), Some(d(number)), "{encoding:?}");
            assert_eq!(usize::from(registers(encoding)), words.len());
            assert_eq!(decode(encoding, &words[1..]), None, "{encoding:?} with a register short");
        }
    }

    #[test]
    fn floats_that_are_no_number_are_absent() {
        for bits in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, f32::MAX].map(f32::to_bits) {
            let words = [(bits >> 16) as u16, (bits & 0xFFFF) as u16];
            assert_eq!(decode(Encoding::F32Be, &words), None);
        }
    }

    #[test]
    fn written_numbers_keep_their_digits() {
        assert_eq!(parse(" 21.37\n"), Some(d("21.37")));
        assert_eq!(parse("1.5e3"), Some(d("1500")));
        assert_eq!(parse("-0"), Some(d("0")));
        for text in ["", "NaN", "inf", "21,5", "21.5 °C", "0x10", "1e400", "--1"] {
            assert_eq!(parse(text), None, "{text:?}");
        }
    }

    /// A fuzz target in a test's clothes: any registers under any encoding, scale and resolution, for `FUZZ_SECONDS`
    /// (default 1). A value is exact or absent; nothing panics.
    #[test]
    fn fuzz_modbus_registers() {
        let encodings = [
            Encoding::F32Be,
            Encoding::F32Le,
            Encoding::U16,
            Encoding::I16,
            Encoding::U32Be,
            Encoding::U32Le,
            Encoding::I32Le,
            Encoding::U64Be,
        ];
        let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse().ok()).unwrap_or(1);
        let end = Instant::now() + Duration::from_secs(seconds);
        let mut runner = TestRunner::deterministic();
        let registers = proptest::collection::vec(
            prop_oneof![any::<u16>(), Just(0), Just(0xFFFF), Just(0x7F80), Just(0x7FC0)],
            0..6,
        );
        let case = (registers, 0..encodings.len(), any::<i64>(), 0..29_u32, any::<u8>());
        let (mut runs, mut read) = (0_u64, 0_u64);
        while Instant::now() < end {
            let Ok(tree) = case.new_tree(&mut runner) else { panic!("a strategy without values") };
            let (words, encoding, scale, places, decimals) = tree.current();
            let number = decode(encodings[encoding], &words);
            let short = words.len() < usize::from(super::registers(encodings[encoding]));
            assert!(!short || number.is_none(), "{words:?} as {:?}", encodings[encoding]);
            let raw = number.and_then(|n| to_raw(n, Decimal::new(scale, places), decimals));
            (runs, read) = (runs + 1, read + u64::from(raw.is_some()));
        }
        println!("fuzz_modbus_registers: {runs} answers, {read} with a value");
        assert!(read > 0 && runs > read);
    }

    proptest! {
        #[test]
        fn any_float_within_range_comes_out_within_half_a_step(value in -1.0e9_f32..1.0e9) {
            let bits = value.to_bits();
            let words = [(bits >> 16) as u16, (bits & 0xFFFF) as u16];
            let raw = to_raw(decode(Encoding::F32Be, &words).unwrap(), Decimal::ONE, 3).unwrap();
            prop_assert!((raw as f64 / 1000.0 - f64::from(value)).abs() <= 0.0005 + 1e-6);
        }
    }
}
