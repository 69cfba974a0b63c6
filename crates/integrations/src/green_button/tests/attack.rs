//! Hostile and mistaken files: a clean refusal, quickly and in little memory.

use super::*;
use std::io::{BufReader, Read};
use std::time::{Duration, Instant};

/// `head`, then `unit` again and again up to `length` bytes, made on the fly.
struct Endless {
    head: &'static [u8],
    unit: &'static [u8],
    at: u64,
    length: u64,
}

impl Read for Endless {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let mut written = 0;
        while written < out.len() && self.at < self.length {
            let at = usize::try_from(self.at).unwrap();
            out[written] = match self.head.get(at) {
                Some(byte) => *byte,
                None => self.unit[(at - self.head.len()) % self.unit.len()],
            };
            written += 1;
            self.at += 1;
        }
        Ok(written)
    }
}

/// The refused element, after checking that little was read of a gigabyte and that it took under a second.
fn element(head: &'static str, unit: &'static str, read_at_most: u64) -> String {
    let length = 1 << 30;
    let mut input = Endless { head: head.as_bytes(), unit: unit.as_bytes(), at: 0, length };
    let started = Instant::now();
    let result =
        parse(BufReader::new(&mut input), &Limits { time: Duration::from_secs(1), ..Limits::default() });
    assert!(started.elapsed() < Duration::from_millis(1_500), "{:?}", started.elapsed());
    assert!(input.at <= read_at_most, "read {} bytes", input.at);
    match result {
        Err(Error::Refused(refusal)) => refusal.element,
        other => panic!("{other:?}"),
    }
}

const FEED: &str = "<feed xmlns='http://www.w3.org/2005/Atom'>";
const NEAR: u64 = 256 << 10;

#[test]
fn single_tokens_of_a_gigabyte_are_cut_short() {
    assert_eq!(element(FEED, "a", NEAR), "element");
    assert_eq!(element("<feed xmlns='", "a", NEAR), "element");
    assert_eq!(element("<", "a", NEAR), "element");
    assert_eq!(element("<!-- ", "a", NEAR), "element");
    assert_eq!(element("<![CDATA[ ", "a", NEAR), "element");
    assert_eq!(element("<?xml-stylesheet ", "a", NEAR), "element");
    assert_eq!(element("<!DOCTYPE feed [", "<!ENTITY a 'a'>", NEAR), "element");
    assert_eq!(element(FEED, "<![CDATA[aaaaaaaaaaaaaaaa]]>", 1 << 20), "element");
    assert_eq!(element(FEED, "&amp;", 1 << 20), "element");
}

#[test]
fn a_gigabyte_in_memory_is_not_copied() {
    // The same through a slice, where the reader could hand over everything at once.
    let bytes = [FEED.as_bytes(), &vec![b'a'; 32 << 20]].concat();
    let started = Instant::now();
    assert_eq!(refused(&bytes).element, "element");
    assert!(started.elapsed() < Duration::from_secs(1));
}

#[test]
fn deep_nesting_is_refused() {
    assert_eq!(element("", "<a>", NEAR), "a"); // not even a feed
    assert_eq!(element(FEED, "<a>", NEAR), "feed");
    assert_eq!(element(FEED, "<a xmlns='u'>", NEAR), "feed");
}

#[test]
fn endless_feeds_end() {
    let entries = element(FEED, "<entry/>", 64 << 20);
    assert!(["entry", "file"].contains(&entries.as_str()), "{entries}"); // count, or time on a slow machine
    let readings = "<entry><content><IntervalBlock xmlns='http://naesb.org/espi'>";
    let head: &'static str = Box::leak(format!("{FEED}{readings}").into_boxed_str());
    let readings = element(head, "<IntervalReading/>", 64 << 20);
    assert!(["IntervalReading", "file"].contains(&readings.as_str()), "{readings}");
    let white = element(FEED, "<a/>\n", (64 << 20) + NEAR);
    assert_eq!(white, "file"); // size or time
}

