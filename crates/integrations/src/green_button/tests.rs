mod attack;
mod exact;
mod fuzz;
mod quirks;
mod samples;

use super::*;
use domain::utility::{FileSeries, exact_sum};
use rust_decimal::Decimal;

/// A file of the corpus in `tests/corpus/green_button`.
fn corpus(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/green_button");
    std::fs::read(format!("{folder}/{name}.xml")).unwrap()
}

fn read(bytes: &[u8]) -> Result<UtilityFile, Error> {
    parse(bytes, &Limits::default())
}

fn good(name: &str) -> UtilityFile {
    read(&corpus(name)).unwrap()
}

/// The refusal of the file as a whole.
fn refused(bytes: &[u8]) -> Refusal {
    match read(bytes) {
        Err(Error::Refused(refusal)) => *refusal,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

fn total(series: &FileSeries) -> String {
    exact_sum(series.intervals.iter().map(|i| i.value)).unwrap().to_string()
}

fn cost(series: &FileSeries) -> String {
    exact_sum(series.intervals.iter().filter_map(|i| i.cost)).unwrap().to_string()
}

/// A feed with one series of the given reading type fields and readings (start, duration, value).
fn feed(reading_type: &str, readings: &str) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:e='http://naesb.org/espi'>\
         <entry><content><e:ReadingType>{reading_type}</e:ReadingType></content></entry>\
         <entry><content><e:IntervalBlock>{readings}</e:IntervalBlock></content></entry></feed>"
    )
}

fn reading(start: i64, duration: i64, value: impl std::fmt::Display) -> String {
    format!(
        "<e:IntervalReading><e:timePeriod><e:duration>{duration}</e:duration><e:start>{start}</e:start></e:timePeriod>\
         <e:value>{value}</e:value></e:IntervalReading>"
    )
}

fn fields(pairs: &[(&str, &str)]) -> String {
    pairs.iter().map(|(name, value)| format!("<e:{name}>{value}</e:{name}>")).collect()
}

const ENERGY: [(&str, &str); 4] =
    [("accumulationBehaviour", "4"), ("commodity", "1"), ("flowDirection", "1"), ("uom", "72")];

const JANUARY: i64 = 1_767_250_800;
