//! Outdoor weather of a facility: which station counts, its days beside the normal year, files, and closed months.

use super::{param, query};
use crate::api::Zoned;
use crate::api::weather::{WeatherPage, get_weather};
use crate::charts::weather as charts;
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::day_range::day_range;
use crate::components::field::Field;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::figure_or_missing;
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use crate::pages::baselines::outcome;
use domain::access::Permission;
use domain::weather::view::{CoverageView, FAR_KM, FileView, ReadView, SetView, StationView, WeatherView};
use leptos::prelude::*;

/// The page.
#[component]
pub fn Weather() -> impl IntoView {
    let (slug, from, until, file) = (param("facility"), query("from"), query("until"), query("file"));
    let weather = Resource::new(
        move || (slug.get(), from.get(), until.get(), file.get()),
        |(slug, from, until, file)| get_weather(slug, from, until, file),
    );
    load_page(weather, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &Zoned<WeatherPage>) -> AnyView {
    let view = &page.view.weather;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    view! {
        <div class="page">
            <PageHead
                title="Weather"
                crumbs=crumbs
                sub="Baselines expect what the weather of a day calls for. One station counts; which one is part of what a verifier signs."
            />
            {outcome()}
            {page.view.file.as_ref().map(|file| waiting(file, page))}
            <section class="card">
                <h2>"Stations"</h2>
                {stations(page)}
                {page.view.may_choose.then(|| choose(view))}
            </section>
            {day_range(format!("/f/{}/weather", view.facility_slug), view.from, view.until)}
            {days(view)}
            {page.view.may_import.then(|| upload(view))}
            {sets(page)}
        </div>
    }
    .into_any()
}

fn day_of(page: &Zoned<WeatherPage>, at: chrono::DateTime<chrono::Utc>) -> String {
    page.clock.local(at).date().to_string()
}

fn kilometres(distance: Option<f64>) -> Option<Figure> {
    distance.map(|km| Figure {
        value: format!("{} km", format::number(km, if km < 10.0 { 1 } else { 0 })),
        unit: "",
    })
}

fn stations(page: &Zoned<WeatherPage>) -> AnyView {
    let view = &page.view.weather;
    if view.stations.is_empty() {
        return view! {
            <Empty
                title="No weather yet"
                reason="Outdoor sensors of the gateway, a weather file, or Open-Meteo, where the operator of this server has set it up, give the hours that baselines need."
            />
        }
        .into_any();
    }
    let row = |station: &StationView| {
        let known = station.known.map(|share| Figure { value: format::percent(share), unit: "" });
        let span = station.span.map_or_else(
            || "as its readings go".to_owned(),
            |(from, until)| {
                format!("{} to {}", day_of(page, from), day_of(page, until - chrono::TimeDelta::hours(1)))
            },
        );
        let state = match (station.counts, station.typical) {
            (true, _) => badge(Tone::Ok, "Counts"),
            (_, true) => badge(Tone::Info, "Typical year"),
            _ => badge(Tone::Draft, "Not used"),
        };
        let far = station.distance_km.is_some_and(|km| km > FAR_KM);
        let far = far.then(|| view! { " " {badge(Tone::Warn, "Far")} });
        vec![
            station.name.clone().into_any(),
            station.kind.label().into_any(),
            view! { {figure_or_missing(kilometres(station.distance_km))} {far} }.into_any(),
            span.into_any(),
            figure_or_missing(known),
            state,
        ]
    };
    let columns = vec![
        text("Station"),
        text("From"),
        numeric("Distance"),
        text("Days"),
        numeric("Hours known"),
        text("Use"),
    ];
    let rows = view.stations.iter().map(row).collect();
    let choices = view.choices.iter().map(|choice| {
        view! { <li>{format!("{}: {} ({})", day_of(page, choice.at), choice.station, choice.reason)}</li> }
    });
    let none = view
        .choices
        .is_empty()
        .then_some("Nobody has chosen yet: the facility's own outdoor sensors count where there are any.");
    view! {
        <Table caption="Stations of this facility" columns rows />
        <p class="hint">{none}</p>
        <ul class="stack">{choices.collect_view()}</ul>
    }
    .into_any()
}

fn choose(view: &WeatherView) -> Option<AnyView> {
    let others: Vec<&StationView> = view.stations.iter().filter(|s| !s.typical && !s.counts).collect();
    if others.is_empty() {
        return None;
    }
    let options = others.iter().map(|s| {
        let away = s.distance_km.map(|km| format!(", {} km", format::number(km, 0))).unwrap_or_default();
        view! { <option value=s.id.to_string()>{format!("{}{away}", s.name)}</option> }
    });
    Some(
        view! {
            <details>
                <summary>"Choose another station"</summary>
                <form class="form" method="post" action=format!("/f/{}/weather/choose", view.facility_slug)>
                    <div class="field">
                        <label for="station">"Station"</label>
                        <select id="station" name="station">{options.collect_view()}</select>
                    </div>
                    <Field label="Why this station" name="reason" hint="For the verifier. Savings since the baseline are computed again; older numbers are kept." />
                    <div><button class="button" type="submit">"Choose"</button></div>
                </form>
            </details>
        }
        .into_any(),
    )
}

fn complete(coverage: &CoverageView) -> String {
    let holes = match coverage.gap_count {
        0 => "no hole is left".to_owned(),
        n => format!("{} left", format::counted(n as usize, "hole is", "holes are")),
    };
    format!(
        "{} of {} hours are known, {} bridged by a straight line (holes of at most 6 hours), {holes}.",
        coverage.known, coverage.expected, coverage.filled
    )
}

fn days(view: &WeatherView) -> AnyView {
    let normal = view.normal.as_ref().map(|normal| {
        let over =
            normal.over.map(|(from, until)| format!(", the mean of {from} to {until}")).unwrap_or_default();
        let kind = if normal.typical { "a typical year" } else { "measured" };
        format!(
            " Normal year: {} ({kind}{over}), {} °C on average.",
            normal.station,
            format::number(normal.mean_c, 1)
        )
    });
    let normal = normal.unwrap_or_else(|| {
        " There is no normal year yet: upload a typical-year file (EPW, TMY3), or wait for a year of hours.".to_owned()
    });
    let csv = format!("/f/{}/weather.csv?from={}&until={}", view.facility_slug, view.from, view.until);
    view! {
        <ChartCard title="Outdoor temperature by day" summary=complete(&view.coverage)
            plot=charts::temperature(&view.days) table=charts::table(&view.days) csv=csv size="l"
            note=format!("Local days, {}.{normal}", view.time_zone) />
    }
    .into_any()
}

fn upload(view: &WeatherView) -> AnyView {
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Add a weather file"</h2>
                    <p>"You see what is in it before anything is stored."</p>
                </div>
            </div>
            <form class="form" method="post" action=format!("/f/{}/weather/files", view.facility_slug) enctype="multipart/form-data">
                <div class="field">
                    <label for="file">"EPW, TMY3, ISD-Lite or CSV file"</label>
                    <input id="file" name="file" type="file" required aria-describedby="file-hint" />
                    <p class="hint" id="file-hint">
                        {format!("A CSV file has the columns start (UTC), temperature_c and, where known, dew_point_c and irradiance_w_m2. At most {} MiB.", view.bytes_max >> 20)}
                    </p>
                </div>
                <div><button class="button primary" type="submit">"Look at it"</button></div>
            </form>
        </section>
    }
    .into_any()
}

