//! Random damage to the corpus: never a panic, never slow. Runs for `FUZZ_SECONDS`, by default half a second.

use super::*;
use std::time::{Duration, Instant};

/// A small generator that needs no crate: xorshift64*.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % (bound.max(1) as u64)).unwrap()
    }
}

const TOKENS: [&str; 22] = [
    "<",
    ">",
    "&",
    "&#x0;",
    "&#9999999999;",
    "]]>",
    "<!--",
    "-->",
    "<![CDATA[",
    "<?",
    "<!DOCTYPE a>",
    "</feed>",
    "\"",
    "-1",
    "-140737488355328",
    "99999999999999999999999999",
    "4096",
    "1e9",
    ".5",
    "9223372036854775807",
    "2147483647",
    "\u{ffff}",
];

fn damage(random: &mut Random, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(7) {
            0 => bytes.truncate(at),
            1 => bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].bytes()).for_each(drop),
            2 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            3 => {
                let to = (at + random.below(200)).min(bytes.len());
                bytes.drain(at..to);
            }
            4 => {
                let to = (at + random.below(2_000)).min(bytes.len());
                let copy = bytes[at..to].to_vec();
                bytes.splice(to..to, copy).for_each(drop);
            }
            5 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len());
                let to = (from + random.below(500)).min(other.len());
                bytes.splice(at..at, other[from..to].iter().copied()).for_each(drop);
            }
            _ => swap_number(random, bytes, at),
        }
    }
}

/// Replaces the next element text by a number from the list, which reaches deeper than random bytes.
fn swap_number(random: &mut Random, bytes: &mut Vec<u8>, at: usize) {
    let Some(from) = bytes[at..].iter().position(|b| *b == b'>').map(|n| at + n + 1) else { return };
    let to = bytes[from..].iter().position(|b| *b == b'<').map_or(bytes.len(), |n| from + n);
    bytes.splice(from..to, TOKENS[13 + random.below(9)].bytes()).for_each(drop);
}

/// What must hold for whatever was read.
fn check(bytes: &[u8]) {
    let started = Instant::now();
    if let Ok(file) = read(bytes) {
        for series in &file.series {
            assert!(!series.intervals.is_empty());
            assert!(series.intervals.iter().all(|i| i.start < i.end));
            assert!(series.intervals.windows(2).all(|pair| pair[0].end <= pair[1].start));
            assert!(exact_sum(series.intervals.iter().map(|i| i.value)).is_some());
        }
    }
    // 100 ms per MB in an optimised build; files here are small and builds are not.
    assert!(started.elapsed() < Duration::from_secs(1), "took {:?}", started.elapsed());
}

#[test]
fn fuzz_green_button() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/green_button");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<Vec<u8>> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(seeds.len() >= 10);
    seeds.iter().for_each(|seed| check(seed));
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse::<f64>().ok()).unwrap_or(0.5);
    let seed = std::env::var("FUZZ_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(0x9E37_79B9_7F4A_7C15);
    let (until, mut random) = (Instant::now() + Duration::from_secs_f64(seconds), Random(seed));
    let mut runs = 0_u64;
    while Instant::now() < until {
        let mut bytes = seeds[random.below(seeds.len())].clone();
        damage(&mut random, &mut bytes, &seeds);
        let shown = bytes.clone();
        let result = std::panic::catch_unwind(|| check(&bytes));
        if let Err(panic) = result {
            eprintln!("failing input:\n{}", String::from_utf8_lossy(&shown));
            std::panic::resume_unwind(panic);
        }
        runs += 1;
    }
    assert!(runs > 0);
    eprintln!("green button: {runs} damaged files in {seconds} s, none bad");
}
