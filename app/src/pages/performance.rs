//! The performance dashboard: what was saved, what stays with the customer, and what it rests on.

mod hero;
mod insight;
mod parts;

use super::{param, query};
use crate::api::Zoned;
use crate::api::savings::{get_dashboard, get_insight};
use crate::charts::performance as charts;
use crate::charts::series::decimal;
use crate::components::chart_card::ChartCard;
use crate::components::data_table::Data;
use crate::components::day_bar::DayBar;
use crate::components::live::{LiveChip, refreshed};
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::{PageHead, choice, in_facility};
use crate::components::range::with_range;
use crate::error::ApiError;
use crate::format;
use crate::live::use_live;
use domain::access::Permission;
use domain::savings::FigureState;
use domain::savings::dashboard::{Comparison, DashboardView};
use domain::savings::insight::InsightView;
use leptos::prelude::*;
use rust_decimal::Decimal;

type View = Zoned<DashboardView>;

/// The page.
#[component]
pub fn Performance() -> impl IntoView {
    let (slug, range, metric, compare) =
        (param("facility"), query("range"), query("metric"), query("compare"));
    let page = Resource::new(
        move || (slug.get(), range.get(), metric.get(), compare.get()),
        |(slug, range, metric, compare)| both(slug, range, metric, compare),
    );
    load_page(page, Permission::ViewFacility, |(dashboard, insight)| content(dashboard, insight))
}

/// The dashboard, and what lies behind it once there are figures.
async fn both(
    slug: String,
    range: String,
    metric: String,
    compare: String,
) -> Result<(View, Option<InsightView>), ApiError> {
    let dashboard = get_dashboard(slug.clone(), range.clone(), metric.clone(), compare).await?;
    let insight = match dashboard.view.days.is_empty() {
        true => None,
        // The figures can do without it.
        false => get_insight(slug, range, metric).await.ok(),
    };
    Ok((dashboard, insight))
}

fn path(view: &DashboardView) -> String {
    format!("/f/{}/performance", view.facility_slug)
}

/// The choices of the page other than its range, as the address has them.
fn kept(view: &DashboardView) -> Vec<(&'static str, String)> {
    vec![("metric", view.metric.as_str().to_owned()), ("compare", view.comparison.as_str().to_owned())]
}

/// The page once its data is there; `insight` is what lies behind the figures, without which the page can do.
pub fn content(first: View, insight: Option<InsightView>) -> AnyView {
    let view = first.view.clone();
    let live = use_live(vec![view.facility]);
    let asked = (view.facility_slug.clone(), view.range.clone(), kept(&view));
    let shown = refreshed(live, first, move || {
        let (slug, range, kept) = asked.clone();
        let mut kept = kept.into_iter().map(|(_, value)| value);
        get_dashboard(slug, range, kept.next().unwrap_or_default(), kept.next().unwrap_or_default())
    });
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let body = if view.days.is_empty() { nothing(&view) } else { figures(shown, insight) };
    view! {
        <div class="page">
            <PageHead
                title="Performance"
                crumbs=crumbs
                sub="What was saved against the verified baseline, what you keep, and why."
            >
                <LiveChip live />
            </PageHead>
            {controls(&view)}
            {body}
        </div>
    }
    .into_any()
}

fn controls(view: &DashboardView) -> AnyView {
    let of = |name: &'static str, value: &str| -> String {
        let kept: Vec<_> = kept(view)
            .into_iter()
            .map(|(n, v)| if n == name { (n, value.to_owned()) } else { (n, v) })
            .collect();
        with_range(&path(view), &kept, &view.range)
    };
    let metrics = (view.metrics.len() > 1).then(|| {
        let choices = view
            .metrics
            .iter()
            .map(|m| choice(of("metric", m.as_str()), m.label(), *m == view.metric))
            .collect_view();
        view! { <div class="segmented" role="group" aria-label="Metric">{choices}</div> }
    });
    let others = format!("/f/{}/compare", view.facility_slug);
    let comparisons = Comparison::ALL
        .iter()
        .map(|c| choice(of("compare", c.as_str()), c.label(), *c == view.comparison))
        .collect_view();
    view! {
        <div class="row">
            <DayBar path=path(view) current=view.range.clone() keep=kept(view) from=view.from until=view.until today=view.today />
            {metrics}
            <div class="segmented" role="group" aria-label="Compare with">{comparisons}</div>
            <a class="button quiet small" href=others>"Other room or crop cycle"</a>
        </div>
    }
    .into_any()
}

fn nothing(view: &DashboardView) -> AnyView {
    let slug = &view.facility_slug;
    let (baselines, overview) = (format!("/f/{slug}/baselines"), format!("/f/{slug}"));
    let (title, reason) = if view.baseline.is_some() {
        ("Nothing computed in these days", "Choose other days; savings begin when the baseline takes effect.")
    } else if view.any_baseline {
        (
            "Savings start after verification",
            "A baseline is on its way. Once it is verified and the other side has accepted it, this page fills.",
        )
    } else {
        (
            "Savings start after verification",
            "There is no baseline yet. A vendor or an owner fits one; a third party verifies it.",
        )
    };
    view! {
        <Empty title=title reason=reason>
            <p class="row">
                <a class="button" href=baselines>"Go to the baselines"</a>
                <a class="button quiet" href=overview>"See what is used now"</a>
            </p>
        </Empty>
    }
    .into_any()
}