/// An uploaded file, to be stored or dropped.
fn waiting(file: &FileView, page: &Zoned<WeatherPage>) -> AnyView {
    let action = |what: &str| format!("/f/{}/weather/files/{}/{what}", file.facility_slug, file.id);
    let drop = view! {
        <form method="post" action=action("discard")>
            <button class="button" type="submit">"Discard it"</button>
        </form>
    };
    let body = match file.read.clone() {
        Err(reason) => view! {
            <Notice weight=Weight::Error title="This file cannot be read."><p>{reason}</p></Notice>
            {drop}
        }
        .into_any(),
        Ok(read) => view! {
            {facts(&read, page)}
            <form class="form" method="post" action=action("store")>
                {(!read.placed).then(|| place(&read))}
                <div><button class="button primary" type="submit">"Store these hours"</button></div>
            </form>
            {drop}
        }
        .into_any(),
    };
    view! {
        <section class="card" id="file-preview" aria-label="Uploaded file">
            <h2>{file.file_name.clone()}</h2>
            {body}
        </section>
    }
    .into_any()
}

fn facts(read: &ReadView, page: &Zoned<WeatherPage>) -> AnyView {
    let fact = |name: &'static str, value: String| view! { <div><dt>{name}</dt><dd>{value}</dd></div> };
    let away = read.distance_km.map_or_else(
        || "the file does not say where its station is".to_owned(),
        |km| format!("{} km from the facility", format::number(km, if km < 10.0 { 1 } else { 0 })),
    );
    let last = read.span.1 - chrono::TimeDelta::hours(1);
    let span = if read.typical {
        "a typical year: it is no weather that happened, and serves as the normal year".to_owned()
    } else {
        format!("{} to {}", day_of(page, read.span.0), day_of(page, last))
    };
    let has = match read.has {
        (true, true) => "temperature, dew point, irradiance",
        (true, false) => "temperature, dew point",
        (false, true) => "temperature, irradiance",
        (false, false) => "temperature",
    };
    let range = format!("{} to {} °C", format::number(read.range_c.0, 1), format::number(read.range_c.1, 1));
    view! {
        <dl class="facts">
            {fact("Format", read.kind.label().to_owned())}
            {fact("Station", format!("{}, {away}", read.station))}
            {fact("Days", span)}
            {fact("Hours", complete(&read.coverage))}
            {fact("Temperature", range)}
            {fact("It has", has.to_owned())}
        </dl>
    }
    .into_any()
}

