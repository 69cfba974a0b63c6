//! One facility now and today.

use super::home::{against_last_week, health, kind_name, today_figure};
use super::param;
use crate::api::Zoned;
use crate::api::facilities::{get_facility, get_series};
use crate::api::live::get_missed_readings;
use crate::charts::live::{Sample, fill, history, plot, push};
use crate::charts::series::{decimal, today_plot, today_table};
use crate::components::chart_card::ChartCard;
use crate::components::data_table::Data;
use crate::components::live::{Announce, Fresh, LiveChip, LiveFigure, follow, refreshed};
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::PageHead;
use crate::components::stat::{Style, figure_or_missing, stat};
use crate::format;
use crate::live::{Live, LiveStatus, use_live};
use chrono::DateTime;
use domain::access::Permission;
use domain::id::PointId;
use domain::point::{EndUse, Metric};
use domain::quality::Quality;
use domain::series::{EnergyBreakdown, EnergyPart, FacilityOverview, SeriesView, Slice};
use leptos::prelude::*;
use leptos::task::spawn_local;

type View = Zoned<FacilityOverview>;

/// The page.
#[component]
pub fn Facility() -> impl IntoView {
    let slug = param("facility");
    let overview = Resource::new(move || slug.get(), get_overview);
    load_page(overview, Permission::ViewFacility, |(view, recent)| content(view, recent))
}

/// The facility, and the last hour of its main meter for the live chart to begin with.
async fn get_overview(slug: String) -> Result<(View, Option<Zoned<SeriesView>>), crate::error::ApiError> {
    let overview = get_facility(slug.clone()).await?;
    let recent = match overview.view.power.as_ref().and_then(|p| p.points.first().copied()) {
        // The chart can do without its past.
        Some(point) => get_series(slug, point, "1h".to_owned(), String::new()).await.ok(),
        None => None,
    };
    Ok((overview, recent))
}

fn content(first: View, recent: Option<Zoned<SeriesView>>) -> AnyView {
    let head = first.view.facility.clone();
    let live = use_live(vec![head.id]);
    let power = follow(live, Metric::Power, first.view.power.as_ref(), first.view.as_of);
    let slug = head.slug.clone();
    let shown = refreshed(live, first.clone(), move || get_facility(slug.clone()));
    let announced = Signal::derive(move || {
        let watts = power.with(|p| p.value);
        watts.map(|w| format!("Power now {}", format::power(w).text())).unwrap_or_default()
    });
    let today = move || shown.with(|z| today_figure(&z.view.today));
    let data_health = move || shown.with(|z| health(&z.view.health));
    let sub = format!("{} · {} · {}", head.organisation, kind_name(head.kind), head.time_zone);
    view! {
        <div class="page">
            <PageHead title=head.name crumbs=vec![("Facilities".into(), "/home".into())] sub=sub>
                <LiveChip live />
            </PageHead>
            <Announce live text=announced />
            {move || shown.with(partial)}
            <dl class="stats">
                {stat(Style::Hero, "Power now", view! { <LiveFigure fresh=power /> })}
                {stat(Style::Hero, "Energy today", today)}
            </dl>
            {data_health}
            <div class="grid two">
                {live_chart(live, power, recent, &first)}
                {breakdown_card(shown)}
            </div>
            {today_chart(shown)}
            {super::room::rooms_section(&first, live)}
        </div>
    }
    .into_any()
}

/// What keeps today's figures from being whole.
fn partial(view: &View) -> Option<AnyView> {
    let today = &view.view.today;
    let text = match today.quality {
        Quality::Measured => return None,
        Quality::Estimated => "Part of today's energy is estimated: readings are missing in between.",
        Quality::Questionable => {
            "Today's energy is questionable: the meter's readings contradict each other."
        }
        Quality::Missing => "There is no energy reading for today yet.",
    };
    let href = format!("/f/{}/meters", view.view.facility.slug);
    Some(
        view! {
            <Notice weight=Weight::Warn title=text>
                <p><a href=href>"See gaps by meter"</a></p>
            </Notice>
        }
        .into_any(),
    )
}

