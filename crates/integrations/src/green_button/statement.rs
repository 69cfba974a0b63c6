//! The file's own bill summaries: shown beside the imported totals, never stored as consumption.

use super::feed::{Feed, Resource};
use super::refusal::refusal;
use super::{codes, number};
use chrono::TimeDelta;
use domain::utility::{Gap, Refusal, Statement, StatementItem, UtilityFile, scaled};
use std::collections::BTreeMap;

/// Figures in hundred-thousandths of the currency.
const MONEY: [(&str, &str); 3] = [
    ("billLastPeriod", "Bill of the last period"),
    ("billToDate", "Bill to date"),
    ("costAdditionalLastPeriod", "Additional cost of the last period"),
];

/// Adds what the summaries say, and refuses their figures that make no sense.
pub(super) fn read(feed: &Feed, file: &mut UtilityFile) {
    for entry in &feed.entries {
        let Some(Resource::Summary(kind, fields)) = &entry.resource else { continue };
        let fields: BTreeMap<&str, &str> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let currency = fields.get("currency").and_then(|c| codes::currency(c));
        let mut items: Vec<StatementItem> = MONEY
            .iter()
            .filter_map(|(field, label)| {
                let amount = fields.get(field).and_then(|text| number::int48(text))?;
                let value = scaled(amount, -5)?.normalize();
                Some(StatementItem { label: (*label).to_owned(), value, unit: currency?.to_owned() })
            })
            .collect();
        let measured: Vec<&str> = fields.keys().filter_map(|path| path.strip_suffix(".value")).collect();
        for name in measured {
            match figure(kind, name, &fields) {
                Ok(item) => items.push(item),
                Err(refusal) => file.refusals.push(refusal),
            }
        }
        let name = if entry.title.is_empty() { kind.clone() } else { entry.title.clone() };
        if !items.is_empty() {
            file.statements.push(Statement { name, period: period(&fields), items });
        }
    }
}

fn figure(kind: &str, name: &str, fields: &BTreeMap<&str, &str>) -> Result<StatementItem, Refusal> {
    let get = |field: &str| fields.get(format!("{name}.{field}").as_str()).copied();
    let no = |field: &str, reason: &str| {
        let text = get(field).unwrap_or("nothing").chars().take(24).collect::<String>();
        refusal(
            format!("A figure of the file's {kind}"),
            format!("{kind}.{name}.{field}"),
            format!("{text}: {reason}"),
            "Nothing to do: the readings are imported without it, and it is not shown.",
        )
    };
    let power = match get("powerOfTenMultiplier") {
        None => 0,
        Some(text) => text
            .parse::<i8>()
            .ok()
            .filter(|p| (-12..=12).contains(p))
            .ok_or_else(|| no("powerOfTenMultiplier", "not between -12 and 12."))?,
    };
    let unit = get("uom").and_then(codes::unit).ok_or_else(|| no("uom", "no known unit."))?;
    let value = get("value")
        .and_then(number::int48)
        .and_then(|value| scaled(value, power))
        .ok_or_else(|| no("value", "no number within the range of the format."))?;
    Ok(StatementItem { label: words(name), value: value.normalize(), unit: unit.symbol().to_owned() })
}

fn period(fields: &BTreeMap<&str, &str>) -> Option<Gap> {
    let seconds = |field: &str| fields.get(field).and_then(|text| number::epoch(text)).map(|(s, _)| s);
    let start = number::instant(seconds("billingPeriod.start")?)?;
    let end = start.checked_add_signed(TimeDelta::try_seconds(seconds("billingPeriod.duration")?)?)?;
    (end > start).then_some(Gap { start, end })
}

/// `overallConsumptionLastPeriod` → "Overall consumption last period".
fn words(camel: &str) -> String {
    let mut out = String::with_capacity(camel.len() + 8);
    for (index, character) in camel.chars().enumerate() {
        match (index, character.is_uppercase()) {
            (0, _) => out.extend(character.to_uppercase()),
            (_, true) => {
                out.push(' ');
                out.extend(character.to_lowercase());
            }
            _ => out.push(character),
        }
    }
    out
}
