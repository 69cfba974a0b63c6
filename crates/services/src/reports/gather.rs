//! What a report says, gathered from what the dashboard shows.

use super::NewReport;
use crate::savings::{Asked, dashboard, insight};
use crate::{Context, Error, Result};
use chrono::Days;
use domain::access::Scope;
use domain::baseline::MetricType;
use domain::production::view::{CycleView, Verdict};
use domain::range::Range;
use domain::report::{
    Choices, Part, PerformanceReport, ReportCauses, ReportCycle, ReportDay, ReportEndUse, ReportEvent,
    ReportMetric, ReportMonth,
};
use domain::savings::dashboard::{Comparison, DashboardView};
use domain::savings::insight::InsightView;
use domain::savings::{FigureState, Performance};
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use store::{events, facilities, savings as stored};

/// The report of these days.
///
/// # Errors
/// `NotFound` for a facility out of scope; `Invalid` where no day has figures.
pub(super) async fn report(
    ctx: &Context,
    scope: &Scope,
    facility: &str,
    new: &NewReport,
) -> Result<PerformanceReport> {
    let last = new.until.checked_sub_days(Days::new(1)).unwrap_or(new.until);
    let range = Range::Days { from: new.from, to: last };
    let choices = &new.choices;
    let wanted = |metric: &MetricType| choices.metrics.is_empty() || choices.metrics.contains(metric);
    let mut views: Vec<DashboardView> = Vec::new();
    let mut insights: Vec<Option<InsightView>> = Vec::new();
    for metric in [MetricType::Electricity, MetricType::Gas, MetricType::Water].into_iter().filter(wanted) {
        let asked = Asked { range, metric, comparison: Comparison::Baseline };
        let view = dashboard(ctx, scope, facility, asked).await?;
        if view.days.is_empty() {
            continue;
        }
        let behind = choices.has(Part::Causes) || choices.has(Part::EndUses);
        insights.push(if behind { Some(insight(ctx, scope, facility, asked).await?) } else { None });
        views.push(view);
    }
    let Some(first) = views.first() else {
        return Err(Error::field(
            "from",
            "There are no figures for these days and metrics. Savings begin when a verified baseline takes effect.",
        ));
    };
    let mut tx = ctx.db.begin(scope).await?;
    let facility = facilities::by_slug(&mut tx, facility).await?;
    let agreed = events::list(&mut tx, facility.id).await?;
    let sources = stored::derivation_hashes(&mut tx, facility.id, (new.from, new.until)).await?;
    let now = ctx.clock.now();
    let live = views.iter().any(|view| view.state == FigureState::Live);
    Ok(PerformanceReport {
        organisation: facility.organisation_name,
        time_zone: facility.time_zone.name().to_owned(),
        currency: facility.currency,
        from: new.from,
        until: new.until,
        generated_at: now,
        generated_text: now.with_timezone(&facility.time_zone).format("%Y-%m-%d %H:%M %Z").to_string(),
        state: if live { FigureState::Live } else { FigureState::Provisional }.label().to_owned(),
        share_rate: domain::savings::equation::PROVISIONAL_SHARE_RATE,
        share_note: "Provisional until a contract says otherwise; energy charges only.".to_owned(),
        events: views
            .iter()
            .flat_map(|view| view.effects.iter().map(|effect| (effect, &view.unit)))
            .map(|(effect, unit)| {
                let event = agreed.iter().find(|event| event.id == effect.event);
                ReportEvent {
                    title: effect.title.clone(),
                    from: event.map_or(new.from, |event| event.start),
                    until: event.and_then(|event| event.until),
                    amount: effect.amount,
                    half_width: effect.half_width,
                    unit: unit.clone(),
                }
            })
            .collect(),
        cycles: first.cycles.iter().map(cycle).collect(),
        notes: notes(&views),
        sources_sha256: hash(&sources, &views),
        metrics: views
            .iter()
            .zip(&insights)
            .map(|(view, behind)| metric(view, behind.as_ref(), choices))
            .collect(),
        choices: choices.clone(),
        facility: facility.name,
    })
}

fn decimal(value: f64, places: u32) -> Option<Decimal> {
    Decimal::from_f64_retain(value).map(|value| value.round_dp(places))
}

