//! Joins entries: usage point → meter reading → reading type and interval blocks, by their links. Feeds without links
//! are joined only where there is a single possibility.

use super::Error;
use super::feed::{Block, Entry, Feed, Resource};
use super::refusal::{ASK_UTILITY, refusal, too_many};
use super::series::{self, Source};
use super::statement;
use domain::utility::{Refusal, Remark, UtilityFile};
use std::collections::{BTreeMap, BTreeSet};

/// Most resources of one kind, apart from blocks.
const RESOURCES: usize = 500;
/// Most refusals and statements that are listed.
const LISTED: usize = 100;

type Fields = BTreeMap<String, String>;

/// Entries by kind.
struct Parts<'a> {
    usage_points: Vec<(&'a Entry, Option<&'a str>)>,
    meter_readings: Vec<&'a Entry>,
    reading_types: Vec<(&'a Entry, &'a Fields)>,
    blocks: Vec<(&'a Entry, &'a [Block])>,
}

/// Every series of a feed that can be imported, and why the others cannot.
///
/// # Errors
/// When there are more resources of a kind than anybody has meters.
pub(super) fn join(feed: &Feed) -> Result<UtilityFile, Error> {
    let parts = Parts::of(feed);
    parts.check_counts()?;
    let mut file = UtilityFile::default();
    let mut left: Vec<usize> = (0..parts.blocks.len()).collect();
    let by_target = parts.blocks_by_meter_reading();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for (index, meter_reading) in parts.meter_readings.iter().enumerate() {
        // Two entries with the same link are one meter reading told twice.
        if let Some(this) = &meter_reading.this
            && !seen.insert(this)
        {
            continue;
        }
        let mine = by_target.get(&index).cloned().unwrap_or_default();
        let taken: BTreeSet<usize> = mine.iter().copied().collect();
        left.retain(|block| !taken.contains(block));
        let found = parts.source(feed, Some(meter_reading), &mine).and_then(|s| series::read(feed, &s));
        add(&mut file, found);
    }
    if parts.meter_readings.is_empty() && !left.is_empty() {
        add(&mut file, parts.source(feed, None, &left).and_then(|s| series::read(feed, &s)));
    } else if let Some((entry, _)) = left.first().and_then(|b| parts.blocks.get(*b)) {
        file.refusals.push(refusal(
            format!("{} interval block(s), the first {}", left.len(), place(entry)),
            "IntervalBlock link",
            "Their links name no MeterReading of this file, so it is unknown which meter they belong to.",
            ASK_UTILITY,
        ));
    }
    distinguish(&mut file);
    remarks(feed, &mut file);
    statement::read(feed, &mut file);
    shorten(&mut file);
    Ok(file)
}

/// A list of refusals that nobody reads to the end says how many more there are.
fn shorten(file: &mut UtilityFile) {
    let more = file.refusals.len().saturating_sub(LISTED);
    if more > 0 {
        file.refusals.truncate(LISTED);
        let reason = "They are refused for reasons like those above.";
        file.refusals.push(refusal(format!("{more} more"), "feed", reason, ASK_UTILITY));
    }
    file.statements.truncate(LISTED);
}

fn add(file: &mut UtilityFile, found: Result<domain::utility::FileSeries, Refusal>) {
    match found {
        Ok(series) => file.series.push(series),
        Err(refusal) => file.refusals.push(refusal),
    }
}

impl<'a> Parts<'a> {
    fn of(feed: &'a Feed) -> Self {
        let mut parts =
            Self { usage_points: vec![], meter_readings: vec![], reading_types: vec![], blocks: vec![] };
        for entry in &feed.entries {
            match &entry.resource {
                Some(Resource::UsagePoint(kind)) => parts.usage_points.push((entry, kind.as_deref())),
                Some(Resource::MeterReading) => parts.meter_readings.push(entry),
                Some(Resource::ReadingType(fields)) => parts.reading_types.push((entry, fields)),
                Some(Resource::Blocks(blocks)) => parts.blocks.push((entry, blocks)),
                _ => {}
            }
        }
        parts
    }

    fn check_counts(&self) -> Result<(), Error> {
        let counts = [
            ("UsagePoint", self.usage_points.len()),
            ("MeterReading", self.meter_readings.len()),
            ("ReadingType", self.reading_types.len()),
        ];
        match counts.into_iter().find(|(_, count)| *count > RESOURCES) {
            Some((element, _)) => Err(too_many(element, RESOURCES)),
            None => Ok(()),
        }
    }

