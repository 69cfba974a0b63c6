//! One metered series: its reading type checked, its readings scaled, every doubt named.

use super::codes::{self, Accumulation, Codes};
use super::feed::{Block, Fault, Feed, Reading};
use super::number;
use super::overlap::{self, Scaled};
use super::refusal::{ASK_UTILITY, refusal};
use chrono::{DateTime, Utc};
use domain::quality::Quality;
use domain::utility::{
    Commodity, FileSeries, Flow, Measure, Refusal, Remark, Unit, UtilityInterval, exact_sum, scaled,
};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// Larger amounts than this, in any unit, are no metering; it also keeps every later sum within `Decimal`.
const MAGNITUDE: i64 = 1_000_000_000_000_000_000;

/// A meter reading with what its links lead to.
pub(super) struct Source<'a> {
    /// How messages call it.
    pub(super) subject: String,
    /// Titles of usage point and meter reading; may be empty.
    pub(super) name: String,
    pub(super) type_title: &'a str,
    /// Link of the meter reading.
    pub(super) key: String,
    /// `ServiceCategory.kind` of the usage point.
    pub(super) service: Option<&'a str>,
    pub(super) reading_type: &'a BTreeMap<String, String>,
    /// Blocks with the `updated` of their entry.
    pub(super) blocks: Vec<(Block, Option<DateTime<Utc>>)>,
}

/// A reading type whose every field that matters is understood.
struct Type {
    commodity: Commodity,
    flow: Flow,
    unit: Unit,
    power: i8,
    accumulation: Accumulation,
    interval_s: Option<u32>,
    currency: Option<&'static str>,
    default_codes: Codes,
    /// Distinguishes series of one meter reading: demand from consumption, tiers, phases.
    variant: String,
}

/// Collects remarks: one per element and text, however many readings it concerns.
#[derive(Default)]
pub(super) struct Remarks(BTreeMap<Kind, (u32, Option<DateTime<Utc>>)>);

/// Element and text of a remark.
type Kind = (&'static str, &'static str);

impl Remarks {
    pub(super) fn add(&mut self, element: &'static str, text: &'static str, start: Option<DateTime<Utc>>) {
        let (count, first) = self.0.entry((element, text)).or_default();
        *count += 1;
        *first = first.or(start);
    }

    fn into_vec(self) -> Vec<Remark> {
        let remark = |((element, text), (readings, first)): ((&str, &str), _)| Remark {
            element: element.to_owned(),
            text: text.to_owned(),
            readings,
            first,
        };
        self.0.into_iter().map(remark).collect()
    }
}

/// Reads one series, or says why not.
pub(super) fn read(feed: &Feed, source: &Source<'_>) -> Result<FileSeries, Refusal> {
    let kind = Type::read(source)?;
    let (mut left_out, mut remarks) = (Remarks::default(), Remarks::default());
    kind.remarks(source, &mut remarks);
    let mut scaled = Vec::new();
    for (block, updated) in &source.blocks {
        let readings = feed.readings.get(block.first..block.end).unwrap_or_default();
        compare_with_block(block, readings, &mut remarks);
        for reading in readings {
            scaled.extend(kind.scale(reading, *updated, &mut left_out, &mut remarks));
        }
    }
    let intervals = match kind.accumulation {
        Accumulation::Register => overlap::difference(scaled, &mut left_out, &mut remarks),
        Accumulation::Delta | Accumulation::Level => overlap::settle(scaled, &mut left_out, &mut remarks),
    };
    let left_out = left_out.into_vec();
    if intervals.is_empty() {
        return Err(no_intervals(source, &kind, &left_out));
    }
    if kind.flow == Flow::Delivered && kind.unit.measure() == Measure::Amount {
        flag_negative(&intervals, &mut remarks);
    }
    let has_costs = intervals.iter().any(|i| i.cost.is_some());
    let series = FileSeries {
        key: kind.key(source),
        name: kind.name(source),
        commodity: kind.commodity,
        unit: kind.unit,
        flow: kind.flow,
        measure: kind.unit.measure(),
        interval_s: kind.interval_s,
        currency: kind.currency.filter(|_| has_costs).map(str::to_owned),
        intervals: intervals.into_iter().map(|i| kind.finish(i, &mut remarks)).collect(),
        left_out,
        remarks: remarks.into_vec(),
    };
    if exact_sum(series.intervals.iter().map(|i| i.value)).is_none() {
        let reason = "The values add up to more digits than can be kept exactly.";
        return Err(refusal(&source.subject, "IntervalReading.value", reason, ASK_UTILITY));
    }
    Ok(series)
}

