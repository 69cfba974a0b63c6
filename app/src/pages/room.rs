//! Rooms: the cards on the facility page, and the page of one room.

use super::{param, query};
use crate::api::Zoned;
use crate::api::facilities::{get_room, get_series};
use crate::charts::series::{plot, summary, table};
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::live::{Fresh, LiveChip, LiveFigure, follow};
use crate::components::load::{load_card, load_page};
use crate::components::notice::Empty;
use crate::components::page::{PageHead, choice, in_facility, link};
use crate::components::range::{RangeBar, with_range};
use crate::components::stat::{Style, figure_or_missing, stat};
use crate::format::{self, Figure};
use crate::live::{Live, use_live};
use chrono::{DateTime, Utc};
use domain::access::Permission;
use domain::climate::vapour_pressure_deficit;
use domain::id::PointId;
use domain::point::Metric;
use domain::series::{
    Derived, FacilityOverview, Latest, LightIntegral, PointHead, RoomCard, RoomView, SeriesView, ZoneHead,
};
use leptos::prelude::*;

/// How a growth stage is called.
fn stage_name(stage: &str) -> &'static str {
    match stage {
        "clone" => "Clone",
        "veg" => "Vegetative",
        "flower" => "Flower",
        "dry" => "Drying",
        _ => "Produce",
    }
}

fn minute_of_day(minute: u32) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

/// Whether the lights are on, as a badge.
fn lights(card: &RoomCard) -> AnyView {
    if card.lights_on {
        badge(Tone::Info, "Lights on").into_any()
    } else {
        badge(Tone::Draft, "Lights off").into_any()
    }
}

/// The rooms of a facility, each with its climate.
pub fn rooms_section(first: &Zoned<FacilityOverview>, live: Live) -> AnyView {
    let slug = first.view.facility.slug.clone();
    let as_of = first.view.as_of;
    let cards: Vec<_> = first.view.rooms.iter().map(|room| room_card(room, &slug, live, as_of)).collect();
    let body = if cards.is_empty() {
        view! { <Empty title="No rooms yet" reason="Rooms come with the facility file that your vendor's engineer imports." /> }
            .into_any()
    } else {
        view! { <div class="cards">{cards}</div> }.into_any()
    };
    view! {
        <section class="stack" aria-labelledby="rooms">
            <h2 id="rooms">"Rooms"</h2>
            {body}
        </section>
    }
    .into_any()
}

fn room_card(room: &RoomCard, slug: &str, live: Live, as_of: DateTime<Utc>) -> AnyView {
    let zone = &room.zone;
    let mini = |label: &'static str, metric: Metric, latest: Option<&Latest>| {
        let fresh = follow(live, metric, latest, as_of);
        view! { <div><dt>{label}</dt><dd class:stale=move || fresh.with(Fresh::stale)>{short(fresh)}</dd></div> }
    };
    let vpd = vpd(room, live, as_of);
    view! {
        <article class="card room-card">
            <div class="card-head">
                <div>
                    <h3>{link(format!("/f/{slug}/rooms/{}", zone.slug), zone.name.as_str())}</h3>
                    <p>{format!("{} · {}\u{a0}m²", stage_name(&zone.stage), format::number(zone.canopy_m2, 0))}</p>
                </div>
                {lights(room)}
            </div>
            <dl class="mini">
                {mini("Temperature", Metric::Temperature, room.temperature.as_ref())}
                {mini("Humidity", Metric::RelativeHumidity, room.relative_humidity.as_ref())}
                <div><dt>"VPD"</dt><dd class:stale=move || vpd.with(|v| v.stale)>{move || figure_or_missing(vpd.with(|v| v.figure.clone()))}</dd></div>
                {mini("CO₂", Metric::Co2, room.co2.as_ref())}
                {mini("PPFD", Metric::Ppfd, room.ppfd.as_ref())}
                {mini("Power", Metric::Power, room.power.as_ref())}
            </dl>
        </article>
    }.into_any()
}

fn short(fresh: Memo<Fresh>) -> impl IntoView {
    let shown = Memo::new(move |_| fresh.with(|f| f.value.map(|v| format::reading(f.metric, v))));
    move || figure_or_missing(shown.get())
}

/// A vapour pressure deficit that follows temperature and humidity.
#[derive(Clone, Debug, PartialEq)]
struct Vpd {
    figure: Option<Figure>,
    stale: bool,
    label: String,
}

