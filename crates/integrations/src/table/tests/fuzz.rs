//! Random damage to tables, read as the wizard reads them: never a panic, rows numbered upwards, every bad row named. Runs for
//! `FUZZ_SECONDS`, by default half a second.

use super::{all, workbook};
use crate::table::{Format, detect, rows};
use domain::table::{Reader, guess};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// A small generator that needs no crate: xorshift64*.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) % (bound.max(1) as u64)).unwrap()
    }
}

const TOKENS: [&str; 16] = [
    "\"",
    "\r",
    "\n",
    ",",
    ";",
    "\t",
    "\0",
    "\u{feff}",
    "1e999",
    "-0",
    "99999999999999999999999999999",
    "24:00",
    "31.02.2026",
    "2026-03-08 02:30",
    "n/a",
    "\u{ffff}",
];

fn damaged(random: &mut Random, seed: &[u8]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..=random.below(6) {
        let at = random.below(bytes.len());
        match random.below(4) {
            0 => bytes.truncate(at),
            1 => bytes.splice(at..at, TOKENS[random.below(TOKENS.len())].bytes()).for_each(drop),
            2 if at < bytes.len() => bytes[at] = u8::try_from(random.below(256)).unwrap(),
            _ => {
                let to = (at + random.below(40)).min(bytes.len());
                bytes.drain(at..to);
            }
        }
    }
    bytes
}

#[test]
fn fuzz_tables() {
    let csv = b"Account 7\n\nInterval End;Usage (kWh);Room\n08.03.2026 01:30;1.234,5;flower-1\n08.03.2026 02:30;n/a;flower-2\n".to_vec();
    let plan = b"zone,from,until,stage,canopy_m2,photoperiod_h,ppfd\nflower-1,2026-01-01,,flower,60,12,900\n"
        .to_vec();
    let book = workbook(r#"<row r="1"><c r="A1"><v>46053.5</v></c><c r="B1"><v>12.5</v></c></row>"#);
    let seconds = std::env::var("FUZZ_SECONDS").ok().and_then(|s| s.parse::<f64>().ok()).unwrap_or(0.5);
    let until = Instant::now() + Duration::from_secs_f64(seconds);
    let (mut random, mut n) = (Random(0x9E37_79B9_7F4A_7C15), 0_u64);
    while Instant::now() < until {
        let seed = [&csv, &plan, &book][random.below(3)];
        let bytes = damaged(&mut random, seed);
        let format = detect(&bytes).unwrap_or(Format::Csv);
        let mut found: Vec<(u32, Vec<String>)> = Vec::new();
        let _ = rows(&bytes, format, &mut |row, cells| {
            assert!(found.last().is_none_or(|(last, _)| *last < row));
            found.push((row, cells));
            ControlFlow::Continue(())
        });
        let head: Vec<Vec<String>> = found.iter().map(|(_, cells)| cells.clone()).take(60).collect();
        let settings = guess(&head);
        let mut reader = Reader::new(&settings, chrono_tz::America::New_York, BTreeMap::new());
        for (row, cells) in &found {
            for error in [
                reader.interval(*row, cells).err(),
                reader.crop_plan(*row, cells).err(),
                reader.harvest(*row, cells).err(),
                reader.equipment(*row, cells).err(),
            ] {
                assert!(error.is_none_or(|e| e.row == *row && !e.message.is_empty()));
            }
        }
        n += 1;
    }
    assert!(n > 10 && all(&csv, Format::Csv).len() == 5);
    println!("{n} tables");
}