fn figures(shown: RwSignal<View>, insight: Option<InsightView>) -> AnyView {
    let now = shown.get_untracked();
    let (history, priced) = (now.view.history.clone(), now.view.equation().is_some());
    let shares = (priced && !history.is_empty()).then(|| parts::shares(&now.view));
    view! {
        {move || shown.with(|page| hero::equation(&page.view))}
        {move || shown.with(|page| hero::remarks(&page.view))}
        {course(shown)}
        {insight.map(insight::cards)}
        <div class="grid two">
            {parts::months(&now.view)}
            {parts::long_view(&now.view)}
            {shares}
        </div>
        <div class="grid two">
            {parts::demand(&now)}
            {parts::yields(&now.view)}
        </div>
        <div class="grid two">
            {parts::heat(&now.view)}
            {parts::load_duration(&now.view)}
        </div>
        {parts::days(&now.view)}
    }
    .into_any()
}

/// Actual against what it is held against.
fn course(shown: RwSignal<View>) -> AnyView {
    let page = shown.get_untracked();
    let view = page.view;
    let title = match view.comparison {
        Comparison::Baseline => "Actual against the adjusted baseline".to_owned(),
        other => format!("Actual against {}", other.label().to_lowercase()),
    };
    let note = if view.quarters.is_empty() {
        let running = view.days.last().is_some_and(|p| p.state == FigureState::Live);
        let so_far = if running { " The last day is running: it is shown so far." } else { "" };
        format!("Local days, {}.{so_far}", view.time_zone)
    } else {
        format!("Time: {}. Each interval includes its start and excludes its end.", view.time_zone)
    };
    let csv = format!("/f/{}/savings.csv?from={}&until={}", view.facility_slug, view.from, view.until);
    view! {
        <ChartCard
            title=title
            summary=Signal::derive(move || shown.with(|page| summary(&page.view)))
            plot=Signal::derive(move || shown.with(|page| charts::course(&page.view, &page.clock)))
            table=Signal::derive(move || shown.with(table))
            csv=csv
            note=note
            size="l"
        />
    }
    .into_any()
}

/// One sentence that answers the chart's question.
fn summary(view: &DashboardView) -> String {
    let unit = &view.unit;
    let Some(totals) = view.totals else {
        return "No day has both a meter value and a baseline.".to_owned();
    };
    let than = |other: Decimal, what: &str| {
        let difference = totals.actual - other;
        let word = if difference.is_sign_negative() { "less" } else { "more" };
        let share = if other.is_zero() {
            String::new()
        } else {
            let percent = format::float(difference.abs() / other) * 100.0;
            format!(" ({} %)", format::number(percent, 1))
        };
        format!("{} {unit}{share} {word} than {what}.", decimal(difference.abs(), 0))
    };
    match (view.comparison, &view.other) {
        (Comparison::Baseline, _) => than(totals.baseline, "the baseline expects"),
        (_, Some(other)) => match other.total() {
            Some(total) => than(total, &format!("from {} to {}", other.from, other.until)),
            None => format!("Nothing was measured from {} to {}.", other.from, other.until),
        },
        (_, None) => String::new(),
    }
}

fn table(page: &View) -> Data {
    let view = &page.view;
    if view.comparison == Comparison::Baseline && !view.quarters.is_empty() {
        return crate::charts::savings::quarter_table(&view.quarters, &page.clock, &view.unit);
    }
    let cell = |v: Option<Decimal>| v.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v, 1));
    let other = view.other.as_ref();
    let held = if other.is_some() { view.comparison.label() } else { "Baseline" };
    let rows = view.days.iter().map(|p| {
        let place = usize::try_from((p.day - view.from).num_days()).ok();
        let against = match other {
            Some(other) => place.and_then(|place| other.values.get(place).copied().flatten()),
            None => p.baseline_value,
        };
        let difference = against.zip(p.actual_value).map(|(a, b)| a - b);
        vec![
            p.day.to_string(),
            cell(against),
            cell(p.actual_value),
            cell(difference),
            format::percent(p.coverage),
        ]
    });
    let sum = |of: fn(&domain::savings::equation::Totals) -> Decimal| cell(view.totals.as_ref().map(of));
    let totals = other.is_none().then(|| {
        vec![
            "Sum of days with both".to_owned(),
            sum(|t| t.baseline),
            sum(|t| t.actual),
            sum(|t| t.savings),
            String::new(),
        ]
    });
    Data {
        caption: format!("Days, {}", view.unit),
        columns: vec![
            "Day".to_owned(),
            format!("{held}, {}", view.unit),
            format!("Actual, {}", view.unit),
            format!("Difference, {}", view.unit),
            "Covered".to_owned(),
        ],
        rows: rows.collect(),
        totals,
    }
}
