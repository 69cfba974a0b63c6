//! The figures: from the statement down to the readings, and what stands beside them.

use super::{Check, Fits, part};
use crate::archive::File;
use crate::content::{AUDIT, Day, PDF, STATEMENT, Statement, TARIFFS, Tariff, days_of};
use domain::audit::Record;
use domain::baseline::MetricType;
use domain::canonical;
use domain::report::ReportMetric;
use domain::savings::equation::Totals;
use domain::verification::dossier::SignedDossier;
use rust_decimal::Decimal;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// Everything below the seal. Files that cannot be read are one failed check each.
pub(super) fn check(files: &[File], fits: &impl Fits, refit: bool) -> Vec<Check> {
    let statement: Statement = match part(files, STATEMENT) {
        Ok(statement) => statement,
        Err(error) => return vec![Check::bad("The statement can be read", error)],
    };
    let mut checks = vec![pdf(files, &statement)];
    let tariffs: Vec<Tariff> = part(files, TARIFFS).unwrap_or_default();
    let mut read: BTreeMap<MetricType, Vec<Day>> = BTreeMap::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        let Some(stated) = statement.report.metrics.iter().find(|m| m.name == metric.label()) else {
            continue;
        };
        match part::<Vec<Day>>(files, &days_of(metric)) {
            Ok(days) => {
                checks.push(total(metric, stated, &days, &statement));
                checks.push(recomputed(metric, &days));
                checks.push(readings(metric, &days));
                checks.push(prices(metric, &days, &tariffs));
                read.insert(metric, days);
            }
            Err(error) => checks.push(Check::bad("The days can be read", error)),
        }
    }
    checks.push(events(&statement, &read));
    for file in files.iter().filter(|file| file.name.starts_with("baseline-")) {
        checks.extend(baseline(file, fits, refit));
    }
    checks.push(audit(files));
    checks
}

fn pdf(files: &[File], statement: &Statement) -> Check {
    let found = files.iter().find(|f| f.name == PDF).map(|f| hex::encode(Sha256::digest(&f.bytes)));
    let difference =
        (found.as_ref() != Some(&statement.pdf_sha256)).then(|| format!("{PDF} has another SHA-256"));
    Check::of("The PDF is the one that the statement names", statement.pdf_sha256.clone(), difference)
}

/// The statement's sums are those of its days, to the Wh and the cent.
fn total(metric: MetricType, stated: &ReportMetric, days: &[Day], statement: &Statement) -> Check {
    let what = format!("{}: the statement is the sum of its days", metric.label());
    let figures: Vec<_> = days.iter().map(|day| &day.performance).collect();
    let sum: Decimal =
        figures.iter().filter(|p| p.savings_value.is_some()).filter_map(|p| p.baseline_value).sum();
    // Agreed events stand beside the days; `events` holds their sum against the list of events.
    let added = stated.baseline.map_or(Decimal::ZERO, |baseline| baseline - sum);
    let totals = Totals::of(&figures, added, statement.report.share_rate);
    let money = totals.and_then(|t| t.equation);
    let pairs = [
        ("actual", stated.actual, totals.map(|t| t.actual)),
        ("savings", stated.savings, totals.map(|t| t.savings + t.events)),
        ("baseline cost", stated.baseline_cost, money.map(|e| e.baseline_cost)),
        ("actual cost", stated.actual_cost, money.map(|e| e.actual_cost)),
        ("savings in money", stated.cost_savings, money.map(|e| e.savings)),
        ("what the customer keeps", stated.keep, money.map(|e| e.keep)),
        ("the vendor's share", stated.share, money.map(|e| e.share)),
    ];
    let sums = pairs.into_iter().find(|(_, stated, found)| stated != found);
    let sums = sums
        .map(|(name, stated, found)| format!("{name}: {} stated, {} added up", shown(stated), shown(found)));
    let listed = stated.days.iter().map(|d| (d.day, d.savings, d.cost_savings));
    let own = figures.iter().map(|p| (p.day, p.savings_value, p.cost_savings));
    let lists = (!listed.eq(own)).then(|| "its list of days is not that of the evidence".to_owned());
    let found = format!("{} days, {} {} saved", days.len(), shown(stated.savings), stated.unit);
    Check::of(&what, found, sums.or(lists))
}

fn shown(value: Option<Decimal>) -> String {
    value.map_or_else(|| "nothing".to_owned(), |v| v.normalize().to_string())
}

/// Every day follows from its model, conditions, quarter hours and prices, to the last digit.
fn recomputed(metric: MetricType, days: &[Day]) -> Check {
    let what = format!("{}: every day comes out the same when computed again", metric.label());
    let (mut count, mut difference) = (0, None);
    for day in days {
        let (inputs, p) = (day.derivation.as_ref().map(|d| &d.inputs), &day.performance);
        let other = day.derivation.as_ref().filter(|d| canonical::sha256(&d.inputs) != d.inputs_sha256);
        let found = match recompute::savings_day::savings_day(inputs, &day.intervals, p) {
            Ok(found) => found,
            Err(error) => return Check::bad(&what, format!("{}: {error}", p.day)),
        };
        count += found.len();
        let wrong = found.into_iter().find(|check| !check.holds());
        let wrong = wrong.map(|c| format!("{}: {}: {} stated, {} found", p.day, c.what, c.stated, c.found));
        let hash = other.map(|_| format!("{}: its inputs are not those of their hash", p.day));
        difference = difference.or(hash).or(wrong);
    }
    Check::of(&what, format!("{count} figures of {} days", days.len()), difference)
}

