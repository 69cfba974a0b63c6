//! Electricity, gas and water of the same days together.

use super::missing;
use crate::charts::series::decimal;
use crate::components::page::link;
use crate::components::stat::{Style, figure_or_missing, stat};
use crate::components::table::{Table, numeric, text};
use crate::format::{self, Figure};
use domain::savings::bases::{BasesView, Fuel};
use leptos::prelude::*;
use rust_decimal::Decimal;

fn figure(value: Option<Decimal>, places: u32, unit: &str) -> AnyView {
    let shown = |v| Figure { value: format!("{}\u{a0}{unit}", decimal(v, places)), unit: "" };
    figure_or_missing(value.map(shown))
}

/// The card.
pub(super) fn card(view: &BasesView) -> AnyView {
    let tariff = format!("/f/{}/tariff", view.facility_slug);
    let row = |fuel: &Fuel| {
        let lacks = fuel.lacks.as_ref().map_or_else(String::new, |lacks| lacks.reason.clone());
        let counted = if fuel.days > 0 {
            format::counted(fuel.days as usize, "day", "days")
        } else {
            format::MISSING.to_owned()
        };
        vec![
            fuel.metric.label().into_any(),
            figure(fuel.avoided, 0, fuel.metric.unit()),
            figure(fuel.cost, 2, &view.currency),
            figure(fuel.co2e_kg, 0, "kg"),
            counted.into_any(),
            lacks.into_any(),
        ]
    };
    let rows: Vec<_> = view.fuels.fuels.iter().map(row).collect();
    let columns = vec![
        text("Fuel"),
        numeric("Avoided"),
        numeric("In money"),
        numeric("CO₂e"),
        numeric("Days"),
        text("What is missing"),
    ];
    let table = (!rows.is_empty()).then(|| view! { <Table caption="Avoided use by fuel" columns rows /> });
    let net = match &view.fuels.net {
        Err(lacks) => missing("The fuels are not added up.", lacks),
        Ok(net) => view! {
            <dl class="stats">
                {stat(Style::Hero, "Net of all fuels", figure(Some(net.avoided_cost), 2, &net.currency))}
                {stat(Style::Hero, "Net emissions avoided", figure(net.avoided_co2e_kg, 0, "kg\u{a0}CO₂e"))}
            </dl>
        }
        .into_any(),
    };
    view! {
        <section class="card" id="fuels">
            <div class="card-head">
                <div>
                    <h2>"Fuels netted"</h2>
                    <p>"Lamps that give less heat save electricity and may cost gas; only the sum is a saving. Below zero more was used than expected."</p>
                </div>
                {link(tariff, "Tariffs")}
            </div>
            {net}
            {table}
            <p class="hint">"In money: energy at the price of its quarter hour, agreed events included; demand charges are on the tariff page. A kWh of gas is not one of electricity, so use is not added."</p>
        </section>
    }
    .into_any()
}