fn live_chart(live: Live, power: Memo<Fresh>, recent: Option<Zoned<SeriesView>>, first: &View) -> AnyView {
    let (clock, as_of_s) = (first.clock.clone(), first.view.as_of.timestamp());
    let samples = RwSignal::new(recent.map(|r| history(&r.view.intervals)).unwrap_or_default());
    let points = first.view.power.as_ref().map(|p| p.points.clone()).unwrap_or_default();
    catch_up(live, samples, first.view.facility.slug.clone(), points);
    Effect::new(move |_| {
        let sample: Option<Sample> = power.with(|p| Some((p.at_ms, p.value? / 1_000.0)));
        if let Some(sample) = sample {
            samples.update(|all| push(all, sample));
        }
    });
    let beat = Memo::new(move |_| live.now_s.get().div_euclid(crate::charts::live::SLOT_S));
    let zone = clock.zone.clone();
    let drawn = {
        let clock = clock.clone();
        Memo::new(move |_| {
            let now_s = if beat.get() == 0 { as_of_s } else { live.now_s.get_untracked() };
            samples.with(|s| plot(s, now_s, &clock, "Power", "kW"))
        })
    };
    let table = Memo::new(move |_| {
        drawn.with(|p| {
            let value = |i: usize| p.series.first().and_then(|s| s.values.get(i).copied().flatten());
            let row = |(i, slot): (usize, &crate::charts::Slot)| {
                Some(vec![slot.label.clone(), format::number(value(i)?, 2)])
            };
            Data {
                caption: "Power of the main meter in the last half hour, kW".to_owned(),
                columns: vec!["Time".to_owned(), "kW".to_owned()],
                rows: p.slots.iter().enumerate().filter_map(row).collect(),
                totals: None,
            }
        })
    });
    let summary = Signal::derive(move || {
        let range = samples.with(|s| {
            s.iter().map(|s| s.1).fold(None, |range: Option<(f64, f64)>, v| {
                Some(range.map_or((v, v), |(low, high)| (low.min(v), high.max(v))))
            })
        });
        match range {
            None => "Waiting for the first reading.".to_owned(),
            Some((low, high)) => {
                format!(
                    "Between {} and {}.",
                    format::power(low * 1_000.0).text(),
                    format::power(high * 1_000.0).text()
                )
            }
        }
    });
    view! {
        <ChartCard
            title="Power in the last half hour"
            summary=summary
            plot=drawn
            table=table
            note=format!("Time: {zone}. Five-minute means, then live readings.")
        />
    }
    .into_any()
}

/// Whenever the connection is there again, fetches the readings that came while it was not. Frames only carry the newest.
fn catch_up(live: Live, samples: RwSignal<Vec<Sample>>, slug: String, points: Vec<PointId>) {
    let connected = Memo::new(move |_| live.status.get() == LiveStatus::Live);
    let newest = move || samples.with_untracked(|all| all.last().map(|sample| sample.0));
    let since = StoredValue::new(None);
    Effect::new(move |_| {
        if !connected.get() {
            since.update_value(|since: &mut Option<i64>| *since = since.or_else(newest));
            return;
        }
        let after = since.get_value().and_then(DateTime::from_timestamp_millis);
        let Some(after) = after.filter(|_| !points.is_empty()) else { return };
        let (slug, points) = (slug.clone(), points.clone());
        spawn_local(async move {
            // A failed fetch leaves the hole, and the next connection asks from its beginning again.
            if let Ok(missed) = get_missed_readings(slug, points, after).await {
                since.try_set_value(None);
                let kilowatts = missed.into_iter().map(|(at, watts)| (at, format::float(watts) / 1_000.0));
                samples.try_update(|all| fill(all, kilowatts));
            }
        });
    });
}