fn vpd(room: &RoomCard, live: Live, as_of: DateTime<Utc>) -> Memo<Vpd> {
    let first = room.vpd.clone();
    let offset = room.zone.leaf_offset_k;
    let started = room.temperature.as_ref().map_or(0, |l| l.at.timestamp_millis());
    let temperature = follow(live, Metric::Temperature, room.temperature.as_ref(), as_of);
    let humidity = follow(live, Metric::RelativeHumidity, room.relative_humidity.as_ref(), as_of);
    Memo::new(move |_| {
        let (t, rh) = (temperature.get(), humidity.get());
        let label = first.as_ref().map_or_else(|| "Leaf VPD".to_owned(), |d| d.label.clone());
        // The server's figure stands until newer inputs are here.
        let value = match (t.value, rh.value) {
            (Some(t_value), Some(rh_value)) if t.at_ms > started && label.starts_with("Leaf") => {
                Some(vapour_pressure_deficit(t_value, rh_value, offset))
            }
            _ => first.as_ref().map(|d| d.value),
        };
        Vpd {
            figure: value.map(|v| Figure { value: format::number(v, 2), unit: "kPa" }),
            stale: t.stale() || rh.stale(),
            label,
        }
    })
}

/// The page of a room.
#[component]
pub fn Room() -> impl IntoView {
    let (facility, room) = (param("facility"), param("room"));
    let view =
        Resource::new(move || (facility.get(), room.get()), |(facility, room)| get_room(facility, room));
    load_page(view, Permission::ViewFacility, content)
}

fn content(first: Zoned<RoomView>) -> AnyView {
    let view = &first.view;
    let zone = view.room.zone.clone();
    let head = view.facility.clone();
    let live = use_live(vec![head.id]);
    let crumbs = in_facility(&head.slug, &head.name, &[]);
    let lights_off = zone.lights_on_min + zone.photoperiod_min;
    let sub = format!(
        "{} · {}\u{a0}m² canopy · lights {}–{}",
        stage_name(&zone.stage),
        format::number(zone.canopy_m2, 0),
        minute_of_day(zone.lights_on_min),
        minute_of_day(lights_off)
    );
    let others = view
        .rooms
        .iter()
        .map(|room| {
            let href = format!("/f/{}/rooms/{}", head.slug, room.slug);
            choice(href, room.name.as_str(), room.slug == zone.slug)
        })
        .collect_view();
    let lamps = lights(&view.room);
    let tiles = tiles(&first, live);
    let chart = chart(&head.slug, view.points.clone(), zone.clone());
    view! {
        <div class="page">
            <PageHead title=zone.name.clone() crumbs=crumbs sub=sub>
                {lamps}
                <LiveChip live />
            </PageHead>
            <nav class="segmented" aria-label="Rooms">{others}</nav>
            {tiles}
            {chart}
        </div>
    }
    .into_any()
}

fn tiles(first: &Zoned<RoomView>, live: Live) -> AnyView {
    let (view, room) = (&first.view, &first.view.room);
    let as_of = view.as_of;
    let tile = |label: &'static str, metric: Metric, latest: Option<&Latest>| {
        let fresh = follow(live, metric, latest, as_of);
        stat(Style::Tile, label, view! { <LiveFigure fresh /> })
    };
    let vpd = vpd(room, live, as_of);
    let dew_point = view.dew_point.clone();
    let vpd_figure = view! {
        {move || figure_or_missing(vpd.with(|v| v.figure.clone()))}
        <div class="note">{move || vpd.with(|v| v.label.clone())}</div>
    };
    view! {
        <dl class="tiles">
            {tile("Air temperature", Metric::Temperature, room.temperature.as_ref())}
            {tile("Relative humidity", Metric::RelativeHumidity, room.relative_humidity.as_ref())}
            {stat(Style::Tile, "VPD", vpd_figure)}
            {stat(Style::Tile, "Dew point", derived(dew_point, 1))}
            {tile("CO₂", Metric::Co2, room.co2.as_ref())}
            {tile("PPFD", Metric::Ppfd, room.ppfd.as_ref())}
            {stat(Style::Tile, "DLI since lights-on", light_integral(view.dli.as_ref(), first))}
            {tile("Substrate moisture", Metric::SubstrateMoisture, view.moisture.as_ref())}
            {tile("Power", Metric::Power, room.power.as_ref())}
        </dl>
    }
    .into_any()
}

