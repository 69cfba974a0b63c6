//! Production of a facility: crop cycles held against the baseline's, crop plan, equipment.

use super::param;
use crate::api::Zoned;
use crate::api::production::{ProductionPage, get_production};
use crate::charts::production as charts;
use crate::components::badge::{Tone, badge};
use crate::components::chart_card::ChartCard;
use crate::components::load::load_page;
use crate::components::notice::{Empty, Notice, Weight};
use crate::components::page::{PageHead, in_facility, link};
use crate::components::stat::{Style, figure_or_missing, noted, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::access::Permission;
use domain::production::cycles::UNDER_GLASS;
use domain::production::view::{CycleView, Held, LightOf, ProductionView, Verdict};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// The page.
#[component]
pub fn Production() -> impl IntoView {
    let slug = param("facility");
    let production = Resource::new(move || slug.get(), get_production);
    load_page(production, Permission::ViewFacility, |page| content(&page))
}

fn content(page: &Zoned<ProductionPage>) -> AnyView {
    let view = &page.view.production;
    let crumbs = in_facility(&view.facility_slug, &view.facility_name, &[]);
    let import =
        page.view.may_import.then(|| link(format!("/f/{}/import", view.facility_slug), "Import a file"));
    let body = if view.cycles.is_empty() && view.plan.is_empty() {
        nothing(view)
    } else {
        view! {
            {guard(view)}
            {crops(view)}
            {cycles(view)}
            {plan(view)}
        }
        .into_any()
    };
    view! {
        <div class="page">
            <PageHead
                title="Production"
                crumbs=crumbs
                sub="What was grown, with how much light and energy. Savings that cost the crop are no savings."
            >
                {import}
            </PageHead>
            {body}
            {equipment(view)}
        </div>
    }
    .into_any()
}

fn nothing(view: &ProductionView) -> AnyView {
    let href = format!("/f/{}/import", view.facility_slug);
    view! {
        <Empty
            title="No production data yet"
            reason="Import the crop plan (canopy, photoperiod and PPFD by room) and the harvests as CSV or Excel. Baselines follow the crop plan, and the yield guard compares crop cycles."
        >
            <p><a class="button" href=href>"Go to the import"</a></p>
        </Empty>
    }
    .into_any()
}

/// What the light of a cycle is, as a sentence.
fn light_is(light: LightOf) -> String {
    match light {
        LightOf::Recipe => "Light is what the crop plan calls for, from planting to harvest.".to_owned(),
        LightOf::SunAndLamps => format!(
            "Light is what the crop got under glass, day by day from planting to harvest: what the crop plan calls for, because lamps \
             give what the sun does not, or the sun's where that is more. {} % of the light outdoors is taken to reach the canopy.",
            format::number(UNDER_GLASS * 100.0, 0)
        ),
        LightOf::SunUnknown => "Light is what the crop plan calls for. The sun's is not in it, because the weather of these days has no \
            light: choose a station that tells it.".to_owned(),
    }
}

/// How the cycles since the baseline stand, in one card.
fn guard(view: &ProductionView) -> AnyView {
    let count = |of: fn(&Verdict) -> bool| view.cycles.iter().filter(|c| of(&c.verdict)).count();
    let breaches = count(|v| matches!(v, Verdict::Breach(_)));
    let judged = breaches + count(|v| matches!(v, Verdict::Within(_)));
    let (tone, word) = match (breaches, judged) {
        (0, 0) => (Tone::Draft, "Nothing to judge yet"),
        (0, _) => (Tone::Ok, "Within"),
        _ => (Tone::Neg, "Breach"),
    };
    let against = view.baseline.map(|(id, version, from)| {
        let href = format!("/f/{}/baselines/{id}", view.facility_slug);
        view! { {link(href, format!("Electricity baseline v{version}"))} {format!(", savings from {from}. ")} }
    });
    let shown = |n: usize| Some(Figure { value: n.to_string(), unit: "" });
    let per_cent = |share: f64| format::number(share * 100.0, 0);
    let (fall, rise) = view.tolerance;
    let rule = format!(
        "A cycle is a breach when its yield per mol of light falls more than {} %, or its energy per kg rises more than {} %, and it is \
         also outside of what the baseline's own cycles vary by (90 % band).",
        per_cent(fall),
        per_cent(rise)
    );
    view! {
        <section class="card" aria-label="Yield guard">
            <div class="card-head">
                <div>
                    <h2>"Yield guard"</h2>
                    <p>{against} {rule}</p>
                    {(view.light != LightOf::Recipe).then(|| view! { <p>{light_is(view.light)}</p> })}
                </div>
                {badge(tone, word)}
            </div>
            <dl class="stats">
                {stat(Style::Hero, "Cycles of the baseline", figure_or_missing(shown(count(|v| *v == Verdict::Baseline))))}
                {stat(Style::Hero, "Judged since", figure_or_missing(shown(judged)))}
                {stat(Style::Hero, "Breaches", figure_or_missing(shown(breaches)))}
            </dl>
        </section>
    }
    .into_any()
}

/// A chart per crop: other crops have other yields, and dry mass is none of fresh.
fn crops(view: &ProductionView) -> Vec<AnyView> {
    let name = |cycle: &CycleView| cycle.mass.map(|mass| format!("{}, {} mass", cycle.crop, mass.label()));
    let names: BTreeSet<String> = view.cycles.iter().filter_map(name).collect();
    let chart = |crop: String| {
        let cycles: Vec<&CycleView> = view
            .cycles
            .iter()
            .filter(|c| name(c).as_deref() == Some(crop.as_str()) && c.grams_per_mol.is_some())
            .collect();
        let newest = cycles.first()?;
        let summary = format!(
            "{}: {} g/mol in the cycle harvested last, on {}.",
            newest.room,
            format::number(newest.grams_per_mol.unwrap_or_default(), 2),
            newest.harvested
        );
        Some(
            view! {
                <ChartCard title=format!("Yield per light: {crop}") summary=summary
                    plot=charts::yields(&cycles) table=charts::table(&cycles)
                    csv=format!("/f/{}/cycles.csv", view.facility_slug)
                    note=light_is(view.light) />
            }
            .into_any(),
        )
    };
    names.into_iter().filter_map(chart).collect()
}

fn kilograms(cycle: &CycleView) -> Option<Figure> {
    let mass = cycle.mass?;
    let kg = format::float(mass.grams()) / 1_000.0;
    Some(Figure { value: format!("{} kg {}", format::number(kg, 1), mass.label()), unit: "" })
}

fn against(text: String, mean: Option<f64>, decimals: usize) -> String {
    mean.map_or(String::new(), |mean| format!("{text} {}", format::number(mean, decimals)))
}

fn held_against(held: &Held) -> String {
    match held.against {
        (n, true) => format!("against {n} of the season"),
        (n, false) => format!("against all {n}: fewer than 2 of the season"),
    }
}

fn verdict(cycle: &CycleView) -> AnyView {
    let breach = |held: &Held| match (held.yield_breach, held.intensity_breach) {
        (true, true) => "Yield and energy",
        (true, false) => "Yield",
        _ => "Energy per kg",
    };
    match &cycle.verdict {
        Verdict::Baseline => badge(Tone::Info, "Baseline"),
        Verdict::Within(held) => noted(badge(Tone::Ok, "Within"), held_against(held)),
        Verdict::Breach(held) => {
            noted(badge(Tone::Neg, format!("Breach: {}", breach(held))), held_against(held))
        }
        Verdict::Open(why) => {
            view! { {badge(Tone::Draft, "Not judged")} <div class="note">{why.clone()}</div> }.into_any()
        }
    }
}

fn cycles(view: &ProductionView) -> AnyView {
    if view.cycles.is_empty() {
        return view! {
            <Notice weight=Weight::Info title="No harvests yet.">
                <p>"A crop cycle is closed by its harvest. Import harvests to see what each cycle gave."</p>
            </Notice>
        }
        .into_any();
    }
    let row = |cycle: &CycleView| {
        let held = match &cycle.verdict {
            Verdict::Within(held) | Verdict::Breach(held) => Some(*held),
            Verdict::Baseline | Verdict::Open(_) => None,
        };
        let number = |value: Option<f64>, decimals: usize, unit: &'static str| {
            figure_or_missing(value.map(|v| Figure { value: format::number(v, decimals), unit }))
        };
        let days = cycle.planted.map_or_else(
            || format!("to {}", cycle.harvested),
            |planted| {
                format!("{planted} to {} ({} days)", cycle.harvested, (cycle.harvested - planted).num_days())
            },
        );
        let usual = |mean: Option<f64>, decimals| against("baseline".to_owned(), mean, decimals);
        vec![
            view! { {cycle.room.clone()} <div class="note">{format!("{} {}", cycle.crop, cycle.cycle)}</div> }.into_any(),
            days.into_any(),
            figure_or_missing(kilograms(cycle)),
            number(cycle.light_mol.map(|mol| mol / 1_000.0), 0, "kmol"),
            number(cycle.energy_kwh, 0, "kWh"),
            noted(number(cycle.grams_per_mol, 3, "g/mol"), usual(held.map(|h| h.grams_per_mol.0), 3)),
            noted(
                number(cycle.kwh_per_kg, 1, "kWh/kg"),
                usual(held.and_then(|h| h.kwh_per_kg).map(|band| band.0), 1),
            ),
            verdict(cycle),
        ]
    };
    let columns = vec![
        text("Room and cycle"),
        text("Days"),
        numeric("Harvest"),
        numeric("Light"),
        numeric("Electricity"),
        numeric("Yield per light"),
        numeric("Energy per kg"),
        text("Guard"),
    ];
    let rows = view.cycles.iter().map(row).collect();
    let csv = format!("/f/{}/cycles.csv", view.facility_slug);
    view! {
        <section class="card">
            <div class="card-head">
                <div>
                    <h2>"Crop cycles"</h2>
                    <p>"Electricity is the room's share of the main meter, day by day in proportion to the photons that the rooms' recipes call for."</p>
                </div>
                <a href=csv download>"Download CSV"</a>
            </div>
            <Table caption="Closed crop cycles, newest first" columns rows />
        </section>
    }
    .into_any()
}

