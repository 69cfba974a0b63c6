//! The performance dashboard: what was saved, what stays with the customer, and what it rests on.

mod bill;
mod drawer;
mod hero;
mod insight;
mod notes;
mod parts;
mod running;

use super::{param, query};
use crate::api::Zoned;
use crate::api::notes::get_notes;
use crate::api::savings::{get_dashboard, get_insight, get_running};
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
use crate::pages::baselines::outcome;
use domain::access::Permission;
use domain::notes::{Filter, Note, NotesView};
use domain::savings::FigureState;
use domain::savings::dashboard::{Comparison, DashboardView};
use domain::savings::insight::InsightView;
use domain::savings::running::Running;
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
        |(slug, range, metric, compare)| whole(slug, range, metric, compare),
    );
    drawer::with_drawer(load_page(page, Permission::ViewFacility, content))
}

/// The dashboard; what lies behind it, the notes on its days and the running quarter hour, once there are figures.
pub type Page = (View, Option<InsightView>, Option<Zoned<NotesView>>, Option<Running>);

async fn whole(slug: String, range: String, metric: String, compare: String) -> Result<Page, ApiError> {
    let dashboard = get_dashboard(slug.clone(), range.clone(), metric.clone(), compare).await?;
    if dashboard.view.days.is_empty() {
        return Ok((dashboard, None, None, None));
    }
    let (from, last) = (Some(dashboard.view.from), dashboard.view.until.pred_opt());
    let about = Filter { from, last, ..Filter::default() };
    // The figures can do without any of these.
    let notes = get_notes(slug.clone(), about).await.ok();
    let running = match runs(&dashboard.view) {
        true => get_running(slug.clone(), metric.clone()).await.ok().flatten(),
        false => None,
    };
    let insight = get_insight(slug, range, metric).await.ok();
    Ok((dashboard, insight, notes, running))
}

/// Whether the chart shows the running day by the quarter hour.
fn runs(view: &DashboardView) -> bool {
    let now = view.from <= view.today && view.today < view.until;
    now && view.comparison == Comparison::Baseline && !view.quarters.is_empty()
}

fn path(view: &DashboardView) -> String {
    format!("/f/{}/performance", view.facility_slug)
}

/// The choices of the page other than its range, as the address has them.
fn kept(view: &DashboardView) -> Vec<(&'static str, String)> {
    vec![("metric", view.metric.as_str().to_owned()), ("compare", view.comparison.as_str().to_owned())]
}

/// The page once its data is there; only the dashboard itself is something the page cannot do without.
pub fn content((first, insight, notes, first_running): Page) -> AnyView {
    let view = first.view.clone();
    let live = use_live(vec![view.facility]);
    let asked = (view.facility_slug.clone(), view.range.clone(), kept(&view));
    let shown = refreshed(live, first, move || {
        let (slug, range, kept) = asked.clone();
        let mut kept = kept.into_iter().map(|(_, value)| value);
        get_dashboard(slug, range, kept.next().unwrap_or_default(), kept.next().unwrap_or_default())
    });
    let running = running::followed(live, first_running);
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let body = if view.days.is_empty() { nothing(&view) } else { figures((shown, running), insight, notes) };
    view! {
        <div class="page">
            <PageHead
                title="Performance"
                crumbs=crumbs
                sub="What was saved against the verified baseline, what you keep, and why."
            >
                <LiveChip live />
            </PageHead>
            {outcome()}
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
    let keep = [("metric", view.metric.as_str().to_owned())];
    let bases = with_range(&format!("/f/{}/savings/bases", view.facility_slug), &keep, &view.range);
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
            <a class="button quiet small" href=bases>"Other bases"</a>
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

fn figures(
    (shown, running): (RwSignal<View>, RwSignal<Option<Running>>),
    insight: Option<InsightView>,
    written: Option<Zoned<NotesView>>,
) -> AnyView {
    let now = shown.get_untracked();
    let (history, priced) = (now.view.history.clone(), now.view.equation().is_some());
    let bill = insight.as_ref().and_then(|insight| bill::card(&now.view, insight));
    let shares = (priced && !history.is_empty()).then(|| parts::shares(&now.view));
    let last = now.view.until.pred_opt().unwrap_or(now.view.until).min(now.view.today);
    let (day, open) = (RwSignal::new(last.to_string()), RwSignal::new(false));
    let choose = move |slot| {
        if let Some(chosen) = shown.with_untracked(|page| charts::day_of_slot(&page.view, &page.clock, slot))
        {
            day.set(chosen.to_string());
            open.set(true);
        }
    };
    let flags = written.as_ref().map(|page| page.view.notes.clone()).unwrap_or_default();
    view! {
        {move || shown.with(|page| hero::equation(&page.view))}
        {move || shown.with(|page| hero::remarks(&page.view))}
        {notes::clickable(course((shown, running), flags), choose)}
        {written.as_ref().map(|page| notes::card(page, day, open))}
        {bill}
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
fn course((shown, running): (RwSignal<View>, RwSignal<Option<Running>>), notes: Vec<Note>) -> AnyView {
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
        let so_far = if running.with_untracked(Option::is_some) {
            " The running quarter hour is shown so far, by the meters' registers as they come."
        } else {
            ""
        };
        format!("Time: {}. Each interval includes its start and excludes its end.{so_far}", view.time_zone)
    };
    let csv = format!("/f/{}/savings.csv?from={}&until={}", view.facility_slug, view.from, view.until);
    view! {
        <ChartCard
            title=title
            summary=Signal::derive(move || shown.with(|page| summary(&page.view)))
            plot=Signal::derive(move || shown.with(|page| {
                let beyond = running.with(|r| r.as_ref().map(|r| r.beyond(&page.view.quarters)));
                let plot = charts::course(&page.view, &beyond.unwrap_or_default(), &page.clock);
                charts::flagged(plot, &page.view, &page.clock, &notes)
            }))
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