fn place(read: &ReadView) -> AnyView {
    view! {
        <div class="form-row">
            <Field label="Name of the station" name="name" value=read.station.clone() />
            <Field label="Latitude, °" name="latitude" optional=true hint="North is positive, e.g. 39.74." />
            <Field label="Longitude, °" name="longitude" optional=true hint="East is positive, e.g. -104.99." />
        </div>
    }
    .into_any()
}

fn sets(page: &Zoned<WeatherPage>) -> Option<AnyView> {
    let view = &page.view.weather;
    if view.sets.is_empty() {
        return None;
    }
    let row = |set: &SetView| {
        let days = format!(
            "{} to {}",
            day_of(page, set.from),
            day_of(page, set.until - chrono::TimeDelta::hours(1))
        );
        let href = format!("/f/{}/weather/sets/{}/hours.csv", view.facility_slug, set.id);
        vec![
            link(href, days),
            set.station.clone().into_any(),
            set.hours.to_string().into_any(),
            view! { <code class="hash">{set.sha256.clone()}</code> }.into_any(),
            day_of(page, set.created_at).into_any(),
        ]
    };
    let columns = vec![text("Days"), text("Station"), numeric("Hours"), text("SHA-256"), text("Closed")];
    let rows = view.sets.iter().map(row).collect();
    Some(
        view! {
            <section class="card">
                <div class="card-head">
                    <div>
                        <h2>"Closed months"</h2>
                        <p>"Hours that a month's savings were computed with, frozen fifteen days after its end. No correction and no other station reaches them."</p>
                    </div>
                </div>
                <Table caption="Weather of closed months, newest first" columns rows />
            </section>
        }
        .into_any(),
    )
}