impl Type {
    fn read(source: &Source<'_>) -> Result<Self, Refusal> {
        let get = |name: &str| source.reading_type.get(name).map(String::as_str);
        let no = |element: &str, reason: String| {
            refusal(&source.subject, format!("ReadingType.{element}"), reason, ASK_UTILITY)
        };
        let missing =
            |element: &str, so: &str| no(element, format!("The element is missing or empty, so {so}."));
        let code = |element: &str| {
            no(
                element,
                format!("The code {} is not known, and meanings are not guessed.", shown(get(element))),
            )
        };
        let uom = get("uom").ok_or_else(|| missing("uom", "the unit of the readings is unknown"))?;
        let unit = codes::unit(uom).ok_or_else(|| code("uom"))?;
        let power = match get("powerOfTenMultiplier") {
            None => 0,
            Some(text) => text.parse::<i8>().ok().filter(|p| (-12..=12).contains(p)).ok_or_else(|| {
                no("powerOfTenMultiplier", format!("{} is not between -12 and 12.", shown(Some(text))))
            })?,
        };
        let behaviour = get("accumulationBehaviour").ok_or_else(|| {
            missing("accumulationBehaviour", "a register cannot be told from amounts per interval")
        })?;
        let accumulation = codes::accumulation(behaviour).ok_or_else(|| code("accumulationBehaviour"))?;
        if (accumulation == Accumulation::Level) != (unit.measure() == Measure::Level) {
            let reason = format!("{behaviour} contradicts uom {uom} ({}).", unit.symbol());
            return Err(no("accumulationBehaviour", reason));
        }
        if unit.measure() == Measure::Amount
            && !matches!(get("dataQualifier"), None | Some("0" | "12" | "26"))
        {
            let reason = format!("{} is no amount that adds up.", shown(get("dataQualifier")));
            return Err(no("dataQualifier", reason));
        }
        let mut commodity = codes::commodity(get("commodity")).ok_or_else(|| code("commodity"))?;
        if commodity == Commodity::NotStated {
            commodity = source.service.and_then(codes::service).unwrap_or(Commodity::NotStated);
        }
        let mut default_codes = Codes::default();
        if let Some(text) = get("defaultQuality") {
            default_codes.insert(text);
        }
        Ok(Self {
            commodity,
            flow: codes::flow(get("flowDirection")).ok_or_else(|| code("flowDirection"))?,
            unit,
            power,
            accumulation,
            interval_s: get("intervalLength")
                .and_then(|s| s.parse().ok())
                .filter(|s| *s > 0 && *s <= 31_622_400),
            currency: get("currency").and_then(codes::currency),
            default_codes,
            variant: ["accumulationBehaviour", "dataQualifier", "phase", "tou", "consumptionTier", "cpp"]
                .map(|name| shown(get(name)))
                .join(","),
        })
    }

    /// What makes this series the same in a later file.
    fn key(&self, source: &Source<'_>) -> String {
        format!(
            "{}#{}/{}/{}/{}/{}",
            source.key,
            self.commodity.as_str(),
            self.unit.as_str(),
            self.flow.as_str(),
            self.interval_s.unwrap_or_default(),
            self.variant
        )
    }

    fn name(&self, source: &Source<'_>) -> String {
        match (source.name.as_str(), source.type_title) {
            ("", "") => format!("{}, {}", self.commodity.label(), self.flow.label().to_lowercase()),
            ("", title) => title.to_owned(),
            (name, "") => name.to_owned(),
            (name, title) => format!("{name} ({title})"),
        }
    }

    fn remarks(&self, source: &Source<'_>, remarks: &mut Remarks) {
        let get = |name: &str| source.reading_type.get(name).map(String::as_str);
        let level = self.unit.measure() == Measure::Level;
        if (level && get("kind") == Some("12")) || (!level && matches!(get("kind"), Some("37" | "8"))) {
            remarks.add(
                "ReadingType.kind",
                "The kind contradicts the unit; the unit was taken from uom.",
                None,
            );
        }
        let service = source.service.and_then(codes::service);
        if service.is_some_and(|s| s != self.commodity) {
            let text = "The usage point names another commodity; that of the reading type was taken.";
            remarks.add("ServiceCategory.kind", text, None);
        }
        if self.commodity == Commodity::NotStated {
            remarks.add("ReadingType.commodity", "The file does not say what is metered.", None);
        }
        if self.flow == Flow::NotStated {
            remarks.add("ReadingType.flowDirection", "The file does not say in which direction.", None);
        }
    }

