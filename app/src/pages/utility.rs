//! The load profile of a utility series: chart, hour-by-day table, values, CSV.

use super::{param, query};
use crate::api::Zoned;
use crate::api::utility::get_profile;
use crate::charts::plot::{Hue, Mark, Plot, Series, slots};
use crate::charts::series::decimal;
use crate::components::chart_card::ChartCard;
use crate::components::data_table::{Data, DataTable};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, choice, in_facility};
use crate::components::stat::{Style, figure, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::error::{ApiError, Code};
use crate::format::{self, Figure};
use crate::pages::import::{amount, flow_text};
use chrono::TimeDelta;
use domain::access::Permission;
use domain::id::UtilitySeriesId;
use domain::quality::Quality;
use domain::range::Granularity;
use domain::utility::{LoadProfile, Measure, ProfileInterval, Step, Unit};
use leptos::prelude::*;
use leptos_router::components::Form;
use rust_decimal::Decimal;

/// The page.
#[component]
pub fn Utility() -> impl IntoView {
    let (facility, series) = (param("facility"), param("series"));
    let (from, to, step) = (query("from"), query("to"), query("step"));
    let profile = Resource::new(
        move || (facility.get(), series.get(), from.get(), to.get(), step.get()),
        |(facility, series, from, to, step)| async move {
            let series: UtilitySeriesId =
                series.parse().map_err(|_| ApiError::new(Code::NotFound, "not found"))?;
            get_profile(facility, series, from, to, step).await
        },
    );
    load_page(profile, Permission::ViewFacility, |profile| content(&profile))
}

/// Factor and unit in which values are drawn.
fn shown_unit(unit: Unit) -> (Decimal, String) {
    match unit {
        Unit::WattHour => (Decimal::new(1, 3), "kWh".to_owned()),
        Unit::Watt => (Decimal::new(1, 3), "kW".to_owned()),
        other => (Decimal::ONE, other.symbol().to_owned()),
    }
}

fn content(page: &Zoned<LoadProfile>) -> AnyView {
    let view = &page.view;
    let series = &view.series;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[("Utility data", "import")]);
    let path = format!("/f/{}/utility/{}", view.facility_slug, series.id);
    let csv = format!("{path}.csv?from={}&to={}", iso(view.from), iso(view.to));
    let body = if view.intervals.is_empty() {
        view! { <Empty title="No data in these days" reason="Choose other days; the series has data from the first to the last day shown above." /> }
            .into_any()
    } else {
        let title = if series.measure == Measure::Amount { "Use over time" } else { "Level over time" };
        let note = format!("Time: {}. Lighter bars are estimated.", view.time_zone);
        view! {
            <ChartCard title summary=summary(page) plot=plot(page) table=values(page) csv=csv note=note size="l" />
            {matrix(page)}
        }
        .into_any()
    };
    view! {
        <div class="page">
            <PageHead title=series.name.clone() crumbs=crumbs sub=flow_text(series.commodity, series.flow) />
            {partial(view)}
            {figures(page)}
            {day_choice(view, &path)}
            {body}
            {gaps(page)}
        </div>
    }
    .into_any()
}

fn iso(day: chrono::NaiveDate) -> String {
    format::day(day.and_time(chrono::NaiveTime::MIN))
}

fn partial(view: &LoadProfile) -> Option<AnyView> {
    if view.gap_count == 0 {
        return None;
    }
    let missing: TimeDelta = view.gaps.iter().map(|g| g.end - g.start).sum();
    let title = format!(
        "{} in these days, {} without data.",
        format::counted(view.gap_count as usize, "gap", "gaps"),
        format::duration(missing.num_seconds())
    );
    Some(
        view! { <Notice weight=Weight::Warn title=title><p><a href="#gaps">"See the gaps"</a></p></Notice> }
            .into_any(),
    )
}