fn derived(value: Option<Derived>, decimals: usize) -> AnyView {
    let note = value.as_ref().map(|d| format::age(d.age_s)).unwrap_or_else(|| "no reading yet".to_owned());
    let unit = |d: &Derived| if d.unit == "°C" { "°C" } else { "kPa" };
    let figure = value.map(|d| Figure { value: format::number(d.value, decimals), unit: unit(&d) });
    view! { {figure_or_missing(figure)} <div class="note">{note}</div> }.into_any()
}

fn light_integral(dli: Option<&LightIntegral>, view: &Zoned<RoomView>) -> AnyView {
    let figure = dli.map(|d| Figure { value: format::number(d.value, 1), unit: "mol/m²" });
    let note = match dli {
        None => "no PPFD sensor".to_owned(),
        Some(d) => {
            let since = format::clock(view.clock.local(d.since));
            if d.coverage < 0.995 {
                format!("since {since}, {} of the time covered", format::percent(d.coverage))
            } else {
                format!("since {since}")
            }
        }
    };
    view! { {figure_or_missing(figure)} <div class="note">{note}</div> }.into_any()
}

/// The point whose chart is shown: the one in the address, else the room's temperature, else its first.
fn chosen(points: &[PointHead], wanted: &str) -> Option<PointId> {
    let wanted = wanted.parse().ok().filter(|id| points.iter().any(|p| p.id == *id));
    wanted
        .or_else(|| points.iter().find(|p| p.metric == Metric::Temperature).map(|p| p.id))
        .or_else(|| points.first().map(|p| p.id))
}

fn chart(slug: &str, points: Vec<PointHead>, zone: ZoneHead) -> AnyView {
    if points.is_empty() {
        return view! { <Empty title="No points in this room" reason="Charts appear here once the gateway's point map has a sensor or meter in this room." /> }
            .into_any();
    }
    let (wanted, range) = (query("point"), query("range"));
    let path = format!("/f/{slug}/rooms/{}", zone.slug);
    let slug = slug.to_owned();
    let listed = points.clone();
    let series = Resource::new(
        move || (chosen(&listed, &wanted.get()), range.get()),
        move |(point, range)| {
            let slug = slug.clone();
            async move {
                let point = point
                    .ok_or_else(|| crate::error::ApiError::new(crate::error::Code::NotFound, "No point."))?;
                get_series(slug, point, range, String::new()).await
            }
        },
    );
    load_card("Readings", series, move |series| series_card(&series, &points, &zone, &path, (wanted, range)))
        .into_any()
}

/// The choices follow the address, not what is drawn: a choice made while an earlier one is still loading adds to it.
fn series_card(
    series: &Zoned<SeriesView>,
    points: &[PointHead],
    zone: &ZoneHead,
    path: &str,
    (wanted, range): (Memo<String>, Memo<String>),
) -> AnyView {
    let view = &series.view;
    let here = view.row.point.id;
    let (listed, of_room) = (points.to_vec(), path.to_owned());
    let (drawn, window, now) = (view.range.clone(), view.window, view.as_of);
    let choices = move || {
        let point = chosen(&listed, &wanted.get()).unwrap_or(here);
        let range = Some(range.get()).filter(|r| !r.is_empty()).unwrap_or_else(|| drawn.clone());
        let keep = vec![("point", point.to_string())];
        view! {
            {measurements(&listed, point, &of_room, &range)}
            <RangeBar path=of_room.clone() current=range keep=keep window=window now=now />
        }
    };
    let csv = format!("/f/{}/points/{here}.csv?range={}", view.facility.slug, view.range);
    let note = format!("Time: {}. Shaded: lights off.", series.clock.zone);
    view! {
        <div class="stack">
            {choices}
            <ChartCard
                title=view.row.point.name.clone()
                summary=summary(view, &series.clock)
                plot=plot(view, &series.clock, Some(zone))
                table=table(view, &series.clock)
                csv=csv
                note=note
                size="l"
            />
        </div>
    }
    .into_any()
}

fn measurements(points: &[PointHead], here: PointId, path: &str, range: &str) -> AnyView {
    let twice = |p: &PointHead| points.iter().filter(|q| q.metric == p.metric).count() > 1;
    let choices = points
        .iter()
        .map(|point| {
            let name = if twice(point) { point.name.clone() } else { point.metric.label().to_owned() };
            choice(with_range(path, &[("point", point.id.to_string())], range), name, point.id == here)
        })
        .collect_view();
    view! { <nav class="segmented" aria-label="Measurement">{choices}</nav> }.into_any()
}
