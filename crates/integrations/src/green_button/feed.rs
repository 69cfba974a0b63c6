//! From XML elements to Atom entries with the ESPI resource each holds. Nothing is interpreted yet.

use super::codes::Codes;
use super::input::Limits;
use super::walk::{Element, Ns, Visitor, walk};
use super::{Error, number, refusal};
use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use std::collections::BTreeMap;
use std::io::BufRead;

/// Most characters kept of a title, and most fields kept of a summary.
const TITLE: usize = 120;
const FIELDS: usize = 1_000;
/// Most related links kept of an entry.
const LINKS: usize = 100;

/// A feed.
#[derive(Debug, Default)]
pub(super) struct Feed {
    pub(super) updated: Option<DateTime<Utc>>,
    pub(super) entries: Vec<Entry>,
    /// Readings of all blocks, in the order of the file.
    pub(super) readings: Vec<Reading>,
    /// Whether retail customer data was read over.
    pub(super) customer_data: bool,
}

/// One Atom entry.
#[derive(Debug, Default)]
pub(super) struct Entry {
    pub(super) title: String,
    /// Links, normalised by [`href`].
    pub(super) this: Option<String>,
    pub(super) up: Option<String>,
    pub(super) related: Vec<String>,
    pub(super) updated: Option<DateTime<Utc>>,
    pub(super) resource: Option<Resource>,
}

/// What an entry is about.
#[derive(Debug)]
pub(super) enum Resource {
    /// With `ServiceCategory.kind`.
    UsagePoint(Option<String>),
    MeterReading,
    /// Its own fields that are not empty.
    ReadingType(BTreeMap<String, String>),
    Blocks(Vec<Block>),
    /// Name of the resource, and its fields by path.
    Summary(String, Vec<(String, String)>),
    /// Read over; readings carry UTC times, so the feed's own daylight-saving rules are not needed.
    LocalTime,
    Unused(String),
}

/// An interval block; its readings are a range of [`Feed::readings`].
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    pub(super) start: Option<i64>,
    pub(super) duration: Option<i64>,
    pub(super) first: usize,
    pub(super) end: usize,
}

/// What is wrong with a single reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    NoStart,
    BadStart,
    NoDuration,
    BadDuration,
    NoValue,
    BadValue,
}

/// An interval reading. `value` and `cost` are as in the file, before scaling.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Reading {
    pub(super) start: i64,
    pub(super) duration: u32,
    pub(super) value: Decimal,
    pub(super) cost: Option<Decimal>,
    pub(super) codes: Codes,
    pub(super) fault: Option<Fault>,
    pub(super) fractional: bool,
    pub(super) bad_cost: bool,
    seen: Seen,
}

#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    start: bool,
    duration: bool,
    value: bool,
}

impl Reading {
    fn fail(&mut self, fault: Fault) {
        self.fault = self.fault.or(Some(fault));
    }

    fn set_start(&mut self, text: &str) {
        self.seen.start = !text.is_empty();
        match number::epoch(text).filter(|(s, _)| number::instant(*s).is_some()) {
            Some((start, fractional)) => {
                self.start = start;
                self.fractional = fractional;
            }
            None if text.is_empty() => {}
            None => self.fail(Fault::BadStart),
        }
    }

    fn set_duration(&mut self, text: &str) {
        self.seen.duration = !text.is_empty();
        // Three years bound what a bill can cover.
        match number::epoch(text).map(|(s, _)| s).and_then(|s| u32::try_from(s).ok()) {
            Some(duration) if duration <= 3 * 366 * 86_400 => self.duration = duration,
            None if text.is_empty() => {}
            _ => self.fail(Fault::BadDuration),
        }
    }

    fn set_value(&mut self, text: &str) {
        self.seen.value = !text.is_empty();
        match number::int48(text) {
            Some(value) => self.value = value,
            None if text.is_empty() => {}
            None => self.fail(Fault::BadValue),
        }
    }