    /// Indices of blocks by index of the meter reading they belong to.
    fn blocks_by_meter_reading(&self) -> BTreeMap<usize, Vec<usize>> {
        let mut target: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, entry) in self.meter_readings.iter().enumerate().rev() {
            // A related link names the collection of blocks or a single one; `self` is the start of their links.
            for link in &entry.related {
                target.insert(link, index);
            }
            if let Some(this) = &entry.this {
                target.insert(this, index);
            }
        }
        let mut result: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (block, (entry, _)) in self.blocks.iter().enumerate() {
            let links = [entry.up.as_deref(), entry.this.as_deref()];
            let linked = links.iter().flatten().find_map(|link| {
                let meter_reading = link.rsplit_once("/IntervalBlock").map(|(before, _)| before);
                target.get(link).or_else(|| target.get(meter_reading?))
            });
            let only = (links == [None, None] && self.meter_readings.len() == 1).then_some(0);
            if let Some(index) = linked.copied().or(only) {
                result.entry(index).or_default().push(block);
            }
        }
        result
    }

    fn source(
        &self,
        feed: &'a Feed,
        meter_reading: Option<&'a Entry>,
        blocks: &[usize],
    ) -> Result<Source<'a>, Refusal> {
        let usage_point = self.usage_point(meter_reading);
        let name = [
            usage_point.map(|(entry, _)| entry.title.as_str()),
            meter_reading.map(|entry| entry.title.as_str()),
        ];
        let name: Vec<&str> = name.into_iter().flatten().filter(|t| !t.is_empty()).collect();
        let name = name.join(": ");
        let subject = match (meter_reading, name.as_str()) {
            (Some(entry), "") => place(entry),
            (None, "") => "The readings".to_owned(),
            (Some(Entry { this: Some(this), .. }), name) => format!("{name} ({this})"),
            (_, name) => name.to_owned(),
        };
        let (type_entry, reading_type) = self.reading_type(meter_reading, &subject)?;
        Ok(Source {
            subject,
            name,
            type_title: &type_entry.title,
            key: meter_reading.and_then(|entry| entry.this.clone()).unwrap_or_else(|| "unlinked".to_owned()),
            service: usage_point.and_then(|(_, kind)| kind),
            reading_type,
            blocks: blocks
                .iter()
                .filter_map(|b| self.blocks.get(*b))
                .flat_map(|(entry, blocks)| blocks.iter().map(move |b| (*b, entry.updated.or(feed.updated))))
                .collect(),
        })
    }

    fn usage_point(&self, meter_reading: Option<&Entry>) -> Option<(&'a Entry, Option<&'a str>)> {
        if let [only] = self.usage_points.as_slice() {
            return Some(*only);
        }
        let link = meter_reading?.up.as_deref()?;
        let above = link.rsplit_once("/MeterReading").map_or(link, |(before, _)| before);
        self.usage_points
            .iter()
            .find(|(e, _)| e.this.as_deref() == Some(above) || e.related.iter().any(|r| r == link))
            .copied()
    }

    /// The reading type a meter reading links to, or the only one of a feed without such links.
    fn reading_type(&self, from: Option<&Entry>, subject: &str) -> Result<(&'a Entry, &'a Fields), Refusal> {
        let no = |reason: String| Err(refusal(subject, "ReadingType link", reason, ASK_UTILITY));
        let links: Vec<&String> = from
            .iter()
            .flat_map(|e| &e.related)
            .filter(|l| l.split('/').any(|s| s == "ReadingType"))
            .collect();
        if links.is_empty() {
            return match self.reading_types.as_slice() {
                [only] => Ok(*only),
                [] => no("The file holds no ReadingType, so the unit of the readings is unknown.".to_owned()),
                many => no(format!("No link says which of the {} ReadingTypes applies.", many.len())),
            };
        }
        let mut found = self
            .reading_types
            .iter()
            .filter(|(e, _)| e.this.as_ref().is_some_and(|this| links.contains(&this)));
        match found.next() {
            Some(one) if found.all(|(_, fields)| *fields == one.1) => Ok(*one),
            Some(_) => no("Several different ReadingTypes answer to its link.".to_owned()),
            None => no(format!(
                "It refers to “{}”, which is not in the file, so the unit of the readings is unknown.",
                links.first().map_or("", |l| l.as_str())
            )),
        }
    }
}

fn place(entry: &Entry) -> String {
    match (&entry.this, entry.title.as_str()) {
        (Some(this), _) => this.clone(),
        (None, "") => "an entry without link and title".to_owned(),
        (None, title) => title.to_owned(),
    }
}

/// Two series with one key would be taken for one: that happens when a feed lacks links, and then both are refused.
fn distinguish(file: &mut UtilityFile) {
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for series in &file.series {
        *count.entry(series.key.clone()).or_default() += 1;
    }
    let (unique, twice): (Vec<_>, Vec<_>) =
        file.series.drain(..).partition(|s| count.get(&s.key).is_none_or(|n| *n == 1));
    file.series = unique;
    file.refusals.extend(twice.into_iter().map(|series| {
        refusal(
            series.name,
            "MeterReading link",
            "Another meter reading of the file has the same type and no link of its own, so the two cannot be told apart.",
            ASK_UTILITY,
        )
    }));
}

fn remarks(feed: &Feed, file: &mut UtilityFile) {
    let mut unused: BTreeMap<&str, u32> = BTreeMap::new();
    for entry in &feed.entries {
        if let Some(Resource::Unused(name)) = &entry.resource {
            *unused.entry(name).or_default() += 1;
        }
    }
    let remark =
        |element: &str, text: String| Remark { element: element.to_owned(), text, readings: 0, first: None };
    for (name, count) in unused.into_iter().take(20) {
        file.remarks
            .push(remark(name, format!("Not imported: {count} resource(s) of this kind are not used.")));
    }
    if feed.customer_data {
        file.remarks.push(remark("RetailCustomer", "Customer data in the file was read over.".to_owned()));
    }
}