fn plan(view: &ProductionView) -> AnyView {
    let rows = view.plan.iter().map(|(room, row)| {
        let until = row.until.map_or_else(|| "runs".to_owned(), |day| format!("before {day}"));
        let of = |value: rust_decimal::Decimal, unit: &'static str| {
            figure_or_missing(Some(Figure { value: value.normalize().to_string(), unit }))
        };
        let mol = format::number(row.ppf_mol(), 0);
        vec![
            room.clone().into_any(),
            format!("{} {until}", row.from).into_any(),
            row.stage.clone().into_any(),
            of(row.canopy_m2, "m²"),
            of(row.photoperiod_h, "h"),
            of(row.ppfd, "µmol/m²/s"),
            figure_or_missing(Some(Figure { value: mol, unit: "mol" })),
        ]
    });
    let columns = vec![
        text("Room"),
        text("Days"),
        text("Stage"),
        numeric("Canopy"),
        numeric("Photoperiod"),
        numeric("PPFD"),
        numeric("Light a day"),
    ];
    let more = (view.plan_more > 0).then(|| {
        view! { <p class="hint">{format!("{} are not listed.", format::counted(view.plan_more, "row of the past or later is", "rows of the past or later are"))}</p> }
    });
    view! {
        <section class="card">
            <h2>"Crop plan from today on"</h2>
            <Table caption="Crop plan from today on" columns rows=rows.collect() />
            {more}
        </section>
    }
    .into_any()
}

fn equipment(view: &ProductionView) -> Option<AnyView> {
    if view.equipment.is_empty() {
        return None;
    }
    let rows = view.equipment.iter().map(|(room, one)| {
        let power = one.rated_w.map(|w| Figure { value: w.normalize().to_string(), unit: "W" });
        let days = match (one.installed_on, one.removed_on) {
            (Some(from), Some(until)) => format!("{from} to before {until}"),
            (Some(from), None) => format!("since {from}"),
            (None, Some(until)) => format!("before {until}"),
            (None, None) => format::MISSING.to_owned(),
        };
        vec![
            one.name.clone().into_any(),
            one.kind.clone().into_any(),
            room.clone().unwrap_or_else(|| "Whole facility".to_owned()).into_any(),
            one.quantity.to_string().into_any(),
            figure_or_missing(power),
            days.into_any(),
        ]
    });
    let columns = vec![
        text("Equipment"),
        text("Kind"),
        text("Room"),
        numeric("Number"),
        numeric("Power of one"),
        text("In use"),
    ];
    Some(
        view! {
            <section class="card">
                <h2>"Equipment"</h2>
                <Table caption="Equipment" columns rows=rows.collect() />
            </section>
        }
        .into_any(),
    )
}
