//! The bundle of a statement: the report with everything it rests on, sealed when it is made. docs/BUNDLE.md

use crate::baselines::measured;
use crate::{Context, Error, Result, signer, verifications, weather};
use ::bundle::File;
use ::bundle::content::{
    AUDIT, Day, Derivation, PDF, STATEMENT, Statement, TARIFFS, Tariff, WEATHER, baseline_of, days_of,
};
use domain::access::{Principal, Scope};
use domain::audit::Record;
use domain::baseline::MetricType;
use domain::id::BaselineId;
use domain::range::Granularity;
use domain::report::PerformanceReport;
use domain::savings::{FigureState, Performance};
use serde::Serialize;
use serde_json::json;
use std::collections::BTreeSet;
use store::audit::{AuditFilter, audit_page};
use store::facilities::Facility;
use store::{Tx, savings as stored};

/// Records of the audit trail in a bundle, the newest.
const RECORDS: i64 = 2_000;
/// What the audit trail says about people and programs is no part of a statement.
const LEFT_OUT: [&str; 7] = ["export", "job", "organisation", "password", "person", "session", "token"];

/// The archive; none where the platform has no key to sign with, and none while figures of these days are being computed again: a
/// bundle that does not hold is never given out.
///
/// # Errors
/// When the database fails.
pub(super) async fn sealed(
    ctx: &Context,
    tx: &mut Tx<'_>,
    (caller, scope, facility): (&Principal, &Scope, &Facility),
    statement: &Statement,
    pdf: Vec<u8>,
) -> Result<Option<Vec<u8>>> {
    let Some(signer) = ctx.signer.as_ref() else { return Ok(None) };
    let report = &statement.report;
    let mut files = vec![file(STATEMENT, statement)?, File { name: PDF.to_owned(), bytes: pdf }];
    let mut baselines = BTreeSet::new();
    let mut tariffs = Vec::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water] {
        if !report.metrics.iter().any(|m| m.name == metric.label()) {
            continue;
        }
        let days = days(tx, facility, metric, report).await?;
        baselines.extend(days.iter().filter_map(|day| day.performance.baseline));
        files.push(file(&days_of(metric), &days)?);
        if let Some(tariff) = store::tariffs::current(tx, facility.id, metric).await? {
            tariffs.push(Tariff { metric, id: tariff.id.to_string(), terms: tariff.terms });
        }
    }
    files.push(file(TARIFFS, &tariffs)?);
    files.push(file(AUDIT, &audit(tx, facility).await?)?);
    for baseline in baselines {
        files.push(dossier(ctx, caller, facility, baseline).await?);
    }
    let range = (Some(report.from), Some(report.until));
    let hours = weather::export(ctx, scope, &facility.slug, range).await?;
    files.push(File { name: WEATHER.to_owned(), bytes: hours.into_bytes() });
    let archive =
        ::bundle::seal(files, signer.public_key(), |bytes| signer.sign(bytes)).map_err(Error::internal)?;
    let found = ::bundle::check(&archive, Some(signer.public_key()), signer::fits, false);
    match found.checks.into_iter().find(|check| !check.holds) {
        None => Ok(Some(archive)),
        Some(check) => {
            let (what, found) = (check.what, check.found);
            tracing::warn!(facility = facility.slug, what, found, "a report is made without a bundle");
            Ok(None)
        }
    }
}

fn file(name: &str, value: &impl Serialize) -> Result<File> {
    Ok(File { name: name.to_owned(), bytes: serde_json::to_vec_pretty(value).map_err(Error::internal)? })
}

/// Every day of a metric with what it was computed from.
async fn days(
    tx: &mut Tx<'_>,
    facility: &Facility,
    metric: MetricType,
    report: &PerformanceReport,
) -> Result<Vec<Day>> {
    let range = (report.from, report.until);
    let figures = stored::performance(tx, facility.id, range).await?;
    let mut derivations = stored::derivations_newest(tx, facility.id, metric, range).await?;
    let mut out = Vec::new();
    for performance in figures.into_iter().filter(|p| p.metric_type == metric) {
        // A running day is overwritten every quarter of an hour and keeps no derivation that counts.
        let closed = performance.state == FigureState::Provisional;
        let derivation = derivations.remove(&performance.day).filter(|_| closed).map(derivation);
        out.push(day(tx, facility, performance, derivation).await?);
    }
    Ok(out)
}

fn derivation(d: stored::Derivation) -> Derivation {
    Derivation {
        id: d.id.to_string(),
        revision: d.revision,
        reason: d.reason,
        computed_at: d.computed_at,
        engine_version: d.engine_version,
        inputs: d.inputs,
        inputs_sha256: hex::encode(d.inputs_sha256),
    }
}

async fn day(
    tx: &mut Tx<'_>,
    facility: &Facility,
    performance: Performance,
    derivation: Option<Derivation>,
) -> Result<Day> {
    let (metric, first) = (performance.metric_type, performance.day);
    let next = first.succ_opt().unwrap_or(first);
    let intervals = stored::intervals(tx, facility.id, metric, (first, next)).await?;
    let stretch = intervals.first().zip(intervals.last()).map(|(first, last)| (first.start, last.end));
    let readings = match (stretch, performance.baseline) {
        (Some(stretch), Some(baseline)) => {
            let series = store::baselines::get(tx, facility.id, baseline).await?.summary.series;
            let quarter = Granularity::QuarterHour;
            let used = measured::for_savings(tx, facility, metric, series, quarter, stretch).await?;
            used.into_iter().map(|i| (i.start, i.value, i.quality)).collect()
        }
        _ => vec![],
    };
    Ok(Day { performance, intervals, readings, derivation })
}

/// Records about the facility, by height.
async fn audit(tx: &mut Tx<'_>, facility: &Facility) -> Result<Vec<serde_json::Value>> {
    let filter = AuditFilter { facility: Some(facility.id), ..AuditFilter::default() };
    let mut records: Vec<Record> = audit_page(tx, &filter, RECORDS).await?;
    records.retain(|r| r.event.action.split('.').next().is_some_and(|noun| !LEFT_OUT.contains(&noun)));
    records.sort_by_key(|r| r.event.height);
    let value = |r: &Record| json!({ "event": r.event, "previous_hash": r.previous.to_string(), "hash": r.hash.to_string() });
    Ok(records.iter().map(value).collect())
}

/// The signed file of a baseline.
async fn dossier(ctx: &Context, caller: &Principal, facility: &Facility, id: BaselineId) -> Result<File> {
    let signed = verifications::dossier(ctx, caller, &facility.slug, id).await?;
    let baseline = &signed.dossier["baseline"];
    let metric =
        baseline["metric_type"].as_str().and_then(MetricType::parse).unwrap_or(MetricType::Electricity);
    let version = baseline["version"].as_u64().and_then(|v| u32::try_from(v).ok()).unwrap_or_default();
    file(&baseline_of(metric, version), &signed)
}