fn figures(page: &Zoned<LoadProfile>) -> AnyView {
    let view = &page.view;
    let shown = |value: String| figure(Figure { value, unit: "" });
    let total = view.total.map(|t| stat(Style::Hero, "Total", shown(amount(t, view.series.unit))));
    let cost = view.cost.zip(view.series.currency.clone()).map(|(cost, currency)| {
        stat(Style::Hero, "Cost", shown(format!("{}\u{a0}{currency}", decimal(cost, 2))))
    });
    let peak = view.peak.map(|peak| {
        let at = page.clock.local(peak.start);
        let note = format!("{}, {}", format::weekday(at), format::clock(at));
        stat(Style::Hero, "Highest interval", noted(shown(amount(peak.value, view.series.unit)), note))
    });
    let q = view.quality;
    let all = q.measured + q.estimated + q.questionable;
    let measured = (all > 0).then(|| format::percent(f64::from(q.measured) / f64::from(all)));
    view! {
        <dl class="stats">
            {total}
            {cost}
            {peak}
            {measured.map(|m| stat(Style::Hero, "Measured", noted(shown(m), format!("{} of {} intervals", q.measured, all))))}
        </dl>
    }.into_any()
}

fn day_choice(view: &LoadProfile, path: &str) -> AnyView {
    let (from, to, step) = (iso(view.from), iso(view.to), view.step.as_str());
    let steps = Step::ALL
        .into_iter()
        .map(|step| {
            let href = format!("{path}?from={from}&to={to}&step={}", step.as_str());
            choice(href, step.label(), step == view.step)
        })
        .collect_view();
    view! {
        <div class="form-row">
            <Form method="GET" action=path.to_owned() attr:class="form-row">
                <input type="hidden" name="step" value=step />
                <div class="field">
                    <label for="from">"First day"</label>
                    <input id="from" name="from" type="date" value=from />
                </div>
                <div class="field">
                    <label for="to">"Last day"</label>
                    <input id="to" name="to" type="date" value=to />
                </div>
                <button class="button" type="submit">"Show"</button>
            </Form>
            <nav class="segmented" aria-label="Interval">{steps}</nav>
        </div>
    }
    .into_any()
}

/// The intervals with an empty one in every hole, so that a hole has its width.
fn with_holes(
    view: &LoadProfile,
) -> Vec<(chrono::DateTime<chrono::Utc>, chrono::DateTime<chrono::Utc>, Option<&ProfileInterval>)> {
    let mut out: Vec<(_, _, Option<&ProfileInterval>)> = Vec::with_capacity(view.intervals.len());
    for interval in &view.intervals {
        let width = interval.end - interval.start;
        if let Some((_, last, _)) = out.last().copied() {
            let mut at: chrono::DateTime<chrono::Utc> = last;
            // A long hole is drawn with a bounded number of slots.
            let step = width.max((interval.start - at) / 500);
            while at + step <= interval.start && step > TimeDelta::zero() {
                out.push((at, at + step, None));
                at += step;
            }
        }
        out.push((interval.start, interval.end, Some(interval)));
    }
    out
}

fn plot(page: &Zoned<LoadProfile>) -> Plot {
    let view = &page.view;
    let (factor, unit) = shown_unit(view.series.unit);
    let all = with_holes(view);
    let local: Vec<_> = all
        .iter()
        .map(|(start, end, _)| {
            (page.clock.local(*start), page.clock.local(*end), page.clock.name(*start).to_owned())
        })
        .collect();
    let width = view.series.interval_s.unwrap_or(3_600);
    let granularity = match view.step {
        Step::Day => Granularity::Day,
        Step::Stored if width >= 86_400 => Granularity::Day,
        _ => Granularity::Hour,
    };
    let name = flow_text(view.series.commodity, view.series.flow);
    Plot {
        axis: format!("{}, {unit}", view.series.commodity.label()),
        unit,
        slots: slots(&local, granularity),
        series: vec![Series {
            name,
            hue: Hue::Actual,
            mark: if view.series.measure == Measure::Amount { Mark::Bar } else { Mark::Line },
            values: all.iter().map(|(.., i)| i.map(|i| format::float(i.value * factor))).collect(),
            estimated: all.iter().map(|(.., i)| i.is_some_and(|i| i.quality != Quality::Measured)).collect(),
        }],
        stacked: false,
        bands: vec![],
        nights: vec![],
    }
}