    fn finish(&mut self) {
        let missing = [
            (self.seen.start, Fault::NoStart),
            (self.seen.duration, Fault::NoDuration),
            (self.seen.value, Fault::NoValue),
        ];
        for (seen, fault) in missing {
            if !seen {
                self.fail(fault);
            }
        }
    }
}

/// Reads a feed.
pub(super) fn read(input: impl BufRead, limits: &Limits) -> Result<Feed, Error> {
    let mut builder = Builder { limits: *limits, feed: Feed::default(), entry: None };
    walk(input, limits, &mut builder)?;
    let feed = builder.feed;
    let usable =
        |e: &Entry| matches!(&e.resource, Some(r) if !matches!(r, Resource::Unused(_) | Resource::LocalTime));
    if feed.entries.iter().any(usable) { Ok(feed) } else { Err(refusal::nothing()) }
}

struct Builder {
    limits: Limits,
    feed: Feed,
    entry: Option<Entry>,
}

impl Visitor for Builder {
    fn open(&mut self, path: &[Element]) -> Result<(), Error> {
        let Some(last) = path.last() else { return Ok(()) };
        if path.len() == 1 && !(last.ns == Ns::Atom && ["feed", "entry"].contains(&last.name.as_str())) {
            return Err(refusal::root(&last.name));
        }
        if last.ns == Ns::Customer {
            self.feed.customer_data = true;
        }
        if last.ns == Ns::Atom && last.name == "entry" {
            if self.feed.entries.len() >= self.limits.entries {
                return Err(refusal::too_many("entry", self.limits.entries));
            }
            self.entry = Some(Entry::default());
        }
        if let Some((resource, inner)) = resource_path(path) {
            self.open_resource(resource, inner)?;
        }
        Ok(())
    }

