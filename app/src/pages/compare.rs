//! A room beside another one, or a crop cycle beside another one, aligned by the day of the cycle.

use super::{param, query};
use crate::api::production::get_compare;
use crate::charts::compare as charts;
use crate::components::chart_card::ChartCard;
use crate::components::day_bar::DayBar;
use crate::components::load::load_page;
use crate::components::notice::Empty;
use crate::components::page::{PageHead, choice, in_facility, link};
use crate::components::range::encode;
use crate::components::table::{Table, numeric, text};
use crate::format;
use domain::access::Permission;
use domain::production::compare::{CompareView, Course, Method, Subject};
use leptos::prelude::*;
use leptos_router::components::Form;

/// The page.
#[component]
pub fn Compare() -> impl IntoView {
    let (slug, a, b) = (param("facility"), query("a"), query("b"));
    let (range, per) = (query("range"), query("per"));
    let page = Resource::new(
        move || (slug.get(), a.get(), b.get(), range.get()),
        |(slug, a, b, range)| get_compare(slug, a, b, range),
    );
    load_page(page, Permission::ViewFacility, move |view| content(&view, per.get() == "m2"))
}

fn path(view: &CompareView) -> String {
    format!("/f/{}/compare", view.facility_slug)
}

fn content(view: &CompareView, per_m2: bool) -> AnyView {
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[("Performance", "performance")]);
    let cycles = link(format!("/f/{}/production", view.facility_slug), "Crop cycles");
    let body = match &view.sides {
        Some((a, b)) => sides(view, a, b, per_m2),
        None => view! {
            <Empty title="Nothing to compare yet" reason="It takes two rooms, or two crop cycles that were planted and harvested. Rooms come with the facility file, cycles with the crop plan and the harvests." />
        }
        .into_any(),
    };
    view! {
        <div class="page">
            <PageHead title="Compare" crumbs=crumbs
                sub="One room beside another, or one crop cycle beside another by the day of the cycle.">
                {cycles}
            </PageHead>
            {body}
        </div>
    }
    .into_any()
}

fn sides(view: &CompareView, a: &Course, b: &Course, per_m2: bool) -> AnyView {
    let cycles = matches!(a.subject, Subject::Cycle { .. }) || matches!(b.subject, Subject::Cycle { .. });
    let keep = vec![("a", a.subject.to_string()), ("b", b.subject.to_string())];
    let bar = (!cycles).then(|| {
        view! { <DayBar path=path(view) current=view.range.clone() keep=keep from=view.from until=view.until today=view.today /> }
    });
    let can_divide = a.canopy_m2.is_some() && b.canopy_m2.is_some();
    let per_m2 = per_m2 && can_divide;
    let address = |per: &str| {
        let (a, b) = (a.subject.to_string(), b.subject.to_string());
        let range = if cycles { String::new() } else { format!("&range={}", encode(&view.range)) };
        format!("{}?a={}&b={}{range}&per={per}", path(view), encode(&a), encode(&b))
    };
    let per = can_divide.then(|| {
        view! {
            <div class="segmented" role="group" aria-label="Per">
                {choice(address(""), "Room", !per_m2)} {choice(address("m2"), "m² of canopy", per_m2)}
            </div>
        }
    });
    let note = format!(
        "{} Local days, {}. {}",
        match view.method {
            Method::Metered => "Each room's own meters.",
            Method::ByLight =>
                "Not every room has meters of its own: of the facility's use, the part that the photons called for in the room are of all.",
        },
        view.time_zone,
        if cycles { "Day 1 is the day of planting." } else { "Day 1 is the first day of the range." }
    );
    view! {
        {form(view, a, b)}
        <div class="row">{bar}{per}</div>
        <ChartCard title="Electricity by day" summary=summary(a, b) plot=charts::plot(a, b, per_m2)
            table=charts::table(a, b) note=note size="l" />
        {figures(a, b)}
    }
    .into_any()
}