fn class_of(slice: Slice) -> &'static str {
    match slice {
        Slice::Metered(EndUse::Lighting) => "c-lighting",
        Slice::Metered(EndUse::Hvac) => "c-hvac",
        Slice::Metered(EndUse::Dehumidification) => "c-dehumidification",
        Slice::Metered(EndUse::Irrigation) => "c-irrigation",
        Slice::Metered(EndUse::Total) => "c-actual",
        Slice::Unmetered => "c-remainder",
    }
}

fn breakdown_card(shown: RwSignal<View>) -> AnyView {
    let body = move || {
        shown.with(|z| match z.view.breakdown.parts.is_empty() {
            true => view! {
                <Empty
                    title="No main meter"
                    reason="Energy by end use needs a main meter beside the sub-meters. Your vendor's engineer adds it to the gateway's points."
                />
            }
            .into_any(),
            false => breakdown(&z.view.breakdown).into_any(),
        })
    };
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Energy today by end use"</h2>
                    <p>"Sub-meters, and what the main meter counts beyond them."</p>
                </div>
            </div>
            {body}
        </section>
    }
    .into_any()
}

fn breakdown(energy: &EnergyBreakdown) -> AnyView {
    let total = energy.total_kwh.map(format::float).filter(|t| *t > 0.0);
    let share = |part: &EnergyPart| Some(format::float(part.kwh?) / total?);
    let bars = energy
        .parts
        .iter()
        .filter_map(|part| {
            let width = format!("inline-size:{:.2}%", share(part)?.clamp(0.0, 1.0) * 100.0);
            Some(view! { <span class=class_of(part.slice) style=width></span> })
        })
        .collect_view();
    let kwh = |value: Option<rust_decimal::Decimal>| {
        figure_or_missing(value.map(|v| format::Figure { value: decimal(v, 1), unit: "kWh" }))
    };
    let rows = energy
        .parts
        .iter()
        .map(|part| {
            view! {
                <li>
                    <span class=format!("swatch {}", class_of(part.slice))></span>
                    <span>{part.slice.label()}</span>
                    {kwh(part.kwh)}
                    <span class="share">{share(part).map(|s| format!("{}\u{a0}%", format::number(s * 100.0, 1)))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="meterbar" aria-hidden="true">{bars}</div>
        <ul class="end-use-list">
            {rows}
            <li class="sum"><span></span><span>"Main meter"</span>{kwh(energy.total_kwh)}<span class="share"></span></li>
        </ul>
    }.into_any()
}

fn today_chart(shown: RwSignal<View>) -> AnyView {
    let names = move || {
        shown.with(|z| {
            let day = z.view.week_ago_profile.first().map(|i| format::weekday(z.clock.local(i.start)));
            ("Today".to_owned(), day.unwrap_or_else(|| "A week ago".to_owned()))
        })
    };
    let drawn = Memo::new(move |_| {
        let (today, ago) = names();
        shown.with(|z| today_plot(&z.view.profile, &z.view.week_ago_profile, (&today, &ago), &z.clock))
    });
    let table = Memo::new(move |_| drawn.with(|p| today_table(p, "Energy per quarter hour, kWh".to_owned())));
    let summary = Signal::derive(move || {
        shown.with(|z| {
            let today = &z.view.today;
            let so_far = today.kwh.map(|k| format::energy(format::float(k) * 1_000.0).text());
            let until = format::clock(z.clock.local(today.until));
            match so_far {
                Some(kwh) => format!("{kwh} until {until}, {}.", against_last_week(today)),
                None => "No energy reading today.".to_owned(),
            }
        })
    });
    let note = shown
        .with_untracked(|z| format!("Time: {}. Lighter bars are estimated or still running.", z.clock.zone));
    view! {
        <ChartCard title="Today against the same weekday" summary=summary plot=drawn table=table note=note size="l" />
    }.into_any()
}