fn metric(view: &DashboardView, behind: Option<&InsightView>, choices: &Choices) -> ReportMetric {
    let totals = view.totals.as_ref();
    let money = view.equation();
    let baseline = view.baseline.as_ref();
    ReportMetric {
        name: view.metric.label().to_owned(),
        unit: view.unit.clone(),
        baseline_name: baseline
            .map_or_else(String::new, |b| format!("{} baseline v{}", b.metric_type.label(), b.version)),
        verification: baseline.map_or_else(String::new, |b| {
            format!("Verified and accepted by both sides; in force from {}", b.effective_from)
        }),
        baseline: totals.map(|t| t.baseline + t.events),
        actual: totals.map(|t| t.actual),
        savings: totals.map(|t| t.savings + t.events),
        half_width: view.band.and_then(|band| decimal(band.half_width, 0)),
        confidence_percent: view.band.and_then(|band| decimal(band.confidence * 100.0, 0)),
        coverage: totals.and_then(|t| decimal(t.coverage, 4)).unwrap_or_default(),
        baseline_cost: money.map(|e| e.baseline_cost),
        actual_cost: money.map(|e| e.actual_cost),
        cost_savings: money.map(|e| e.savings),
        keep: money.map(|e| e.keep),
        share: money.map(|e| e.share),
        days: view.days.iter().map(day).collect(),
        months: if choices.has(Part::Months) { months(view) } else { vec![] },
        causes: behind.filter(|_| choices.has(Part::Causes)).and_then(causes),
        end_uses: behind.filter(|_| choices.has(Part::EndUses)).map(end_uses).unwrap_or_default(),
    }
}

fn months(view: &DashboardView) -> Vec<ReportMonth> {
    let month = |month: &domain::savings::dashboard::MonthFigure| ReportMonth {
        month: month.month,
        baseline: month.totals.map(|t| t.baseline + t.events),
        actual: month.totals.map(|t| t.actual),
        savings: month.totals.map(|t| t.savings + t.events),
        cost_savings: month.totals.and_then(|t| t.equation).map(|e| e.savings),
        running: month.running,
    };
    view.history.iter().map(month).collect()
}

fn causes(view: &InsightView) -> Option<ReportCauses> {
    let why = view.why.as_ref()?;
    Some(ReportCauses {
        from: why.from,
        before: why.before,
        after: why.after,
        unit: why.unit.clone(),
        steps: why.steps.iter().map(|step| (step.cause.label().to_owned(), step.amount)).collect(),
    })
}

/// Sums of the range; none where a use was never measured in it.
fn end_uses(view: &InsightView) -> Vec<ReportEndUse> {
    let sum = |days: &[Option<Decimal>]| days.iter().flatten().copied().reduce(|a, b| a + b);
    let one = |(slice, days): &(domain::series::Slice, Vec<Option<Decimal>>)| ReportEndUse {
        name: slice.label().to_owned(),
        amount: sum(days),
    };
    view.end_uses.iter().map(one).collect()
}

fn day(p: &Performance) -> ReportDay {
    ReportDay {
        day: p.day,
        baseline: p.baseline_value,
        actual: p.actual_value,
        savings: p.savings_value,
        cost_savings: p.cost_savings,
        coverage: decimal(p.coverage, 4).unwrap_or_default(),
        state: p.state.label().to_owned(),
    }
}

fn cycle(cycle: &CycleView) -> ReportCycle {
    ReportCycle {
        room: cycle.room.clone(),
        crop: cycle.crop.clone(),
        cycle: cycle.cycle.clone(),
        harvested: cycle.harvested,
        kwh_per_kg: cycle.kwh_per_kg.and_then(|v| decimal(v, 1)),
        grams_per_mol: cycle.grams_per_mol.and_then(|v| decimal(v, 3)),
        flagged: matches!(cycle.verdict, Verdict::Breach(_)),
    }
}

/// Flags of the days as they are, each with its number of days.
fn notes(views: &[DashboardView]) -> Vec<String> {
    let flags: BTreeSet<&String> = views.iter().flat_map(|v| v.days.iter().flat_map(|p| &p.flags)).collect();
    let days = |flag: &String| views.iter().flat_map(|v| &v.days).filter(|p| p.flags.contains(flag)).count();
    flags
        .into_iter()
        .map(|flag| format!("{} ({} days)", domain::savings::in_words(flag), days(flag)))
        .collect()
}

/// SHA-256 over the hashes of what every day was computed from and its figures, so that another value is another hash.
fn hash(
    sources: &[(domain::baseline::MetricType, chrono::NaiveDate, Vec<u8>)],
    views: &[DashboardView],
) -> String {
    let mut text = String::new();
    for (metric, day, inputs) in sources {
        text.push_str(&format!("{} {day} {}\n", metric.as_str(), hex::encode(inputs)));
    }
    for p in views.iter().flat_map(|view| &view.days) {
        let value = |v: Option<Decimal>| v.map(|v| v.normalize().to_string()).unwrap_or_default();
        text.push_str(&format!(
            "{} {} {} {}\n",
            p.metric_type.as_str(),
            p.day,
            value(p.savings_value),
            value(p.cost_savings)
        ));
    }
    hex::encode(Sha256::digest(text.as_bytes()))
}