#[test]
fn limits_on_counts_and_size_hold() {
    let limits = Limits { entries: 3, readings: 2, bytes: 100_000, ..Limits::default() };
    let element = |text: String| match parse(text.as_bytes(), &limits) {
        Err(Error::Refused(refusal)) => refusal.element,
        other => panic!("{other:?}"),
    };
    assert_eq!(element(format!("{FEED}{}</feed>", "<entry/>".repeat(4))), "entry");
    let kind = fields(&ENERGY);
    assert_eq!(element(feed(&kind, &reading(JANUARY, 900, 1).repeat(3))), "IntervalReading");
    assert_eq!(element(format!("{FEED}{}</feed>", "<a>b</a>".repeat(20_000))), "file");
}

/// Joining entries must not take the square of their number.
#[test]
fn many_meters_and_many_blocks_stay_quick() {
    let many = |entry: &str, count: usize| {
        format!("{}{}</feed>", FEED.replace('>', " xmlns:e='http://naesb.org/espi'>"), entry.repeat(count))
    };
    let started = Instant::now();
    let meters = many("<entry><content><e:MeterReading/></content></entry>", 20_000);
    assert_eq!(refused(meters.as_bytes()).element, "MeterReading");
    let blocks = many("<entry><content><e:IntervalBlock/></content></entry>", 20_000);
    assert_eq!(read(blocks.as_bytes()).unwrap().refusals[0].element, "ReadingType link");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn document_types_and_entities_are_refused() {
    assert_eq!(refused(&corpus("billion_laughs")).element, "DOCTYPE");
    assert_eq!(refused(format!("{FEED}<title>&xxe;</title></feed>").as_bytes()).element, "entity");
    assert_eq!(refused(format!("{FEED}<title>&#0;</title></feed>").as_bytes()).element, "entity");
    let bound = "<feed xmlns='http://www.w3.org/2005/Atom'><a".to_owned()
        + &(0..100).map(|n| format!(" xmlns:p{n}='u{n}'")).collect::<String>()
        + "/></feed>";
    assert_eq!(refused(bound.as_bytes()).element, "file");
}

#[test]
fn mistaken_files_are_told_what_to_do() {
    let reason = |bytes: &[u8]| refused(bytes).reason;
    assert_eq!(reason(b"PK\x03\x04rest"), "It is a ZIP archive.");
    assert_eq!(reason(b"%PDF-1.7"), "It is a PDF document.");
    assert_eq!(reason(b""), "It is empty.");
    assert_eq!(reason(b"  \n "), "It holds no XML element.");
    assert_eq!(reason(b"date,kWh\n2026-01-01,5\n"), "It does not begin like an XML file.");
    assert!(reason(b"\xff\xfe<\0f\0").contains("UTF-16"));
    assert!(reason(b"<?xml version='1.0' encoding='ISO-8859-1'?><feed/>").contains("ISO-8859-1"));
    assert!(reason(b"<feed xmlns='http://www.w3.org/2005/Atom'>\xff</feed>").contains("UTF-8"));
    assert!(reason(&corpus("other_format")).contains("<html>"));
    assert!(reason(b"<feed/>").contains("Atom")); // no namespace
    assert!(reason(FEED.replace('>', "/>").as_bytes()).contains("no ESPI resource"));
    let cut_off = refused(&corpus("cut_off"));
    assert!(cut_off.advice.contains("cut off"), "{cut_off:?}");
    assert!(reason(format!("{FEED}<entry></feed>").as_bytes()).contains("well-formed"));
}

#[test]
fn a_byte_order_mark_is_fine() {
    let text = format!("\u{feff}{}", feed(&fields(&ENERGY), &reading(JANUARY, 900, 1)));
    assert_eq!(read(text.as_bytes()).unwrap().series.len(), 1);
}