/// Both lists, and what swaps them.
fn form(view: &CompareView, a: &Course, b: &Course) -> AnyView {
    let list = |name: &'static str, label: &'static str, chosen: &Subject| {
        let options = |rooms: bool| {
            let of_kind = view.choices.iter().filter(move |(s, _)| matches!(s, Subject::Room(_)) == rooms);
            of_kind
                .map(|(subject, name)| {
                    view! { <option value=subject.to_string() selected=subject == chosen>{name.clone()}</option> }
                })
                .collect_view()
        };
        view! {
            <div class="field grow">
                <label for=name>{label}</label>
                <select id=name name=name>
                    <optgroup label="Rooms">{options(true)}</optgroup>
                    <optgroup label="Crop cycles, newest first">{options(false)}</optgroup>
                </select>
            </div>
        }
    };
    let (first, second) = (list("a", "Compare", &a.subject), list("b", "with", &b.subject));
    let swapped = format!(
        "{}?a={}&b={}&range={}",
        path(view),
        encode(&b.subject.to_string()),
        encode(&a.subject.to_string()),
        encode(&view.range)
    );
    let (action, range) = (path(view), view.range.clone());
    view! {
        <Form method="GET" action=action attr:class="card form-row">
            {first}
            {second}
            <input type="hidden" name="range" value=range />
            <button class="button" type="submit">"Compare"</button>
            <a class="button quiet" href=swapped>"Swap"</a>
        </Form>
    }
    .into_any()
}

/// One sentence on the use per day, which is what stretches of different lengths have in common.
fn summary(a: &Course, b: &Course) -> String {
    let (Some(of_a), Some(of_b)) = (a.per_day(), b.per_day()) else {
        return "One of them has no day whose electricity is known.".to_owned();
    };
    let figure = |v: f64| format::number(v, 0);
    let share = if of_b > 0.0 {
        let more = (of_a - of_b) / of_b * 100.0;
        let word = if more < 0.0 { "less" } else { "more" };
        format!(", {} % {word}", format::number(more.abs(), 1))
    } else {
        String::new()
    };
    format!("{}: {} kWh a day{share} than {}: {} kWh a day.", a.label, figure(of_a), b.label, figure(of_b))
}

/// What both came to.
fn figures(a: &Course, b: &Course) -> AnyView {
    let row = |name: &str, unit: &str, decimals: usize, of: &dyn Fn(&Course) -> Option<f64>| {
        let cell = |course: &Course| {
            let value = of(course).map(|v| format!("{}\u{a0}{unit}", format::number(v, decimals)));
            value.unwrap_or_else(|| format::MISSING.to_owned()).into_any()
        };
        vec![name.to_owned().into_any(), cell(a), cell(b)]
    };
    let known = |course: &Course| {
        let days = course.total().map_or(0, |(_, days)| days);
        format!("{days} of {}", course.kwh.len()).into_any()
    };
    let from = |course: &Course| course.from.to_string().into_any();
    let name = |course: &Course| course.label.clone().into_any();
    let weighed = |course: &Course| {
        let mass = course.mass.map(|m| {
            format!("{}\u{a0}kg {}", format::number(format::float(m.grams()) / 1_000.0, 1), m.label())
        });
        mass.unwrap_or_else(|| format::MISSING.to_owned()).into_any()
    };
    let rows = vec![
        vec!["Of".into_any(), name(a), name(b)],
        vec!["First day".into_any(), from(a), from(b)],
        vec!["Days known".into_any(), known(a), known(b)],
        row("Electricity", "kWh", 0, &|c| c.total().map(|(kwh, _)| kwh)),
        row("Per day", "kWh", 1, &Course::per_day),
        row("Per m² of canopy and day", "kWh/m²", 2, &Course::per_canopy),
        row("Canopy, mean", "m²", 0, &|c| c.canopy_m2),
        row("Light called for", "mol", 0, &|c| c.light_mol),
        vec!["Harvest".into_any(), weighed(a), weighed(b)],
        row("Yield per light", "g/mol", 3, &Course::grams_per_mol),
        row("Electricity per kg", "kWh/kg", 0, &Course::kwh_per_kg),
    ];
    view! {
        <section class="card">
            <div class="card-head"><div><h2>"In figures"</h2><p>"Yield and energy per kg are of closed crop cycles only."</p></div></div>
            <Table caption="Both in figures" columns=vec![text("Figure"), numeric("First"), numeric("Second")] rows />
        </section>
    }
    .into_any()
}