fn summary(page: &Zoned<LoadProfile>) -> String {
    let view = &page.view;
    let days = format!("{} to {}", iso(view.from), iso(view.to));
    match (view.total, view.peak) {
        (Some(total), Some(peak)) => {
            let at = page.clock.local(peak.start);
            format!(
                "{} from {days}; most, {}, in the interval from {}, {}.",
                amount(total, view.series.unit),
                amount(peak.value, view.series.unit),
                format::weekday(at),
                format::clock(at)
            )
        }
        _ => format!("From {days}."),
    }
}

fn values(page: &Zoned<LoadProfile>) -> Data {
    let view = &page.view;
    let (factor, unit) = shown_unit(view.series.unit);
    let mut columns =
        vec![format!("From ({})", view.time_zone), "To".to_owned(), unit.clone(), "Quality".to_owned()];
    if let Some(currency) = &view.series.currency {
        columns.push(currency.clone());
    }
    let row = |i: &ProfileInterval| {
        let mut cells = vec![
            format!("{} {}", format::stamp(page.clock.local(i.start)), page.clock.name(i.start)),
            format::stamp(page.clock.local(i.end)),
            decimal(i.value * factor, 3),
            i.quality.label().to_owned(),
        ];
        if view.series.currency.is_some() {
            cells.push(i.cost.map_or_else(|| format::MISSING.to_owned(), |c| decimal(c, 5)));
        }
        cells
    };
    let totals = view.total.map(|total| {
        let mut cells = vec!["Sum".to_owned(), String::new(), decimal(total * factor, 3)];
        cells.resize(columns.len(), String::new());
        if let (Some(cost), Some(last)) =
            (view.cost, cells.last_mut().filter(|_| view.series.currency.is_some()))
        {
            *last = decimal(cost, 5);
        }
        cells
    });
    let rows = view.intervals.iter().map(row).collect();
    Data { caption: format!("{}, {unit}", view.series.name), columns, rows, totals }
}

/// Mean load by hour of the day, one row per day.
fn matrix(page: &Zoned<LoadProfile>) -> Option<AnyView> {
    let view = &page.view;
    if view.days.is_empty() {
        return None;
    }
    let (factor, unit) = shown_unit(view.series.unit);
    let unit = if unit == "kWh" { "kW".to_owned() } else { unit };
    let mut columns = vec!["Day".to_owned()];
    columns.extend((0..24).map(|hour| format!("{hour:02}")));
    let rows = view.days.iter().map(|day| {
        let length =
            if day.hours_in_day == 24 { String::new() } else { format!(" ({} h)", day.hours_in_day) };
        let mut cells = vec![format!("{}{length}", iso(day.date))];
        cells.extend(
            day.hours
                .iter()
                .map(|v| v.map_or_else(|| format::MISSING.to_owned(), |v| decimal(v * factor, 2))),
        );
        cells
    });
    let data = Data {
        caption: format!("Mean by hour of the day, {unit}. Time: {}.", view.time_zone),
        columns,
        rows: rows.collect(),
        totals: None,
    };
    Some(view! {
        <section class="card">
            <div>
                <h2>"Load by hour and day"</h2>
                <p class="muted">{format!("Mean in {unit}. A day on which the clock changes has 23 or 25 hours.")}</p>
            </div>
            <DataTable data=data />
        </section>
    }.into_any())
}

fn gaps(page: &Zoned<LoadProfile>) -> Option<AnyView> {
    let view = &page.view;
    if view.gaps.is_empty() {
        return None;
    }
    let stamp = |at| format!("{} {}", format::stamp(page.clock.local(at)), page.clock.name(at));
    let rows = view
        .gaps
        .iter()
        .map(|g| {
            vec![
                stamp(g.start).into_any(),
                stamp(g.end).into_any(),
                format::duration((g.end - g.start).num_seconds()).into_any(),
            ]
        })
        .collect();
    let more = (view.gap_count as usize > view.gaps.len()).then(
        || view! { <p class="hint">{format!("The first {} of {}.", view.gaps.len(), view.gap_count)}</p> },
    );
    Some(view! {
        <section class="card" id="gaps">
            <h2>"Gaps"</h2>
            <Table caption="Gaps in these days" columns=vec![text("From"), text("To"), numeric("Length")] rows />
            {more}
        </section>
    }.into_any())
}