    fn scale(
        &self,
        reading: &Reading,
        updated: Option<DateTime<Utc>>,
        left_out: &mut Remarks,
        remarks: &mut Remarks,
    ) -> Option<Scaled> {
        let start = number::instant(reading.start);
        if let Some(fault) = reading.fault {
            let (element, text) = fault_text(fault);
            left_out.add(element, text, start);
            return None;
        }
        let start = start?;
        let end = number::instant(reading.start + i64::from(reading.duration))?;
        let most = Decimal::from(MAGNITUDE);
        let Some(value) = scaled(reading.value, self.power).filter(|v| v.abs() <= most) else {
            left_out.add(
                "IntervalReading.value",
                "The scaled value is beyond anything that is metered.",
                Some(start),
            );
            return None;
        };
        if reading.fractional {
            let text = "The start had a fraction of a second, which was cut off.";
            remarks.add("IntervalReading.timePeriod.start", text, Some(start));
        }
        if reading.bad_cost {
            remarks.add("IntervalReading.cost", "The cost is no number and was left out.", Some(start));
        }
        if reading.cost.is_some() && self.currency.is_none() {
            let text = "Costs were left out: the file states no currency, or one that is not known.";
            remarks.add("ReadingType.currency", text, Some(start));
        }
        // Costs are in hundred-thousandths of the currency.
        let cost = reading.cost.filter(|_| self.currency.is_some()).and_then(|c| scaled(c, -5));
        let codes = if reading.codes.is_empty() { self.default_codes } else { reading.codes };
        Some(Scaled {
            start,
            end,
            value: value.normalize(),
            cost: cost.map(|c| c.normalize()),
            codes,
            updated,
        })
    }

    fn finish(&self, interval: Scaled, remarks: &mut Remarks) -> UtilityInterval {
        let mut quality = interval.codes.quality();
        if interval.codes.contains(15) {
            let text = "Normalised for weather by the utility; must not be fed to a weather model, so it counts as questionable.";
            remarks.add("ReadingQuality.quality", text, Some(interval.start));
        }
        let amount = self.unit.measure() == Measure::Amount;
        if amount
            && self.flow == Flow::Delivered
            && interval.value.is_sign_negative()
            && !interval.value.is_zero()
        {
            quality = quality.max(Quality::Questionable);
        }
        UtilityInterval {
            start: interval.start,
            end: interval.end,
            value: interval.value,
            cost: interval.cost,
            quality,
            codes: interval.codes.list(),
            updated: interval.updated,
        }
    }
}

fn flag_negative(intervals: &[Scaled], remarks: &mut Remarks) {
    for interval in intervals.iter().filter(|i| i.value < Decimal::ZERO) {
        let text = "Negative although only delivered amounts are metered; counts as questionable.";
        remarks.add("IntervalReading.value", text, Some(interval.start));
    }
}

fn shown(code: Option<&str>) -> String {
    code.map_or_else(|| "-".to_owned(), |c| c.chars().take(20).collect())
}

fn fault_text(fault: Fault) -> (&'static str, &'static str) {
    match fault {
        Fault::NoStart => ("IntervalReading.timePeriod.start", "The element is missing or empty."),
        Fault::BadStart => {
            ("IntervalReading.timePeriod.start", "It is no time between 1990 and 2100 in seconds since 1970.")
        }
        Fault::NoDuration => ("IntervalReading.timePeriod.duration", "The element is missing or empty."),
        Fault::BadDuration => {
            ("IntervalReading.timePeriod.duration", "It is no number of seconds of at most three years.")
        }
        Fault::NoValue => ("IntervalReading.value", "The element is missing or empty."),
        Fault::BadValue => ("IntervalReading.value", "It is no number within the range of the format."),
    }
}

/// A block says how long it lasts; on days when clocks change, and in part days, it can be wrong. The readings' own
/// times count.
fn compare_with_block(block: &Block, readings: &[Reading], remarks: &mut Remarks) {
    let (Some(start), Some(duration)) = (block.start, block.duration) else { return };
    let fine = || readings.iter().filter(|r| r.fault.is_none());
    let lasts: i64 = fine().map(|r| i64::from(r.duration)).sum();
    let first = number::instant(start);
    if lasts != duration {
        let text =
            "The block's duration differs from that of its readings; the readings' own times were taken.";
        remarks.add("IntervalBlock.interval", text, first);
    }
    let outside = fine().any(|r| {
        r.start < start || r.start.saturating_add(i64::from(r.duration)) > start.saturating_add(duration)
    });
    if outside {
        remarks.add(
            "IntervalBlock.interval",
            "Readings lie outside of the block's time; their own times were taken.",
            first,
        );
    }
}

fn no_intervals(source: &Source<'_>, kind: &Type, left_out: &[Remark]) -> Refusal {
    let total: usize = source.blocks.iter().map(|(b, _)| b.end - b.first).sum();
    if total == 0 {
        return refusal(
            &source.subject,
            "IntervalReading",
            "The file holds no readings for it.",
            ASK_UTILITY,
        );
    }
    if let Some(worst) = left_out.iter().max_by_key(|r| r.readings) {
        let reason = format!("None of its {total} readings can be taken. {}", worst.text);
        return refusal(&source.subject, worst.element.clone(), reason, ASK_UTILITY);
    }
    let reason = match kind.accumulation {
        Accumulation::Register => "It is a register, and one reading alone says nothing about consumption.",
        Accumulation::Delta | Accumulation::Level => "None of its readings lasts any time.",
    };
    refusal(&source.subject, "IntervalReading", reason, "Export a longer period.")
}