/// What the meters counted is what the days were computed from.
fn readings(metric: MetricType, days: &[Day]) -> Check {
    let what = format!("{}: the quarter hours are what the meters counted", metric.label());
    let scale = if metric == MetricType::Water { Decimal::from(1_000) } else { Decimal::ONE };
    let mut count = 0;
    for day in days {
        let p = &day.performance;
        count += day.readings.len();
        let stated = day.derivation.as_ref().and_then(|d| d.inputs["readings_sha256"].as_str());
        let found = hex::encode(Sha256::digest(json!(day.readings).to_string()));
        if stated.is_some_and(|stated| stated != found) {
            return Check::bad(
                &what,
                format!("{}: the readings are not those that it was computed from", p.day),
            );
        }
        let of = |i: &domain::savings::SavingsInterval| {
            let reading = day.readings.iter().find(|(start, ..)| *start == i.start);
            reading.and_then(|(_, value, _)| *value).map(|value| value / scale)
        };
        if let Some(off) = day.intervals.iter().find(|i| i.actual != of(i)) {
            return Check::bad(&what, format!("{}: not the one from {}", p.day, off.start));
        }
    }
    Check::good(&what, format!("{count} readings"))
}

/// Prices are those of the tariff that a day names.
fn prices(metric: MetricType, days: &[Day], tariffs: &[Tariff]) -> Check {
    let what = format!("{}: prices are the tariff's", metric.label());
    let named =
        |day: &Day| day.derivation.as_ref().and_then(|d| d.inputs["tariff"].as_str().map(str::to_owned));
    let mut count = 0;
    for day in days {
        let Some(id) = named(day) else { continue };
        let Some(tariff) = tariffs.iter().find(|t| t.id == id && t.metric == metric) else {
            return Check::bad(&what, format!("{}: tariff {id} is not in {TARIFFS}", day.performance.day));
        };
        let Ok(tariff) = domain::tariff::Tariff::new(tariff.terms.clone()) else {
            return Check::bad(&what, format!("tariff {id} cannot be used"));
        };
        if let Some(off) = day.intervals.iter().find(|i| i.price != tariff.energy_price(i.start)) {
            return Check::bad(&what, format!("not in the quarter hour from {}", off.start));
        }
        count += day.intervals.len();
    }
    Check::good(&what, format!("{count} quarter hours"))
}

/// What stands between the days and the statement is the list of agreed events, unit by unit.
fn events(statement: &Statement, read: &BTreeMap<MetricType, Vec<Day>>) -> Check {
    let mut off: BTreeMap<&str, Decimal> = BTreeMap::new();
    for (metric, days) in read {
        let stated = statement.report.metrics.iter().find(|m| m.name == metric.label());
        let sum: Decimal = days.iter().filter_map(|d| d.performance.savings_value).sum();
        if let Some((savings, unit)) = stated.and_then(|m| Some((m.savings?, m.unit.as_str()))) {
            *off.entry(unit).or_default() += savings - sum;
        }
    }
    for event in &statement.report.events {
        *off.entry(&event.unit).or_default() -= event.amount;
    }
    let wrong = off.into_iter().find(|(_, rest)| !rest.is_zero());
    let wrong = wrong
        .map(|(unit, rest)| format!("{} {unit} of the savings are in no day and no event", rest.normalize()));
    let found = format!("{} events", statement.report.events.len());
    Check::of("Nothing is added to the days but agreed events", found, wrong)
}

/// A baseline is signed by its verifier, and its model is what its rows give.
fn baseline(file: &File, fits: &impl Fits, refit: bool) -> Vec<Check> {
    let what = format!("{} is as its verifier signed it", file.name);
    let dossier: SignedDossier = match serde_json::from_slice(&file.bytes) {
        Ok(dossier) => dossier,
        Err(error) => return vec![Check::bad(&what, format!("{} cannot be read: {error}", file.name))],
    };
    let checked = domain::verification::check::check(&dossier, None, fits);
    let by = checked.record.map(|r| format!("{}, {}", r.typed_name, r.verifier_organisation));
    let mut checks = vec![Check::of(&what, by.unwrap_or_default(), checked.faults.into_iter().next())];
    if refit {
        let what = format!("{} comes out the same when fitted again", file.name);
        checks.push(match recompute::dossier(&dossier) {
            Err(error) => Check::bad(&what, error),
            Ok(found) => {
                let wrong = found
                    .iter()
                    .find_map(|r| Some(format!("{} differs at {}", r.method, r.difference.as_ref()?)));
                Check::of(&what, format!("{} methods", found.len()), wrong)
            }
        });
    }
    checks
}

/// Every record has the hash of what it says, and those that follow each other are linked.
fn audit(files: &[File]) -> Check {
    let what = "The records of the audit trail are unchanged";
    let records: Vec<Value> = match part(files, AUDIT) {
        Ok(records) => records,
        Err(error) => return Check::bad(what, error),
    };
    let mut before: Option<Record> = None;
    for (i, value) in records.iter().enumerate() {
        let bad = |why: &str| Check::bad(what, format!("{AUDIT}, record {}: {why}", i + 1));
        let read = |name: &str| value[name].as_str().and_then(|text| text.parse().ok());
        let event = serde_json::from_value(value["event"].clone());
        let (Ok(event), Some(previous), Some(hash)) = (event, read("previous_hash"), read("hash")) else {
            return bad("it cannot be read");
        };
        let record = Record::seal(event, previous);
        if record.hash != hash {
            return bad("it is not what was hashed");
        }
        let follows = before.as_ref().filter(|b| b.event.height + 1 == record.event.height);
        if follows.is_some_and(|b| b.hash != record.previous) {
            return bad("it does not follow the one before it");
        }
        before = Some(record);
    }
    Check::good(what, format!("{} records", records.len()))
}