    fn close(&mut self, path: &[Element], text: &str) -> Result<(), Error> {
        let Some((last, above)) = path.split_last() else { return Ok(()) };
        if let Some((resource, inner)) = resource_path(path) {
            self.close_resource(resource, inner, text);
            return Ok(());
        }
        if last.ns != Ns::Atom {
            return Ok(());
        }
        let parent = above.last().map(|e| e.name.as_str());
        match (parent, last.name.as_str()) {
            (_, "entry") => self.feed.entries.extend(self.entry.take()),
            (Some("feed"), "updated") => self.feed.updated = number::updated(text),
            (Some("entry"), name) => {
                if let Some(entry) = &mut self.entry {
                    atom_field(entry, name, last, text);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

impl Builder {
    fn open_resource(&mut self, resource: &str, inner: &[Element]) -> Result<(), Error> {
        let Some(entry) = &mut self.entry else { return Ok(()) };
        if inner.is_empty() {
            match (&mut entry.resource, resource) {
                (Some(Resource::Blocks(blocks)), "IntervalBlock") => {
                    blocks.push(Block { first: self.feed.readings.len(), ..Block::default() });
                }
                (Some(_), _) => {}
                (none, name) => *none = Some(start(name, self.feed.readings.len())),
            }
        }
        if matches!(inner, [reading] if reading.name == "IntervalReading") && resource == "IntervalBlock" {
            if self.feed.readings.len() >= self.limits.readings {
                return Err(refusal::too_many("IntervalReading", self.limits.readings));
            }
            self.feed.readings.push(Reading::default());
        }
        Ok(())
    }

    fn close_resource(&mut self, resource: &str, inner: &[Element], text: &str) {
        let Some(entry) = &mut self.entry else { return };
        match (&mut entry.resource, resource) {
            (Some(Resource::UsagePoint(kind)), "UsagePoint")
                if names(inner) == ["ServiceCategory", "kind"] && !text.is_empty() =>
            {
                *kind = Some(text.to_owned());
            }
            (Some(Resource::ReadingType(fields)), "ReadingType") => {
                if let [field] = inner
                    && !text.is_empty()
                    && fields.len() < FIELDS
                {
                    fields.insert(field.name.clone(), text.to_owned());
                }
            }
            (Some(Resource::Blocks(blocks)), "IntervalBlock") => {
                block_field(blocks, &mut self.feed.readings, inner, text);
            }
            (Some(Resource::Summary(name, fields)), resource)
                if name == resource && !inner.is_empty() && !text.is_empty() && fields.len() < FIELDS =>
            {
                fields.push((names(inner).join("."), text.to_owned()));
            }
            _ => {}
        }
    }
}

/// The ESPI resource an element belongs to, and the elements inside the resource down to it.
fn resource_path(path: &[Element]) -> Option<(&str, &[Element])> {
    let content = path.iter().position(|e| e.ns == Ns::Atom && e.name == "content")?;
    let (resource, inner) = path.get(content + 1..)?.split_first()?;
    (resource.ns == Ns::Espi && inner.iter().all(|e| e.ns == Ns::Espi))
        .then_some((resource.name.as_str(), inner))
}

fn names(inner: &[Element]) -> Vec<&str> {
    inner.iter().map(|e| e.name.as_str()).collect()
}

fn start(resource: &str, readings: usize) -> Resource {
    match resource {
        "UsagePoint" => Resource::UsagePoint(None),
        "MeterReading" => Resource::MeterReading,
        "ReadingType" => Resource::ReadingType(BTreeMap::new()),
        "IntervalBlock" => {
            Resource::Blocks(vec![Block { first: readings, end: readings, ..Block::default() }])
        }
        "LocalTimeParameters" => Resource::LocalTime,
        "UsageSummary" | "ElectricPowerUsageSummary" => Resource::Summary(resource.to_owned(), Vec::new()),
        other => Resource::Unused(title(other)),
    }
}

fn block_field(blocks: &mut [Block], readings: &mut [Reading], inner: &[Element], text: &str) {
    let Some(block) = blocks.last_mut() else { return };
    let (second, third) =
        (inner.get(1).map_or("", |e| e.name.as_str()), inner.get(2).map_or("", |e| e.name.as_str()));
    match (inner.first().map(|e| e.name.as_str()), second, third) {
        (None, ..) => block.end = readings.len(),
        (Some("interval"), "start", "") => block.start = number::epoch(text).map(|(s, _)| s),
        (Some("interval"), "duration", "") => block.duration = number::epoch(text).map(|(s, _)| s),
        (Some("IntervalReading"), second, third) => {
            let Some(reading) = readings.last_mut() else { return };
            match (second, third) {
                ("", "") => reading.finish(),
                ("value", "") => reading.set_value(text),
                ("cost", "") if !text.is_empty() => {
                    reading.cost = number::int48(text);
                    reading.bad_cost = reading.cost.is_none();
                }
                ("timePeriod", "start") => reading.set_start(text),
                ("timePeriod", "duration") => reading.set_duration(text),
                ("ReadingQuality", "quality") if !text.is_empty() => reading.codes.insert(text),
                _ => {}
            }
        }
        _ => {}
    }
}

fn atom_field(entry: &mut Entry, name: &str, element: &Element, text: &str) {
    match name {
        "title" => entry.title = title(text),
        "updated" => entry.updated = number::updated(text),
        "link" => {
            let href = href(&element.href);
            match element.rel.as_str() {
                "self" if !href.is_empty() => entry.this = Some(href),
                "up" if !href.is_empty() => entry.up = Some(href),
                "related" if entry.related.len() < LINKS => entry.related.push(href),
                _ => {}
            }
        }
        _ => {}
    }
}

/// A title fit to be shown: no control characters, not endless.
fn title(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(TITLE);
    printable.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A link target without what differs between exports of the same data: host, service prefix, query, slashes.
fn href(text: &str) -> String {
    let text = text.trim();
    let text =
        text.split_once("://").map_or(text, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let text = text.split(['?', '#']).next().unwrap_or(text);
    let text = text.rsplit_once("/resource/").map_or(text, |(_, path)| path);
    text.trim_matches('/').to_owned()
}
